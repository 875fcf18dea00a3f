"""What a statement does to variables: which objects it changes, which names it rebinds."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any, NamedTuple

from cellmark_runtime.scoring.anyframe import is_frame

from .contents import Contents, changed_parts, contents_of
from .reach import EVERYTHING, Reach, reach_of

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


class _Seen:
    """A variable's object, kept so that its identity is not given to another.

    `reach` and `contents` are looked up when first asked for, and again once a statement could
    have changed them.
    """

    __slots__ = ("_contents", "_known", "_namespace", "_reach", "value")

    def __init__(self, value: Any, namespace: Mapping[str, Any]) -> None:
        self.value = value
        self._namespace = namespace
        self.forget()

    def forget(self) -> None:
        self._reach: Reach | None = None
        self._contents: Contents | None = None
        self._known = False

    @property
    def reach(self) -> Reach:
        if self._reach is None:
            self._reach = reach_of(self.value, self._namespace)
        return self._reach

    @property
    def contents(self) -> Contents | None:
        if not self._known:
            self._contents, self._known = contents_of(self.value), True
        return self._contents


class Variables:
    """Compares a namespace before and after each statement.

    Only what the statement reaches through its names is looked at, or all if these aren't known.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._before: dict[str, _Seen] = {}
        self._touched: dict[str, Contents | None] = {}

    def begin(self, names: Collection[str] | None = None) -> None:
        """A statement is about to run that has these names in it."""
        known = self._before
        self._before = {
            name: known[name]
            if name in known and known[name].value is value
            else _Seen(value, self._namespace)
            for name, value in self._visible().items()
        }
        reach = EVERYTHING if names is None else self._reach(names)
        self._touched = {
            name: seen.contents
            for name, seen in self._before.items()
            if not reach.bounded or seen.reach.meets(reach)
        }

    def end(self) -> Changes:
        """The statement is over."""
        before = self._before
        for name in self._touched:
            before[name].forget()
        values = self._visible()
        same = {name for name, value in values.items() if _holds(before.get(name), value)}
        changed = {
            name: _parts(self._touched[name], before[name].contents)
            for name in same & self._touched.keys()
        }
        self._touched = {}
        self._before = {
            name: before[name] if name in same else _Seen(value, self._namespace)
            for name, value in values.items()
        }
        return Changes(
            {name: parts for name, parts in changed.items() if parts != frozenset()},
            frozenset(values.keys() - same),
            values,
        )

    def held(self, value: Any) -> bool:
        """Whether a variable stood for this very object when the statement began."""
        return any(seen.value is value for seen in self._before.values())

    def _reach(self, names: Collection[str]) -> Reach:
        """What the variables of these names reach, those of the functions among them included."""
        found: list[Reach] = []
        left, seen = list(names), set(names)
        while left:
            name = left.pop()
            if name not in self._namespace:
                continue
            known = self._before.get(name)
            value = self._namespace[name]
            reach = known.reach if known else reach_of(value, self._namespace)
            found.append(reach)
            left += reach.names - seen
            seen |= reach.names
        return Reach().joined(found)

    def _visible(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in list(self._namespace.items())
            if name[:1] != "_" and name not in _OF_IPYTHON
        }


def _holds(seen: _Seen | None, value: Any) -> bool:
    return seen is not None and seen.value is value


def _parts(before: Contents | None, after: Contents | None) -> frozenset[Hashable] | None:
    if before is None or after is None:
        return frozenset()
    return changed_parts(before, after)
