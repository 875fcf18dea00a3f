"""`cellmark package` tells what differs from the version before, a line each."""

from __future__ import annotations

import msgspec
import pytest

from cellmark.actions.package import Packaged
from cellmark.cli.package import tell
from cellmark.core.changes import Changes, CodeChange, ValueChange
from cellmark_runtime.types.manifest import Check, Proof

PROOF = Proof(10, (Check("permutation", 10, 0.0),), 0.0)


def packaged(**fields: tuple[object, ...]) -> Packaged:
    none: dict[str, tuple[object, ...]] = dict.fromkeys(
        ("code", "constants", "parameters", "packages", "data"), ()
    )
    changes = Changes(since=2, bundle="churn-2", **{**none, **fields})  # type: ignore[arg-type]
    return Packaged("churn-3", "churn", 3, "ab" * 32, "run", PROOF, {"kept": 2}, (), {}, changes)


def code(
    before: str | None, after: str | None, was: str | None = "kept", now: str | None = "kept"
) -> CodeChange:
    return CodeChange(
        cell=4,
        line=2,
        before=before,
        after=after,
        verdict_before=was,  # type: ignore[arg-type]
        verdict_after=now,  # type: ignore[arg-type]
    )


TOLD = {
    "new": ({"code": (code(None, "a[0]", None),)}, "code        cell 4, line 2: new, kept: a[0]"),
    "gone": ({"code": (code("a", None),)}, "code        cell 4, line 2: gone: a"),
    "verdict": (
        {"code": (code("a", "a", now="frozen"),)},
        "code        cell 4, line 2: frozen, was kept: a",
    ),
    "text": ({"code": (code("a", "b"),)}, "code        cell 4, line 2: kept: b, was a"),
    "value": ({"constants": (ValueChange("m", "1", "2"),)}, "constants   m 2, was 1"),
    "estimator": ({"constants": (ValueChange("m", "Ridge", "Ridge"),)}, "m differs: Ridge"),
    "package": ({"packages": (ValueChange("numpy", None, "2"),)}, "packages    new: numpy 2"),
    "data": ({"data": (ValueChange("df", "3 x 2", None),)}, "data        gone: df 3 x 2"),
    "counts": (
        {"code": (code("a", None), code("b", None)), "data": (ValueChange("df", "1", "2"),)},
        "since   version 2: 2 in code, 1 in data",
    ),
    "nothing": ({}, "since   version 2: nothing in code, values or data"),
}


@pytest.mark.parametrize(("fields", "line"), TOLD.values(), ids=TOLD.keys())
def test_changes_are_told(
    fields: dict[str, tuple[object, ...]], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(packaged(**fields))
    assert line in capsys.readouterr().out


def test_rows_that_were_not_compared_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    proof = Proof(10, PROOF.checks, 0.0, ("90 rows [x] that the model learns from",))
    tell(msgspec.structs.replace(packaged(), proof=proof))
    out = capsys.readouterr().out
    assert "warning not proven: 90 rows [x] that the model learns from\n" in out
