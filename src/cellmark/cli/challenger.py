"""The options of a verb that serves another version beside the first."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Challenger", "Mode", "OwnPython", "Share", "TargetMs", "WayOfComparing"]


class WayOfComparing(enum.StrEnum):
    """How a challenger is compared with the champion."""

    SHADOW = "shadow"
    SPLIT = "split"


Challenger = Annotated[
    str | None,
    typer.Option(
        "--challenger",
        metavar="TARGET",
        help="Compare another version with this one; named like BUNDLE.",
    ),
]
Mode = Annotated[
    WayOfComparing,
    typer.Option(
        "--mode",
        help="shadow: it scores the same rows behind each reply. split: it answers some.",
    ),
]
Share = Annotated[
    float,
    typer.Option(
        "--share",
        min=0.0,
        max=1.0,
        help="Of requests that it answers in a split, at first.",
    ),
]
TargetMs = Annotated[
    float,
    typer.Option(
        "--target-ms",
        min=1.0,
        help="Roll it back where too many of its answers take longer.",
    ),
]
OwnPython = Annotated[
    Path | None,
    typer.Option(
        "--challenger-python",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Run it in a process of its own, by the Python of an environment of its own.",
    ),
]
