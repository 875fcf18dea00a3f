"""Problem: the body of every answer that is none (RFC 9457, application/problem+json)."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from cellmark.core.statement import Refused
from cellmark_runtime.errors import CellmarkError

__all__ = ["Problem"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`detail` is complete in itself; the parts are there for who shows them apart.

    `refused` is all that stands in the way of a task on a notebook, by cell and line.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    where: str = ""
    received: str = ""
    expected: str = ""
    fix: str = ""
    refused: tuple[Refused, ...] = ()

    @classmethod
    def of(cls, status: int, problem: CellmarkError | None, said: str) -> Problem:
        """The body for an error of ours, or for one of which only `said` is known."""
        title = HTTPStatus(status).phrase
        if problem is None:
            return cls(title=title, status=status, detail=said)
        return cls(
            title=title,
            status=status,
            detail=str(problem),
            where=problem.where,
            received=problem.received,
            expected=problem.expected,
            fix=problem.fix,
        )
