"""Place: a notebook that a request names, which must be below the server's own root."""

from __future__ import annotations

from pathlib import Path

from cellmark_runtime.errors import CellmarkError

__all__ = ["OutOfReach", "notebook_at"]


class OutOfReach(CellmarkError):
    """A path that is no notebook below the server's root."""


def notebook_at(root: Path, given: str) -> Path:
    """The notebook that `given`, a path from `root`, names. Raises: OutOfReach.

    Links are followed first: one that leads out of the root names nothing here. The file need not
    exist: Runs outlive a notebook that was moved.
    """
    path = root / given.lstrip("/")
    if "\0" in given or path.suffix != ".ipynb":
        raise OutOfReach("notebook", repr(given), "the path of an .ipynb file")
    if not path.resolve().is_relative_to(root.resolve()):
        raise OutOfReach("notebook", repr(given), "a path below the folder that Jupyter serves")
    return path
