"""What a deployment decides, from its environment."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ..audit.settings import AuditSettings, audit_settings_from
from ..errors import CellmarkError

__all__ = ["Settings", "TlsFiles", "settings_from"]

_MAX_BODY = 10_000_000
_MOST_WAITING = 64
_TIMEOUT = 30
_CERTIFICATE, _KEY = "CELLMARK_TLS_CERT", "CELLMARK_TLS_KEY"


class TlsFiles(msgspec.Struct, frozen=True):
    """A certificate with its chain, and its private key, both in PEM."""

    certificate: Path
    key: Path


class Settings(msgspec.Struct, frozen=True):
    """`max_body` is in bytes. Without a token everyone who reaches the port may ask.

    Without `audit` no answer is recorded. Without `monitor`, a folder, what monitoring counted is
    gone with the process. `window` is in rows; None takes the profile's own. In the
    folder `siblings` the processes behind one address share their counts. `most_waiting` is in
    requests; `timeout`, in seconds, is for a body to come in and for an answer to be made.
    """

    token: str | None = None
    max_body: int = _MAX_BODY
    audit: AuditSettings | None = None
    monitor: Path | None = None
    window: int | None = None
    siblings: Path | None = None
    most_waiting: int = _MOST_WAITING
    timeout: float = _TIMEOUT
    tls: TlsFiles | None = None


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from CELLMARK_TOKEN or CELLMARK_TOKEN_FILE, CELLMARK_MAX_BODY, CELLMARK_AUDIT*,
    CELLMARK_MONITOR*, CELLMARK_MAX_WAITING, CELLMARK_TIMEOUT, CELLMARK_TLS_CERT, CELLMARK_TLS_KEY.

    Raises: CellmarkError naming the variable at fault.
    """
    return Settings(
        token=_token(environment),
        max_body=_count(environment, "CELLMARK_MAX_BODY", "bytes, like 10000000") or _MAX_BODY,
        audit=audit_settings_from(environment),
        monitor=Path(folder) if (folder := environment.get("CELLMARK_MONITOR")) else None,
        window=_count(environment, "CELLMARK_MONITOR_WINDOW", "rows, like 1000"),
        most_waiting=_count(environment, "CELLMARK_MAX_WAITING", "requests, like 64")
        or _MOST_WAITING,
        timeout=_count(environment, "CELLMARK_TIMEOUT", "seconds, like 30") or _TIMEOUT,
        tls=_tls(environment),
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


def _count(environment: Mapping[str, str], name: str, of_what: str) -> int | None:
    text = environment.get(name)
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise CellmarkError(name, repr(text), f"a number of {of_what}")
    return int(text)


def _tls(environment: Mapping[str, str]) -> TlsFiles | None:
    """Looked at here, before a bundle is loaded; the server loads them once more."""
    paths = [environment.get(name) for name in (_CERTIFICATE, _KEY)]
    if not any(paths):
        return None
    if not all(paths):
        missing = _KEY if paths[0] else _CERTIFICATE
        raise CellmarkError(missing, "nothing", f"a file, since {_other(missing)} names one")
    files = TlsFiles(*(Path(path) for path in paths if path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Nobody is there to type a passphrase.
        context.load_cert_chain(files.certificate, files.key, password=lambda: "")
    except (OSError, ValueError) as problem:
        said = getattr(problem, "reason", None) or getattr(problem, "strerror", None) or problem
        raise CellmarkError(
            f"{_CERTIFICATE}, {_KEY}",
            f"{files.certificate} and {files.key} can't be used ({said})",
            "a certificate and its own private key, in PEM, readable and without a passphrase",
        ) from problem
    return files


def _other(name: str) -> str:
    return _CERTIFICATE if name == _KEY else _KEY
