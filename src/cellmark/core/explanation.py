"""Explanation: what packaging makes of a notebook, statement by statement."""

from __future__ import annotations

import msgspec

from .statement import Refused, Statement

__all__ = ["Explanation"]


class Explanation(msgspec.Struct, frozen=True):
    """`refused` is empty if a scoring module could be derived.

    The verdicts are those for `model`, the author's name for it; null if none was found.
    """

    model: str | None
    statements: tuple[Statement, ...]
    refused: tuple[Refused, ...]
