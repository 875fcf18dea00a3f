"""FileRead: a file that a cell read, and what was in it."""

from __future__ import annotations

import msgspec

__all__ = ["FileRead"]


class FileRead(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is relative to the project where the file is inside it, else absolute.

    `digest` (xxh3_128, hex) is of what was in it when the cell had ended. One that is `sampled`
    covers the size and parts of the content: it may tell that a file changed, never that it did
    not. `files` is more than 1 for a folder (`path` ends with `/`) of which many were read.
    `source` is how it was seen: `open`, or the reader that was given the path; `confidence`, 0 to
    1, how sure it is that this content was read.
    """

    path: str
    bytes: int
    digest: str
    sampled: bool = False
    files: int = 1
    source: str = "open"
    confidence: float = 1.0

    def is_like(self, other: FileRead) -> bool:
        """Whether nothing says that the other has another content."""
        alike = self.sampled == other.sampled and self.files == other.files
        return self.bytes == other.bytes and (not alike or self.digest == other.digest)
