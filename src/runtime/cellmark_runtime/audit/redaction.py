"""What is kept of each column: as it is, as a pseudonym, as its bin, or nothing."""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import isnan
from typing import Any

from ..errors import CellmarkError
from ..types.profile import (
    FeatureProfile,
    NumberProfile,
    ReferenceProfile,
    seconds_of_text,
    text_of,
)
from .record import canonical
from .settings import FieldPolicy

__all__ = ["Keeper", "pseudonym"]

_OTHER = "(other)"


class Keeper:
    """Makes of a raw row what the log keeps of it: columns of the Signature, by their policies."""

    def __init__(
        self,
        columns: Iterable[str],
        policies: Mapping[str, FieldPolicy],
        profile: ReferenceProfile | None,
        secret: bytes,
    ) -> None:
        """Raises: CellmarkError for a policy on a column that the model has not got."""
        self._columns = tuple(columns)
        self._names = frozenset(self._columns)
        unknown = sorted({*policies} - {*self._columns})
        if unknown:
            raise CellmarkError(
                "CELLMARK_AUDIT_FIELDS",
                f"column {unknown[0]!r}",
                f"one of {', '.join(self._columns)}",
            )
        features = {each.name: each for each in profile.features} if profile else {}
        self._changed: dict[str, Callable[[Any], Any]] = {}
        self._dropped = {name for name, policy in policies.items() if policy == "drop"}
        for name, policy in policies.items():
            if policy == "hmac":
                self._changed[name] = partial(pseudonym, secret, name)
            elif policy == "bucket":
                self._changed[name] = _bucket(name, features.get(name))
        self.redacted = sorted(name for name, policy in policies.items() if policy != "keep")
        self._kept = [name for name in self._columns if name not in self._dropped]

    def kept(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What of this row goes into the log."""
        if not self.redacted and row.keys() <= self._names:
            return dict(row)
        kept = {name: row[name] for name in self._kept if name in row}
        for name, change in self._changed.items():
            if kept.get(name) is not None:
                kept[name] = change(kept[name])
        return kept


def pseudonym(secret: bytes, name: str, value: object) -> str:
    """The same for the same value, and no way back without the secret."""
    message = name.encode() + b"\0" + canonical(value)
    return hmac.digest(secret, message, hashlib.sha256).hex()[:32]


def _bucket(name: str, profile: FeatureProfile | None) -> Callable[[Any], str | None]:
    """Where the profile counts a value; None where it counts it as missing."""
    if profile is None:
        raise CellmarkError(
            "CELLMARK_AUDIT_FIELDS", f"{name}=bucket", "a column of the bundle's profile"
        )
    if isinstance(profile, NumberProfile):
        return partial(_bin_of, profile.edges)
    levels = {*profile.levels}
    return lambda value: text if (text := text_of(value)) in levels else _OTHER


def _bin_of(edges: Sequence[float], value: Any) -> str | None:
    number = seconds_of_text(value) if isinstance(value, str) else value
    # NaN compares with nothing, and would be found in the lowest bin.
    if isnan(number):
        return None
    at = bisect_left(edges, number)
    low = edges[at - 1] if at else "-inf"
    return f"({low}, {edges[at]}]" if at < len(edges) else f"({low}, inf)"
