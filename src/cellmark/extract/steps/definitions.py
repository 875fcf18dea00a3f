"""The notebook's functions and classes that fitted estimators are made of: definitions.py.

An estimator calls them itself, so nothing frozen can be handed to them: they stand as written.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any, NamedTuple

from cellmark_runtime.types.policies import Policies

from ..refusal import Refusal, refuse
from ..rewriting.context import Context
from ..rewriting.rewrite import Rewriting
from ..text.names import bound, free_reads
from ..trace.frozen import Freezer, Frozen
from ..trace.program import Line, Program
from ..trace.texts import import_of, statement_text
from ..trace.tracer import Tracer
from ..values.local import NOTEBOOK, carried, imported_modules, is_local, relocated
from .annotate import annotation_edits, import_for, method_edits
from .lambdas import Named, lambdas_like, named_lambda
from .path import Path
from .references import Own, references

__all__ = ["OwnCode", "own_code"]

_FILE = "scoring/definitions.py"


class OwnCode(NamedTuple):
    """The author's code beside the steps. `sources` are files of the bundle's by path.

    `lines` number the statements that stand in definitions.py, `own` are the notebook's functions
    and classes that frozen values refer to, by name, `local` those of local modules.
    """

    sources: Mapping[str, str]
    lines: frozenset[int]
    own: Mapping[str, Own]
    local: tuple[Own, ...]


def own_code(
    program: Program, tracer: Tracer, path: Path, kept: Mapping[str, tuple[Frozen, Any]], name: str
) -> OwnCode:
    """Collect what frozen values and the path need of the author's; `name` is the notebook's.

    `kept` are the frozen values by name.

    Raises: Refusal for a nested function in an estimator, or a lambda whose text is not clear, and
    for a definition that reads what the training rows gave.
    """
    found = [(each, frozen) for frozen, value in kept.values() for each in references(value)]
    own, lambdas = _named(found, program)
    local = tuple(each for each, _ in found if each.__module__ != NOTEBOOK)
    context = Context(
        program, tracer, Freezer(frozenset()), (), (), Policies(), lambda _: False, []
    )
    collected = _Collected(context, set(own), lambdas)
    modules = {each.__module__ for each in local}
    modules |= {module for line in path.lines for module in line.local} | collected.modules
    sources = carried(sorted(modules))
    if own:
        sources[_FILE] = collected.text(name)
    return OwnCode(sources, frozenset(collected.texts), own, local)


def _named(
    found: Sequence[tuple[Own, Frozen]], program: Program
) -> tuple[dict[str, Own], dict[str, Named]]:
    """The notebook's own by name, and the definitions of lambdas among them.

    Raises: Refusal for what has no name, and can't be given one.
    """
    own: dict[str, Own] = {}
    lambdas: dict[str, Named] = {}
    taken = {name for line in program.lines for name in line.writes} | {NOTEBOOK}
    for each, frozen in found:
        if each.__module__ != NOTEBOOK or any(each is known for known in own.values()):
            continue
        made = None
        if isinstance(each, FunctionType) and each.__name__ == "<lambda>":
            made = named_lambda(each, program, taken, own.keys())
        if made is None:
            own[each.__name__] = _checked(each, frozen, program)
            continue
        own[made.name], lambdas[made.name] = each, made
    return own, lambdas


def _checked(each: Own, kept: Frozen, program: Program) -> Own:
    if isinstance(each, FunctionType) and each.__name__ == "<lambda>":
        raise _lambda_refused(each, kept, program)
    if "<locals>" in each.__qualname__:
        raise Refusal(
            kept.cell,
            kept.line,
            f"holds `{each.__name__}`, which is defined inside a function",
            "Define it at the top level of a cell; give it settings with `functools.partial`.",
            kept.origin,
        )
    return each


def _lambda_refused(each: FunctionType, kept: Frozen, program: Program) -> Refusal:
    alike = lambdas_like(each, program)
    if len(alike) == 1:
        span, node = alike[0]
        arguments, body = ast.unparse(node.args), ast.unparse(node.body)
        fix = f"Give it a name: `def prepare({arguments}): return {body}`."
        return refuse(node, span.cell, "is a lambda inside an estimator, with no name", fix)
    fix = "Give it a name: `def prepare(x): return ...`."
    return Refusal(kept.cell, kept.line, "holds a lambda, with no name", fix, kept.origin)


class _Collected:
    """Definitions and, walking back, what they need in turn. `texts` are by line number."""

    def __init__(self, context: Context, wanted: set[str], lambdas: Mapping[str, Named]) -> None:
        self.context = context
        self.lambdas = lambdas
        self.texts: dict[int, str] = {}
        self.imports: dict[int, str] = {}
        self.modules: set[str] = set()
        # A lambda's own definition is written anew; what it reads is needed as it stands.
        needed = wanted.union(*(each.needs for each in lambdas.values())) - lambdas.keys()
        for line in reversed(context.program.lines if wanted else ()):
            writes = line.writes & needed
            if writes:
                needed -= bound(line.node) if self._complete(line) else set()
                needed |= self._take(line, writes)

    @staticmethod
    def _complete(line: Line) -> bool:
        return not isinstance(line.node, ast.AugAssign | ast.Expr | ast.For | ast.If)

    def _take(self, line: Line, writes: frozenset[str]) -> frozenset[str]:
        """Keep a line that writes some needed names; returns the names that it needs in turn."""
        node = line.node
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept = import_of(node, writes)
            self.imports[line.index] = "\n".join(relocated(kept, ".local"))
            self.modules |= {name for name in imported_modules(kept) if is_local(name)}
            return frozenset()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.texts[line.index] = statement_text(self.context.program, line, self._edits(line))
            return free_reads(node)
        self._check_free_of_rows(line, writes)
        rewriter = Rewriting(self.context, line.cell.number, line.index, line.tainted)
        rewriter.as_written(node)
        self.texts[line.index] = statement_text(self.context.program, line, [])
        return frozenset(rewriter.reads)

    def _edits(self, line: Line) -> list[Any]:
        text = self.context.program.texts[line.cell.number]
        if isinstance(line.node, ast.FunctionDef):
            return annotation_edits(line.node, self.context.tracer, text)
        return method_edits(line.node, text) if isinstance(line.node, ast.ClassDef) else []

    def _check_free_of_rows(self, line: Line, writes: frozenset[str]) -> None:
        after = self.context.program.lines[line.index + 1 :][:1]
        if after and writes & after[0].tainted:
            name = min(writes & after[0].tainted)
            raise refuse(
                line.node,
                line.cell.number,
                f"gives {name!r} a value from the training rows, and a function or class inside "
                "an estimator reads it",
                "Hand it over: `FunctionTransformer(f, kw_args={...})`, or an attribute that "
                "`fit` sets.",
            )

    def text(self, notebook: str) -> str:
        body = [self.texts[index] for index in sorted(self.texts)]
        body += [each.text for each in self.lambdas.values()]
        imports = [self.imports[index] for index in sorted(self.imports)]
        imports += [each for name in ("pd", "np", "Any") for each in import_for(name)]
        return "\n\n".join(
            [
                f'"""Functions and classes of {notebook} that its fitted estimators call."""',
                "from __future__ import annotations",
                "\n".join(dict.fromkeys(imports)),
                *body,
            ]
        )
