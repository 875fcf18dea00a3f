"""A real Prometheus scrapes a running service; drift that is sent fires the bundle's own alert."""

from __future__ import annotations

import json
import os
import random
import re
import runpy
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cellmark.bundle.render import render
from cellmark.core.plan import BundlePlan

SERVED = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "served.py"))
WINDOW = 60


@pytest.fixture(scope="module")
def prometheus() -> str:
    found = shutil.which("prometheus")
    if found is None:
        missing = "prometheus is not installed (Debian: apt-get install prometheus)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return found


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """The URL of a served bundle of the model churn."""
    folder = SERVED["churn_bundle"](tmp_path / "churn-3", 3)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CELLMARK_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "scoring.app", "--port", "0"],
        cwd=folder,
        env={**kept, "CELLMARK_MONITOR_WINDOW": str(WINDOW), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        answers = (re.search(r"answers at (http://[\w.:]+)", line) for line in lines)
        yield next(found[1] for found in answers if found)
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture
def scraping(
    prometheus: str, service: str, changed: Callable[..., BundlePlan], tmp_path: Path
) -> Iterator[str]:
    """The URL of a Prometheus that scrapes the service and knows the bundle's rules."""
    rules = render(changed(name="churn"))["monitoring/rules.yaml"]
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    target = {"targets": [service.removeprefix("http://")]}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [{"job_name": "churn", "static_configs": [target]}],
    }
    file = tmp_path / "prometheus.json"  # JSON is YAML
    file.write_text(json.dumps(config), encoding="utf-8")
    process = subprocess.Popen(
        [
            prometheus,
            f"--config.file={file}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            "--web.listen-address=127.0.0.1:0",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{eventually(lambda: listening(process))}"
    finally:
        process.terminate()
        process.wait()


def listening(process: subprocess.Popen[bytes]) -> int | None:
    """The port that the system gave it."""
    connections = psutil.Process(process.pid).net_connections("tcp")
    return next((each.laddr.port for each in connections if each.status == "LISTEN"), None)


def window(**change: Any) -> list[dict[str, Any]]:
    drawn = random.Random(4)
    return [
        {
            "plan": drawn.choice(["basic", "max", "pro"]),
            "age": drawn.uniform(20.5, 69.5),
            "visits": drawn.randrange(17),
            "active": drawn.random() < 0.75,
            **change,
        }
        for _ in range(WINDOW)
    ]


def eventually(seen: Callable[[], Any]) -> Any:
    """What is seen, once it is there."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            found = seen()
        except httpx.HTTPError:  # also says 503 until it is ready
            found = None
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError("not seen within 90 seconds")


@pytest.mark.slow
def test_drift_fires_the_alert(service: str, scraping: str) -> None:
    def value(query: str) -> float | None:
        reply = httpx.get(f"{scraping}/api/v1/query", params={"query": query}, timeout=60)
        found = reply.raise_for_status().json()["data"]["result"]
        return float(found[0]["value"][1]) if found else None

    def drifting() -> dict[str, str] | None:
        reply = httpx.get(f"{scraping}/api/v1/alerts", timeout=60).raise_for_status()
        alerts = reply.json()["data"]["alerts"]
        firing = [each for each in alerts if each["state"] == "firing"]
        labels: list[dict[str, str]] = [each["labels"] for each in firing]
        return next((each for each in labels if each["alertname"] == "ModelDrift"), None)

    assert httpx.post(f"{service}/predict", json=window(), timeout=60).status_code == 200
    eventually(lambda: value('model_drift_windows_total{model="churn"}') == 1)
    # A scrape that comes late leaves nothing to see until the next.
    eventually(lambda: value('max(model_drift_alarm{model="churn"})') == 0)
    assert drifting() is None
    for _ in range(2):
        httpx.post(f"{service}/predict", json=window(age=69.0), timeout=60).raise_for_status()
    labels = eventually(drifting)
    assert labels == {"alertname": "ModelDrift", "feature": "age", "severity": "ticket"}
