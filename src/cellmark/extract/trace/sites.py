"""Site: what tells one call of a notebook function or lambda from another.

A helper that is called for several columns computes other values for each. Its own arguments, and
the name of the series it is given, say which: they are the keys of what is frozen.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from ..text.names import bound
from .records import Event, Key

__all__ = ["Site", "Turns", "keyed", "of_group", "parameters_of", "site_of", "telling"]

_PLAIN = (str, int, bool, type(None))


class Site(NamedTuple):
    """One call: `given` pairs the text of a key with its value in this call.

    `of_group` says that the rows are those of one group, which pandas gives as their name.
    """

    given: tuple[tuple[str, Hashable], ...]
    of_group: bool = False


class Turns(NamedTuple):
    """A loop's turns: what its variable `name` stands for in each, by the keys of its events.

    `depth` loops are around it, `width` variables are its own.
    """

    name: str
    depth: int
    width: int
    values: Mapping[Key, Hashable]

    def told(self, event: Event) -> Event:
        """`event` with the turn in place of all the loop's variables in its key."""
        before, own = event.key[: self.depth], event.key[self.depth : self.depth + self.width]
        rest = event.key[self.depth + self.width :]
        return event._replace(key=(*before, self.values.get(own), *rest))


def site_of(arguments: Mapping[str, Any], *, of_group: bool = False) -> Site:
    """The site of a call with these arguments, by the parameters' names."""
    named = [
        (f"{name}.name", value.name)
        for name, value in list(arguments.items())[:1]
        if (isinstance(value, pd.Series) or of_group) and isinstance(value.name, Hashable)
    ]
    plain = [(name, value) for name, value in arguments.items() if type(value) in _PLAIN]
    return Site((*plain, *named), of_group)


def parameters_of(arguments: ast.arguments) -> list[str]:
    """The names of the parameters that may be given by position, in their order."""
    return [each.arg for each in [*arguments.posonlyargs, *arguments.args]]


def telling(arguments: ast.arguments, body: Sequence[ast.stmt]) -> tuple[str, ...]:
    """Texts that may stand for a call's site: parameters that the body does not bind anew."""
    own = bound(ast.Module([*body], []))
    names = [each for each in parameters_of(arguments) if each not in own]
    more = [each.arg for each in arguments.kwonlyargs if each.arg not in own]
    return (*names, *more, *(f"{name}.name" for name in names[:1]))


def keyed(
    events: Sequence[Event], loops: Sequence[str], texts: Sequence[str]
) -> tuple[list[str], list[Event]]:
    """The variables that may tell the events apart, and the events with these as their keys."""
    sites = [_site(event) for event in events]
    told = [dict(site.given) for site in sites if site is not None]
    if len(told) < len(events) or not texts:
        return [*loops], [*events]
    usable = [text for text in texts if all(text in given for given in told)]
    again = [
        event._replace(key=(*event.key[: len(loops)], *(given[text] for text in usable)))
        for event, given in zip(events, told, strict=True)
    ]
    return [*loops, *usable], again


def of_group(events: Sequence[Event]) -> bool:
    """Whether the events saw the rows of one group each."""
    return any(site is not None and site.of_group for site in map(_site, events))


def _site(event: Event) -> Site | None:
    last = event.key[-1] if event.key else None
    return last if isinstance(last, Site) else None
