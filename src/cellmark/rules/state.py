"""Rules about state: what a second execution, or another process, makes otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cellmark.extract.text.names import bound, chain_root

from .code import CodeCell
from .facts import Facts
from .rule import Found, at

__all__ = ["mutable_default", "order_of_a_set", "rerun_differs"]

_MUTATORS = frozenset(
    {"append", "extend", "insert", "add", "update", "setdefault", "pop", "remove", "clear"}
)
_SHRINKING = frozenset(
    f"numpy.{name}" for name in ("log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "square")
)
_FIX = "Set it anew in this cell, or give the result another name."


def mutable_default(facts: Facts) -> Iterator[Found]:
    """`def f(x, seen=[])` that changes `seen`: all calls share the one list."""
    for cell, node in facts.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name, default in _defaults(node.args):
                if isinstance(default, ast.List | ast.Dict | ast.Set) and _changes(node, name):
                    message = (
                        f"`{name}` is one object for all calls of `{node.name}`, which changes it"
                    )
                    yield at(cell, default, message, f"Write `{name}=None`, and make it inside.")


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    late = positional[len(positional) - len(arguments.defaults) :]
    for argument, default in zip(late, arguments.defaults, strict=True):
        yield argument.arg, default
    for argument, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if given is not None:
            yield argument.arg, given


def _changes(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    """Whether the function changes the object that it was given by that name."""
    if any(name in bound(statement) for statement in function.body):
        return False
    for part in ast.walk(function):
        match part:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=attr)):
                if owner == name and attr in _MUTATORS:
                    return True
            case ast.Subscript(value=ast.Name(id=owner), ctx=ast.Store() | ast.Del()):
                if owner == name:
                    return True
    return False


def rerun_differs(facts: Facts) -> Iterator[Found]:
    """Statements that make their own input something else, so that running the cell twice differs.

    Only top-level statements, and only where the cell does not set the variable first.
    """
    for cell in facts.notebook.running:
        own: set[str] = set()
        for statement in cell.tree.body:
            reason = _repeats(facts, statement)
            target = _target(statement)
            root = chain_root(target) if target is not None else None
            if reason and root and root not in own and target is not None:
                yield at(
                    cell,
                    statement,
                    f"`{ast.unparse(target)}` is {reason} again whenever this cell runs again",
                    _FIX,
                )
            own |= bound(statement)


def _target(statement: ast.stmt) -> ast.expr | None:
    match statement:
        case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
            return target
    return None


def _repeats(facts: Facts, statement: ast.stmt) -> str:
    """What a statement does once more to what it did already; "" if doing it twice is as once."""
    match statement:
        case ast.AugAssign(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow()):
            return "changed" if isinstance(statement.target, ast.Subscript) else ""
        case ast.Assign(targets=[ast.Subscript() as target], value=value):
            if _computed(facts, ast.unparse(target), value):
                return "changed"
            if _mapped(ast.unparse(target), value):
                return "mapped"
    return ""


def _computed(facts: Facts, target: str, value: ast.expr) -> bool:
    """`df["c"] = df["c"] * 100`, `df["c"] = np.log(df["c"])`."""
    match value:
        case ast.BinOp(left=left, right=ast.Constant()):
            return ast.unparse(left) == target
        case ast.Call(func=function, args=[argument]):
            return facts.full_name(function) in _SHRINKING and ast.unparse(argument) == target
    return False


def _mapped(target: str, value: ast.expr) -> bool:
    """`df["c"] = df["c"].map({"a": 0})`: the second time all values are missing."""
    match value:
        case ast.Call(func=ast.Attribute(value=owner, attr="map"), args=[ast.Dict() as codes]):
            keys = {ast.unparse(key) for key in codes.keys if key is not None}
            values = {ast.unparse(each) for each in codes.values}
            return ast.unparse(owner) == target and not values <= keys
    return False


def order_of_a_set(facts: Facts) -> Iterator[Found]:
    """Columns in the order of a set, which is another one in each process."""
    named = _lists_of_sets(facts)
    for cell, node in facts.nodes:
        if isinstance(node, ast.Subscript) and facts.kind_of(node.value) in ("frame", ""):
            yield from _in_order(facts, cell, node.slice, named)
        elif isinstance(node, ast.keyword) and node.arg == "columns":
            call = facts.parents.get(id(node))
            dropping = isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".drop")
            if not dropping:
                yield from _in_order(facts, cell, node.value, named)


def _in_order(
    facts: Facts, cell: CodeCell, node: ast.expr, named: frozenset[str]
) -> Iterator[Found]:
    is_named = isinstance(node, ast.Name) and node.id in named
    if is_named or _list_of_set(facts, node):
        yield at(
            cell,
            node,
            f"`{ast.unparse(node)}` has the order of a set, another one in each process",
            "Write `sorted(...)` for `list(...)`, or keep the columns that you want by a loop.",
        )


def _lists_of_sets(facts: Facts) -> frozenset[str]:
    """Names of lists whose order is a set's, and that are not sorted afterwards."""
    found: set[str] = set()
    for _, node in facts.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                (found.add if _list_of_set(facts, value) else found.discard)(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="sort")):
                found.discard(name)
    return frozenset(found)


def _list_of_set(facts: Facts, node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="list"), args=[inner]):
            return _is_set(facts, inner)
    return False


def _is_set(facts: Facts, node: ast.expr) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Call(
            func=ast.Attribute(attr="union" | "difference" | "intersection", value=owner)
        ):
            return _is_set(facts, owner)
        case ast.BinOp(left=left, op=ast.Sub() | ast.BitOr() | ast.BitAnd() | ast.BitXor()):
            return _is_set(facts, left)
    return facts.kind_of(node) == "set"
