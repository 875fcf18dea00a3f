"""What the alerting rules and the runbook are rendered from."""

from __future__ import annotations

from typing import Any

import msgspec

from cellmark.core.plan import BundlePlan
from cellmark_runtime.monitoring.windows import window_of
from cellmark_runtime.types.fault import Reason
from cellmark_runtime.types.profile import CategoryProfile

from .literals import quoted

__all__ = ["FloorWatch", "ShareWatch", "monitors", "selector"]

_UNKNOWN: Reason = "category"
# A feature's share of missing values is odd at twice the training share, plus this much.
_MARGIN = 0.05


# What notebooks call a measure of the service's, and how far it may be from the notebook's own.
_FLOORS: dict[str, tuple[str, str, str, float, float]] = {
    # measure, bound, when it is odd: times this, plus that
    "accuracy": ("accuracy", "upper", "<", 1.0, -0.05),
    "test_accuracy": ("accuracy", "upper", "<", 1.0, -0.05),
    "mae": ("absolute_error", "lower", ">", 1.2, 0.0),
    "test_mae": ("absolute_error", "lower", ">", 1.2, 0.0),
    "brier": ("brier", "lower", ">", 1.2, 0.0),
    "brier_score": ("brier", "lower", ">", 1.2, 0.0),
}


class ShareWatch(msgspec.Struct, frozen=True):
    """A feature's values of one kind: PromQL selector, share in training, share that is odd."""

    name: str
    selector: str
    usual: str
    odd: str


class FloorWatch(msgspec.Struct, frozen=True):
    """A measure that the notebook has, too: `metric` is its name there, `usual` its value."""

    metric: str
    measure: str
    selector: str
    sign: str
    usual: str
    odd: str


def selector(plan: BundlePlan, **labels: str) -> str:
    """A PromQL selector for this model in any version: `{model="churn",feature="age"}`."""
    wanted = {"model": plan.name, **labels}
    return "{" + ",".join(f"{label}={quoted(value)}" for label, value in wanted.items()) + "}"


def monitors(plan: BundlePlan) -> dict[str, Any]:
    """The variables of monitoring/*.jinja."""
    return {
        "model": selector(plan),
        "failed": selector(plan, status="5xx"),
        "fast": selector(plan, le="0.5"),
        "unseen": selector(plan, reason=_UNKNOWN),
        "labelled": selector(plan, status="recorded"),
        "missing": _missing(plan),
        "unseen_levels": _unseen(plan),
        "floors": _floors(plan),
        "window": window_of(plan.profile),
        "controlled": plan.profile.calibration == "blocks",
    }


def _missing(plan: BundlePlan) -> list[ShareWatch]:
    nullable = {field.name for field in plan.signature.inputs if field.nullable}
    watched = [each for each in plan.profile.features if each.name in nullable]
    return [_share(plan, each.name, each.missing) for each in watched]


def _unseen(plan: BundlePlan) -> list[ShareWatch]:
    """Columns whose levels are not all named: where they are, a new one is refused."""
    closed = {field.name for field in plan.signature.inputs if field.categories is not None}
    if plan.policies.unseen_category != "reject":
        closed = set()
    levels = [each for each in plan.profile.features if isinstance(each, CategoryProfile)]
    open_ = [each for each in levels if each.name not in closed and len(each.levels) > 0]
    return [_share(plan, each.name, each.other) for each in open_]


def _share(plan: BundlePlan, name: str, count: int) -> ShareWatch:
    share = count / max(plan.profile.rows, 1)
    where = selector(plan, feature=name)
    return ShareWatch(name, where, f"{share:.4f}", f"{_odd_share(share):.4f}")


def _floors(plan: BundlePlan) -> list[FloorWatch]:
    found: dict[str, FloorWatch] = {}
    for metric, value in sorted(plan.metrics.items()):
        if metric.lower() in _FLOORS:
            measure, bound, sign, times, plus = _FLOORS[metric.lower()]
            where = selector(plan, measure=measure, bound=bound)
            watch = FloorWatch(
                metric, measure, where, sign, f"{value:.4g}", f"{value * times + plus:.4g}"
            )
            found.setdefault(measure, watch)
    return [*found.values()]


def _odd_share(usual: float) -> float:
    # Where nearly all are missing anyway, only all of them missing is odd.
    return min(2 * usual + _MARGIN, 0.99)
