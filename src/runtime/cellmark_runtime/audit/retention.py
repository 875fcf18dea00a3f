"""Retention: what is older than the deployment keeps is deleted, and the log says so."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .checkpoint import read_checkpoint
from .layout import Place, locked, streams

__all__ = ["retire"]

# A clock that jumps ahead makes all look old; at this pace the log outlives it for a while.
_AT_ONCE = 2

# Records what is about to go; True once that is durable.
_Tell = Callable[[dict[str, Any]], bool]


def retire(folder: Path, own: str, days: int, tell: _Tell) -> None:
    """Delete segments sealed over `days` ago, the oldest first; their checkpoints stay.

    Looks at `own` stream and at those that nobody writes any more. Few at once: it is called at
    each seal. `tell` records each before it goes, so that `verify` can tell it from one that
    was removed.
    """
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    for name, every in streams(folder):
        with _held(folder, name, own) as ours:
            old = list(_older(every, oldest))[:_AT_ONCE] if ours else []
            for place, about in old:
                if not tell(about):
                    return
                place.payloads.unlink(missing_ok=True)
                place.lines.unlink()


@contextmanager
def _held(folder: Path, name: str, own: str) -> Iterator[bool]:
    handle = locked(folder, name) if name != own else None
    try:
        yield name == own or handle is not None
    finally:
        if handle is not None:
            os.close(handle)


def _older(every: list[Place], oldest: dt.datetime) -> Iterator[tuple[Place, dict[str, Any]]]:
    for place in every:
        if not place.checkpoint.exists():
            return
        if not place.lines.exists():
            continue
        sealed = read_checkpoint(place.checkpoint).content
        if dt.datetime.fromisoformat(sealed.sealed) >= oldest:
            return
        about = {"records": sealed.size, "root": sealed.root, "segment": place.segment}
        yield place, {**about, "stream": place.stream}
