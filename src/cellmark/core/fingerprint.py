"""Fingerprint: the identity of a data frame, series or array."""

from __future__ import annotations

import msgspec

__all__ = ["Column", "Fingerprint"]


class Column(msgspec.Struct, frozen=True):
    """One column's name, dtype, and digest of all its values (xxh3_128, hex)."""

    name: str
    dtype: str
    digest: str


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`digest` covers every value, the index, the dtypes, the names and order of the columns.

    `kind` is `frame`, `series` or `array`; an array has one column without a name. `row_digests`
    names the object in the store that holds 8 bytes for each row, where that was kept.
    """

    digest: str
    kind: str
    shape: tuple[int, ...]
    columns: tuple[Column, ...]
    row_digests: str | None = None

    @property
    def rows(self) -> int:
        return self.shape[0]

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.shape[1] if len(self.shape) > 1 else 1
