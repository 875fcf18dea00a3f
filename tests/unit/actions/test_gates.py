"""Gates before a promotion, each with what lets a version pass and what does not."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from cellmark.actions.gates import GATES
from cellmark.actions.registry import history, models, note_reproduction, promote, register
from cellmark.actions.reproduced import Reproduced
from cellmark.bundle.verify import CheckResult
from cellmark.cli.registry import Gate
from cellmark.store import open_store
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.routing.experiment import Experiment, settled
from cellmark_runtime.scoring.files import open_bundle

TESTS = Path(__file__).parents[2]
MINI = runpy.run_path(str(TESTS / "generated" / "mini.py"))
LOG = runpy.run_path(str(TESTS / "unit/runtime/routing/test_evidence.py"))["Log"]


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    for name in [each for each in os.environ if each.startswith("CELLMARK_")]:
        monkeypatch.delenv(name)
    (tmp_path / ".cellmark").mkdir()
    monkeypatch.chdir(tmp_path)
    yield register(MINI["mini_bundle"](tmp_path / "mini-1"))


def test_the_command_line_knows_each_gate() -> None:
    assert [gate.value for gate in Gate] == list(GATES)


def reproduced(*, held: bool) -> Reproduced:
    return Reproduced(
        reproduced=held,
        exact=held,
        notebook="mini.ipynb",
        run="01RUN",
        rerun="01RERUN",
        baseline="run",
        environment="locked",
        tolerance=1e-9,
        differences=(),
        causes=(),
        experiments=(),
        metrics=(),
        seconds=(1.0, 1.0),
        controls={},
        conditions={},
        packages=(),
        cells=(),
        times=None,
        report=None,
    )


def test_the_last_reproduction_of_its_run_counts(registered: Any) -> None:
    store, run = open_store(), open_bundle(Path(registered.path)).manifest.provenance.run
    with pytest.raises(CheckFailed, match="not reproduced since it is registered") as refused:
        promote("mini@1", "champion", reason="x", require=["reproduced"])
    assert refused.value.fix == f"Say: cellmark reproduce {run}"
    note_reproduction(store, "another", reproduced(held=True))
    for held in (True, False):
        note_reproduction(store, run, reproduced(held=held))
    with pytest.raises(CheckFailed, match="0 differences"):
        promote("mini@1", "champion", reason="x", require=["reproduced"])
    assert models("mini").models[0].aliases == {}
    note_reproduction(store, run, reproduced(held=True))
    told: list[CheckResult] = []
    done = promote("mini@1", "champion", reason="x", require=["reproduced"], on_check=told.append)
    assert done.event.evidence["reproduced"] == "equal to the last bit"
    assert (told[0].name, told[0].ok) == ("reproduced", True)
    found = history("mini", verify=True)
    kinds = ["registered", "reproduced", "not reproduced", "reproduced", "promoted"]
    assert ([event.kind for event in found.events], found.ok) == (kinds, True)
    assert found.events[1].evidence["rerun"] == "01RERUN"


def counted(monkeypatch: pytest.MonkeyPatch, **seen: Any) -> None:
    told = SimpleNamespace(**{"alarms": [], "windows": 0, "window": 1000, "rows": 0, **seen})
    monkeypatch.setattr("cellmark.actions.gates.monitor", lambda *_, **__: told)


def test_drift_asks_for_requests_and_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = CellmarkError("mini@1", "no counts of it in counts")
    monkeypatch.setattr("cellmark.actions.gates.monitor", Mock(side_effect=absent))
    with pytest.raises(CheckFailed, match="mini@1: no counts of it in counts; exp") as refused:
        promote("mini@1", "champion", reason="x", require=["drift"])
    assert "--challenger mini@1" in refused.value.fix
    counted(monkeypatch, rows=40)
    with pytest.raises(CheckFailed, match="40 rows as challenger, less than a window of 1000"):
        promote("mini@1", "champion", reason="x", require=["drift"])
    counted(monkeypatch, rows=3000, windows=3, alarms=["income"])
    with pytest.raises(CheckFailed, match="an alarm for income as challenger"):
        promote("mini@1", "champion", reason="x", require=["drift"])
    counted(monkeypatch, rows=3000, windows=3)
    done = promote("mini@1", "champion", reason="x", require=["drift"])
    assert done.event.evidence["drift"] == "no alarm in 3 windows of 1000 rows as challenger"


@pytest.mark.parametrize(
    ("gain", "verdict"), [(None, "too early"), (-0.25, "roll back"), (0.25, "")]
)
def test_a_challenge_has_to_be_won(
    registered: Any, tmp_path: Path, gain: float | None, verdict: str
) -> None:
    with pytest.raises(CheckFailed, match="has not challenged what champion is now") as refused:
        promote("mini@1", "champion", reason="x", require=["challenge"])
    assert "serve mini@champion --challenger mini@1" in refused.value.fix
    folder = tmp_path / ".cellmark/audit/mini"
    experiment = Experiment(
        id="0123456789abcdef",
        model="mini",
        champion=0,
        challenger=1,
        champion_digest="c" * 64,
        challenger_digest=registered.digest,
        mode="shadow",
        share=1.0,
        started="2026-11-01T00:00:00Z",
    )
    log = LOG(folder, experiment)
    settled(folder, experiment)
    for turn in range(200 if gain else 0):
        identity = log.answer(0.5)
        log.shadow(identity, 0.5 + gain + turn % 2 / 50)
        log.label(identity, "Yes")
    log.log.close()
    if verdict:
        with pytest.raises(CheckFailed, match=f"challenge 0123456789abcdef says {verdict}"):
            promote("mini@1", "champion", reason="x", require=["challenge"])
        return
    # One against another version than the alias has now says nothing.
    promote("mini@1", "now", reason="x")
    with pytest.raises(CheckFailed, match="has not challenged what now is now"):
        promote("mini@1", "now", reason="x", require=["challenge"])
    done = promote("mini@1", "champion", reason="x", require=["challenge"])
    assert done.event.evidence["challenge"].startswith("challenge 0123456789abcdef: The brier loss")
