"""Reproduced: what came of running a notebook anew, as it is told."""

from __future__ import annotations

from typing import Literal

import msgspec

from cellmark.core.checkpoint import CellReuse
from cellmark.core.difference import Cause, Difference
from cellmark.core.proportion import Proportion

from .inquiry import Experiment

__all__ = ["MetricPair", "Reproduced", "Where"]

Where = Literal["current", "locked"]


class MetricPair(msgspec.Struct, frozen=True, kw_only=True):
    """A metric in the Run and in the rerun; null where it is not there, or not finite."""

    name: str
    before: float | None
    after: float | None


class Reproduced(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `reproduced` holds if nothing really differs, `exact` if all is equal but
    for what is cosmetic.

    `run` is the Run's id, `rerun` that of the new one; `controls` what the rerun was held by,
    `conditions` the Run's own and the rerun's; `packages` those with another version.
    `cells` says, where that was asked, which came from the store and why others were run.
    `baseline` says where the Run comes from: "run", or "rerun" of a notebook that had none.
    """

    reproduced: bool
    exact: bool
    notebook: str
    run: str
    rerun: str
    baseline: Literal["run", "rerun"]
    environment: Where
    tolerance: float
    differences: tuple[Difference, ...]
    causes: tuple[Cause, ...]
    experiments: tuple[Experiment, ...]
    metrics: tuple[MetricPair, ...]
    seconds: tuple[float, float]
    controls: dict[str, str]
    conditions: dict[str, dict[str, str]]
    packages: tuple[str, ...]
    cells: tuple[CellReuse, ...]
    times: Proportion | None
    report: str | None

    @property
    def outcome(self) -> str:
        """What came of it, in a line."""
        often = f", {self.times.held} of {self.times.trials} times" if self.times else ""
        if self.reproduced:
            return (
                f"{'equal to the last bit' if self.exact else f'within {self.tolerance:g}'}{often}"
            )
        count = sum(each.severity == "real" for each in self.differences)
        kinds = ", ".join(dict.fromkeys(cause.kind for cause in self.causes))
        why = f" ({kinds})" if kinds else ""
        return f"{count} difference{'s' * (count != 1)}{why}{often}"
