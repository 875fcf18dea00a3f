"""Champion and challenger: who answers, who only scores, and that no caller ever suffers."""

import html
import json
import re
import time

import pytest

from cellmark_runtime import load
from cellmark_runtime.audit.checking import verify_log
from cellmark_runtime.audit.reading import find
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.routing.assignment import bucket_of
from cellmark_runtime.routing.experiment import changed, experiments
from cellmark_runtime.routing.guardrails import Limits
from cellmark_runtime.service import create_app
from cellmark_runtime.service.challenge import trial
from cellmark_runtime.service.challenge.challenging import Challenge
from cellmark_runtime.service.challenge.verdict import Verdict
from cellmark_runtime.service.settings import Settings

from .. import conftest as handmade
from .conftest import Caller

TOLERANT = Limits(seconds=60.0)


@pytest.fixture(scope="session")
def champion(built, tmp_path_factory):
    return built(tmp_path_factory.mktemp("arms") / "3", version=3)


@pytest.fixture(scope="session")
def rival(built, tmp_path_factory):
    return built(tmp_path_factory.mktemp("arms") / "4", version=4, strength=0.01)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audit"


@pytest.fixture
def compared(champion, rival, folder):
    """A caller of a champion with a challenger that was loaded: `compared("split", share=0.5)`."""

    def compare(mode, challenger=None, **changes):
        changes = {"limits": TOLERANT, **changes}
        challenge = Challenge(folder=challenger or rival, mode=mode, **changes)
        settings = Settings(audit=AuditSettings(folder))
        app = create_app(load(champion), settings, challenge=challenge)
        app._challenger.start = lambda: None
        app._challenger.begin()
        caller = Caller(app)
        caller.trial = app._challenger.trial
        caller.beat = app._challenger.beat
        caller.get("/ready")
        return caller

    return compare


def records(folder, kind):
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return [record for record in map(json.loads, lines) if record["kind"] == kind]


def version_for(caller, row, unit):
    reply = caller.predict(json=row, headers={"x-cellmark-unit": unit})
    body = reply.json()
    assert reply.status_code == 200
    for name in ("model", "version", "digest", "arm"):
        assert reply.headers[f"x-cellmark-{name}"] == str(body[name])
    return body, reply


def test_a_split_is_sticky_and_grows_without_taking_anybody_back(compared, row, folder):
    units = [f"customer {number}" for number in range(60)]
    with compared("split", share=0.3) as caller:
        identity = caller.trial.experiment.id
        few = {unit for unit in units if version_for(caller, row, unit)[0]["version"] == 4}
        again = {unit for unit in units if version_for(caller, row, unit)[0]["version"] == 4}
        changed(folder, identity, by="anna", share=0.6)
        caller.beat()
        more = {unit for unit in units if version_for(caller, row, unit)[0]["version"] == 4}
    assert few == again == {unit for unit in units if bucket_of(identity, unit) < 3000}
    assert few < more == {unit for unit in units if bucket_of(identity, unit) < 6000}


def test_replies_and_records_say_arm_bucket_and_experiment(compared, row, folder, champion, rival):
    with compared("split", share=0.5) as caller:
        identity = caller.trial.experiment.id
        replies = [version_for(caller, row, f"customer {number}") for number in range(12)]
        named = caller.get("/metadata").json()["serving"]["challenge"]
    models = {"champion": load(champion), "challenger": load(rival)}
    assert {body["arm"] for body, _ in replies} == set(models)
    for number, (body, reply) in enumerate(replies):
        bucket = bucket_of(identity, f"customer {number}")
        assert reply.headers["x-cellmark-bucket"] == str(bucket)
        assert reply.headers["x-cellmark-experiment"] == identity
        (entry,) = body["predictions"]
        expected = models[body["arm"]].answer([row]).probabilities[0]
        assert list(entry["probabilities"].values()) == expected
        record = find(folder, entry["id"]).record
        assert (record["by"]["arm"], record["by"]["version"]) == (body["arm"], body["version"])
        unit = record["challenge"].pop("unit")
        assert "customer" not in unit
        assert record["challenge"] == {
            "assigned": body["arm"],
            "bucket": bucket,
            "experiment": identity,
            "mode": "split",
            "share": 0.5,
        }
    assert (named["champion"], named["challenger"], named["problem"]) == (3, 4, None)
    assert verify_log(folder).ok


def test_every_door_leads_to_both_arms(compared, row):
    tensors = [
        {"name": name, "shape": [1], "datatype": kind, "data": [row[name]]}
        for name, kind in zip(row, ("BYTES", "FP64", "INT64", "BOOL"), strict=True)
    ]
    with compared("split", share=0.5) as caller:
        for path, body in (
            ("/invocations", {"inputs": [row]}),
            ("/v2/models/churn/infer", {"inputs": tensors}),
        ):
            replies = [
                caller("POST", path, json=body, headers={"x-cellmark-unit": str(unit)})
                for unit in range(30)
            ]
            assert {reply.status_code for reply in replies} == {200}
            versions = [reply.headers["x-cellmark-version"] for reply in replies]
            assert set(versions) == {"3", "4"}
            arms = [version_for(caller, row, str(unit))[0]["version"] for unit in range(30)]
            assert versions == list(map(str, arms))
        # Asked for by its version, one arm answers, and the other says that it is not it.
        pinned = [
            caller("POST", "/v2/models/churn/versions/3/infer", json={"inputs": tensors})
            for _ in range(30)
        ]
        assert {reply.status_code for reply in pinned} == {200, 409}


def test_who_expects_a_version_gets_it_or_409(compared, row):
    with compared("split", share=1.0) as caller:
        for expected, status in (("churn@3", 409), ("churn@4", 200), ("other@4", 409)):
            reply = caller.predict(json=row, headers={"x-cellmark-expect": expected})
            assert (reply.status_code, reply.headers["x-cellmark-version"]) == (status, "4")
        assert caller.trial.standing()["answers"]["error"] == 0


@pytest.fixture
def harmful(built, tmp_path):
    """A challenger that is well on its golden rows, and does harm where visits are 888."""

    def make(harm):
        steps = handmade.SCORING["scoring/steps.py"]
        steps = steps.replace("def predict(", "BAD = []\n\n\ndef predict(")
        steps = steps.replace(
            '    customers["age"]',
            '    BAD[:] = [(customers["visits"] == 888).any()]\n    customers["age"]',
            1,
        )
        for name in ("predict", "predict_proba"):
            plain = f"    return frozen.model.{name}(features)"
            steps = steps.replace(plain, f"    if BAD[0]:\n        {harm[name]}\n{plain}")
        return built(tmp_path / "harmful", version=5, steps=steps)

    return make


HARMS = {
    "error": {"predict": "raise ValueError('no')", "predict_proba": "pass"},
    "invalid": {"predict": "pass", "predict_proba": "return [[float('nan')] * 2] * len(features)"},
}


@pytest.mark.parametrize("outcome", sorted(HARMS))
def test_where_a_challenger_fails_the_champion_answers_until_it_is_rolled_back(
    compared, harmful, row, folder, outcome, caplog
):
    with compared("split", harmful(HARMS[outcome]), share=1.0) as caller:
        assert caller.predict(json=row).json()["version"] == 5
        for _ in range(3):
            assert caller.get("/metadata").json()["serving"]["challenge"]["stopped"] is None
            reply = caller.predict(json=dict(row, visits=888))
            assert (reply.status_code, reply.json()["version"]) == (200, 3)
        reply = caller.predict(json=row)
        assert (reply.status_code, reply.json()["version"]) == (200, 3)
        assert "x-cellmark-experiment" not in reply.headers
        text = caller.get("/metrics").text
    assert f"model_challenge_{'errors' if outcome == 'error' else outcome}_total{{" in text
    assert 'model_challenge_stopped{arm="challenger",model="churn",version="5"} 1.0' in text
    assert "the challenger is rolled back: 3 of its last 4 answers" in caplog.text
    (event,) = records(folder, "challenge")
    assert event["about"]["stopped"] == experiments(folder)[0].stopped
    fallen = records(folder, "prediction")[1:4]
    assert [record["by"]["arm"] for record in fallen] == ["champion"] * 3
    assert [record["challenge"]["assigned"] for record in fallen] == ["challenger"] * 3


def test_what_was_rolled_back_stays_so_in_other_processes_and_after_a_start(compared, row, folder):
    with compared("split", share=1.0) as caller:
        assert caller.predict(json=row).json()["version"] == 4
        changed(folder, caller.trial.experiment.id, by="another process", stopped="slow")
        caller.beat()
        assert caller.predict(json=row).json()["version"] == 3
    with compared("split", share=1.0) as caller:
        assert caller.predict(json=row).json()["version"] == 3


def test_what_both_refuse_is_the_callers_fault(compared, row):
    with compared("split", share=1.0) as caller:
        for _ in range(5):
            assert caller.predict(json=dict(row, plan="?")).status_code == 422
            assert caller.predict(content=b"{").status_code == 400
        standing = caller.get("/metadata").json()["serving"]["challenge"]
    assert standing["answers"]["error"] == 0


def until(true):
    for _ in range(3000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("in vain")


def test_a_shadow_scores_what_the_champion_answered(compared, row, folder, rival):
    rows = [row, dict(row, age=None, visits=9)]
    with compared("shadow") as caller:
        reply = caller.predict(json=rows)
        until(lambda: caller.trial.standing()["answers"]["fine"] == 1)
        text = caller.get("/metrics").text
    assert reply.json()["version"] == 3
    expected = load(rival).answer(rows).probabilities
    shadows = records(folder, "shadow")
    for entry, shadow, probabilities in zip(
        reply.json()["predictions"], shadows, expected, strict=True
    ):
        about = shadow["about"]
        assert (about["of"], about["version"], about["arm"]) == (entry["id"], 4, "challenger")
        assert list(about["output"]["probabilities"].values()) == probabilities
        found = find(folder, entry["id"])
        assert found.record["challenge"]["experiment"] == about["experiment"]
        assert found.record["challenge"]["mode"] == "shadow"
    assert 'model_challenge_shadowed_total{arm="challenger",model="churn",version="4"} 2.0' in text
    assert verify_log(folder).ok


def test_a_shadow_that_fails_is_rolled_back_and_nobody_notices(compared, harmful, row, folder):
    with compared("shadow", harmful(HARMS["error"])) as caller:
        for _ in range(8):
            assert caller.predict(json=dict(row, visits=888)).json()["version"] == 3
            until(lambda: not caller.trial._shadow._rows)
        until(lambda: caller.trial.experiment.stopped)
    assert experiments(folder)[0].by == "guardrail"
    assert "ValueError" in records(folder, "shadow")[0]["about"]["problem"]


def test_a_slow_shadow_drops_and_delays_nobody(compared, row, monkeypatch):
    import threading

    go = threading.Event()
    with compared("shadow") as caller:
        challenger = caller.trial.challenger.model
        monkeypatch.setattr(challenger, "answer", lambda rows: go.wait(60) and None)
        for _ in range(8):
            reply = caller.predict(json=[row] * 1000)
            assert (reply.status_code, len(reply.json()["predictions"])) == (200, 1000)
        dropped = caller.get("/metadata").json()["serving"]["challenge"]["dropped"]
        go.set()
    assert dropped in (2000, 3000)


def test_a_challenger_that_can_not_be_loaded_leaves_the_champion_alone(
    compared, row, tmp_path, caplog
):
    with compared("split", tmp_path / "nowhere", share=1.0) as caller:
        assert caller.predict(json=row).json()["version"] == 3
        problem = caller.get("/metadata").json()["serving"]["challenge"]["problem"]
    assert "MANIFEST.json" in problem
    assert "the champion answers all" in caplog.text


def test_the_champion_does_not_challenge_itself(compared, champion, row):
    with compared("split", champion, share=1.0) as caller:
        assert caller.predict(json=row).json()["arm"] == "champion"
        problem = caller.get("/metadata").json()["serving"]["challenge"]["problem"]
    assert problem == "it is the champion itself"


def test_metrics_say_the_verdict_of_one_process(compared, folder, row):
    with compared("shadow") as caller:
        identity = caller.predict(json=[row] * 250).json()["predictions"]
        until(lambda: caller.trial.standing()["answers"]["fine"] == 1)
        labels = [{"id": each["id"], "label": "Yes"} for each in identity]
        assert caller("POST", "/feedback", json=labels).status_code == 200
        until(lambda: len(records(folder, "shadow")) == 250)
        caller.beat()
        text = caller.get("/metrics").text
        page = caller.get("/").text
        other = Verdict(folder, caller.trial.experiment, lambda kind, about: None)
        other.turn(caller.trial.experiment)
        assert other.figures() == {}
    other._next = 0
    other.turn(caller.trial.experiment)
    assert other.figures()["model_challenge_labels"] == 250
    other.close()
    labels_of = '{arm="challenger",model="churn",version="4"}'
    assert f"model_challenge_labels{labels_of} 250.0" in text
    effect = other.figures()["model_challenge_effect"]
    assert f"model_challenge_effect{labels_of} {effect}" in text
    assert f"model_challenge_decision{labels_of} {1.0 if effect > 0 else -1.0}" in text
    told = html.unescape(re.sub(r"<[^>]+>", " ", page))
    assert f"of churn@4 is {abs(effect):.4g}" in " ".join(told.split())
    assert 'polygon class="band' in page


def test_a_caller_who_sends_slowly_is_no_slow_challenger(compared, row, monkeypatch):
    late = 0.0
    monkeypatch.setattr(trial, "perf_counter", lambda: time.perf_counter() + late)
    with compared("split", share=1.0) as caller:

        async def slowly():
            nonlocal late
            body = json.dumps(row).encode()
            yield body[:10]
            late += 10 * TOLERANT.seconds
            yield body[10:]

        for _ in range(4):
            assert caller.predict(content=slowly()).json()["version"] == 4
        assert caller.trial.standing()["answers"]["slow"] == 0
