"""Fault: one thing that is wrong with one field of one row."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Fault", "Reason"]

Reason = Literal["column", "null", "type", "range", "category", "row", "refused"]


class Fault(msgspec.Struct, frozen=True):
    """`row` counts from 0 in the request; `field` is empty where the whole row is at fault.

    `reason` names the kind of fault for counting; the other parts are for the person.
    """

    row: int
    field: str
    received: str
    expected: str
    fix: str
    reason: Reason

    def public(self) -> dict[str, str | int]:
        """The entry that a client gets."""
        return {
            "row": self.row,
            "field": self.field,
            "received": self.received,
            "expected": self.expected,
            "fix": self.fix,
        }
