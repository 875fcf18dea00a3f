"""Several processes behind one address, started as a user does."""

import os
import re
import signal
import time
from pathlib import Path

import httpx
import msgspec

from cellmark_runtime.audit.checking import verify_log

from .test_main import start, stopped, url_of


def predictions(url):
    text = httpx.get(f"{url}/metrics", timeout=30).text
    found = re.search(r"^model_predictions_total\{.*\} ([\d.]+)$", text, re.MULTILINE)
    return float(found[1])


def written(shared):
    """The predictions in the files that the processes share: what outlives one of them."""
    kept = [msgspec.msgpack.decode(file.read_bytes()) for file in shared.glob("*/*.counts")]
    return sum(
        value
        for families in kept
        for *_, samples in families
        for name, _, value in samples
        if name == "model_predictions_total"
    )


def ask(url, row, times):
    """A connection for each, so that all processes get some."""
    for _ in range(times):
        reply = httpx.post(f"{url}/predict", json=row, timeout=30)
        assert (reply.status_code, reply.json()["model"]) == (200, "churn")


def children(pid):
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found if b"spawn_main" in command_of(each)]


def command_of(pid):
    """Nothing of one that has ended since it was listed."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def until(true):
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("in vain")


def test_a_worker_that_dies_is_replaced_and_nothing_counted_is_lost(bundle, row, tmp_path):
    folder, shared = tmp_path / "audit", tmp_path / "shared"
    shared.mkdir()
    places = {"CELLMARK_AUDIT": str(folder), "TMPDIR": str(shared)}
    process = start(bundle, "--port", "0", "--workers", "2", **places)
    try:
        url = url_of(process)
        until(lambda: len(children(process.pid)) == 2)
        ask(url, row, 10)
        until(lambda: predictions(url) == 10)
        until(lambda: written(shared) == 10)
        victim = children(process.pid)[0]
        os.kill(victim, signal.SIGKILL)
        until(lambda: victim not in children(process.pid) and len(children(process.pid)) == 2)
        ask(url, row, 10)
        until(lambda: predictions(url) == 20)
        workers = children(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        logged = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    assert f"worker {victim} ended with -9" in logged
    assert "Traceback" not in logged
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    report = verify_log(folder)
    assert (report.ok, report.segments >= 2) == (True, True)


def test_workers_end_with_who_began_them(bundle):
    process = start(bundle, "--port", "0", "--workers", "2")
    url_of(process)
    until(lambda: len(children(process.pid)) == 2)
    workers = children(process.pid)
    process.kill()
    process.communicate(timeout=60)
    until(lambda: not [pid for pid in workers if alive(pid)])


def alive(pid):
    return command_of(pid) != b""  # a zombie has none


def test_what_a_worker_can_not_begin_with_is_said_once(bundle, tmp_path):
    with (bundle / "model/model.skops").open("ab") as file:
        file.write(b"!")
    code, message = stopped(bundle, "--port", "0", "--workers", "2")
    assert (code, len(message.splitlines())) == (2, 1)
    assert message.startswith("model/model.skops: changed")


def test_no_or_too_many_workers_are_bad_usage(bundle):
    for count in ("0", "65", "two"):
        code, message = stopped(bundle, "--workers", count)
        assert (code, "no number from 1 to 64" in message) == (2, True)
