"""Assignments of several names at once, of which scoring may need only some."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from .names import bound, reads

__all__ = ["is_crossed", "parallel", "wanted_alone"]


def parallel(node: ast.stmt) -> Mapping[str, ast.expr]:
    """Name -> value of `a, b = x, y`; empty for any other statement."""
    match node:
        case ast.Assign(
            targets=[ast.Tuple(elts=names) | ast.List(elts=names)],
            value=ast.Tuple(elts=values) | ast.List(elts=values),
        ) if len(names) == len(values):
            pairs = zip(names, values, strict=True)
            found = {name.id: value for name, value in pairs if isinstance(name, ast.Name)}
            starred = any(isinstance(value, ast.Starred) for value in values)
            return found if len(found) == len(names) and not starred else {}
    return {}


def is_crossed(values: Mapping[str, ast.expr]) -> bool:
    """Whether a value reads the name of another, as in `a, b = b, a`."""
    return any(reads(value) & (values.keys() - {name}) for name, value in values.items())


def wanted_alone(node: ast.stmt, wanted: Collection[str]) -> Mapping[str, ast.expr]:
    """The wanted part of `a, b = x, y`, if less than all and one value reads no other's name."""
    every = parallel(node)
    some = {name: value for name, value in every.items() if name in wanted}
    crossed = any(reads(value) & (bound(node) - {name}) for name, value in some.items())
    return {} if crossed or len(some) == len(every) else some
