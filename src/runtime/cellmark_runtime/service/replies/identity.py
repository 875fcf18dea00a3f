"""Which model answers: its names, and whether it is the one that a caller expects."""

from __future__ import annotations

import re

__all__ = [
    "CHALLENGE",
    "EXPECT_HEADER",
    "NONSENSE",
    "OWN",
    "REQUEST",
    "UNIT_HEADER",
    "Identity",
    "mismatch",
]

EXPECT_HEADER = "x-cellmark-expect"
# Where a scoring request's id stands in its scope.
REQUEST = "cellmark.request"
# Where it belongs while two versions are compared, and that its answer was nonsense.
CHALLENGE, NONSENSE = "cellmark.challenge", "cellmark.nonsense"
# That the reply is for the request itself, whichever version was to answer it.
OWN = "cellmark.own"
# Whom a request is for: the same unit gets the same version.
UNIT_HEADER = "x-cellmark-unit"
_DIGEST = re.compile(r"[0-9a-f]{8,64}")


class Identity:
    """The names under which a served model answers."""

    def __init__(self, model: str, version: int, digest: str, arm: str = "champion") -> None:
        self.model = model
        self.version = version
        self.digest = digest
        self.arm = arm

    def as_json(self) -> dict[str, str | int]:
        return {
            "model": self.model,
            "version": self.version,
            "digest": self.digest,
            "arm": self.arm,
        }

    def as_labels(self) -> dict[str, str]:
        """As metrics have it."""
        return {"model": self.model, "version": str(self.version), "arm": self.arm}

    def as_headers(self) -> dict[str, str]:
        return {
            "x-cellmark-model": self.model.encode("ascii", "backslashreplace").decode(),
            "x-cellmark-version": str(self.version),
            "x-cellmark-digest": self.digest,
            "x-cellmark-arm": self.arm,
        }


def mismatch(expected: str, identity: Identity) -> str | None:
    """Why a caller that expects `churn@3`, or a digest's first 8 or more digits, gets no answer."""
    wanted = expected.strip()
    served = f"{identity.model}@{identity.version}"
    fits_digest = _DIGEST.fullmatch(wanted.lower()) and identity.digest.startswith(wanted.lower())
    if wanted == served or fits_digest:
        return None
    return f"{served} (digest {identity.digest[:12]}) answers here, not {wanted[:80]!r}"
