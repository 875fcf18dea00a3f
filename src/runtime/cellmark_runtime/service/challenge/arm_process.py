"""A model in a process of its own, with an interpreter and packages of its own.

The process is the bundle's own service, on a port that nobody else knows of: what it is asked and
answers is what every caller could, so another release of the runtime may serve it.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import subprocess
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ...errors import BundleError, CellmarkError
from ...scoring.accepting import accepted
from ...scoring.answers import Answer
from ...scoring.checking import InvalidRows
from ...scoring.files import open_bundle
from ...scoring.model import Model
from ...types.fault import Fault
from ...types.golden import GoldenRows
from ..replies.tracing import CURRENT

__all__ = ["ModelElsewhere"]

_START_SECONDS, _ANSWER_SECONDS = 120.0, 10.0
_LAST_LINES = 5
# Ends with the one who began it: then its standard input closes.
_LAUNCH = """
import os, runpy, threading
def wait():
    while os.read(0, 1):
        pass
    os._exit(0)
threading.Thread(target=wait, daemon=True).start()
runpy.run_module("scoring.app", run_name="__main__")
"""
_ANSWERS = re.compile(r"answers at (http://[\w.:]+)")


class ModelElsewhere(Model):
    """Answers as the Model of its bundle does, in another process."""

    is_here = False

    def __init__(self, folder: Path, python: Path, *, nice: int = 0) -> None:
        """Raises: BundleError; CellmarkError where it does not come up."""
        bundle = open_bundle(folder.resolve())
        self.manifest = bundle.manifest
        self.digest = bundle.manifest.digest
        self.golden = msgspec.json.decode(bundle.read("tests/golden.json"), type=GoldenRows)
        self.profile = None
        self._accepts = accepted(self.manifest.signature, self.manifest.policies)
        self._start = (bundle.folder, python, nice)
        self._process = _Process(*self._start)

    def answer(self, rows: Any) -> Answer:
        """As `Model.answer`. Raises: OSError, CellmarkError where the process does not answer."""
        status, body = self._process.ask(msgspec.json.encode(list(rows), enc_hook=str))
        if status == http.client.UNPROCESSABLE_ENTITY:
            raise InvalidRows([Fault(**each, reason="refused") for each in body["errors"]])
        if status != http.client.OK:
            raise CellmarkError(self._named, f"answered {status}: {body.get('detail')}")
        if body["digest"] != self.digest:
            raise BundleError(self._named, f"digest {body['digest'][:12]}", self.digest[:12])
        return _answer(body["predictions"])

    def keep(self) -> None:
        """Begin the process anew if it died. Raises: CellmarkError."""
        if not self._process.is_alive:
            self._process.close()
            self._process = _Process(*self._start)

    def close(self) -> None:
        """End the process."""
        self._process.close()

    @property
    def _named(self) -> str:
        return f"{self.name}@{self.version} in its own process"


class _Process:
    def __init__(self, folder: Path, python: Path, nice: int) -> None:
        self._where = f"{python} -m scoring.app in {folder}"
        self._token = secrets.token_hex(16)
        self._said: deque[str] = deque(maxlen=_LAST_LINES)
        self._url: str | None = None
        self._decided = threading.Event()
        try:
            self._process = subprocess.Popen(
                # Compiled files would be strangers in the bundle.
                [python, "-B", "-c", _LAUNCH, "--host", "127.0.0.1", "--port", "0"],
                cwd=folder,
                env=_environment(self._token),
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        except OSError as problem:
            raise CellmarkError(str(python), str(problem.strerror), "a Python to run") from problem
        if nice:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, nice)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._decided.wait(_START_SECONDS)
        if self._url is None:
            self.close()
            said = " ".join(self._said) or "nothing"
            raise CellmarkError(
                self._where,
                f"does not answer, and says: {said}",
                "the environment of the bundle's own lock",
                "Make one: pip install --require-hashes -r requirements.lock",
            )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, body: bytes) -> tuple[int, Any]:
        """Status and body of the reply. Raises: OSError, CellmarkError."""
        assert self._url is not None
        connection = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=_ANSWER_SECONDS)
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._token}"}
        trace = CURRENT.get()
        headers |= trace.headers() if trace else {}
        try:
            connection.request("POST", "/predict", body, headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        except (http.client.HTTPException, ValueError) as problem:
            raise CellmarkError(self._where, f"no reply ({problem})") from problem
        finally:
            connection.close()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _listen(self) -> None:
        """Read what it says, or it would stop once the pipe is full."""
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                found = _ANSWERS.search(line)
                if found:
                    self._url = found[1]
                if found or '"not ready' in line:
                    self._decided.set()
                self._said.append(line.strip()[:500])
        self._decided.set()


def _environment(token: str) -> dict[str, str]:
    """This one's without what is meant for this service or this interpreter alone."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CELLMARK_") and name not in ("PYTHONPATH", "PYTHONHOME")
    }
    return {**kept, "CELLMARK_TOKEN": token, "CELLMARK_MAX_BODY": str(2**31)}


def _answer(entries: list[dict[str, Any]]) -> Answer:
    probabilities = [_numbers(each["probabilities"]) for each in entries]
    scores = [each.get("score") for each in entries]
    return Answer(
        [each["prediction"] for each in entries],
        None if None in probabilities else [each for each in probabilities if each is not None],
        None if any("score" not in each for each in entries) else scores,  # type: ignore[arg-type]
    )


def _numbers(named: Any) -> list[float] | None:
    """Probabilities without their names, those of several parts side by side."""
    if named is None:
        return None
    parts = named if isinstance(named, list) else [named]
    return [number for part in parts for number in part.values()]
