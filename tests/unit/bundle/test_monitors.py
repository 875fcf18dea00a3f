from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from cellmark.bundle.render import render
from cellmark.core.plan import BundlePlan
from cellmark_runtime.monitoring.metrics import METRICS
from cellmark_runtime.types.policies import Policies

QUERY = re.compile(r"\bmodel_[a-z_]+")
LABELS = re.compile(r"(?:by|without) \(([a-z_, ]+)\)|\{([^}]*)\}")
COMMON = {"model", "version", "arm", "le"}


def rules(plan: BundlePlan) -> list[dict[str, Any]]:
    groups = yaml.safe_load(render(plan)["monitoring/rules.yaml"])["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries(plan: BundlePlan) -> Iterator[str]:
    yield from (rule["expr"] for rule in rules(plan))
    panels = json.loads(render(plan)["monitoring/dashboard.json"])["panels"]
    for panel in panels:
        yield from (target["expr"] for target in panel.get("targets", ()))


def exported() -> set[str]:
    parts = ("_bucket", "_sum", "_count")
    histograms = {name for name, metric in METRICS.items() if metric.kind == "histogram"}
    return (METRICS.keys() - histograms) | {name + part for name in histograms for part in parts}


def test_every_metric_that_is_asked_for_is_exported(plan: BundlePlan) -> None:
    asked = {name for query in queries(plan) for name in QUERY.findall(query)}
    assert asked <= exported()
    assert len(asked) > 5


def test_every_label_that_is_asked_for_exists(plan: BundlePlan) -> None:
    for query in queries(plan):
        names = QUERY.findall(query)
        known = COMMON | {label for name in names for label in labels_of(name)}
        for grouped, selected in LABELS.findall(query):
            asked = {label.strip() for label in grouped.split(",")} - {""}
            asked |= set(re.findall(r"([a-z_]+)=", selected))
            assert asked <= known, query


def labels_of(name: str) -> tuple[str, ...]:
    for part in ("_bucket", "_sum", "_count"):
        name = name.removesuffix(part) if name not in METRICS else name
    return METRICS[name].labels


def test_alerts_ask_for_this_model_only(plan: BundlePlan) -> None:
    for query in queries(plan):
        assert len(QUERY.findall(query)) == query.count('{model="loans"')


def test_each_alert_leads_to_a_section_of_the_runbook(plan: BundlePlan) -> None:
    runbook = render(plan)["monitoring/runbook.md"]
    anchors = {line[3:].lower() for line in runbook.splitlines() if line.startswith("## ")}
    for rule in rules(plan):
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert page == "runbook.md"
        assert anchor in anchors
        assert anchor == rule["alert"].lower()
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_missing_values_are_watched_where_training_had_some(plan: BundlePlan) -> None:
    watched = [rule["expr"] for rule in rules(plan) if rule["alert"] == "ModelMissingValues"]
    # age: 20 of 200 were missing; odd at twice that and five points more.
    assert len(watched) == 1
    assert 'feature="age"' in watched[0]
    assert watched[0].endswith("> 0.2500")


def test_panels_do_not_overlap(plan: BundlePlan) -> None:
    panels = json.loads(render(plan)["monitoring/dashboard.json"])["panels"]
    covered = [cell for panel in panels for cell in cells(**panel["gridPos"])]
    assert len(covered) == len(set(covered))
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert [panel["title"] for panel in panels if panel["type"] == "row"] == [
        "Service",
        "Inputs",
        "Drift",
        "Outputs",
        "Outcomes",
        "Challenge",
        "Audit",
    ]


def cells(x: int, y: int, w: int, h: int) -> Iterator[tuple[int, int]]:
    return ((x + across, y + down) for across in range(w) for down in range(h))


@pytest.fixture(scope="session")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        missing = "promtool is not installed (Debian: apt-get install prometheus)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return found


def all_nullable(plan: BundlePlan, *, nullable: bool) -> BundlePlan:
    inputs = tuple(
        msgspec.structs.replace(field, nullable=nullable) for field in plan.signature.inputs
    )
    signature = msgspec.structs.replace(plan.signature, inputs=inputs)
    return msgspec.structs.replace(plan, signature=signature)


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("name", ["loans", 'Lo"an\\s {x}'])
def test_prometheus_accepts_the_rules(
    changed: Callable[..., BundlePlan], tmp_path: Path, promtool: str, name: str, nullable: bool
) -> None:
    plan = all_nullable(changed(name=name), nullable=nullable)
    file = tmp_path / "rules.yaml"
    file.write_text(render(plan)["monitoring/rules.yaml"], encoding="utf-8")
    answer = subprocess.run(
        [promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"{len(rules(plan))} rules found" in answer.stdout


@pytest.mark.parametrize(("nullable", "watched"), [(False, 0), (True, 5)])
def test_each_column_that_may_be_missing_has_an_alert_of_its_own(
    plan: BundlePlan, nullable: bool, watched: int
) -> None:
    alerts = [rule["alert"] for rule in rules(all_nullable(plan, nullable=nullable))]
    assert alerts.count("ModelMissingValues") == watched


ANY = '{{model="loans",version="3",arm="champion"{}}}'


def some(name: str, values: str, **labels: str) -> dict[str, str]:
    more = "".join(f',{label}="{value}"' for label, value in labels.items())
    return {"series": f"model_{name}" + ANY.format(more), "values": values}


@pytest.mark.parametrize(
    ("alert", "minutes", "given", "labels"),
    [
        ("ModelDrift", 2, [some("drift_alarm", "1x5", feature="age")], {"feature": "age"}),
        ("ModelDrift", 2, [some("drift_alarm", "0x5", feature="age")], None),
        (
            # One of two instances in alarm is one alert.
            "ModelDrift",
            2,
            [
                some("drift_alarm", "0x5", feature="age", instance="a"),
                some("drift_alarm", "1x5", feature="age", instance="b"),
            ],
            {"feature": "age"},
        ),
        (
            "ModelMonitorStale",
            1560,
            [some("predictions_total", "0+10x2000"), some("drift_windows_total", "7x2000")],
            {},
        ),
        (
            "ModelMonitorStale",
            1560,
            [some("predictions_total", "0+10x2000"), some("drift_windows_total", "0+0.01x2000")],
            None,
        ),
        (
            "ModelMonitorStale",
            1560,
            [some("predictions_total", "0+0.5x2000"), some("drift_windows_total", "7x2000")],
            None,
        ),
        (
            "ModelPerformance",
            70,
            [some("performance", "0.85x90", measure="accuracy", bound="upper")],
            {},
        ),
        (
            "ModelPerformance",
            70,
            [some("performance", "0.87x90", measure="accuracy", bound="upper")],
            None,
        ),
    ],
)
def test_alerts_on_drift_and_labels_fire_when_they_should(
    plan: BundlePlan,
    tmp_path: Path,
    promtool: str,
    alert: str,
    minutes: int,
    given: list[dict[str, str]],
    labels: dict[str, str] | None,
) -> None:
    assert _fires(plan, tmp_path, promtool, alert, minutes, given, labels) == ""


@pytest.mark.parametrize(
    ("hours", "given", "fires"),
    [
        (43, some("label_lag_seconds", "100x60"), False),
        (43, some("label_lag_seconds", "100x33 900x30"), True),
        (205, some("labels_total", "0+1x24 24x200", status="recorded"), True),
        (205, some("labels_total", "0+1x220", status="recorded"), False),
    ],
)
def test_labels_that_stop_or_come_late_are_told(
    plan: BundlePlan,
    tmp_path: Path,
    promtool: str,
    hours: int,
    given: dict[str, str],
    fires: bool,
) -> None:
    labels: dict[str, str] | None = {} if fires else None
    found = _fires(plan, tmp_path, promtool, "ModelLabelLag", 60 * hours, [given], labels, "1h")
    assert found == ""


def test_levels_that_training_did_not_have_often_are_watched(
    changed: Callable[..., BundlePlan], plan: BundlePlan, tmp_path: Path, promtool: str
) -> None:
    open_ = changed(policies=Policies(unseen_category="other"))
    assert "ModelUnseenLevels" not in {rule["alert"] for rule in rules(plan)}
    watched = [rule for rule in rules(open_) if rule["alert"] == "ModelUnseenLevels"]
    assert [rule["labels"]["feature"] for rule in watched] == ["city", "housing"]
    given = [
        some("predictions_total", "0+60x200"),
        some("unseen_inputs_total", "0+6x200", feature="city"),
        some("unseen_inputs_total", "0+1x200", feature="housing"),
    ]
    found = {"feature": "city"}
    assert _fires(open_, tmp_path, promtool, "ModelUnseenLevels", 190, given, found) == ""


def _fires(
    plan: BundlePlan,
    tmp_path: Path,
    promtool: str,
    alert: str,
    minutes: int,
    given: list[dict[str, str]],
    labels: dict[str, str] | None,
    step: str = "1m",
) -> str:
    """What promtool has against this alert with these labels, or against its silence."""
    (tmp_path / "rules.yaml").write_text(render(plan)["monitoring/rules.yaml"], encoding="utf-8")
    rule = next(rule for rule in rules(plan) if rule["alert"] == alert)
    wanted = {"exp_labels": rule["labels"] | (labels or {}), "exp_annotations": rule["annotations"]}
    asked = {
        "eval_time": f"{minutes}m",
        "alertname": alert,
        "exp_alerts": [wanted] * (labels is not None),
    }
    cases = [{"interval": step, "input_series": given, "alert_rule_test": [asked]}]
    content = {"rule_files": ["rules.yaml"], "evaluation_interval": step, "tests": cases}
    file = tmp_path / "test.json"  # JSON is YAML
    file.write_text(json.dumps(content), encoding="utf-8")
    answer = subprocess.run(
        [promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


SERIES = 'model_{}{{model="loans",version="3",arm="champion",instance="{}"}}'


def series(name: str, values: str, instance: str = "a") -> dict[str, str]:
    return {"series": SERIES.format(name, instance), "values": values}


@pytest.mark.parametrize(
    ("alert", "minutes", "given", "fires"),
    [
        ("ModelAuditWriteErrors", 12, [series("audit_write_errors_total", "0x5 1x20")], True),
        ("ModelAuditWriteErrors", 12, [series("audit_lost_total", "0x5 1x20")], True),
        ("ModelAuditWriteErrors", 12, [series("audit_write_errors_total", "7x20")], False),
        (
            "ModelAuditBroken",
            1,
            [series("audit_verify_ok", "1x5"), series("audit_verify_ok", "0x5", "b")],
            True,
        ),
        ("ModelAuditBroken", 1, [series("audit_verify_ok", "1x5")], False),
        (
            "ModelAuditSealStale",
            190,
            [
                series("audit_last_seal_timestamp_seconds", "0x200"),
                series("audit_unsealed_records", "9x200"),
            ],
            True,
        ),
        (
            # Idle for hours, then a record: it is sealed within the hour.
            "ModelAuditSealStale",
            190,
            [
                series("audit_last_seal_timestamp_seconds", "0x200"),
                series("audit_unsealed_records", "0x150 1x50"),
            ],
            False,
        ),
        (
            # Another instance's old seal says nothing of this one's records.
            "ModelAuditSealStale",
            190,
            [
                series("audit_last_seal_timestamp_seconds", "0x200"),
                series("audit_unsealed_records", "0x200"),
                series("audit_last_seal_timestamp_seconds", "0+60x200", "b"),
                series("audit_unsealed_records", "5x200", "b"),
            ],
            False,
        ),
        ("ModelSwapFailed", 5, [series("swap_failed", "0x1 1x9")], True),
        ("ModelSwapFailed", 5, [series("swap_failed", "0x2 1x1 0x9")], False),
        ("ModelRegistryGone", 20, [series("registry_ok", "1x2 0x30")], True),
        ("ModelRegistryGone", 20, [series("registry_ok", "1x30")], False),
        ("ModelChallengerRolledBack", 2, [series("challenge_stopped", "0x1 1x9")], True),
        ("ModelChallengerRolledBack", 2, [series("challenge_stopped", "0x9")], False),
        ("ModelSampleRatioMismatch", 2, [series("challenge_srm_p_value", "0.0001x9")], True),
        ("ModelSampleRatioMismatch", 2, [series("challenge_srm_p_value", "0.3x9")], False),
    ],
)
def test_alerts_fire_when_they_should(
    plan: BundlePlan,
    tmp_path: Path,
    promtool: str,
    alert: str,
    minutes: int,
    given: list[dict[str, str]],
    fires: bool,
) -> None:
    (tmp_path / "rules.yaml").write_text(render(plan)["monitoring/rules.yaml"], encoding="utf-8")
    (rule,) = [rule for rule in rules(plan) if rule["alert"] == alert]
    expected = {"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]}
    asked = {"eval_time": f"{minutes}m", "alertname": alert, "exp_alerts": [expected] * fires}
    cases = [{"interval": "1m", "input_series": given, "alert_rule_test": [asked]}]
    file = tmp_path / "test.json"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": ["rules.yaml"], "tests": cases}), encoding="utf-8")
    answer = subprocess.run(
        [promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
