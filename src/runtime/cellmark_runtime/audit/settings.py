"""What a deployment decides about its audit log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

import msgspec

from ..errors import CellmarkError

__all__ = ["FLOOR_DAYS", "AuditSettings", "Durability", "FieldPolicy", "audit_settings_from"]

Durability = Literal["before-reply", "group"]
OnFailure = Literal["refuse", "answer"]
FieldPolicy = Literal["keep", "hmac", "bucket", "drop"]

# Six months: EU AI Act, Art. 19(1) and 26(6).
FLOOR_DAYS = 183


class AuditSettings(msgspec.Struct, frozen=True):
    """`fields` maps a column to how it is kept (default: keep). No `retention_days`: for ever."""

    folder: Path
    key: Path | None = None
    durability: Durability = "before-reply"
    on_failure: OnFailure = "refuse"
    fields: dict[str, FieldPolicy] = {}
    checkpoints: Path | None = None
    seal_records: int = 100_000
    seal_seconds: int = 3600
    retention_days: int | None = None
    caller_header: str | None = None


def audit_settings_from(environment: Mapping[str, str]) -> AuditSettings | None:
    """None where CELLMARK_AUDIT is not set. Raises: CellmarkError naming the variable at fault."""
    folder = environment.get("CELLMARK_AUDIT")
    if not folder:
        return None
    return AuditSettings(
        folder=Path(folder),
        key=_path(environment, "CELLMARK_AUDIT_KEY"),
        durability=cast(
            "Durability",
            _one_of(environment, "CELLMARK_AUDIT_DURABILITY", ("before-reply", "group")),
        ),
        on_failure=cast(
            "OnFailure", _one_of(environment, "CELLMARK_AUDIT_ON_FAILURE", ("refuse", "answer"))
        ),
        fields=_fields(environment.get("CELLMARK_AUDIT_FIELDS", "")),
        checkpoints=_path(environment, "CELLMARK_AUDIT_CHECKPOINTS"),
        seal_records=_count(environment, "CELLMARK_AUDIT_SEAL_RECORDS", 100_000) or 1,
        seal_seconds=_count(environment, "CELLMARK_AUDIT_SEAL_SECONDS", 3600) or 1,
        retention_days=_retention(environment),
        caller_header=environment.get("CELLMARK_AUDIT_CALLER") or None,
    )


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


def _one_of(environment: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = environment.get(name) or known[0]
    if value not in known:
        raise CellmarkError(name, repr(value), f"one of {', '.join(known)}")
    return value


def _count(environment: Mapping[str, str], name: str, usual: int | None) -> int | None:
    text = environment.get(name)
    if not text:
        return usual
    if not text.isdecimal() or int(text) < 1:
        raise CellmarkError(name, repr(text), "a whole number, 1 or more")
    return int(text)


def _retention(environment: Mapping[str, str]) -> int | None:
    name = "CELLMARK_AUDIT_RETENTION_DAYS"
    days = _count(environment, name, None)
    if days is not None and days < FLOOR_DAYS:
        raise CellmarkError(
            name,
            f"{days} days",
            f"{FLOOR_DAYS} or more (EU AI Act, Art. 19 and 26(6)), or nothing to keep all",
            "Inputs can be erased earlier, one by one: `cellmark audit redact`.",
        )
    return days


def _fields(text: str) -> dict[str, FieldPolicy]:
    found: dict[str, FieldPolicy] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, policy = part.rpartition("=")
        if not name or policy not in ("keep", "hmac", "bucket", "drop"):
            raise CellmarkError(
                "CELLMARK_AUDIT_FIELDS", repr(part), "COLUMN=keep, hmac, bucket or drop"
            )
        found[name] = cast("FieldPolicy", policy)
    return found
