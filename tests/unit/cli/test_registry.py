from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cellmark.cli import app

MINI = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "mini.py"))


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    return Path(MINI["mini_bundle"](tmp_path / "mini-1"))


def said(*command: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(each) for each in command])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_people_read_what_stands_and_how_it_came(bundle: Path) -> None:
    code, text = said("register", bundle, "--reason", "trial")
    assert (code, text.startswith("mini@1 registered (digest ")) == (0, True)
    assert "was registered before" in said("register", bundle)[1]
    assert said("promote", "mini@1", "champion", "--reason", "first")[1] == (
        "mini@champion is mini@1\n"
    )
    assert "was mini@1" in said("promote", "mini@1", "champion", "--reason", "again")[1]
    assert "champion" in said("models")[1]
    code, text = said("history", "mini", "--verify")
    lines = text.splitlines()
    assert code == 0
    assert lines[0].endswith(": trial")
    assert "mini@champion -> mini@1, digest" in lines[1]
    assert lines[-1] == "holds"


def test_json_is_one_object(bundle: Path) -> None:
    asked: list[tuple[tuple[object, ...], set[str]]] = [
        (("register", bundle), {"model", "version", "digest", "aliases", "new", "path"}),
        (
            ("promote", "mini@1", "champion", "--reason", "x"),
            {"model", "version", "alias", "before", "event"},
        ),
        (("approve", "mini@1", "--reason", "x"), {"model", "version", "event"}),
        (("models", "mini"), {"models"}),
        (("history", "mini"), {"model", "events", "ok", "faults"}),
    ]
    for command, fields in asked:
        code, text = said(*command, "--json")
        assert (code, set(json.loads(text))) == (0, fields)


def test_a_changed_history_fails(bundle: Path, tmp_path: Path) -> None:
    import sqlite3

    said("register", bundle, "--reason", "trial")
    base = sqlite3.connect(tmp_path / ".cellmark" / "cellmark.db")
    base.execute("update event set text = replace(text, 'trial', 'truth')")
    base.commit()
    base.close()
    assert said("history", "mini")[0] == 0
    code, text = said("history", "mini", "--verify")
    assert code == 1
    assert "fault  event 0 was changed" in text
    assert "DOES NOT HOLD" in text
