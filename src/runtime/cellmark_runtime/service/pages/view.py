"""What the page for people tells, gathered when it is asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...monitoring.figures import Figures
from ...monitoring.state import State
from ...routing.evaluation import Evaluation
from ...scoring.model import Model
from ..replies.identity import Identity

__all__ = ["View"]


class View(NamedTuple):
    """`reason` says why it may not answer, or is None. `standing` is that of `/metadata`.

    `figures` are the counts of this version over all processes, `rival` those of its challenger.
    `state` is what monitoring knows; None without a reference profile.
    """

    model: Model
    identity: Identity
    reason: str | None
    standing: dict[str, Any]
    figures: Figures
    rival: Figures | None
    state: State | None
    verdict: Evaluation | None
    with_audit: bool
    base_url: str
    at: str

    @property
    def alarms(self) -> list[str]:
        """Features in which drift is in alarm."""
        return [each.feature for each in self.state.drift if each.alarm] if self.state else []
