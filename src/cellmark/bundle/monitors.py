"""What the alerting rules and the runbook are rendered from."""

from __future__ import annotations

from typing import Any

import msgspec

from cellmark.core.plan import BundlePlan
from cellmark_runtime.types.fault import Reason

from .literals import quoted

__all__ = ["MissingWatch", "monitors", "selector"]

_UNKNOWN: Reason = "category"
# A feature's share of missing values is odd at twice the training share, plus this much.
_MARGIN = 0.05


class MissingWatch(msgspec.Struct, frozen=True):
    """A feature that may be missing: PromQL selector, share in training, share that is odd."""

    name: str
    selector: str
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
        "missing": _missing(plan),
    }


def _missing(plan: BundlePlan) -> list[MissingWatch]:
    nullable = {field.name for field in plan.signature.inputs if field.nullable}
    rows = max(plan.profile.rows, 1)
    shares = {f.name: f.missing / rows for f in plan.profile.features if f.name in nullable}
    return [
        MissingWatch(name, selector(plan, feature=name), f"{share:.4f}", f"{_odd_share(share):.4f}")
        for name, share in shares.items()
    ]


def _odd_share(usual: float) -> float:
    # Where nearly all are missing anyway, only all of them missing is odd.
    return min(2 * usual + _MARGIN, 0.99)
