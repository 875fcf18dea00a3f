"""Prediction ids: ULIDs, which sort by time and need no coordination."""

from __future__ import annotations

import secrets
import time

__all__ = ["moment_of", "new_ids"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# 26 digits of 5 bits each; two at a time take half as long.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(120, -1, -10)


def new_ids(count: int) -> list[str]:
    """`count` ULIDs of this moment: 48 bits of milliseconds, 80 random bits.

    Source: github.com/ulid/spec.
    """
    moment = time.time_ns() // 1_000_000 << 80
    return [_text(moment | secrets.randbits(80)) for _ in range(count)]


def moment_of(identity: str) -> float:
    """When an id was made, in seconds since 1970."""
    number = 0
    for digit in identity[:10]:
        number = number << 5 | _ALPHABET.index(digit)
    return number / 1000


def _text(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
