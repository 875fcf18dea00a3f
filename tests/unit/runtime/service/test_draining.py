"""Told to stop under load: what has begun is answered, on record and sealed; nothing else is."""

import json
import signal
import socket
import threading

import httpx

from cellmark_runtime.audit.checking import verify_log

from .test_main import all_of, start, url_of


def asking(url, row, told, enough):
    """Ask on a new connection each time, until nobody listens there."""
    while True:
        try:
            reply = httpx.post(f"{url}/predict", json=row, timeout=60)
        except httpx.TransportError:
            return
        told.append((reply.status_code, reply.json()["predictions"][0]["id"]))
        if len(told) >= 20:
            enough.set()


def recorded(folder):
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def test_what_has_begun_is_answered_and_sealed(whole_bundle, row, tmp_path):
    process = start(whole_bundle, "--port", "0", CELLMARK_AUDIT=str(tmp_path))
    told, enough = [], threading.Event()
    try:
        url = url_of(process)
        host, port = url.removeprefix("http://").split(":")
        body = json.dumps(row).encode()
        head = f"POST /predict HTTP/1.1\r\nhost: model\r\ncontent-length: {len(body)}\r\n\r\n"
        begun = socket.create_connection((host, int(port)), timeout=60)
        begun.sendall(head.encode() + body[:10])
        threads = [threading.Thread(target=asking, args=(url, row, told, enough)) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(120)
        process.send_signal(signal.SIGTERM)
        said = ""
        for line in process.stderr:
            said += line
            if '"Shutting down"' in line:
                break
        # It is on its way out, and waits for this one.
        begun.sendall(body[10:])
        reply = all_of(begun)
        begun.close()
    finally:
        said += process.communicate(timeout=120)[1]
    for thread in threads:
        thread.join()
    assert process.returncode == 0
    assert reply.startswith(b"HTTP/1.1 200 OK")
    assert {status for status, _ in told} == {200}
    records = recorded(tmp_path)
    kept = {each["id"] for each in records if each["kind"] == "prediction"}
    last = json.loads(reply.partition(b"\r\n\r\n")[2])["predictions"][0]["id"]
    assert {*(identity for _, identity in told), last} <= kept
    assert records[-1]["kind"] == "stop"
    report = verify_log(tmp_path)
    assert (report.ok, report.sealed) == (True, 1)
    assert "Traceback" not in said
