import datetime as dt
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.probe import probe, ready_url
from cellmark_runtime.service.main import serve
from cellmark_runtime.service.settings import Settings, settings_from

CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("CELLMARK_") and name not in ("HOST", "PORT", "OMP_NUM_THREADS")
}


def start(folder, *options, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "scoring.app", *options],
        cwd=folder,
        env=CLEAN | environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def url_of(process):
    """The URL in the first lines that it logs."""
    for line in process.stderr:
        found = re.search(r"answers at (https?://[\w.:]+)", line)
        if found:
            return found[1]
    raise AssertionError(f"ended with {process.wait()}")


def wait_until_ready(url):
    for _ in range(1200):
        reply = httpx.get(f"{url}/ready", timeout=60)
        if reply.status_code == 200:
            return
        time.sleep(0.05)
    raise AssertionError(reply.text)


def stopped(folder, *options, **environment):
    """The message and exit code of a start that must not succeed."""
    process = start(folder, *options, **environment)
    message = process.communicate(timeout=60)[1]
    return process.returncode, message


def test_a_bundle_serves_itself_and_stops_when_told(bundle, row):
    process = start(bundle, "--port", "0", CELLMARK_TOKEN="secret")
    try:
        url = url_of(process)
        wait_until_ready(url)
        headers = {"authorization": "Bearer secret"}
        reply = httpx.post(f"{url}/predict", json=row, headers=headers, timeout=60)
        assert reply.json()["model"] == "churn"
        assert httpx.post(f"{url}/predict", json=row, timeout=60).status_code == 401
        asks = [sys.executable, "-m", "cellmark_runtime.probe"]
        port = {"CELLMARK_PORT": url.rpartition(":")[2]}
        assert subprocess.run(asks, env=CLEAN | port, timeout=60).returncode == 0
        if shutil.which("curl"):
            command = ["curl", "-s", f"{url}/predict", "-H", "Authorization: Bearer secret"]
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(row)]
            done = subprocess.run(command, capture_output=True, check=True, timeout=30)
            first = json.loads(done.stdout)["predictions"][0]
            assert first["prediction"] == reply.json()["predictions"][0]["prediction"]
    finally:
        process.send_signal(signal.SIGTERM)
        logged = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    gone = subprocess.run(asks, env=CLEAN | port, timeout=60, capture_output=True, text=True)
    assert (gone.returncode, "refused" in gone.stderr) == (1, True)
    lines = [json.loads(line) for line in logged.splitlines()]
    requests = [line for line in lines if line.get("path") == "/predict"]
    assert [line["status"] for line in requests][:2] == [200, 401]
    assert "secret" not in logged


def test_a_damaged_bundle_ends_in_one_message(bundle):
    with (bundle / "model/model.skops").open("ab") as file:
        file.write(b"!")
    code, message = stopped(bundle, "--port", "0")
    assert (code, len(message.splitlines())) == (2, 1)
    assert message.startswith("model/model.skops: changed")


def test_a_port_in_use_is_said(whole_bundle):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, message = stopped(whole_bundle, PORT=port)
    assert (code, len(message.splitlines())) == (2, 1)
    assert f"127.0.0.1:{port}: can't listen there" in message


@pytest.mark.parametrize("options", [["--port", "http"], ["--port", "70000"], ["--what"]])
def test_bad_usage(whole_bundle, options):
    assert stopped(whole_bundle, *options)[0] == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_no_open_door_without_a_token(whole_bundle, monkeypatch, host):
    monkeypatch.delenv("CELLMARK_TOKEN", raising=False)
    with pytest.raises(CellmarkError, match="--allow-unauthenticated"):
        serve(whole_bundle, host, 0)


def test_an_address_of_another_machine(whole_bundle):
    with pytest.raises(CellmarkError, match="can't listen there"):
        serve(whole_bundle, "192.0.2.1", 0, allow_unauthenticated=True)


def test_threads_are_pinned_even_when_numpy_came_first():
    code = (
        "import numpy, sklearn.linear_model, threadpoolctl;"
        "from cellmark_runtime.threads import pin_threads; pin_threads();"
        "print({pool['num_threads'] for pool in threadpoolctl.threadpool_info()})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=CLEAN, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{1}"


def test_settings_come_from_the_environment(tmp_path):
    (tmp_path / "token").write_text("from-file\n")
    file = {"CELLMARK_TOKEN_FILE": str(tmp_path / "token")}
    assert settings_from({}) == Settings()
    assert settings_from({"CELLMARK_TOKEN": ""}).token is None
    assert settings_from({"CELLMARK_TOKEN": "t", "CELLMARK_MAX_BODY": "5"}) == Settings("t", 5)
    assert settings_from({"CELLMARK_TOKEN": "t", **file}).token == "from-file"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CELLMARK_MAX_BODY", "ten"),
        ("CELLMARK_MAX_BODY", "0"),
        ("CELLMARK_MAX_WAITING", "many"),
        ("CELLMARK_TIMEOUT", "0"),
        ("CELLMARK_TOKEN", "ümlaut"),
        ("CELLMARK_TOKEN", " padded"),
        ("CELLMARK_TOKEN_FILE", "/no/such/file"),
        ("CELLMARK_TOKEN_FILE", os.devnull),
    ],
)
def test_a_setting_that_can_not_be_meant_is_refused_by_name(name, value):
    with pytest.raises(CellmarkError, match=name):
        settings_from({name: value})


def test_who_sends_no_request_is_hung_up_on(whole_bundle):
    process = start(whole_bundle, "--port", "0", CELLMARK_TIMEOUT="2")
    try:
        host, port = url_of(process).removeprefix("http://").split(":")
        answered = b"GET /live HTTP/1.1\r\nhost: model\r\n\r\n"
        heads = (b"", b"POST /predict HTTP/1.1\r\nhost: model\r\n", answered + b"GET /li")
        with ExitStack() as opened:
            slow = [
                opened.enter_context(socket.create_connection((host, int(port)), timeout=60))
                for _ in heads
            ]
            for connection, head in zip(slow, heads, strict=True):
                connection.sendall(head)
            said = [all_of(connection) for connection in slow]
        assert said[:2] == [b"", b""]
        assert said[2].count(b"HTTP/1.1 200 OK") == 1
        reply = httpx.get(f"http://{host}:{port}/live", timeout=60)
        assert reply.json() == {"live": True}
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def all_of(connection):
    """What comes until the other side hangs up."""
    said = b""
    with suppress(ConnectionResetError):
        while more := connection.recv(65536):
            said += more
    return said


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of our own for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "model")])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1).add_extension(address, critical=False)
    made = made.not_valid_before(start).not_valid_after(start + dt.timedelta(days=3650))
    folder = tmp_path_factory.mktemp("tls")
    (folder / "tls.crt").write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    for file, lock in (
        ("tls.key", serialization.NoEncryption()),
        ("locked.key", serialization.BestAvailableEncryption(b"secret")),
    ):
        (folder / file).write_bytes(key.private_bytes(pem, pkcs8, lock))
    return folder


def test_it_answers_by_tls(whole_bundle, certificate, row):
    options = [
        "--tls-cert",
        str(certificate / "tls.crt"),
        "--tls-key",
        str(certificate / "tls.key"),
    ]
    process = start(whole_bundle, "--port", "0", *options)
    try:
        url = url_of(process)
        assert url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=certificate / "tls.crt")
        reply = httpx.post(f"{url}/predict", json=row, verify=trusting, timeout=60)
        assert reply.json()["model"] == "churn"
        asked = {"CELLMARK_PORT": url.rpartition(":")[2]}
        assert probe({**asked, "CELLMARK_TLS_CERT": str(certificate / "tls.crt")}) == ""
        assert probe(asked)  # by plain HTTP nobody answers
        with pytest.raises(httpx.ConnectError, match="self-signed"):
            httpx.get(f"{url}/live", timeout=60)
        with pytest.raises(httpx.TransportError):
            httpx.get(url.replace("https", "http"), timeout=60)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("tls.crt", None, "CELLMARK_TLS_KEY: nothing"),
        (None, "tls.key", "CELLMARK_TLS_CERT: nothing"),
        ("tls.crt", "locked.key", "without a passphrase"),
        ("tls.key", "tls.key", "can't be used"),
        ("gone.crt", "tls.key", "No such file"),
    ],
)
def test_tls_files_that_can_not_be_used_stop_the_start(certificate, cert, key, said):
    named = {"CELLMARK_TLS_CERT": cert, "CELLMARK_TLS_KEY": key}
    with pytest.raises(CellmarkError) as refused:
        settings_from({name: str(certificate / file) for name, file in named.items() if file})
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "http://127.0.0.1:8000/ready"),
        ({"CELLMARK_HOST": "0.0.0.0", "PORT": "80"}, "http://127.0.0.1:80/ready"),
        ({"CELLMARK_HOST": "::", "CELLMARK_TLS_CERT": "c"}, "https://[::1]:8000/ready"),
        ({"HOST": "10.0.0.7", "CELLMARK_PORT": "9"}, "http://10.0.0.7:9/ready"),
    ],
)
def test_the_probe_asks_where_the_service_listens(environment, url):
    assert ready_url(environment) == url


def test_the_probe_tells_of_what_is_no_http():
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer():
            caller, _ = other.accept()
            with caller:
                caller.recv(1000)
                caller.sendall(b"220 mail\r\n")

        threading.Thread(target=answer, daemon=True).start()
        port = str(other.getsockname()[1])
        assert "BadStatusLine" in probe({"CELLMARK_PORT": port})
