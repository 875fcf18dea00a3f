"""Which route a request is for, wherever the app is mounted; and which routes are of one kind."""

from __future__ import annotations

import re

from starlette.types import Scope

__all__ = ["HEALTH", "is_scoring", "route_of"]

# An orchestrator asks these before any secret is mounted, and without knowing any version: the
# service's own, and the same by the names that MLflow and the Open Inference Protocol have.
HEALTH = frozenset({"/live", "/ready", "/ping", "/health", "/v2/health/live", "/v2/health/ready"})
_SCORING = re.compile(r"/predict|/invocations|/v2/models/[^/]+(/versions/[^/]+)?/infer")


def route_of(scope: Scope) -> str:
    """The path behind the place where the app is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_scoring(scope: Scope) -> bool:
    """Whether a request asks for answers, so that it has an arm."""
    return scope["type"] == "http" and _SCORING.fullmatch(route_of(scope)) is not None
