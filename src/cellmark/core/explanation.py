"""Explanation: what packaging makes of a notebook, statement by statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cellmark_runtime.errors import CellmarkError, CheckFailed

from .statement import Refused, Statement

__all__ = ["Explanation", "StatementsRefused", "Undecided", "told"]


class Explanation(msgspec.Struct, frozen=True):
    """`refused` is empty if a scoring module could be derived.

    The verdicts are those for `model`, the author's name for it; null if none was found.
    """

    model: str | None
    statements: tuple[Statement, ...]
    refused: tuple[Refused, ...]


class Undecided(CellmarkError):
    """Several things may be meant, and a choice decides.

    `choose` maps what is to be chosen (`model`, `frame`, `answer`) to the names it may be given.
    """

    choose: Mapping[str, tuple[str, ...]] = {}


class StatementsRefused(CheckFailed):
    """A notebook that can't be packaged, with all that stands in the way, the first one first."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        self.refused = tuple(refused)
        first = self.refused[0]
        quoted = f"`{first.source}`: " if first.source else ""
        super().__init__(_place(first), f"{quoted}{first.reason}", fix=first.fix)

    def __str__(self) -> str:
        return "\n".join(map(told, self.refused))


def told(refused: Refused) -> str:
    """One refusal in words: where, what, why, and what to write instead."""
    quoted = f"`{refused.source}`: " if refused.source else ""
    return f"{_place(refused)}: {quoted}{refused.reason}. {refused.fix}".rstrip()


def _place(refused: Refused) -> str:
    if refused.cell is None:
        return "the notebook"
    return f"cell {refused.cell}, line {refused.line}"
