from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cellmark.cli import app
from cellmark_runtime.audit.checking import verify_log
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.routing.experiment import settled

HANDS = runpy.run_path(str(Path(__file__).parents[1] / "runtime/routing/test_evidence.py"))


@pytest.fixture
def began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A log with an experiment: `began("shadow", gains)`, a label for each gain."""
    for name in ("CELLMARK_STORE", "CELLMARK_AUDIT_KEY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "audit"
    monkeypatch.setenv("CELLMARK_AUDIT", str(folder))

    def begin(mode: str, gains: tuple[float, ...] = ()) -> Path:
        experiment = HANDS["experiment_of"](mode)
        log = HANDS["Log"](folder, experiment)
        settled(folder, experiment)
        for gain in gains:
            identity = log.answer(0.5)
            log.shadow(identity, 0.5 + gain)
            log.label(identity, "Yes")
        log.log.close()
        return folder

    return begin


def said(*command: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["challenge", *map(str, command)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.mark.parametrize(
    ("gains", "code", "decision", "words"),
    [
        ((), 0, "too early", "0 labels of the 200"),
        ((0.3, 0.2) * 100, 0, "promote", "cellmark promote churn@2 champion"),
        ((-0.3, -0.2) * 100, 1, "roll back", "churn@1 stays"),
    ],
)
def test_people_read_where_it_stands(
    began: Any, gains: tuple[float, ...], code: int, decision: str, words: str
) -> None:
    began("shadow", gains)
    ended, text = said("status")
    assert ended == code
    assert text.startswith("churn@2 challenges @1 in shadow, since 2026-11-25 12:00\n")
    assert f"decision  {decision}" in text
    assert words in " ".join(text.split())
    assert ("●" in text) is bool(gains)
    code_again, as_json = said("status", "--json")
    found = json.loads(as_json)
    assert (code_again, found["evaluation"]["decision"]) == (code, decision)
    assert set(found) == {"log", "words", "evaluation"}


def test_a_margin_that_is_not_cleared_is_no_promotion(began: Any) -> None:
    began("shadow", (0.3, 0.2) * 100)
    assert "decision  promote" in said("status", "--margin", "0.1")[1]
    assert said("status", "--margin", "0.3")[0] == 1
    assert "zero-one loss" in said("status", "--loss", "zero-one")[1]
    with pytest.raises(CellmarkError, match="one of brier"):
        said("status", "--loss", "log")


def test_a_share_and_an_end_are_on_record_with_their_reason(began: Any) -> None:
    folder = began("split")
    assert said("ramp", "0.8", "--reason", "so far so good") == (0, "churn@2 against @1: 80%\n")
    assert json.loads(said("stop", "--reason", "enough", "--json")[1])["stopped"] == "enough"
    assert said("status")[0] == 1
    with pytest.raises(CellmarkError, match="stopped: enough"):
        said("ramp", "0.9", "--reason", "x")
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    events = [each["about"] for each in map(json.loads, lines) if each["kind"] == "challenge"]
    assert [(each["reason"], each.get("share")) for each in events] == [
        ("so far so good", 0.8),
        ("enough", None),
    ]
    assert verify_log(folder).ok


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("ramp", "0.5", "--reason", "x"), "it scores all rows"),
        (("stop", "--reason", " "), "why"),
        (("status", "--experiment", "ffff"), "no such experiment"),
    ],
)
def test_what_can_not_be_is_said(began: Any, command: tuple[str, ...], message: str) -> None:
    began("shadow")
    with pytest.raises(CellmarkError, match=message):
        said(*command)


def test_no_experiment_no_status(began: Any, tmp_path: Path) -> None:
    with pytest.raises(CellmarkError, match="Begin one with `cellmark serve TARGET --challenger"):
        said("status")
