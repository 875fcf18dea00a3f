"""Inputs: what a Run says of the state in which its cells found their inputs."""

from __future__ import annotations

import msgspec

from cellmark.core.run import StaleInput

from .record import CellRecord

__all__ = ["Inputs", "inputs_of", "joined"]


class Inputs(msgspec.Struct, frozen=True, omit_defaults=True):
    """Kept with the Run, as JSON."""

    stale: tuple[StaleInput, ...] = ()
    out_of_order: bool | None = None


def inputs_of(text: str | None) -> Inputs:
    """What was kept; nothing is known of Runs of before it was."""
    return msgspec.json.decode(text, type=Inputs) if text else Inputs()


def joined(text: str | None, record: CellRecord) -> str | None:
    """What was kept with the Run and what a further cell of it says, as JSON; None if nothing."""
    before = inputs_of(text)
    new = tuple(each for each in record.stale if each not in before.stale)
    order = {before.out_of_order, record.out_of_order} - {None}
    found = Inputs((*before.stale, *new), True in order if order else None)
    return None if found == Inputs() else msgspec.json.encode(found).decode()
