"""What a service counted, told: in the terminal, as JSON, as one page."""

import json
import random
import re
import runpy
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from cellmark.actions.monitor import monitor, seen_of
from cellmark.actions.monitor_report import render_report
from cellmark.cli import app
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.monitoring.state import FileStore, Outcome
from cellmark_runtime.monitoring.watch import Watch
from cellmark_runtime.monitoring.windows import fresh_state
from cellmark_runtime.scoring.files import open_bundle
from cellmark_runtime.service.recording.watching import state_file_name
from cellmark_runtime.types.profile import ReferenceProfile

SERVED = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "served.py"))
WINDOW = 200


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return SERVED["churn_bundle"](tmp_path_factory.mktemp("bundles") / "churn-3", 3)


def row(drawn, **change):
    return {
        "age": None if drawn.random() < 0.1 else drawn.uniform(20.5, 69.5),
        "plan": drawn.choice(["basic", "max", "pro"]),
        "visits": drawn.randrange(17),
        "active": drawn.random() < 0.75,
        **change,
    }


@pytest.fixture
def counts(bundle, tmp_path):
    """Counts of a service: `count(rows)`."""
    opened = open_bundle(bundle)
    profile = msgspec.json.decode(opened.read("profile.json"), type=ReferenceProfile)
    digest = opened.manifest.digest
    store = FileStore(
        tmp_path / state_file_name(digest, "champion"), lambda: fresh_state(profile, digest, WINDOW)
    )
    watch = Watch(profile, opened.manifest.signature, store)

    def count(windows, **change):
        drawn = random.Random(windows)
        for _ in range(windows):
            watch.answered([row(drawn, **change) for _ in range(WINDOW)], [0.5] * WINDOW)
        watch.flush()
        return watch

    count.folder = tmp_path
    return count


def test_no_drift(bundle, counts):
    counts(2)
    found = monitor(str(bundle), counts=counts.folder)
    assert (found.windows, found.window, found.rows, found.filling) == (2, 200, 400, 0)
    assert not found.controlled
    assert "NOT controlled" in found.said
    assert "28 more windows" in found.said


def test_drift_is_named_and_ends_with_one(bundle, counts):
    counts(2, plan="pro", age=69.0)
    found = monitor(str(bundle), counts=counts.folder)
    assert not found.ok
    assert {"age", "plan"} <= set(found.alarms)
    assert {each.feature for each in found.features[:2]} <= set(found.alarms)
    command = ["monitor", str(bundle), "--counts", str(counts.folder)]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 1
    assert "Drift" in told.output
    assert "alarm" in told.output
    as_json = CliRunner().invoke(app, [*command, "--json"])
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["alarms"] == found.alarms


def test_nothing_counted_is_said(bundle, tmp_path):
    with pytest.raises(CellmarkError, match="no counts of it in"):
        monitor(str(bundle), counts=tmp_path)


def test_each_arm_has_counts_of_its_own(bundle, counts):
    counts(1)
    assert monitor(str(bundle), counts=counts.folder).windows == 1
    with pytest.raises(CellmarkError, match="challenger"):
        monitor(str(bundle), counts=counts.folder, arm="challenger")


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_report_is_one_page_without_a_row(bundle, counts, tmp_path):
    watch = counts(3, plan="<b>Secretville</b>", age=43.21875)
    watch.labelled([Outcome(str(n), {"accuracy": 1.0}, 90_000.0) for n in range(40)], ["recorded"])
    watch.close()
    file = tmp_path / "drift.html"
    found = monitor(str(bundle), counts=counts.folder, report=file)
    text = file.read_text()
    assert found.report == str(file)
    page = Page(text)
    assert page.open == []
    assert page.links == []
    assert not re.search(r"url\(|@import|<script", text)
    assert len(text) < 300_000
    assert "Secretville" not in text
    assert "43.21875" not in text
    for feature in found.features:
        assert f"<h3>{feature.feature}</h3>" in text
    assert "25.0 hours" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_a_page_of_many_features_stays_small(bundle, counts):
    counts(2, plan="pro")
    seen = seen_of(str(bundle), counts.folder, "champion")
    found = monitor(str(bundle), counts=counts.folder)
    many = msgspec.structs.replace(found, features=[found.features[0]] * 500)
    assert len(render_report(many, seen)) < 300_000
