"""What callers may rely on: health, identity, and a reason instead of a number for a bad row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BUNDLE = Path(__file__).resolve().parents[1]
GOLDEN = json.loads((BUNDLE / "tests" / "golden.json").read_text(encoding="utf-8"))
ROW = GOLDEN["rows"][0]
MANIFEST = json.loads((BUNDLE / "MANIFEST.json").read_text(encoding="utf-8"))
COLUMNS = MANIFEST["signature"]["inputs"]
POLICIES = MANIFEST["policies"]

Ask = Callable[..., tuple[int, Any]]


def named(columns: list[dict[str, Any]]) -> list[str]:
    return [column["name"] for column in columns]


def close(expected: Any) -> Any:
    """Equal to the last bit, or within the tolerance that the proof found."""
    if isinstance(expected, list):
        return [close(part) for part in expected]
    if isinstance(expected, float):
        return pytest.approx(expected, rel=0.0, abs=GOLDEN["tolerance"])
    return expected


def numbers(probabilities: Any) -> list[float]:
    """Probabilities without their names; those of an answer in several parts, one after another."""
    parts = probabilities if isinstance(probabilities, list) else [probabilities]
    return [number for part in parts for number in part.values()]


def refused(ask: Ask, row: dict[str, Any], name: str) -> None:
    """The row gets no number, and the reply names this column as the one at fault."""
    status, answer = ask("/predict", json.dumps(row).encode())
    assert status == 422, answer
    faults = [fault for fault in answer["errors"] if fault["field"] == name]
    assert faults, answer
    assert all(fault["row"] == 0 and fault["expected"] for fault in faults)


def taken(ask: Ask, row: dict[str, Any]) -> None:
    """The row is scored, unless a row filter of the notebook's own leaves it out."""
    status, answer = ask("/predict", json.dumps(row).encode())
    assert status == 200 or (status == 422 and "left such rows out" in answer["errors"][0]["fix"])


def takes_unknown(column: dict[str, Any]) -> bool:
    """Whether a policy makes a known value, or a missing one, of a category that nobody knows."""
    if POLICIES["unseen_category"] == "other":
        return any(str(each).strip().casefold() == "other" for each in column["categories"])
    may_lack = column.get("nullable") or POLICIES["unexpected_missing"] == "score"
    return bool(POLICIES["unseen_category"] == "missing" and may_lack)


def test_it_is_live_and_ready(ask: Ask) -> None:
    assert ask("/live")[0] == 200
    status, answer = ask("/ready")
    assert status == 200, answer


def test_it_says_which_bundle_answers(ask: Ask) -> None:
    digest = hashlib.sha256((BUNDLE / "MANIFEST.json").read_bytes()).hexdigest()
    status, answer = ask("/metadata")
    assert status == 200
    assert answer["digest"] == digest
    assert (answer["name"], answer["version"]) == (MANIFEST["name"], MANIFEST["version"])


@pytest.mark.parametrize("several", [False, True])
def test_a_golden_row_gets_the_notebooks_answer(ask: Ask, several: bool) -> None:
    body = [ROW] if several else ROW
    status, answer = ask("/predict", json.dumps(body).encode())
    assert status == 200, answer
    (entry,) = answer["predictions"]
    assert entry["prediction"] == close(GOLDEN["predictions"][0])
    if GOLDEN["probabilities"] is not None:
        assert numbers(entry["probabilities"]) == close(GOLDEN["probabilities"][0])
    if GOLDEN["scores"] is not None:
        assert entry["score"] == close(GOLDEN["scores"][0])


@pytest.mark.parametrize("name", named(COLUMNS))
def test_a_missing_column_is_refused_by_name(ask: Ask, name: str) -> None:
    refused(ask, {column: value for column, value in ROW.items() if column != name}, name)


@pytest.mark.parametrize("name", named(COLUMNS))
def test_a_wrong_type_is_refused_by_name(ask: Ask, name: str) -> None:
    refused(ask, {**ROW, name: ["no", "single", "value"]}, name)


@pytest.mark.parametrize("name", named([c for c in COLUMNS if not c.get("nullable")]))
def test_a_missing_value_that_training_never_saw_goes_by_policy(ask: Ask, name: str) -> None:
    row = {**ROW, name: None}
    if POLICIES["unexpected_missing"] == "score":
        taken(ask, row)
    else:
        refused(ask, row, name)


@pytest.mark.parametrize("column", [c for c in COLUMNS if c.get("categories")])
def test_an_unknown_category_goes_by_policy(ask: Ask, column: dict[str, Any]) -> None:
    row = {**ROW, column["name"]: "a value that no training row had"}
    if takes_unknown(column):
        taken(ask, row)
    else:
        refused(ask, row, column["name"])


def test_a_column_that_the_model_does_not_know_goes_by_policy(ask: Ask) -> None:
    name = "a column that nobody knows"
    if POLICIES["extra_column"] == "reject":
        refused(ask, {**ROW, name: 1}, name)
    else:
        taken(ask, {**ROW, name: 1})


def test_a_body_that_is_no_json_is_refused(ask: Ask) -> None:
    assert ask("/predict", b"{no json")[0] == 400
