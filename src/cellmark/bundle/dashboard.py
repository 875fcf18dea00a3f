"""The Grafana dashboard: the service, inputs, drift, outputs, outcomes, challenge, audit log."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cellmark.core.plan import BundlePlan

from .literals import slug
from .monitors import selector

__all__ = ["dashboard"]

_WIDTH, _HEIGHT, _ACROSS = 12, 8, 2
_SOURCE = {"type": "prometheus", "uid": "${source}"}


class _Panel(msgspec.Struct, frozen=True):
    """One graph: its title, the unit of its axis, and legend -> PromQL, `@` being the selector."""

    title: str
    unit: str
    lines: dict[str, str]
    kind: Literal["timeseries", "heatmap"] = "timeseries"


_ROWS: dict[str, tuple[_Panel, ...]] = {
    "Service": (
        _Panel(
            "Requests",
            "reqps",
            {
                "{{version}} {{status}}": "sum by (version, status) "
                "(rate(model_requests_total@[5m]))"
            },
        ),
        _Panel(
            "Latency",
            "s",
            {
                f"p{part}": f"histogram_quantile(0.{part}, sum by (le) "
                "(rate(model_request_seconds_bucket@[5m])))"
                for part in (50, 95, 99)
            },
        ),
    ),
    "Inputs": (
        _Panel(
            "Refused values by feature and reason",
            "cps",
            {
                "{{feature}}: {{reason}}": "sum by (feature, reason) "
                "(rate(model_invalid_inputs_total@[5m]))"
            },
        ),
        _Panel(
            "Share of rows with the feature missing",
            "percentunit",
            {
                "{{feature}}": "sum by (feature) (rate(model_missing_inputs_total@[1h])) "
                "/ on () group_left sum(rate(model_predictions_total@[1h]))"
            },
        ),
    ),
    "Drift": (
        _Panel(
            "How surely a feature differs, in thresholds",
            "short",
            {
                "{{feature}} {{test}}": "max by (feature, test) (model_drift_statistic@) "
                "/ on (test) group_left max by (test) (model_drift_threshold@)"
            },
        ),
        _Panel(
            "How much it differs (PSI; 0.1 is the floor)",
            "short",
            {"{{feature}}": "max by (feature, measure) (model_drift_effect@) > 0.02"},
        ),
        _Panel(
            "In alarm, and whether thresholds are calibrated",
            "short",
            {
                "{{feature}}": "max by (feature) (model_drift_alarm@)",
                "calibrated": "min(model_drift_calibrated@)",
            },
        ),
        _Panel(
            "Share of values that the profile does not name",
            "percentunit",
            {
                "{{feature}}": "sum by (feature) (rate(model_unseen_inputs_total@[1h])) "
                "/ on () group_left sum(rate(model_predictions_total@[1h]))"
            },
        ),
    ),
    "Outputs": (
        _Panel(
            "Predictions",
            "cps",
            {
                "{{version}} {{arm}}": "sum by (version, arm) (rate(model_predictions_total@[5m]))",
            },
        ),
        _Panel(
            "Scores",
            "short",
            {"{{le}}": "sum by (le) (increase(model_scores_bucket@[1h]))"},
            "heatmap",
        ),
    ),
    "Outcomes": (
        _Panel(
            "Performance over the last 1000 labels, with 95% bounds",
            "short",
            {
                "{{measure}} {{version}} {{bound}}": "max by (measure, version, bound) "
                "(model_performance@)"
            },
        ),
        _Panel(
            "From answer to label",
            "s",
            {"{{version}}": "max by (version) (model_label_lag_seconds@)"},
        ),
    ),
    "Challenge": (
        _Panel(
            "How much lower the challenger's loss is",
            "short",
            {
                "effect": "max(model_challenge_effect@)",
                "lower": "max(model_challenge_effect_lower@)",
                "upper": "max(model_challenge_effect_upper@)",
            },
        ),
        _Panel(
            "Share, stopped, sample ratio",
            "short",
            {
                "share": "max(model_challenge_share@)",
                "stopped": "max(model_challenge_stopped@)",
                "p of the sample ratio": "min(model_challenge_srm_p_value@)",
            },
        ),
    ),
    "Audit": (
        _Panel(
            "Records written, and answers without one",
            "cps",
            {
                "written": "sum(rate(model_audit_records_total@[5m]))",
                "without a record": "sum(rate(model_audit_lost_total@[5m]))",
                "write errors": "sum(rate(model_audit_write_errors_total@[5m]))",
            },
        ),
        _Panel(
            "Records that no seal covers yet",
            "short",
            {"{{instance}}": "model_audit_unsealed_records@"},
        ),
    ),
}


def dashboard(plan: BundlePlan) -> dict[str, Any]:
    """A dashboard to import into Grafana; it asks which Prometheus holds the metrics."""
    return {
        "title": f"Model {plan.name}",
        "uid": f"cellmark-{slug(plan.name)}"[:40],
        "description": plan.title,
        "tags": ["cellmark", "model"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]},
        "panels": _panels(selector(plan)),
    }


def _panels(where: str) -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = []
    top = 0
    for title, graphs in _ROWS.items():
        panels.append(_row(len(panels) + 1, title, top))
        for place, panel in enumerate(graphs):
            panels.append(_graph(len(panels) + 1, panel, place, top + 1, where))
        top += 1 + _HEIGHT * -(-len(graphs) // _ACROSS)
    return panels


def _row(number: int, title: str, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": _WIDTH * _ACROSS, "h": 1}
    return {
        "id": number,
        "type": "row",
        "title": title,
        "collapsed": False,
        "gridPos": place,
        "panels": [],
    }


def _graph(number: int, panel: _Panel, place: int, top: int, where: str) -> dict[str, Any]:
    shape = "heatmap" if panel.kind == "heatmap" else "time_series"
    targets = [
        {
            "refId": chr(ord("A") + n),
            "legendFormat": legend,
            "expr": expr.replace("@", where),
            "format": shape,
        }
        for n, (legend, expr) in enumerate(panel.lines.items())
    ]
    x, y = place % _ACROSS * _WIDTH, top + place // _ACROSS * _HEIGHT
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": targets,
    }
