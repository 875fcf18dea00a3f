"""The scoring path: the statements between the raw frame and the model's input, rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ..refusal import Refusal
from ..text.spans import Span
from ..trace.left_out import Fate
from ..trace.program import Line
from ..trace.records import Source

__all__ = ["Path", "PathLine", "Place", "Unfinished"]

Place = Literal["import", "definition", "constant", "step", "split", "answer", "gone"]


class PathLine(NamedTuple):
    """A statement on the path. `text` is what scoring runs, comments above it included.

    `spaced` says that the author left a blank line above. `frozen` maps the frozen names used to
    the author's expressions, `notes` says what else was done, `helpers` names runtime functions,
    `local` the author's own modules that it imports, `selected` where rows were selected, and what
    scoring does with those left out.
    """

    line: Line
    place: Place
    text: str
    reads: frozenset[str]
    binds: frozenset[str]
    frozen: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()
    helpers: frozenset[str] = frozenset()
    spaced: bool = False
    local: frozenset[str] = frozenset()
    selected: Mapping[Span, Fate] = {}


class Path(NamedTuple):
    """`answer` is the text of the model's input, `final` the variable that the lines placed
    `answer` make of the model's answers, if it is not just those, `inputs` the variables that they
    ask several models about. `takes_frozen` names functions
    that need `frozen`, `dropped_for_target` numbers the lines that only concern the target,
    `passed` those that only selected rows, with the reason; `selected` is that of all lines.
    """

    source: Source
    lines: tuple[PathLine, ...]
    answer: str
    answer_reads: frozenset[str]
    answer_helpers: frozenset[str]
    takes_frozen: frozenset[str]
    dropped_for_target: frozenset[int]
    passed: Mapping[int, str]
    selected: Mapping[Span, Fate]
    final: str | None = None
    inputs: tuple[str, ...] = ()


class Unfinished(NamedTuple):
    """As much of a path as was found where something on it is refused; `source` if it was met."""

    source: Source | None
    lines: tuple[PathLine, ...]
    dropped_for_target: frozenset[int]
    refused: tuple[Refusal, ...]
    reached: tuple[Source, ...] = ()
