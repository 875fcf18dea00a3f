"""What a statement does to variables: which objects it changes, which names it rebinds."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from cellmark_runtime.scoring.anyframe import is_frame

from .contents import Contents, changed_parts, contents_of

__all__ = ["Changes", "Variables"]

# IPython's own: their text grows with every cell, and no statement works on them.
_OF_IPYTHON = frozenset({"In", "Out", "exit", "quit", "open", "get_ipython"})


class Changes(NamedTuple):
    """`changed` maps names of objects altered in place to the columns altered (None: not by
    column), `rebound` are names that stand for another object now; `values` holds all variables.
    """

    changed: dict[str, frozenset[Hashable] | None]
    rebound: frozenset[str]
    values: dict[str, Any]

    @property
    def fresh_frames(self) -> list[tuple[str, Any]]:
        """Frames that a name did not stand for before."""
        return [
            (name, value)
            for name, value in self.values.items()
            if name in self.rebound and is_frame(value)
        ]


class _Seen(NamedTuple):
    """A variable's object, kept so that its identity is not given to another, and its digests."""

    value: Any
    contents: Contents | None


class Variables:
    """Compares a namespace before and after each statement."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._before: dict[str, _Seen] = {}

    def begin(self) -> None:
        """A statement is about to run. What the last one left is not looked at again."""
        known = self._before
        self._before = {
            name: known[name]
            if name in known and known[name].value is value
            else _Seen(value, contents_of(value))
            for name, value in self._visible().items()
        }

    def end(self) -> Changes:
        """The statement is over."""
        before = self._before
        values = self._visible()
        after = {name: _Seen(value, contents_of(value)) for name, value in values.items()}
        self._before = after
        same = {name for name, seen in after.items() if _is_same(before.get(name), seen)}
        changed = {name: _parts(before[name], after[name]) for name in same}
        return Changes(
            {name: parts for name, parts in changed.items() if parts != frozenset()},
            frozenset(after.keys() - same),
            values,
        )

    def held(self, value: Any) -> bool:
        """Whether a variable stood for this very object when the statement began."""
        return any(seen.value is value for seen in self._before.values())

    def _visible(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in list(self._namespace.items())
            if name[:1] != "_" and name not in _OF_IPYTHON
        }


def _is_same(before: _Seen | None, after: _Seen) -> bool:
    return before is not None and before.value is after.value


def _parts(before: _Seen, after: _Seen) -> frozenset[Hashable] | None:
    if before.contents is None or after.contents is None:
        return frozenset()
    return changed_parts(before.contents, after.contents)
