"""Unseen: hear a function's calls, and leave its tracebacks and warnings as they were."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Begun", "Ended", "unseen"]

# Told what came back (None where it raised) and whether it did come back.
Ended = Callable[[Any, bool], None]
# Told what the function is given, as it begins; None where nobody wants to know its end.
Begun = Callable[[tuple[Any, ...], Mapping[str, Any]], Ended | None]
# `warnings` passes over frames of such a file when it counts to its `stacklevel`.
_PASSED_OVER = "<importlib._bootstrap: cellmark>"


def unseen(function: Callable[..., Any], begun: Begun) -> Callable[..., Any]:
    """`function`, telling of each call. What the one who is told raises is ours alone."""

    def heard(*args: Any, **kwargs: Any) -> Any:
        ended = _begin(begun, args, kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as fault:
            _end(ended, None, returned=False)
            # A bare raise adds no line for this frame; the one that is there is taken out.
            fault.__traceback__ = fault.__traceback__ and fault.__traceback__.tb_next
            raise
        _end(ended, result, returned=True)
        return result

    heard.__code__ = heard.__code__.replace(co_filename=_PASSED_OVER)
    return functools.wraps(function)(heard)


def _begin(begun: Begun, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Ended | None:
    try:
        return begun(args, kwargs)
    except Exception:  # noqa: BLE001
        return None


def _end(ended: Ended | None, result: Any, *, returned: bool) -> None:
    try:
        if ended is not None:
            ended(result, returned)
    except Exception:  # noqa: BLE001, S110
        pass
