"""`cellmark check`: its formats and exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from cellmark.cli import app

TRICKY = 'import random\nx = random.random()  # 100%, "so": [red]\n'

_TEXT = {"type": "object", "required": ["text"], "additionalProperties": False,
         "properties": {"text": {"type": "string"}}}  # fmt: skip
_LEVEL = {"enum": ["none", "note", "warning", "error"]}


def _exactly(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties,
            "additionalProperties": False}  # fmt: skip


# The part of SARIF 2.1.0 that is written here, and nothing else (OASIS, sections 3.13 to 3.54).
SARIF = _exactly(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": _exactly(
        ["tool"],
        tool=_exactly(["driver"], driver=_exactly(
            ["name"],
            name={"type": "string"},
            version={"type": "string"},
            rules={"type": "array", "uniqueItems": True, "items": _exactly(
                ["id"],
                id={"type": "string"},
                name={"type": "string"},
                shortDescription=_TEXT,
                defaultConfiguration=_exactly([], level=_LEVEL),
            )},
        )),
        columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        results={"type": "array", "items": _exactly(
            ["message"],
            ruleId={"type": "string"},
            ruleIndex={"type": "integer", "minimum": -1},
            level=_LEVEL,
            message=_TEXT,
            locations={"type": "array", "items": _exactly(
                [],
                physicalLocation=_exactly(
                    ["artifactLocation", "region"],
                    artifactLocation=_exactly(["uri"], uri={"type": "string"}),
                    region=_exactly(
                        ["startLine"], startLine={"type": "integer", "minimum": 1}, snippet=_TEXT
                    ),
                ),
                logicalLocations={"type": "array", "items": _exactly(
                    [], name={"type": "string"}, fullyQualifiedName={"type": "string"}
                )},
            )},
            partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
            properties={"type": "object"},
        )},
        invocations={"type": "array", "items": _exactly(
            ["executionSuccessful"],
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications={"type": "array", "items": _exactly(
                ["message"], level=_LEVEL, message=_TEXT
            )},
        )},
    )},
)  # fmt: skip


def written(path: Path, *sources: str) -> Path:
    cells = [
        {"cell_type": "code", "id": f"c{number}", "metadata": {}, "outputs": [],
         "execution_count": None, "source": source.splitlines(keepends=True)}
        for number, source in enumerate(sources)
    ]  # fmt: skip
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_text_shows_the_line_with_carets(tmp_path: Path) -> None:
    done = run(written(tmp_path / "a.ipynb", "y = 1", TRICKY))
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0].endswith("a.ipynb, cell 2, line 2: warning CM303 unseeded-generator")
    assert lines[1] == '  | x = random.random()  # 100%, "so": [red]'
    assert lines[2] == "  |     ^^^^^^^^^^^^^^^"
    assert lines[3].startswith("    `random.random` draws")
    assert lines[4].startswith("    fix: ")
    assert lines[-1] == "1 warning in 1 notebook"


def test_nothing_found(tmp_path: Path) -> None:
    done = run(written(tmp_path / "a.ipynb", "x = 1"))
    assert (done.exit_code, done.stdout) == (0, "nothing found in 1 notebook\n")


def test_json_has_what_a_view_needs(tmp_path: Path) -> None:
    done = run(written(tmp_path / "a.ipynb", TRICKY), "--json")
    (found,) = json.loads(done.stdout)["findings"]
    assert {key: found[key] for key in ("cell", "cell_id", "line", "column", "end_column")} == {
        "cell": 1, "cell_id": "c0", "line": 2, "column": 5, "end_column": 20,
    }  # fmt: skip
    assert json.loads(run(tmp_path, "--format", "json").stdout)["findings"]


def test_github_annotations_name_the_line_of_the_file_and_are_escaped(tmp_path: Path) -> None:
    path = written(tmp_path / "a, b:c.ipynb", "y = 1", TRICKY)
    done = run(path, "--format", "github")
    (line,) = done.stdout.splitlines()
    found = re.fullmatch(r"::warning file=([^,]*),line=(\d+),title=CM303 [\w-]+::(.*)", line)
    assert found
    assert found[1].endswith("a%2C b%3Ac.ipynb")
    assert "random.random()" in path.read_text().split("\n")[int(found[2]) - 1]
    assert found[3].startswith("cell 2, line 2: ")
    assert "100%25" in found[3]
    assert "%0Afix: " in found[3]


def test_sarif(tmp_path: Path) -> None:
    written(tmp_path / "a.ipynb", "y = 1", TRICKY, "password = 'hunter2!x'")
    (tmp_path / "bad.ipynb").write_text("{")
    done = run(tmp_path, "--format", "sarif")
    assert done.exit_code == 2
    log = json.loads(done.stdout)
    jsonschema.validate(log, SARIF)
    (one,) = log["runs"]
    assert [each["ruleId"] for each in one["results"]] == ["CM303", "CM502"]
    for each in one["results"]:
        assert one["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"]
        line = each["locations"][0]["physicalLocation"]["region"]["startLine"]
        text = (tmp_path / "a.ipynb").read_text().split("\n")[line - 1]
        assert ("random.random" if each["ruleId"] == "CM303" else "password") in text
    assert "hunter2" not in done.stdout
    assert not one["invocations"][0]["executionSuccessful"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    done = run(tmp_path / "absent.ipynb")
    assert done.exit_code == 2
    assert "no such notebook" in done.stderr


@pytest.mark.parametrize("source", ["x = 1", "%matplotlib inline\n!ls\nx = 1"])
def test_starting_loads_nothing_heavy(source: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.ipynb", source)
    code = (
        "import sys\nfrom cellmark.cli import main\n"
        f"sys.argv = ['cellmark', 'check', {str(path)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"IPython", "nbformat", "numpy", "pandas", "sklearn", "sqlalchemy", "papermill"}
    assert set(done.stdout.split()) & heavy == set()
