"""Moved: where in the project a file is now that a Run read from another place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from cellmark.capture.files import content_of
from cellmark.core.file_read import FileRead
from cellmark.core.run import Run

__all__ = ["file_of", "moved_to"]

_MOST = 20_000


def file_of(run: Run | None, path: str, project: Path) -> FileRead | None:
    """What the Run read under the path that a notebook gave, if it is known."""
    given = PurePosixPath(path.replace("\\", "/"))
    if run is None:
        return None
    if given.is_relative_to(project):
        given = given.relative_to(project)
    same = [file for known, file in run.files.items() if known == str(given)]
    # Relative to the notebook's folder, which may lie deeper in the project.
    ends = [file for known, file in run.files.items() if known.endswith(f"/{given}")]
    return next(iter(same or ends), None)


def moved_to(file: FileRead, project: Path) -> str | None:
    """The path in the project of a file with the same content, null if there is none."""
    for path in islice(_files(project), _MOST):
        try:
            if path.stat().st_size != file.bytes:
                continue
            digest, _, sampled = content_of(
                str(path), file.bytes, 0 if file.sampled else file.bytes
            )
        except OSError:
            continue
        if (digest, sampled) == (file.digest, file.sampled):
            return path.relative_to(project).as_posix()
    return None


def _files(project: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(project):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder) / name for name in sorted(names))
