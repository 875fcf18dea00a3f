"""Which names a piece of Python reads, binds and changes, from its syntax alone."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

__all__ = [
    "about_columns_only",
    "bound",
    "chain_root",
    "free_reads",
    "is_display",
    "is_full",
    "named_in_text",
    "reads",
    "stored_into",
]

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SHOWN = {"print", "display"}
_LOOKED_AT = {"head", "tail", "info", "describe", "show", "plot", "hist", "sample"}
_BUILTINS = frozenset(dir(builtins))


def reads(node: ast.AST) -> frozenset[str]:
    """Names that `node` loads from outside itself, builtins left out."""
    return frozenset(_loads(node)) - _BUILTINS


def free_reads(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> frozenset[str]:
    """Names that a definition needs from its module: loads that it does not bind itself."""
    return reads(function)


def bound(node: ast.AST) -> frozenset[str]:
    """Names that running `node` binds in its own scope."""
    return frozenset(_binds(node))


def stored_into(node: ast.AST) -> frozenset[str]:
    """Names whose object `node` changes by a subscript, attribute or augmented store, or `del`."""
    found = set()
    for part in _own(node):
        targets: list[ast.expr] = []
        if isinstance(part, ast.Assign | ast.Delete):
            targets = part.targets
        elif isinstance(part, ast.AugAssign | ast.AnnAssign | ast.For):
            targets = [part.target]
        for target in targets:
            for leaf in _leaves(target):
                root = chain_root(leaf)
                augmented = isinstance(part, ast.AugAssign)
                if root and (augmented or not isinstance(leaf, ast.Name)):
                    found.add(root)
    return frozenset(found)


def chain_root(node: ast.expr) -> str | None:
    """The name at the root of `a.b[c].d`, or None."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def is_display(node: ast.stmt) -> bool:
    """A statement that only shows something: a print, a plot, a last expression to look at."""
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    if isinstance(value, ast.Constant):
        return True
    if not isinstance(value, ast.Call):
        return not isinstance(value, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom)
    function = value.func
    if isinstance(function, ast.Name):
        return function.id in _SHOWN
    return isinstance(function, ast.Attribute) and function.attr in _LOOKED_AT


def is_full(node: ast.expr) -> bool:
    """The `:` of a subscript that takes all along an axis."""
    return isinstance(node, ast.Slice) and not (node.lower or node.upper or node.step)


def about_columns_only(node: ast.expr, tainted: frozenset[str]) -> bool:
    """An expression over the names of columns alone, like `df.columns.str.lower()`.

    Such an expression is right for any rows, and right also when the target is absent.
    """
    mentions = [
        part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in tainted
    ]
    of_columns = {
        id(part.value)
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and part.attr == "columns"
    }
    return bool(mentions) and all(id(part) in of_columns for part in mentions)


def _leaves(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _leaves(element)
    else:
        yield target


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and all below it, but not the bodies of the functions and classes it defines."""
    yield node
    if isinstance(node, _SCOPES):
        return
    for child in ast.iter_child_nodes(node):
        yield from _own(child)


def _binds(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield (alias.asname or alias.name).partition(".")[0]
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    for child in ast.iter_child_nodes(node):
        yield from _binds(child)


def _loads(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Store):
            yield node.id
        return
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    if isinstance(node, ast.Call):
        yield from named_in_text(node)
    inner = _bound_inside(node)
    for child in ast.iter_child_nodes(node):
        for name in _loads(child):
            if name not in inner:
                yield name


def named_in_text(node: ast.Call) -> Iterator[str]:
    """Names that `frame.eval("a / @b")` and `query` read by their text."""
    match node.func:
        case ast.Attribute(attr="eval" | "query"):
            for part in [*node.args, *(each.value for each in node.keywords)]:
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from re.findall(r"@(\w+)", part.value)


def _bound_inside(node: ast.AST) -> frozenset[str]:
    """Names that a function, class or comprehension binds for itself alone."""
    match node:
        case (
            ast.FunctionDef(args=arguments, body=body)
            | ast.AsyncFunctionDef(args=arguments, body=body)
        ):
            own = {argument.arg for argument in _arguments(arguments)}
            return frozenset(own.union(*(set(_binds(statement)) for statement in body)))
        case ast.Lambda(args=arguments):
            return frozenset(argument.arg for argument in _arguments(arguments))
        case ast.ClassDef(body=body):
            return frozenset().union(*(set(_binds(statement)) for statement in body))
        case (
            ast.ListComp(generators=generators)
            | ast.SetComp(generators=generators)
            | ast.DictComp(generators=generators)
            | ast.GeneratorExp(generators=generators)
        ):
            return frozenset().union(*(set(_binds(each.target)) for each in generators))
    return frozenset()


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return every + [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
