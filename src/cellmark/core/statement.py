"""Statement: one top-level statement of a tagged cell and what packaging makes of it."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["NOT_JUDGED", "Refused", "Statement", "Verdict"]

NOT_JUDGED = "not judged"

Verdict = Literal["kept", "frozen", "rewritten", "dropped", "refused"]


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`cell` is the code cell's number, `line` the line within it, both from 1.

    `frozen` maps the names of the frozen values that stand in the statement now to their text;
    `fix` says what to write instead of what is refused. Where no way to a model is found, nothing
    says what scoring needs: what is dropped then has a reason that begins with NOT_JUDGED.
    """

    cell: int
    line: int
    source: str
    verdict: Verdict
    reason: str
    frozen: dict[str, str] = {}
    fix: str = ""

    @property
    def judged(self) -> bool:
        """Whether its verdict is one on the statement, not for want of one."""
        return not self.reason.startswith(NOT_JUDGED)


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the way of packaging, and what to do. `source` is the part that is refused.

    `cell` and `line` are null where it is the notebook as a whole. Where a choice would mend it,
    `choose` maps what is to be chosen (`model`, `frame`, `answer`) to the names it may be given.
    """

    cell: int | None
    line: int | None
    source: str
    reason: str
    fix: str
    choose: dict[str, tuple[str, ...]] = {}
