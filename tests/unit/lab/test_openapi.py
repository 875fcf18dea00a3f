"""The OpenAPI file says what the handlers do, and the answers are as it says.

After a change: `python -m cellmark.lab.openapi > src/cellmark/lab/openapi.json`.
"""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import cellmark.lab
from cellmark.lab.openapi import OPERATIONS, openapi_document
from cellmark.lab.routes import ROUTES

pytest_plugins = ["pytest_jupyter.jupyter_server"]

MINI = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "mini.py"))
DOCUMENT = json.loads(Path(cellmark.lab.__file__).with_name("openapi.json").read_text())


def test_the_file_is_what_the_code_says():
    assert json.loads(json.dumps(openapi_document())) == DOCUMENT


def test_every_handler_is_described_and_nothing_else():
    served = {
        (re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", path), method)
        for path, handler in ROUTES
        for method in ("get", "post", "put", "patch", "delete")
        if any(method in vars(base) for base in handler.__mro__ if "cellmark" in base.__module__)
    }
    # A single task inherits the list's `post`, and tornado answers it 405 for want of an argument.
    served.discard(("/cellmark/api/tasks/{task}", "post"))
    described = {(path, method) for path, of in DOCUMENT["paths"].items() for method in of}
    assert served == described


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("server", {}),
        ("runs", {"group": "param.C"}),
        ("runs/{run}", {}),
        ("compare", {"run": ["RUN", "RUN"]}),
        ("tasks", {}),
        ("models", {}),
        ("history", {"model": "none"}),
        ("bundle", {"bundle": "mini-1"}),
        ("rules/{rule}", {}),
        ("runs", {"where": "?"}),
        ("tasks/{task}", {}),
    ],
)
async def test_answers_are_as_described(ask, log, jp_root_dir, path, query):
    run = log({"C": 1}, {"auc": 0.5})
    MINI["mini_bundle"](jp_root_dir / "models" / "mini-1")
    asked = {name: [run, run] if name == "run" else value for name, value in query.items()}
    status, answer = await ask("GET", path.format(run=run, task="none", rule="CM301"), **asked)
    responses = DOCUMENT["paths"][f"/cellmark/api/{path}"]["get"]["responses"]
    (content,) = responses[str(status)]["content"].values()
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(answer)


def test_each_operation_has_words():
    assert all(operation.summary for operation in OPERATIONS)
