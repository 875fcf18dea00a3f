"""The open segment: records get their place in the chain, and all of a group becomes durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from .checkpoint import Checkpoint, read_checkpoint, sealed_bytes
from .disk import AppendFile, put, sync_folder
from .keys import AuditKey
from .merkle import Frontier
from .record import Draft, commit, now
from .recovery import Tail

__all__ = ["OpenSegment"]


class OpenSegment:
    """Two files that are appended to: records, and the inputs that they commit to."""

    def __init__(self, tail: Tail, open_file: Callable[[Path], AppendFile] = AppendFile) -> None:
        self.tail = tail
        self.sealed = False
        self._open_file = open_file
        with ExitStack() as opened:
            self._lines = opened.enter_context(closing(open_file(tail.place.lines)))
            self._payloads = opened.enter_context(closing(open_file(tail.place.payloads)))
            sync_folder(tail.place.folder)
            # It is tried again and again while a disk is full: only a whole pair stays open.
            opened.pop_all()
        self._good = self._payloads.size, self._lines.size

    @property
    def size(self) -> int:
        return self.tail.tree.size

    def write(self, drafts: Sequence[Draft]) -> None:
        """Append a group and make it durable: all of it, or (OSError) nothing of it.

        Inputs go first: what a record commits to is there when the record is.
        """
        seq, prev = self.tail.seq, self.tail.prev
        lines = []
        for draft in drafts:
            line, prev = commit(draft.line, seq, prev)
            lines.append(line)
            seq += 1
        self._cut_back()
        try:
            self._append(self._payloads, b"".join(draft.sidecar() for draft in drafts))
            self._append(self._lines, b"\n".join(lines) + b"\n")
        except OSError:
            # A disk that can't even do this is asked again before the next group.
            with suppress(OSError):
                self._cut_back()
            raise
        self._good = self._payloads.size, self._lines.size
        for line in lines:
            self.tail.tree.add(line)
        self.tail.seq, self.tail.prev = seq, prev

    def _cut_back(self) -> None:
        """Take away what was written in part, or whose sync failed: a group comes behind it."""
        for file, good in zip((self._payloads, self._lines), self._good, strict=True):
            if file.size != good:
                file.cut(good)

    @staticmethod
    def _append(file: AppendFile, content: bytes) -> None:
        if content:
            file.append(content)
            file.sync()

    def seal(self, key: AuditKey) -> None:
        """Sign what the segment holds. From then on nothing may be appended: `following` comes."""
        try:
            put(self.tail.place.checkpoint, self._checkpoint(key), mode=0o440)
        finally:
            # The seal stands also where the disk failed behind it: nothing may come after it.
            self.sealed = self.tail.place.checkpoint.exists()

    def following(self) -> OpenSegment:
        """Open the segment behind this sealed one."""
        digest = read_checkpoint(self.tail.place.checkpoint).digest
        place = self.tail.place._replace(segment=self.tail.place.segment + 1)
        tail = Tail(place, self.tail.seq, self.tail.prev, digest, self.tail.seq, Frontier())
        segment = OpenSegment(tail, self._open_file)
        self.close()
        return segment

    def _checkpoint(self, key: AuditKey) -> bytes:
        tail = self.tail
        content = Checkpoint(
            first=tail.first,
            head=tail.prev,
            previous=tail.previous,
            root=tail.tree.root().hex(),
            sealed=now(),
            segment=tail.place.segment,
            size=tail.tree.size,
            stream=tail.place.stream,
        )
        return sealed_bytes(content, key)

    def close(self) -> None:
        self._lines.close()
        self._payloads.close()
