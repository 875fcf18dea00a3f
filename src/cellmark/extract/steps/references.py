"""Which functions and classes of the author's own the frozen values are made of."""

from __future__ import annotations

import contextlib
import io
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from cellmark_runtime.scoring.own_code import DEFINITIONS, LOCAL, PACKAGE, known_as

from ..values.local import is_own

__all__ = ["Own", "references", "rehomed"]

Own = type | FunctionType


class _Finder(pickle.Pickler):
    """Pickles into nowhere, noting each function and class of the author's own."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO())
        self.found: dict[int, Own] = {}

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type | FunctionType) and is_own(value):
            self.found[id(value)] = value
            return str, ()
        return NotImplemented


def references(value: Any) -> list[Own]:
    """The author's functions and classes that a value refers to, lambdas included."""
    finder = _Finder()
    # What can't be pickled is no matter here: dumping the value says so.
    with contextlib.suppress(Exception):
        finder.dump(value)
    return list(finder.found.values())


@contextmanager
def rehomed(own: Mapping[str, Own], local: Sequence[Own]) -> Iterator[None]:
    """Let values be written as if their functions and classes stood in the bundle already.

    `own` are those of the notebook by name, `local` those of local modules.
    """
    homes = {id(each): DEFINITIONS for each in own.values()}
    homes |= {id(each): f"{LOCAL}.{each.__module__}" for each in local}
    modules = {PACKAGE: ModuleType(PACKAGE)}
    before = [
        (each, each.__module__, each.__name__, each.__qualname__)
        for each in [*own.values(), *local]
    ]
    # A lambda has its name in the bundle alone.
    names = {id(each): name for name, each in own.items()}
    for each, _, name, _ in before:
        home = homes[id(each)]
        named = names.get(id(each), name)
        setattr(modules.setdefault(home, ModuleType(home)), named, each)
        each.__module__ = home
        if named != name:
            each.__name__ = each.__qualname__ = named
    try:
        with known_as(modules):
            yield
    finally:
        for each, module, name, qualified in before:
            each.__module__ = module
            if each.__name__ != name:
                each.__name__, each.__qualname__ = name, qualified
