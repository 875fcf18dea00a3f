"""A challenger in a process and an environment of its own."""

import signal
import sys
from pathlib import Path

import pytest

from cellmark_runtime import load
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.errors import BundleError, CellmarkError
from cellmark_runtime.routing.guardrails import Limits
from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.service import create_app
from cellmark_runtime.service.challenge.arm_process import ModelElsewhere
from cellmark_runtime.service.challenge.challenging import Challenge
from cellmark_runtime.service.settings import Settings

from .conftest import Caller


@pytest.fixture(scope="module")
def rival(built, tmp_path_factory):
    return built(tmp_path_factory.mktemp("arms") / "4", version=4, strength=0.01)


@pytest.fixture
def elsewhere(rival):
    model = ModelElsewhere(rival, Path(sys.executable))
    yield model
    model.close()


def killed(model):
    process = model._process._process
    process.send_signal(signal.SIGKILL)
    process.wait(30)


def test_it_answers_as_the_model_does_and_ends_with_it(rival, row, elsewhere):
    here, rows = load(rival), [row, dict(row, age=None, plan="max")]
    assert elsewhere.answer(rows) == here.answer(rows)
    assert (elsewhere.digest, elsewhere.is_here, here.is_here) == (here.digest, False, True)
    with pytest.raises(InvalidRows) as refused:
        elsewhere.answer([dict(row, plan="?")])
    assert refused.value.faults[0].field == "plan"
    killed(elsewhere)
    with pytest.raises(OSError):
        elsewhere.answer(rows)
    elsewhere.keep()
    assert elsewhere.answer(rows) == here.answer(rows)
    assert not list(rival.rglob("__pycache__"))


def test_a_split_with_a_process_that_dies_costs_no_answer(rival, whole_bundle, row, tmp_path):
    challenge = Challenge(
        folder=rival,
        mode="split",
        share=1.0,
        limits=Limits(seconds=60.0),
        python=Path(sys.executable),
    )
    settings = Settings(audit=AuditSettings(tmp_path / "audit"))
    app = create_app(load(whole_bundle), settings, challenge=challenge)
    app._challenger.start = lambda: None
    app._challenger.begin()
    with Caller(app) as caller:
        caller.get("/ready")
        reply = caller.predict(json=row).json()
        expected = load(rival).answer([row]).probabilities[0]
        assert (reply["version"], reply["arm"]) == (4, "challenger")
        assert list(reply["predictions"][0]["probabilities"].values()) == expected
        killed(app._challenger.trial.challenger.model)
        assert caller.predict(json=row).json()["version"] == 3
        app._challenger.beat()
        assert caller.predict(json=row).json()["version"] == 4
        process = app._challenger.trial.challenger.model._process
    assert not process.is_alive


def test_an_environment_that_can_not_serve_it_is_said(rival, tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho \"No module named 'sklearn'\" >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(CellmarkError, match="No module named 'sklearn'"):
        ModelElsewhere(rival, broken)
    with pytest.raises(CellmarkError, match="a Python to run"):
        ModelElsewhere(rival, tmp_path / "none")


def test_a_changed_bundle_is_not_even_begun(bundle):
    with (bundle / "model/model.skops").open("ab") as file:
        file.write(b"!")
    with pytest.raises(BundleError, match=r"model\.skops: changed"):
        ModelElsewhere(bundle, Path(sys.executable))
