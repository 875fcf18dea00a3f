"""Names: what a cell's source assigns, mentions and imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["CellNames", "names_in"]

# `%time model.fit(X, y)` runs what follows it in the notebook.
_TIMED = re.compile(r"^%time +", re.MULTILINE)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class CellNames:
    """`assigned`: the notebook's own names that the cell binds, in order, loop variables apart.

    `reads` are the names that it uses as they were before it ran, `constants` those of the
    assigned that only literals are assigned to, `mentioned` every name in the cell, `imports` the
    top-level packages it imports, `last` the text of the expression on its last line.
    """

    assigned: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    constants: frozenset[str] = frozenset()
    mentioned: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    last: str | None = None


def names_in(source: str, transform: Callable[[str], str] = str) -> CellNames:
    """Read a cell; `transform` makes IPython's `%magic` and `!command` lines Python.

    A cell that is no Python has no names.
    """
    if source.startswith("%%"):
        # `%%time` and its like wrap ordinary code; what they wrap still runs in the notebook.
        source = source.partition("\n")[2]
    try:
        tree = ast.parse(transform(_TIMED.sub("", source)))
    except (SyntaxError, ValueError):
        return CellNames()
    stores = list(_stores(tree.body))
    computed = {name for name, literal in stores if not literal}
    return CellNames(
        assigned=tuple(dict.fromkeys(name for name, _ in stores)),
        reads=frozenset(_reads(tree.body)),
        constants=frozenset(name for name, _ in stores if name not in computed),
        mentioned=frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name)),
        imports=frozenset(_imports(tree)),
        last=_last(tree),
    )


def _reads(statements: list[ast.stmt]) -> Iterator[str]:
    """Names that a statement loads before one above it has bound them; `x += 1` loads x."""
    bound: set[str] = set()
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.AugAssign):
                yield from (name for name in _targets(node.target) if name not in bound)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield from () if node.id in bound else (node.id,)
        bound |= {name for name, _ in _stores([statement])}


def _stores(statements: list[ast.stmt]) -> Iterator[tuple[str, bool]]:
    """(name, whether the value is a literal) for each binding, functions' insides left out."""
    for statement in statements:
        if isinstance(statement, _SCOPES):
            continue
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            yield from _assigned(statement)
        yield from _walrus(statement)
        for item in getattr(statement, "items", ()):
            if item.optional_vars is not None:
                yield from ((name, False) for name in _targets(item.optional_vars))
        for block in _blocks(statement):
            yield from _stores(block)


def _assigned(statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[tuple[str, bool]]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if statement.value is None:
        return
    literal = _literal(statement.value) and not isinstance(statement, ast.AugAssign)
    for target in targets:
        yield from ((name, literal) for name in _targets(target))


def _targets(target: ast.expr) -> Iterator[str]:
    """The names bound by a target; `scores["auc"] = ...` binds none."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _targets(element)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value)


def _walrus(statement: ast.stmt) -> Iterator[tuple[str, bool]]:
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.expr):
            for node in ast.walk(child):
                if isinstance(node, ast.NamedExpr):
                    yield node.target.id, False


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, [])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _last(tree: ast.Module) -> str | None:
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return None
    return ast.unparse(tree.body[-1].value)
