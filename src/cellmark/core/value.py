"""Value: what is remembered of a variable, enough to say later whether it is the same again."""

from __future__ import annotations

import msgspec

__all__ = ["Value", "is_close", "is_same"]


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kind` is `number`, `plain`, `frame`, `series`, `array` or `object`.

    `text` is the value itself where it is short (JSON), else its shape or type. `digest` covers
    all of it; "" says that it was too large to look at. `near` are two digests of its numbers on
    two coarse grids: where either is equal, the numbers are, to about 1e-9 of the largest.
    """

    kind: str
    text: str = ""
    digest: str = ""
    near: tuple[str, ...] = ()


def is_same(one: Value, other: Value) -> bool:
    """Whether both are equal to the last bit, as far as they were looked at."""
    if one.kind != other.kind:
        return False
    if one.digest and other.digest:
        return one.digest == other.digest
    return one.text == other.text


def is_close(one: Value, other: Value, tolerance: float) -> bool:
    """Whether the numbers in both are the same within `tolerance` (relative)."""
    if one.kind == other.kind == "number":
        left, right = float(one.text), float(other.text)
        return abs(left - right) <= tolerance * max(abs(left), abs(right))
    pairs = zip(one.near, other.near, strict=False)
    return one.kind == other.kind and any(left == right for left, right in pairs)
