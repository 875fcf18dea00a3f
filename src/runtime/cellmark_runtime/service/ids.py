"""Prediction ids: ULIDs, which sort by time and need no coordination."""

from __future__ import annotations

import secrets
import time

__all__ = ["new_ids"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26


def new_ids(count: int) -> list[str]:
    """`count` ULIDs of this moment: 48 bits of milliseconds, 80 random bits.

    Source: github.com/ulid/spec.
    """
    moment = time.time_ns() // 1_000_000 << 80
    return [_text(moment | secrets.randbits(80)) for _ in range(count)]


def _text(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * _LENGTH - 5, -1, -5))
