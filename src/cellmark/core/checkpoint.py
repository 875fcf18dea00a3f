"""Checkpoint: what the variables of a notebook were when one of its cells had run."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["CellReuse", "Checkpoint"]


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is a digest of all that the variables came of, but for files: the cells up to this
    one, packages, conditions, seed.

    `depends` are files and folders that were read up to then, each with a digest of its state;
    `read` are those that this cell read.
    `content` is the object (BLAKE3) that holds the variables, `buffers` those of its large
    arrays, in their order. `outputs` are what the cell showed.
    """

    key: str
    depends: dict[str, str]
    read: tuple[str, ...] = ()
    content: str
    buffers: tuple[str, ...]
    bytes: int
    seconds: float
    outputs: list[Any] = []


class CellReuse(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a cell's results came from the store; `why` it was run where they did not.

    `cell` counts code cells from 1; `seconds` is what it took when it was run.
    """

    cell: int
    reused: bool
    why: str = ""
    seconds: float = 0.0
