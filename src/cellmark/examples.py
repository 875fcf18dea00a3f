"""Where the example notebooks are: beside the code of an installed cellmark, or in its checkout."""

from __future__ import annotations

from pathlib import Path

from cellmark_runtime.errors import CellmarkError

__all__ = ["examples_folder"]

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "examples", _HERE.parent.parent / "example_notebooks")


def examples_folder() -> Path:
    """The folder of example notebooks with their data.

    Raises: CellmarkError if this installation has none.
    """
    for place in _PLACES:
        if (place / "churn.ipynb").is_file():
            return place
    raise CellmarkError(
        "cellmark", "this installation has no example notebooks", fix="Install it again."
    )
