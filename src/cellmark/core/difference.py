"""Difference: something that is not as it was in the Run, classed before it is told."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Cause", "CauseKind", "Difference", "Kind", "Severity", "real"]

Severity = Literal["cosmetic", "within tolerance", "real"]
Kind = Literal["failure", "data", "value", "metric", "estimator", "output", "picture", "file"]
CauseKind = Literal[
    "code",
    "order",
    "parameters",
    "data",
    "packages",
    "chance",
    "hash seed",
    "threads",
    "time zone",
    "locale",
    "time of day",
    "hidden state",
    "processor",
    "missing file",
    "absolute path",
    "missing package",
    "deleted variable",
    "network",
    "write",
    "unknown",
]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`what` names it for people; `before` is the Run's side, `after` the rerun's.

    `rule` says what made it cosmetic or within tolerance; `cause` is a Cause's kind, null where
    it is not real.
    """

    what: str
    kind: Kind
    cell: int | None
    name: str
    before: str
    after: str
    severity: Severity
    rule: str = ""
    cause: CauseKind | None = None

    @property
    def key(self) -> tuple[str, int | None, str]:
        """What is the same between comparisons of different reruns with one Run."""
        return self.kind, self.cell, self.name


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why something differs: `summary` in words, `evidence` how that is known, `fix` what to do.

    `cell`, `line` and `source` are the first statement whose value differs, null where no rerun
    could show it; `name` the variable, `details` the columns, packages or conditions at fault.
    """

    kind: CauseKind
    summary: str
    evidence: str
    fix: str
    cell: int | None = None
    line: int | None = None
    source: str = ""
    name: str = ""
    details: tuple[str, ...] = ()


def real(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Those that are neither cosmetic nor within tolerance."""
    return tuple(each for each in differences if each.severity == "real")
