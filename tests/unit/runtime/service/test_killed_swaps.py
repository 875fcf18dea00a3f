"""Workers that die while another version takes over: none answers under the name of another."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest

from cellmark_runtime import load
from cellmark_runtime.scoring.files import open_bundle

from .test_main import CLEAN, url_of
from .test_workers import children, until

SERVE = """
import json, sys
from pathlib import Path
from cellmark_runtime.service import serve
from cellmark_runtime.service.generations.following import Aim

class Registry:
    def __init__(self, file):
        self.file = file

    def __call__(self):
        said = json.loads(Path(self.file).read_text())
        return Aim(**{**said, "folder": Path(said["folder"])})

if __name__ == "__main__":
    registry = Registry(sys.argv[1])
    serve(registry().folder, "127.0.0.1", 0, look=registry, workers=2)
"""


@pytest.fixture(scope="module")
def versions(built, tmp_path_factory):
    place = tmp_path_factory.mktemp("versions")
    strengths = {3: 1.0, 4: 0.01}
    return {v: built(place / str(v), version=v, strength=s) for v, s in strengths.items()}


def moved(file, folder, version, generation):
    about = {"target": "churn@champion", "folder": str(folder), "version": version}
    about |= {"digest": open_bundle(folder).manifest.digest, "generation": generation}
    about |= {"promoted": "2026-11-25T12:00:00.000Z", "by": "anna", "reason": "better"}
    coming = file.with_suffix(".new")
    coming.write_text(json.dumps(about))
    coming.replace(file)


class Asking(threading.Thread):
    """Asks on a new connection each time; what it was told, and how often a connection broke."""

    def __init__(self, url, row, stopping):
        super().__init__()
        self.url, self.row, self.stopping = url, row, stopping
        self.told, self.broken, self.statuses = [], 0, set()

    def run(self):
        while not self.stopping.is_set():
            try:
                reply = httpx.post(f"{self.url}/predict", json=self.row, timeout=60)
            except httpx.TransportError:
                self.broken += 1
                continue
            self.statuses.add(reply.status_code)
            body = reply.json()
            probabilities = tuple(body["predictions"][0]["probabilities"].values())
            self.told.append((body["version"], body["digest"], probabilities))


def asked_while(url, row, happens):
    stopping = threading.Event()
    threads = [Asking(url, row, stopping) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        happens()
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert {status for thread in threads for status in thread.statuses} == {200}
    told = {each for thread in threads for each in thread.told}
    return told, sum(thread.broken for thread in threads)


def serves(url, version):
    """Whether this version answers, whichever worker is asked."""
    try:
        said = [httpx.get(f"{url}/metadata", timeout=60).json()["version"] for _ in range(8)]
    except httpx.TransportError:
        # The worker that was asked is the one that died.
        return False
    return {*said} == {version}


@pytest.mark.slow
def test_swaps_drop_nothing_and_kills_mix_nothing_up(versions, row, tmp_path):
    file, script = tmp_path / "alias.json", tmp_path / "serve.py"
    script.write_text(SERVE)
    moved(file, versions[3], 3, 1)
    process = subprocess.Popen(
        [sys.executable, "-B", script, file], env=CLEAN, stderr=subprocess.PIPE, text=True
    )
    try:
        url = url_of(process)
        # Or it would stop once the pipe is full.
        reading = threading.Thread(target=process.stderr.read)
        reading.start()
        until(lambda: len(children(process.pid)) == 2)

        def promoted():
            for generation, version in ((2, 4), (3, 3), (4, 4)):
                moved(file, versions[version], version, generation)
                until(lambda version=version: serves(url, version))

        plain, broken = asked_while(url, row, promoted)
        assert broken == 0

        def killed():
            for generation, version in ((5, 3), (6, 4), (7, 3)):
                moved(file, versions[version], version, generation)
                time.sleep(0.3 * (generation - 4))
                victim = children(process.pid)[0]
                os.kill(victim, signal.SIGKILL)
                until(lambda victim=victim: victim not in children(process.pid))
                until(lambda: len(children(process.pid)) == 2)
                until(lambda version=version: serves(url, version))

        mixed, _ = asked_while(url, row, killed)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        reading.join()
        process.stderr.close()
    models = {version: load(folder) for version, folder in versions.items()}
    right = {
        (version, model.digest, tuple(model.answer([row]).probabilities[0]))
        for version, model in models.items()
    }
    assert plain == mixed == right
