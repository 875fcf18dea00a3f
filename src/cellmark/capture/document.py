"""Document: in which order a notebook's cells stand, read from its file."""

from __future__ import annotations

from pathlib import Path

__all__ = ["Document"]

# A larger file takes longer to read than a cell may be kept waiting: some 5 ms for this one.
_LARGEST = 8_000_000


class Document:
    """The notebook's file as it was saved last: read anew only once it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, int] = (0, 0)
        self._places: dict[str, int] = {}

    def places(self) -> dict[str, int]:
        """Cell id -> its place; {} for a file that is not there, large, or no notebook."""
        try:
            about = self._path.stat()
            if (about.st_mtime_ns, about.st_size) != self._known:
                self._known = (about.st_mtime_ns, about.st_size)
                self._places = {} if about.st_size > _LARGEST else _read(self._path)
        except OSError:
            return {}
        return self._places


def _read(path: Path) -> dict[str, int]:
    # Here, so that kernels whose cells have no tags never pay for it.
    import msgspec

    raw = dict[str, msgspec.Raw]
    try:
        cells = msgspec.json.decode(path.read_bytes(), type=raw)["cells"]
        found = msgspec.json.decode(cells, type=list[raw])
        return {
            msgspec.json.decode(cell["id"], type=str): at
            for at, cell in enumerate(found)
            if "id" in cell
        }
    except (msgspec.MsgspecError, KeyError):
        return {}
