"""Reach: what can be changed through a value, so that nothing else need be looked at.

A statement can change in place what it reaches from the names in it: the objects that they hold,
what these hold in turn, and all arrays that share memory with any of it. Modules and classes of
installed packages are taken to hold nothing of the notebook's. Where that can't be said (a local
module, `exec`, a magic), everything is within reach.
"""

from __future__ import annotations

import ast
import functools
import gc
import sys
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .digests import Objects, pieces_of

__all__ = ["EVERYTHING", "Reach", "names_in", "reach_of"]

_MOST_OBJECTS = 20_000
# Through these a statement gets at names that it does not name.
_OPAQUE_NAMES = frozenset(
    ("exec", "eval", "globals", "locals", "vars", "get_ipython", "__import__")
)
_OPAQUE_METHODS = frozenset(("eval", "query", "modules", "get_objects", "get_referrers", "f_back"))
_OPAQUE_MODULES = frozenset(("__main__", "gc", "inspect", "ctypes", "IPython", "builtins", "code"))
_PLAIN = frozenset(
    (bool, int, float, complex, str, bytes, type(None), range, slice, pd.Timestamp, pd.Timedelta)
)

_Interval = tuple[int, int]


class Reach(NamedTuple):
    """`objects` are identities, `memory` the address ranges of arrays, `names` the variables that
    notebook functions read when they run; `bounded` is False where more may be within reach.
    """

    objects: frozenset[int] = frozenset()
    memory: tuple[_Interval, ...] = ()
    names: frozenset[str] = frozenset()
    bounded: bool = True

    def meets(self, other: Reach) -> bool:
        """Whether something can be changed through both."""
        if not (self.bounded and other.bounded):
            return True
        return not self.objects.isdisjoint(other.objects) or _overlap(self.memory, other.memory)

    def joined(self, others: Iterable[Reach]) -> Reach:
        """What is within any of several reaches."""
        every = [self, *others]
        return Reach(
            frozenset().union(*(each.objects for each in every)),
            tuple(span for each in every for span in each.memory),
            frozenset().union(*(each.names for each in every)),
            all(each.bounded for each in every),
        )


EVERYTHING = Reach(bounded=False)


def names_in(node: ast.AST) -> frozenset[str] | None:
    """All names in a statement; None where it may get at others as well."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        # Its body runs later, and is then reached through its name.
        node = ast.Module([*map(ast.Expr, node.decorator_list), ast.Expr(_defaults(node))], [])
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    methods = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    if names & _OPAQUE_NAMES or methods & _OPAQUE_METHODS:
        return None
    return frozenset(names)


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.expr:
    return ast.Lambda(node.args, ast.Constant(None))


def reach_of(value: Any, namespace: Mapping[str, Any]) -> Reach:
    """What can be changed through `value`, in a notebook whose variables are `namespace`."""
    try:
        return _Walk(namespace).from_(value)
    except Exception:  # noqa: BLE001 - an odd value may reach anything
        return EVERYTHING


class _Walk:
    """Goes from object to object, as the garbage collector does."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.seen: dict[int, Any] = {}
        self.memory: list[_Interval] = []
        self.names: set[str] = set()
        self.bounded = True
        self.left: list[Any] = []

    def from_(self, value: Any) -> Reach:
        self.left.append(value)
        while self.left and self.bounded:
            part = self.left.pop()
            if type(part) in _PLAIN or id(part) in self.seen:
                continue
            self.seen[id(part)] = part
            self.bounded = len(self.seen) + len(self.left) <= _MOST_OBJECTS
            self._look_at(part)
        return Reach(frozenset(self.seen), tuple(self.memory), frozenset(self.names), self.bounded)

    def _look_at(self, part: Any) -> None:
        for kinds, look in _LOOKS:
            if isinstance(part, kinds):
                look(self, part)
                return
        self.left += filter(_can_hold, gc.get_referents(part))

    def of_array(self, array: np.ndarray[Any, Any]) -> None:
        owner: Any = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if owner.size:
            self.memory.append(_bounds(owner))
        if array.dtype.hasobject and not (array.dtype == object and Objects.of(array).plain):
            self.of_several(array.ravel().tolist())

    def of_mapping(self, mapping: dict[Any, Any]) -> None:
        self.of_several(mapping.keys())
        self.of_several(mapping.values())

    def of_module(self, module: types.ModuleType) -> None:
        self.bounded = is_installed(module.__name__) and module.__name__ not in _OPAQUE_MODULES

    def of_method(self, method: types.MethodType) -> None:
        self.left += [method.__self__, method.__func__]

    def of_builtin(self, function: types.BuiltinFunctionType) -> None:
        self.left.append(function.__self__)

    def of_nothing(self, _code: types.CodeType) -> None:
        """Code alone holds only constants."""

    def of_several(self, parts: Collection[Any]) -> None:
        if set(map(type, parts)) <= _PLAIN:
            return
        self.bounded = self.bounded and len(parts) <= _MOST_OBJECTS
        if self.bounded:
            self.left += parts

    def of_blocks(self, data: pd.DataFrame | pd.Series) -> None:
        blocks = getattr(data._mgr, "blocks", None)  # noqa: SLF001 - there is no public way
        if blocks is None:
            self.bounded = False
            return
        self.seen[id(data._mgr)] = data._mgr  # noqa: SLF001
        self.left += [*(block.values for block in blocks), *data.axes, *data.attrs.values()]

    def of_pandas(self, part: Any) -> None:
        if isinstance(part, pd.MultiIndex):
            self.left += [*part.levels, *part.codes]
            return
        if isinstance(part, pd.RangeIndex):
            return
        array = part.array if isinstance(part, pd.Index) else part
        pieces = pieces_of(array)
        if pieces is None:
            self.left += filter(_can_hold, gc.get_referents(array))
            return
        for piece in pieces:
            if isinstance(piece, np.ndarray | pd.Index):
                self.left.append(piece)
            elif hasattr(piece, "address") and piece.size:
                self.memory.append((piece.address, piece.address + piece.size))

    def of_function(self, function: types.FunctionType) -> None:
        self.left += [cell for cell in function.__closure__ or () if not _is_empty(cell)]
        self.left += function.__defaults__ or ()
        self.left += (function.__kwdefaults__ or {}).values()
        self.left += function.__dict__.values()
        if function.__globals__ is self.namespace:
            self._code(function.__code__)
        elif not is_installed(function.__module__ or ""):
            self.bounded = False

    def _code(self, code: types.CodeType) -> None:
        names = set(code.co_names)
        self.names |= names
        if names & (_OPAQUE_NAMES | _OPAQUE_METHODS):
            self.bounded = False
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(constant)

    def of_class(self, part: type) -> None:
        if is_installed(part.__module__):
            return
        if part.__module__ != self.namespace.get("__name__"):
            self.bounded = False
            return
        self.left += [*part.__bases__, *vars(part).values()]


_LOOKS: tuple[tuple[Any, Callable[[_Walk, Any], None]], ...] = (
    (np.ndarray, _Walk.of_array),
    (pd.DataFrame | pd.Series, _Walk.of_blocks),
    (pd.api.extensions.ExtensionArray | pd.Index, _Walk.of_pandas),
    (list | tuple | set | frozenset, _Walk.of_several),
    (dict, _Walk.of_mapping),
    (types.ModuleType, _Walk.of_module),
    (types.FunctionType, _Walk.of_function),
    (types.MethodType, _Walk.of_method),
    (types.BuiltinFunctionType, _Walk.of_builtin),
    (type, _Walk.of_class),
    (types.CodeType, _Walk.of_nothing),
)


def _can_hold(part: Any) -> bool:
    return gc.is_tracked(part) or isinstance(part, np.ndarray)


def _is_empty(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - asked for its error alone
    except ValueError:
        return True
    return False


@functools.cache
def is_installed(module: str) -> bool:
    """Whether a module came with Python or a package, so that it knows nothing of the notebook."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names or root in sys.builtin_module_names:
        return root != "__main__"
    if root == "cellmark":
        return True
    found = sys.modules.get(root)
    places = [getattr(found, "__file__", None) or "", *getattr(found, "__path__", ())]
    return any("site-packages" in place or "dist-packages" in place for place in places)


def _bounds(array: np.ndarray[Any, Any]) -> _Interval:
    """First address of an array, and the one after its last."""
    low = high = array.ctypes.data
    for length, stride in zip(array.shape, array.strides, strict=True):
        reach = (length - 1) * stride
        low, high = low + min(reach, 0), high + max(reach, 0)
    return low, high + array.itemsize


def _overlap(one: Iterable[_Interval], other: Iterable[_Interval]) -> bool:
    """Whether any interval of the one shares an address with any of the other."""
    marked = sorted([(*span, 0) for span in set(one)] + [(*span, 1) for span in set(other)])
    ends = [0, 0]
    for low, high, side in marked:
        if low < ends[1 - side]:
            return True
        ends[side] = max(ends[side], high)
    return False
