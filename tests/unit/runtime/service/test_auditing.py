"""Each answer of the service leaves a record, or there is no answer."""

import errno
import itertools
import json
import signal
import threading

import httpx
import pytest

from cellmark_runtime.audit.checking import verify_log
from cellmark_runtime.audit.disk import AppendFile
from cellmark_runtime.audit.reading import find, find_all
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.service import create_app
from cellmark_runtime.service.settings import Settings

from .test_main import start, url_of, wait_until_ready


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audit"


@pytest.fixture
def serving(model, caller_of, folder):
    """A service with a log, told to stop at the end of the context."""

    def serve(**settings):
        return caller_of(model, audit=AuditSettings(folder, **settings))

    return serve


def records(folder, kind="prediction"):
    lines = [
        line for file in sorted(folder.glob("*.jsonl")) for line in file.read_bytes().splitlines()
    ]
    return [record for record in map(json.loads, lines) if record["kind"] == kind]


def test_an_answer_is_on_record_as_the_caller_got_it(serving, folder, model, row):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with serving(caller_header="x-caller") as client:
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "x-caller": "anna"}
        reply = client.predict(json=[row, dict(row, age=None, more=1)], headers=headers)
    sent = reply.json()["predictions"]
    found = [find(folder, each["id"]) for each in sent]
    for position, (one, each) in enumerate(zip(found, sent, strict=True)):
        identity = each.pop("id")
        assert one.record["output"] == each
        assert one.record["batch"] == {"id": sent_id(reply), "n": 2, "pos": position}
        assert one.record["id"] == identity
        assert one.record["by"]["bundle"] == model.digest
        assert one.record["by"]["lock"] == model.manifest.files.get("requirements.lock")
        assert one.record["request"]["trace"] == trace
        assert "anna" not in one.line
    assert json.loads(bytes(found[0].payload.input)) == row
    assert found[1].record["flags"] == {"extra": 1, "missing": ["age"]}
    assert len(find_all(folder, trace)) == len(find_all(folder, sent_id(reply))) == 2
    report = verify_log(folder)
    assert (report.ok, report.notes) == (True, [])
    assert report.sealed == 1


def sent_id(reply):
    return reply.headers["x-cellmark-request"]


@pytest.mark.parametrize(
    ("request_", "status", "faults"),
    [
        ({"content": b"{"}, 400, []),
        ({"content": b"x", "headers": {"content-type": "image/png"}}, 415, []),
        ({"json": {"plan": "hush"}}, 422, ["plan", "age", "visits", "active"]),
        ({"json": {"hush": 1}}, 422, ["plan", "age", "visits", "active"]),
    ],
)
def test_a_refusal_is_on_record_without_what_was_sent(serving, folder, request_, status, faults):
    with serving() as client:
        reply = client.predict(**request_)
    assert reply.status_code == status
    (record,) = records(folder, "refusal")
    assert record["id"] == sent_id(reply)
    assert record["request"]["status"] == status
    assert [each["field"] for each in record["about"]["faults"]] == faults
    assert record["about"]["count"] == len(faults)
    assert "hush" not in json.dumps(record)
    assert verify_log(folder).ok


def test_a_failure_of_the_service_is_on_record(serving, folder, model, row, monkeypatch):
    with serving() as client:
        assert client.get("/ready").status_code == 200
        monkeypatch.setattr(model, "answer", lambda rows: 1 / 0)
        reply = client.predict(json=row)
    assert reply.status_code == 500
    (record,) = records(folder, "refusal")
    assert (record["id"], record["request"]["status"]) == (sent_id(reply), 500)


def test_what_is_kept_of_a_column_is_the_deployments_choice(serving, folder, row):
    with serving(fields={"age": "bucket", "plan": "hmac", "active": "drop"}) as client:
        reply = client.predict(json=row)
    found = find(folder, sent_id(reply))
    kept = json.loads(bytes(found.payload.input))
    assert kept.keys() == {"age", "plan", "visits"}
    assert kept["age"].startswith("(")
    assert len(kept["plan"]) == 32
    assert found.record["flags"]["redacted"] == ["active", "age", "plan"]


def test_a_policy_for_a_column_that_is_not_there_stops_the_start(model, folder):
    audit = AuditSettings(folder, fields={"agee": "drop"})
    with pytest.raises(CellmarkError, match="CELLMARK_AUDIT_FIELDS: column 'agee'"):
        create_app(model, Settings(audit=audit))
    assert not list(folder.glob("*.jsonl"))


@pytest.mark.parametrize("policy", ["refuse", "answer"])
def test_a_full_disk_is_met_as_the_deployment_says(serving, folder, row, monkeypatch, policy):
    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    with serving(on_failure=policy) as client:
        assert client.predict(json=row).status_code == 200
        with monkeypatch.context() as patched:
            patched.setattr(AppendFile, "append", full)
            refused = client.predict(json=row)
        text = client.get("/metrics").text
        assert client.predict(json=row).status_code == 200
    if policy == "refuse":
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
        assert refused.json()["detail"] == "the answer can't be recorded"
        assert "predictions" not in refused.json()
    else:
        assert refused.status_code == 200
        assert [gap["about"]["records"] for gap in records(folder, "gap")] == [1]
    assert len(records(folder)) == 2
    assert 'model_audit_write_errors_total{arm="champion",model="churn",version="3"} 1.0' in text
    lost = float(policy == "answer")
    assert f'model_audit_lost_total{{arm="champion",model="churn",version="3"}} {lost}' in text
    assert verify_log(folder).ok


def test_metrics_say_how_the_log_is(serving, row):
    with serving(seal_records=3) as client:
        for _ in range(4):
            client.predict(json=row)
        text = client.get("/metrics").text
    labels = '{arm="champion",model="churn",version="3"}'
    assert f"model_audit_records_total{labels} 4.0" in text
    assert f"model_audit_unsealed_records{labels} " in text
    assert f"model_audit_verify_ok{labels} 1.0" in text
    assert "# TYPE model_audit_records_total counter" in text


def test_without_a_log_nothing_is_said_of_one(caller, row):
    reply = caller.predict(json=row)
    assert reply.json()["predictions"][0]["id"] == sent_id(reply)
    assert "model_audit" not in caller.get("/metrics").text


# -- as a process


def environment(folder, **more):
    return {"CELLMARK_AUDIT": str(folder), "CELLMARK_AUDIT_SEAL_RECORDS": "50", **more}


def ask_until_it_dies(url, row, told):
    with httpx.Client() as client:
        for number in itertools.count():
            rows = [dict(row, visits=number % 17)] * (1 + number % 3)
            try:
                reply = client.post(f"{url}/predict", json=rows, timeout=60)
            except httpx.TransportError:
                return
            told += [(each["id"], each["prediction"]) for each in reply.json()["predictions"]]


def killed_under_load(bundle, folder, row, told, answers):
    process = start(bundle, "--port", "0", **environment(folder))
    url = url_of(process)
    wait_until_ready(url)
    threads = [threading.Thread(target=ask_until_it_dies, args=(url, row, told)) for _ in range(4)]
    reading = threading.Thread(target=process.stderr.read)
    for thread in (reading, *threads):
        thread.start()
    enough, pause = len(told) + answers, threading.Event()
    while len(told) < enough:
        assert any(thread.is_alive() for thread in threads)
        pause.wait(0.002)
    process.send_signal(signal.SIGKILL)
    for thread in (*threads, reading):
        thread.join()
    process.wait()
    process.stderr.close()


def kill_often(bundle, folder, row, times):
    told = []
    for turn in range(times):
        killed_under_load(bundle, folder, row, told, 1 + turn * 13 % 80)
    process = start(bundle, "--port", "0", **environment(folder))
    url_of(process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    report = verify_log(folder)
    assert report.ok, report.findings
    kept = {record["id"]: record["output"]["prediction"] for record in records(folder)}
    assert [each for each in told if kept.get(each[0]) != each[1]] == []
    assert len(records(folder, "start")) == times + 1
    return told


def test_kill_under_load_loses_no_answer_that_a_caller_got(bundle, folder, row):
    assert kill_often(bundle, folder, row, 1)


@pytest.mark.slow
def test_many_kills_under_load_lose_no_answer_that_a_caller_got(bundle, folder, row):
    assert len(kill_often(bundle, folder, row, 25)) > 500


def test_two_workers_write_one_log_and_seal_it_when_told_to_stop(bundle, folder, row):
    workers = [start(bundle, "--port", "0", **environment(folder)) for _ in range(2)]
    told = []
    for worker in workers:
        url = url_of(worker)
        for _ in range(3):
            reply = httpx.post(f"{url}/predict", json=[row, row], timeout=60)
            told += [each["id"] for each in reply.json()["predictions"]]
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        logged = worker.communicate(timeout=60)[1]
        seals = [json.loads(line) for line in logged.splitlines() if '"checkpoint"' in line]
        assert [seal["event"] for seal in seals] == ["audit segment sealed"]
        assert worker.returncode == 0
    assert {record["id"] for record in records(folder)} == {*told}
    report = verify_log(folder)
    assert (report.ok, report.sealed, report.segments) == (True, 2, 2)


def test_a_log_that_can_not_be_written_stops_the_start(bundle, tmp_path):
    (tmp_path / "file").write_text("")
    process = start(bundle, "--port", "0", CELLMARK_AUDIT=str(tmp_path / "file"))
    message = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert "the audit log can't be written there" in message


def test_a_damaged_log_stops_the_start(bundle, folder, row, serving):
    with serving() as client:
        client.predict(json=row)
    (file,) = folder.glob("*.jsonl")
    file.with_suffix(".checkpoint").unlink()
    file.write_bytes(file.read_bytes().replace(b'"prediction":', b'"predictioN":', 1))
    process = start(bundle, "--port", "0", CELLMARK_AUDIT=str(folder))
    message = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert "a record that does not follow the one before it" in message
