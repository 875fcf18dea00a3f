"""Files: which of the paths that a cell opened are data, and what was in them."""

from __future__ import annotations

import os
import stat
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellmark.core.file_read import FileRead

__all__ = ["FILES", "WHOLE", "Content", "FileDigests", "content_of"]

# Bytes of one cell's files that are looked at whole: some milliseconds.
WHOLE = 64_000_000
# Of what is beyond that, this many parts of each file, of this size at most, evenly apart; and of
# more files than this the size alone.
_PARTS, _PART, _LOOKED_INTO = 16, 65_536, 500
# More files than this of one folder are one entry, the folder.
FILES = 50
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".dylib", ".ipynb", ".pth")
_TOOLS = frozenset({".cellmark", ".git", ".venv", "__pycache__", "node_modules", "site-packages"})
# Outside the project: what a system, and libraries for themselves, keep.
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib/", "/System/", "/Library/")
_CACHES = (".cache", ".config", ".ipython", ".jupyter", ".local", ".matplotlib", ".duckdb")

# Digest, size, and whether it covers a part only.
Content = tuple[str, int, bool]


class FileDigests:
    """Digests of a project's files; each content is looked at once while it stays as it is."""

    def __init__(self, project: Path) -> None:
        # Where a rerun works in a copy, the project's own paths count.
        self._copy = os.environ.get("CELLMARK_COPY", "")
        self._project = str(project)
        self._known: dict[str, tuple[tuple[int, int, int], Content]] = {}
        paths = {
            sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
        }
        self._installed = tuple(filter(None, paths))
        self._system = (*_SYSTEM, sys.prefix + os.sep, sys.base_prefix + os.sep)

    def of(self, paths: Mapping[str, str], started: float) -> list[dict[str, Any]]:
        """What the files at these paths (path -> how each was seen) hold, the project's first.

        `started` is when the cell began: one that was changed since may have been read before.
        """
        if not paths:
            return []
        # Here, so that kernels whose cells have no tags never pay for it.
        import msgspec

        from cellmark.core.file_read import FileRead

        left = WHOLE
        found: list[FileRead] = []
        for number, path in enumerate(sorted(filter(self._is_data, paths))):
            try:
                about = os.stat(path)  # noqa: PTH116
                if not stat.S_ISREG(about.st_mode):
                    continue
                limit = left if number < _LOOKED_INTO else -1
                digest, size, sampled = self._content(path, about, limit)
            except OSError:  # gone again, or not ours to read
                continue
            left -= 0 if sampled else size
            changed = about.st_mtime > started
            found.append(
                FileRead(
                    path=self._told(path),
                    bytes=size,
                    digest=digest,
                    sampled=sampled,
                    source=paths[path],
                    confidence=0.5 if changed else 1.0,
                )
            )
        told: list[dict[str, Any]] = msgspec.to_builtins(list(_by_folder(found)))
        return told

    def _content(self, path: str, about: os.stat_result, left: int) -> Content:
        state = (about.st_size, about.st_mtime_ns, about.st_ino)
        known = self._known.get(path)
        if known is None or known[0] != state:
            known = state, content_of(path, about.st_size, left)
            self._known[path] = known
        return known[1]

    def _is_data(self, path: str) -> bool:
        if path.endswith(_CODE) or path.startswith(self._installed):
            return False
        told = self._told(path)
        parts = told.split("/")
        if not os.path.isabs(told):  # noqa: PTH117
            return _TOOLS.isdisjoint(parts)
        return (
            not told.startswith(self._system) and _TOOLS.isdisjoint(parts) and not _is_cache(told)
        )

    def _told(self, path: str) -> str:
        """The path from the project, or as it is where that is elsewhere."""
        own = path.removeprefix(self._copy)
        inside = own.startswith(self._project + os.sep)
        return own[len(self._project) + 1 :] if inside else own


def _is_cache(path: str) -> bool:
    home = os.path.expanduser("~") + os.sep  # noqa: PTH111
    return path.startswith(tuple(home + name + os.sep for name in _CACHES))


def content_of(path: str, size: int, limit: int) -> Content:
    """The content if it is `limit` bytes at most, else parts of it; below 0 its size alone."""
    import xxhash

    if limit < 0:
        return xxhash.xxh3_128_hexdigest(str(size).encode()), size, True
    digest: Any = xxhash.xxh3_128()
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        if size <= limit:
            while block := file.read(1 << 20):
                digest.update(block)
            return digest.hexdigest(), size, False
        digest.update(str(size).encode())
        part = min(_PART, size // _PARTS)
        for at in range(_PARTS):
            file.seek((size - part) * at // (_PARTS - 1))
            digest.update(file.read(part))
    return digest.hexdigest(), size, True


def _by_folder(found: Iterable[FileRead]) -> Iterator[FileRead]:
    """The files, those of a folder as one where they are many."""
    folders: dict[str, list[FileRead]] = defaultdict(list)
    for each in found:
        folders[os.path.dirname(each.path)].append(each)  # noqa: PTH120
    for folder, files in folders.items():
        yield from files if len(files) <= FILES else [_as_one(folder, files)]


def _as_one(folder: str, files: list[FileRead]) -> FileRead:
    import msgspec
    import xxhash

    lines = "".join(f"{each.path} {each.bytes} {each.digest}\n" for each in files)
    return msgspec.structs.replace(
        files[0],
        path=f"{folder or '.'}/",
        bytes=sum(each.bytes for each in files),
        digest=xxhash.xxh3_128_hexdigest(lines.encode()),
        sampled=any(each.sampled for each in files),
        files=len(files),
        confidence=min(each.confidence for each in files),
    )
