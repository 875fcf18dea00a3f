"""Problem: the body of every answer that is none (RFC 9457, application/problem+json)."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from cellmark_runtime.errors import CellmarkError

__all__ = ["Problem"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`detail` is complete in itself; the parts are there for who shows them apart."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    where: str = ""
    received: str = ""
    expected: str = ""
    fix: str = ""

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
