"""A model behind HTTP: `create_app` for an ASGI server of one's own, `main` for the command line.

Importing this package loads neither the app nor numpy, so that `main` can still set how many
threads the numeric libraries take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .main import Listening, main, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from ..scoring.model import Model
    from .challenge.challenging import Challenge
    from .generations.following import Aim, Look
    from .settings import Settings

__all__ = ["Listening", "create_app", "main", "serve"]


def create_app(
    model: Model,
    settings: Settings | None = None,
    decided: Callable[[str | None], None] = lambda _reason: None,
    look: Look | None = None,
    aim: Aim | None = None,
    challenge: Challenge | None = None,
) -> ASGIApp:
    """An ASGI app that answers for this model; see `cellmark_runtime.service.app`."""
    from .app import create_app as create

    return create(model, settings, decided, look, aim, challenge)
