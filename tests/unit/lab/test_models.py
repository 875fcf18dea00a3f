"""The registry through the Jupyter Server: a real bundle is registered, promoted and listed."""

from __future__ import annotations

import asyncio
import json
import runpy
from pathlib import Path

import nbformat
import pytest

from .conftest import NOTEBOOK

pytest_plugins = ["pytest_jupyter.jupyter_server"]

PATIENCE = 240
MINI = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "mini.py"))
FAILING = "def test_two():\n    assert 1 == 2\n"


@pytest.fixture
def project(jp_root_dir, store):
    """The notebook's folder."""
    nbformat.write(nbformat.v4.new_notebook(), jp_root_dir / NOTEBOOK)
    return (jp_root_dir / NOTEBOOK).parent


@pytest.fixture
def do(ask, jp_ws_fetch):
    """Have a task done to its end."""

    async def do(**request):
        socket = await jp_ws_fetch("cellmark", "api", "events", params={"notebook": NOTEBOOK})
        status, task = await ask("POST", "tasks", request)
        assert status == 202
        while task["state"] == "running":
            event = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE))
            task = event.get("task", task)
        socket.close()
        return task

    return do


async def test_a_bundle_is_shown_from_its_folder_and_from_the_registry(ask, do, project):
    MINI["mini_bundle"](project / "mini-1")
    status, shown = await ask("GET", "bundle", bundle="mini-1")
    assert (status, shown["name"], shown["proof"]["rows"]) == (200, "mini", 0)
    assert {each["name"]: each["value"] for each in shown["policies"]} == {
        "unseen_category": "reject",
        "filtered_row": "reject",
        "unexpected_missing": "reject",
        "extra_column": "ignore",
    }
    kept = (await do(kind="register", name="mini-1"))["result"]
    assert (await ask("GET", "bundle", bundle=f"mini@{kept['version']}"))[1] == shown


async def test_a_bundle_that_was_changed_or_lies_elsewhere_is_not_shown(ask, project):
    MINI["mini_bundle"](project / "mini-1")
    (project / "mini-1" / "model" / "frozen.json").write_text("{}")
    status, problem = await ask("GET", "bundle", bundle="mini-1")
    assert (status, problem["where"]) == (400, "model/frozen.json")
    MINI["mini_bundle"](project.parent / "mini-1")
    for name in ("../mini-1", "", "mini-2", "mini@9"):
        assert (await ask("GET", "bundle", bundle=name))[0] == 400


async def test_a_bundle_beside_the_notebook_is_registered_and_promoted(ask, do, project):
    assert await ask("GET", "models") == (200, {"models": []})
    MINI["mini_bundle"](project / "mini-1")
    kept = (await do(kind="register", name="mini-1"))["result"]
    version = f"mini@{kept['version']}"
    moved = await do(kind="promote", name=version, alias="champion", reason="first")
    assert (moved["state"], moved["result"]["alias"]) == ("done", "champion")
    _, found = await ask("GET", "models")
    assert [model["aliases"] for model in found["models"]] == [{"champion": kept["version"]}]
    _, told = await ask("GET", "history", model="mini")
    assert (told["ok"], [each["kind"] for each in told["events"]]) == (
        True,
        ["registered", "promoted"],
    )


async def test_a_gate_that_does_not_hold_is_named_and_nothing_moves(ask, do, project):
    MINI["mini_bundle"](project / "mini-1", tests=FAILING)
    kept = (await do(kind="register", name="mini-1"))["result"]
    version = f"mini@{kept['version']}"
    refused = await do(kind="promote", name=version, alias="champion", reason="first")
    assert refused["state"] == "failed"
    assert "tests: " in refused["problem"]["detail"]
    assert (await ask("GET", "models"))[1]["models"][0]["aliases"] == {}


@pytest.mark.parametrize(
    ("request_", "where"),
    [
        ({"kind": "register"}, "name"),
        ({"kind": "register", "name": "../elsewhere"}, "name"),
        ({"kind": "register", "name": "/tmp/elsewhere"}, "name"),
        ({"kind": "promote", "name": "mini@1"}, "alias"),
        ({"kind": "publish"}, "the request's body"),
    ],
)
async def test_a_request_that_lacks_something_or_leaves_the_folder_begins_nothing(
    ask, project, request_, where
):
    status, problem = await ask("POST", "tasks", request_)
    assert (status, problem["where"]) == (400, where)
    assert (await ask("GET", "tasks"))[1] == {"tasks": []}


async def test_a_link_out_of_the_folder_is_no_bundle(ask, project, tmp_path):
    (tmp_path / "far").mkdir()
    (project / "near").symlink_to(tmp_path / "far")
    assert (await ask("POST", "tasks", {"kind": "register", "name": "near"}))[0] == 400


async def test_what_begins_like_an_option_is_none(do, project):
    refused = await do(kind="promote", name="--help", alias="champion", reason="x")
    assert refused["state"] == "failed"
    assert "MODEL@VERSION" in refused["problem"]["detail"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("models", {"notebook": "../x.ipynb"}, 404),
        ("history", {"model": "mini"}, 400),
        ("history", {"model": "mini", "notebook": "../x.ipynb"}, 404),
    ],
)
async def test_what_is_not_there_is_a_problem(ask, project, path, query, status):
    assert (await ask("GET", path, **query))[0] == status
