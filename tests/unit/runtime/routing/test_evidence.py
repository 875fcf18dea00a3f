"""What is read from a log: pairs, arms, corrections, units; and what is concluded."""

import secrets

import pytest

from cellmark_runtime.audit.log import AuditLog
from cellmark_runtime.audit.record import Draft, Line, now
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.routing.evaluation import evaluate, in_words
from cellmark_runtime.routing.evidence import Evidence, Loss
from cellmark_runtime.routing.experiment import Experiment, changed, experiment_id, read, settled


def experiment_of(mode, **changes):
    parts = {
        "id": experiment_id("a" * 64, "b" * 64, mode),
        "model": "churn",
        "champion": 1,
        "challenger": 2,
        "champion_digest": "a" * 64,
        "challenger_digest": "b" * 64,
        "mode": mode,
        "share": 0.5,
        "started": "2026-11-25T12:00:00.000Z",
    }
    return Experiment(**{**parts, **changes})


def given(yes):
    return {"prediction": "Yes", "probabilities": {"No": 1 - yes, "Yes": yes}}


class Log:
    """Writes as a service does, one record at a time."""

    def __init__(self, folder, experiment):
        self.experiment = experiment
        self.log = AuditLog(AuditSettings(folder))

    def answer(self, yes, **note):
        identity = secrets.token_hex(13).upper()
        note = {"experiment": self.experiment.id, "mode": self.experiment.mode, **note}
        line = Line(
            kind="prediction",
            at=now(),
            id=identity,
            batch={"id": identity, "n": 1, "pos": 0},
            by={"model": "churn"},
            challenge=note,
            commitment="0",
            output=given(yes),
        )
        self.log.append([Draft(line)]).result(10)
        return identity

    def split(self, arm, yes, unit=None, share=0.5):
        return self.answer(yes, assigned=arm, bucket=1, share=share, unit=unit)

    def shadow(self, identity, yes, **changes):
        about = {"of": identity, "experiment": self.experiment.id, "output": given(yes), **changes}
        self.log.event("shadow", about).result(10)

    def label(self, identity, label, turn=1):
        self.log.event("label", {"of": identity, "label": label, "turn": turn}).result(10)


@pytest.fixture
def kept(tmp_path):
    """A log and the experiment in it: `kept("shadow")`."""
    logs = []

    def keep(mode):
        experiment = experiment_of(mode)
        logs.append(Log(tmp_path / "audit", experiment))
        return logs[-1], Evidence(tmp_path / "audit", experiment)

    yield keep
    for each in logs:
        each.log.close()


def losses(evidence):
    evidence.read()
    return [(each.champion, each.challenger) for each in evidence.losses()[1]]


def test_shadow_pairs_come_in_the_order_of_their_labels(kept):
    log, evidence = kept("shadow")
    first, second, unlabelled = log.answer(0.5), log.answer(0.0), log.answer(0.5)
    for identity, yes in ((first, 1.0), (second, 0.5), (unlabelled, 0.5)):
        log.shadow(identity, yes)
    log.label(second, "Yes")
    log.label(first, "Yes")
    assert losses(evidence) == [(1.0, 0.25), (0.25, 0.0)]
    assert (evidence.answers, evidence.unpaired) == (3, 0)


def test_a_label_without_a_pair_is_counted_and_left_out(kept):
    log, evidence = kept("shadow")
    for changes in ({"output": None}, {"experiment": "other"}):
        identity = log.answer(0.5)
        log.shadow(identity, 0.5, **changes)
        log.label(identity, "Yes")
    log.label("NOBODY", "Yes")
    assert losses(evidence) == []
    assert evidence.unpaired == 2


def test_a_corrected_label_counts_and_what_is_new_is_taken_in(kept):
    log, evidence = kept("shadow")
    identity = log.answer(0.0)
    log.shadow(identity, 0.0)
    assert losses(evidence) == []
    log.label(identity, "Yes")
    assert losses(evidence) == [(1.0, 1.0)]
    log.label(identity, "No", turn=2)
    assert losses(evidence) == [(0.0, 0.0)]


def test_a_line_that_is_still_being_written_waits(kept, tmp_path):
    log, evidence = kept("shadow")
    identity = log.answer(0.0)
    log.shadow(identity, 0.0)
    log.label(identity, "No")
    (file,) = (tmp_path / "audit").glob("*.jsonl")
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    assert losses(evidence) == []
    file.write_bytes(whole)
    assert losses(evidence) == [(0.0, 0.0)]


def test_in_a_split_a_units_first_label_counts_and_units_are_counted_once(kept):
    log, evidence = kept("split")
    made = [
        log.split("challenger", 0.5, "anna"),
        log.split("challenger", 0.0, "anna"),
        log.split("champion", 0.0, "bert"),
        log.split("challenger", 0.0, "carl", share=1.0),
        log.split("challenger", 0.5, "anna", share=1.0),
        log.split("champion", 0.5),
    ]
    for identity in made[:4]:
        log.label(identity, "Yes")
    assert losses(evidence) == [(None, 0.25), (1.0, None)]
    assert evidence.unpaired == 2
    assert evidence.counts() == [(0.5, 3, 1), (1.0, 1, 1)]


def stub(mode, effects, **changes):
    """An evaluation of losses that nobody had to write down."""
    experiment = experiment_of(mode, **changes)

    class Known:
        answers = len(effects)
        unpaired = 0

        def losses(self, name):
            return "brier", [Loss("2026-11-25T12:00:00Z", 0.5, 0.5 - each, 0.0) for each in effects]

        def counts(self):
            return []

    return evaluate(Known(), experiment)


@pytest.mark.parametrize(
    ("effects", "changes", "decision", "said"),
    [
        ([], {}, "too early", "0 labels of the 200"),
        ([0.1, -0.1] * 200, {}, "inconclusive", "Time alone decides nothing"),
        ([0.1, 0.2] * 200, {}, "promote", "cellmark promote churn@2 champion"),
        ([-0.1, -0.2] * 200, {}, "roll back", "churn@1 stays"),
        ([0.1, 0.2] * 200, {"stopped": "too slow"}, "stopped", "too slow"),
    ],
)
def test_what_is_known_is_said(effects, changes, decision, said):
    found = stub("shadow", effects, **changes)
    assert found.decision == decision
    assert said in " ".join(in_words(found))


def test_a_mismatch_is_no_decision(kept):
    log, evidence = kept("split")
    for _ in range(60):
        log.split("champion", 0.5, secrets.token_hex(4), share=0.9)
    evidence.read()
    found = evaluate(evidence, log.experiment)
    assert (found.decision, found.mismatch_p < 0.001) == ("mismatch", True)
    assert "can't be compared" in " ".join(in_words(found))


def test_an_experiment_is_begun_once_and_stays_as_it_was_changed(tmp_path):
    began = experiment_of("split")
    assert settled(tmp_path, began) == began
    changed(tmp_path, began.id, by="anna", share=0.7)
    changed(tmp_path, began.id, by="guardrail", stopped="slow")
    again = settled(tmp_path, began)
    assert (again.share, again.stopped, again.by) == (0.7, "slow", "guardrail")
    assert read(tmp_path, began.id) == again
    assert read(tmp_path, "other") is None
