"""Merkle trees over a segment's lines (RFC 6962, section 2.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

__all__ = ["Frontier", "inclusion_path", "leaf_hash"]


def leaf_hash(line: bytes) -> bytes:
    """A line's hash as a leaf; the prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\0" + line).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The root of a growing list of lines, in memory for as many hashes as its size has bits."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, line: bytes) -> None:
        """Append one line."""
        node, size = leaf_hash(line), self.size
        while size & 1:
            node = _node(self._subtrees.pop(), node)
            size >>= 1
        self._subtrees.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The Merkle tree hash of the lines so far; of none, the hash of nothing."""
        if not self._subtrees:
            return hashlib.sha256().digest()
        node = self._subtrees[-1]
        for subtree in reversed(self._subtrees[:-1]):
            node = _node(subtree, node)
        return node


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` (of leaf hashes) to the root, the lowest first."""
    level, path = list(leaves), []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        # A node without a neighbour goes up as it is.
        level = pairs + level[2 * len(pairs) :]
        index >>= 1
    return path
