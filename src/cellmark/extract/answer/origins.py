"""Whether what a model is asked about is made of rows, or of numbers like a plot's grid."""

from __future__ import annotations

import ast

from ..text.assignments import parallel
from ..text.names import about_columns_only, bound
from ..text.spans import span_of
from ..trace.program import Line, Program, local_taint, reads_tainted
from ..trace.tracer import Tracer
from ..values.kinds import ATOMIC

__all__ = ["made_of_rows"]


def made_of_rows(program: Program, tracer: Tracer, line: Line, node: ast.expr) -> bool:
    """Whether rows went into the value of `node`, other than into single numbers.

    `np.linspace(X.min(), X.max(), 100)` has a hundred rows, and none of them is one of X's. Where
    it can't be told it is made of rows.
    """
    # Names of the rows may come about within the statement: in a loop over folds, say.
    tainted = line.tainted | local_taint([line.node], line.tainted, program.functions)
    return _Origin(program, tracer).of(node, line, tainted)


class _Origin:
    def __init__(self, program: Program, tracer: Tracer) -> None:
        self.program = program
        self.tracer = tracer

    def of(self, node: ast.AST, line: Line, tainted: frozenset[str]) -> bool:
        if isinstance(node, ast.Name):
            return node.id in tainted and self._of_name(node.id, line, tainted)
        if not reads_tainted(node, tainted, self.program.functions) or self._single(node, line):
            return False
        if isinstance(node, ast.expr) and about_columns_only(node, tainted):
            return False
        if isinstance(node, ast.expr | ast.keyword) and not isinstance(node, ast.Lambda):
            children = [
                child
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.expr | ast.keyword)
            ]
            # A name that only a function reads, or a comprehension, is in none of them.
            return not children or any(self.of(child, line, tainted) for child in children)
        return True

    def _single(self, node: ast.AST, line: Line) -> bool:
        """Whether every value of an expression in a statement was one number or text."""
        if not isinstance(node, ast.expr):
            return False
        events = self.tracer.events.get(span_of(node, line.cell.number), [])
        here = [event for event in events if event.statement == line.index]
        single = all(each.kind == "aggregate" and type(each.value) in ATOMIC for each in here)
        return bool(here) and single

    def _of_name(self, name: str, line: Line, tainted: frozenset[str]) -> bool:
        """Whether the statement that gave a variable its value made it of rows."""
        inside = [
            part
            for part in ast.walk(line.node)
            if isinstance(part, ast.Assign) and part is not line.node and name in bound(part)
        ]
        if inside:
            return any(self.of(part.value, line, tainted) for part in inside)
        for earlier in reversed(self.program.lines[: line.index]):
            if name not in earlier.writes:
                continue
            if name not in bound(earlier.node) or not isinstance(earlier.node, ast.Assign):
                return True
            if any(source.statement == earlier.index for source in self.tracer.sources):
                return True
            value = parallel(earlier.node).get(name, earlier.node.value)
            return self.of(value, earlier, earlier.tainted)
        return True
