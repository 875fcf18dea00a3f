"""What a deployment decides, from its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ..audit.settings import AuditSettings, audit_settings_from
from ..errors import CellmarkError

__all__ = ["Settings", "settings_from"]

_MAX_BODY = 10_000_000


class Settings(msgspec.Struct, frozen=True):
    """`max_body` is in bytes. Without a token everyone who reaches the port may ask.

    Without `audit` no answer is recorded. Without `monitor`, a folder, what monitoring counted is
    gone with the process. `window` is in rows; None takes the profile's own. In the
    folder `siblings` the processes behind one address share their counts.
    """

    token: str | None = None
    max_body: int = _MAX_BODY
    audit: AuditSettings | None = None
    monitor: Path | None = None
    window: int | None = None
    siblings: Path | None = None


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from CELLMARK_TOKEN or CELLMARK_TOKEN_FILE, CELLMARK_MAX_BODY, CELLMARK_AUDIT*,
    CELLMARK_MONITOR*.

    Raises: CellmarkError naming the variable at fault.
    """
    return Settings(
        token=_token(environment),
        max_body=_max_body(environment),
        audit=audit_settings_from(environment),
        monitor=Path(folder) if (folder := environment.get("CELLMARK_MONITOR")) else None,
        window=_window(environment),
    )


def _token(environment: Mapping[str, str]) -> str | None:
    path = environment.get("CELLMARK_TOKEN_FILE")
    if not path:
        return _printable("CELLMARK_TOKEN", environment.get("CELLMARK_TOKEN", "")) or None
    try:
        token = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise CellmarkError(
            "CELLMARK_TOKEN_FILE", f"{path} is not readable", "a file that holds the token"
        ) from problem
    # An empty secret must not open the door.
    if not token:
        raise CellmarkError(
            "CELLMARK_TOKEN_FILE", f"{path} is empty", "a file that holds the token"
        )
    return _printable("CELLMARK_TOKEN_FILE", token)


def _printable(where: str, token: str) -> str:
    if token and (not token.isascii() or not token.isprintable() or token.strip() != token):
        raise CellmarkError(where, "a token that no header can carry", "printable ASCII")
    return token


def _max_body(environment: Mapping[str, str]) -> int:
    text = environment.get("CELLMARK_MAX_BODY", str(_MAX_BODY))
    if not text.isdecimal() or int(text) < 1:
        raise CellmarkError("CELLMARK_MAX_BODY", repr(text), "a number of bytes, like 10000000")
    return int(text)


def _window(environment: Mapping[str, str]) -> int | None:
    text = environment.get("CELLMARK_MONITOR_WINDOW")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise CellmarkError("CELLMARK_MONITOR_WINDOW", repr(text), "a number of rows, like 1000")
    return int(text)
