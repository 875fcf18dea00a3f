"""Generation: one version, as it serves."""

from __future__ import annotations

from typing import NamedTuple

from starlette.types import ASGIApp

from ...monitoring.metrics import Metrics
from ...scoring.model import Model
from ..replies.identity import Identity
from .readiness import Readiness

__all__ = ["Generation"]


class Generation(NamedTuple):
    """One version as it serves: everything that a request meets, from its headers to its record."""

    model: Model
    identity: Identity
    metrics: Metrics
    readiness: Readiness
    app: ASGIApp
