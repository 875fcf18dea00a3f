"""What a person decides of what a notebook leaves open: `--model`, `--frame`, `--answer`, and
`--policy NAME=VALUE`, what a bundle does with rows that the training data did not hold.
"""

from __future__ import annotations

from typing import Annotated

import typer

from cellmark_runtime.errors import CellmarkError

__all__ = ["Answer", "Frame", "Model", "Policy", "parse_policies"]

Model = Annotated[
    str | None,
    typer.Option(
        help="The model that is meant, if several are: its variable, or its turn in a loop."
    ),
]
Frame = Annotated[
    str | None,
    typer.Option(help="The variable of the frame whose rows requests bring, if several are."),
]
Answer = Annotated[
    str | None, typer.Option(help="The variable of the final answers, if several are.")
]

Policy = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="NAME=VALUE",
        help="Repeatable. unseen_category=reject|other|missing, filtered_row=reject|score, "
        "unexpected_missing=reject|score, extra_column=ignore|reject.",
    ),
]


def parse_policies(given: list[str] | None) -> dict[str, str]:
    """Name -> value, not yet checked. Raises: CellmarkError for one that is no NAME=VALUE."""
    found: dict[str, str] = {}
    for written in given or ():
        name, equals, value = written.partition("=")
        if not equals:
            raise CellmarkError("--policy", repr(written), "NAME=VALUE", "filtered_row=score")
        found[name.strip().replace("-", "_")] = value.strip()
    return found
