"""Files: which of those that a Run read are others now, gone, or elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cellmark.core.difference import Difference
from cellmark.core.file_read import FileRead
from cellmark.core.run import Run

__all__ = ["compare_files", "files_behind", "told"]

_UNITS = ("bytes", "kB", "MB", "GB")


def compare_files(
    before: Run, after: Run, number_of: dict[str, int | None], data: Iterable[Difference]
) -> Iterator[Difference]:
    """Files that cells of both Runs read and that have another content.

    Other bytes alone change no result: a file counts where data that was made from it on differs
    (`data`, the differences of frames). `number_of` gives the cell of an execution's id.
    """
    last = max((each.cell or 0 for each in data if each.severity == "real"), default=-1)
    was, now = (_by_path(run) for run in (before, after))
    if not was:  # or it is of before files were recorded
        return
    for path in dict.fromkeys([*was, *now]):
        one, other = was.get(path), now.get(path)
        if one and other and one[1].is_like(other[1]):
            continue
        place, _ = other or one or (None, None)
        cell = number_of.get(place or "")
        counts = (cell or 0) <= last
        yield Difference(
            what=f"file {path}",
            kind="file",
            cell=cell,
            name=path,
            before=told(one[1]) if one else "not read",
            after=told(other[1]) if other else "not read",
            severity="real" if counts else "cosmetic",
            rule="" if counts else "no data that differs comes from it",
        )


def files_behind(differences: Iterable[Difference], cell: int | None) -> tuple[Difference, ...]:
    """The files that differ and were read up to this cell."""
    return tuple(
        each
        for each in differences
        if each.kind == "file" and (cell is None or (each.cell or 0) <= cell)
    )


def told(file: FileRead) -> str:
    """Its size and the beginning of its digest: equal sizes say nothing."""
    size, unit = float(file.bytes), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    shown = f"{size:.3g} {_UNITS[unit]}" if unit else f"{file.bytes} bytes"
    many = f"{file.files} files, " if file.files > 1 else ""
    return f"{many}{shown}, {'sample ' if file.sampled else 'digest '}{file.digest[:8]}"


def _by_path(run: Run) -> dict[str, tuple[str, FileRead]]:
    """Path -> the execution that read it first, and what it held then."""
    found: dict[str, tuple[str, FileRead]] = {}
    for cell in run.cells:
        for file in cell.files:
            found.setdefault(file.path, (cell.id, file))
    return found
