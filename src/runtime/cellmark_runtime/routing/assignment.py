"""Who gets the challenger: by a salted hash of the unit, so sticky and without a state."""

from __future__ import annotations

import hashlib

__all__ = ["BUCKETS", "bucket_of", "cutoff_of"]

BUCKETS = 10_000


def bucket_of(salt: str, unit: str) -> int:
    """The bucket of a unit (a customer, a session), 0 to 9999: the same one each time."""
    digest = hashlib.sha256(f"{salt}:{unit}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest, "big") % BUCKETS


def cutoff_of(share: float) -> int:
    """Buckets below it get the challenger. A larger share keeps all who had it."""
    return round(share * BUCKETS)
