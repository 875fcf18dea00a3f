"""Several frames: which one's rows requests bring, and the tables that are only looked up in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from cellmark.core.explanation import Undecided
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.anyframe import copied

from ..refusal import refuse
from ..text.names import reads
from ..trace.program import Line, Program
from ..trace.records import ModelCall, Source
from ..trace.texts import statement_text
from ..trace.tracer import Tracer
from ..values.kinds import length_of
from .answering import Answering
from .origins import made_of_rows

__all__ = ["AmbiguousFrame", "Prepared", "calls_elsewhere", "prepared", "raw_source", "size_of"]

# A service holds its tables in memory, and a bundle travels.
_LARGE = 10_000_000


class AmbiguousFrame(Undecided):
    """Several frames may be the one whose rows requests bring, and nothing says which.

    `likeliest` is the choice that its fix proposes, `choose` those that there are.
    """

    likeliest: Mapping[str, str] = {}


class Prepared(NamedTuple):
    """A table's variable as the statement number `before` found it; computed when needed."""

    name: str
    before: int


def raw_source(
    reached: Sequence[Source], answering: Answering, tracer: Tracer, wanted: str | None
) -> Source:
    """The frame among those that the model's input was made of whose rows the input's are.

    It is the one named `wanted`; else the one that has as many rows as the model's last input or,
    if that says nothing, another, or as what was split to get it.

    Raises: AmbiguousFrame if several have, or none.
    """
    names = ", ".join(sorted(source.name for source in reached))
    if wanted is not None:
        chosen = [source for source in reached if source.name == wanted]
        if not chosen:
            fix = "Name the variable that the data cell gives the frame."
            raise CellmarkError("--frame", repr(wanted), f"a frame behind the model: {names}", fix)
        return chosen[-1]
    if len(reached) == 1:
        return reached[0]
    # First of all what the steps are made for: the input of the call that they end at.
    ends = [call for call in answering.calls if call.statement == answering.asked]
    for calls, parts in ((ends, _whole), (ends, _parts_of), (answering.calls, _parts_of)):
        lengths = {length_of(call.argument) for call in calls}
        fitting = [each for each in reached if lengths & parts(len(each.frame), tracer)]
        if len(fitting) == 1:
            return fitting[0]
    name = (fitting or reached)[0].name
    problem = AmbiguousFrame(
        "the notebook",
        f"its model is made of several frames: {names}",
        "one whose rows requests bring; the others become tables to look things up in",
        f'Name it: --frame {name}, or {{"cellmark": {{"frame": "{name}"}}}} in the notebook\'s '
        "metadata.",
    )
    problem.likeliest = {"frame": name}
    problem.choose = {"frame": tuple(dict.fromkeys(each.name for each in fitting or reached))}
    raise problem


def calls_elsewhere(
    answering: Answering, tracer: Tracer, raw: Source, follow: Callable[[list[Source]], Program]
) -> Mapping[int, tuple[Source, ...]]:
    """By the model's calls that are not about the raw frame's rows, the frames that they may be of.

    Test rows that are read apart are prepared apart: what the model learnt from is then no part of
    the frame whose rows it is asked about. `follow` makes the program that takes no rows of some
    frames for such as requests bring.
    """
    followed = [
        (source, follow([other for other in tracer.sources if other is not source]))
        for source in tracer.sources
    ]
    found: dict[int, tuple[Source, ...]] = {}
    for call in answering.calls:
        sources = [source for source, program in followed if _is_about_rows(call, program, tracer)]
        # A loop over frames prepares them in one statement; then their lengths tell them apart.
        count = length_of(call.argument)
        fitting = [each for each in sources if count in _parts_of(len(each.frame), tracer)]
        if all(each is not raw for each in fitting or sources):
            found[id(call)] = tuple(fitting or sources)
    return found if len(found) < len(answering.calls) else {}


def _is_about_rows(call: ModelCall, program: Program, tracer: Tracer) -> bool:
    call = call.handed
    node = program.nodes.get(call.span)
    if not call.top_level or not isinstance(node, ast.Call):
        return True
    named = (each.value for each in node.keywords if each.arg in {"X", "data"})
    line = program.lines[call.statement]
    given = [*node.args[:1], *named]
    return any(made_of_rows(program, tracer, line, each) for each in given)


def _whole(rows: int, _tracer: Tracer) -> set[int | None]:
    return {rows}


def _parts_of(rows: int, tracer: Tracer) -> set[int | None]:
    """Numbers of rows that a frame of `rows` rows and its parts have."""
    divisions = [*tracer.watch.selections.divisions]
    divisions += [(whole, kept) for run in tracer.executed for kept, whole in run.cuts.values()]
    found: set[int | None] = {rows}
    for whole, kept in divisions:
        found |= {kept} if whole in found else set()
    return found


def prepared(wanted: Prepared, program: Program, tables: Collection[Source]) -> Any:
    """The value of a table's variable, computed from the tables as the data cells left them.

    Raises: Refusal if the statements between do not run by themselves.
    """
    lines = _lines_behind(wanted, program, {source.statement for source in tables})
    space: dict[str, Any] = {"__name__": "__main__"}
    by_statement: Mapping[int, list[Source]] = {
        line.index: [source for source in tables if source.statement == line.index]
        for line in lines
    }
    for line in lines:
        if by_statement[line.index]:
            space |= {source.name: copied(source.frame) for source in by_statement[line.index]}
            continue
        try:
            exec(compile(statement_text(program, line, []), "cell", "exec"), space)  # noqa: S102
        except Exception as problem:
            raise refuse(
                line.node,
                line.cell.number,
                f"does not run by itself for the table {wanted.name!r} ({problem})",
                "Prepare the table in the statement that reads it.",
            ) from problem
    return space[wanted.name]


def _lines_behind(wanted: Prepared, program: Program, tables: Collection[int]) -> list[Line]:
    needed, found = {wanted.name}, []
    for line in reversed(program.lines[: wanted.before]):
        if not line.writes & needed:
            continue
        found.append(line)
        if line.index in tables or isinstance(line.node, ast.Assign):
            needed -= line.writes - frozenset(line.run.changed)
        if line.index not in tables:
            needed |= reads(line.node)
    return found[::-1]


def size_of(frame: Any) -> str:
    """Rows, columns and bytes of a table, with a word where that is much."""
    pandas = hasattr(frame, "memory_usage")
    used = frame.memory_usage(deep=True).sum() if pandas else frame.estimated_size()
    shape = f"{frame.shape[0]} rows x {frame.shape[1]} columns"
    amount = f"{used / 1000:.1f} kB" if used < 1_000_000 else f"{used / 1_000_000:.1f} MB"
    much = "; large: each service holds it in memory" if used > _LARGE else ""
    return f"{shape}, {amount}{much}"
