"""Each answer of `/predict` goes on record, before the caller has it or within 50 ms."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from time import perf_counter
from typing import Any, NamedTuple

import msgspec
from starlette.datastructures import Headers
from starlette.types import Scope

from ...audit.labels import LabelBook
from ...audit.log import AuditLog, Unwritable, key_of
from ...audit.record import Draft, Line, canonical, commitment_of, now
from ...audit.redaction import Keeper, pseudonym
from ...audit.settings import AuditSettings
from ...scoring.model import Model
from ...types.fault import Fault
from ..replies.identity import CHALLENGE, Identity
from ..replies.tracing import TRACE, trace_of
from .bell import Bell

__all__ = ["Asked", "Auditing", "Unwritable"]

_MOST_FAULTS = 20
_MOST_CALLERS = 4096
_SALT = 16


class Asked(NamedTuple):
    """One request: `id` is that of its first prediction; `started` by `perf_counter`."""

    id: str
    scope: Scope
    started: float


class Auditing:
    """Makes records of what the service answers and refuses."""

    def __init__(
        self,
        model: Model,
        identity: Identity,
        settings: AuditSettings,
        log_for: Callable[[AuditSettings, dict[str, Any]], AuditLog] = AuditLog,
    ) -> None:
        """Args: log_for: opens the log, or gives the one that another version opened here.

        Raises: CellmarkError where the log can't be written, is damaged, or is set up wrong.
        """
        by = {**_digests(model), "arm": identity.arm, "bundle": identity.digest}
        by |= {"model": identity.model, "version": identity.version}
        # The same in every record, so encoded once.
        self._by = msgspec.Raw(canonical(by))
        columns = [field.name for field in model.signature.inputs]
        self._columns = frozenset(columns)
        self._folder = settings.folder
        self._model = identity.model
        self._header = settings.caller_header
        self._secret = key_of(settings).pseudonyms
        self._keeper = Keeper(columns, settings.fields, model.profile, self._secret)
        # A caller asks more than once.
        self._pseudonym = lru_cache(_MOST_CALLERS)(partial(pseudonym, self._secret, "caller"))
        self._bell: Bell | None = None
        self._log = log_for(settings, by)

    def close(self) -> None:
        """Write what is left and seal it."""
        self._log.close()

    async def answered(
        self,
        asked: Asked,
        rows: Sequence[object],
        ids: Sequence[str],
        entries: Iterable[Mapping[str, Any]],
    ) -> None:
        """Return once the answers are as durable as the deployment wants. Raises: Unwritable."""
        request, at = self._request(asked, 200), now()
        salts = secrets.token_hex(_SALT * len(rows))
        drafts = [
            self._draft(row, identity, entry, salts[2 * _SALT * pos :][: 2 * _SALT])
            for pos, (row, identity, entry) in enumerate(zip(rows, ids, entries, strict=True))
        ]
        challenge = self._challenge(asked.scope.get(CHALLENGE))
        for pos, draft in enumerate(drafts):
            draft.line.at, draft.line.request = at, request
            draft.line.challenge = challenge
            draft.line.batch = {"id": asked.id, "n": len(rows), "pos": pos}
        if drafts:
            waiter = self._rings().waiter()
            self._log.hand_over(drafts, waiter)
            await waiter.future

    def refused(self, asked: Asked, status: int, faults: Sequence[Fault] = ()) -> None:
        """Record that a request got no number: which columns were at fault, none of their values.

        Nobody waits for it: there is no answer to hold back.
        """
        request = self._request(asked, status)
        about = {
            "count": len(faults),
            "faults": [
                {"field": self._known(fault.field), "reason": fault.reason, "row": fault.row}
                for fault in faults[:_MOST_FAULTS]
            ],
        }
        line = Line(
            kind="refusal", at=now(), id=asked.id, by=self._by, request=request, about=about
        )
        self._log.append([Draft(line)])

    def label_book(self) -> LabelBook:
        """What takes labels for the answers in this log."""
        return LabelBook(self._log, self._folder, self._model)

    def sender(self, scope: Scope) -> dict[str, str]:
        """Who sent a request, as far as the log says it."""
        return {name: value for name, value in self._caller(scope).items() if value}

    def _rings(self) -> Bell:
        loop = asyncio.get_running_loop()
        if self._bell is None or self._bell.loop is not loop:
            self._bell = Bell(loop)
        return self._bell

    def _draft(self, row: object, identity: str, entry: Mapping[str, Any], salt: str) -> Draft:
        assert isinstance(row, dict)
        payload = canonical(self._keeper.kept(row))
        line = Line(
            kind="prediction",
            at="",
            by=self._by,
            commitment=commitment_of(payload, salt),
            flags=self._flags(row),
            id=identity,
            output=msgspec.Raw(canonical(entry)),
        )
        return Draft(line, payload, salt)

    def _flags(self, row: dict[str, Any]) -> dict[str, Any] | None:
        given, redacted = row.keys(), self._keeper.redacted
        if given == self._columns and None not in row.values() and not redacted:
            return None
        extra = len(given - self._columns)
        missing = [name for name in self._columns if row.get(name) is None]
        flags = {"extra": extra, "missing": sorted(missing), "redacted": redacted}
        return {name: value for name, value in flags.items() if value} or None

    def _request(self, asked: Asked, status: int) -> dict[str, Any]:
        caller = self._caller(asked.scope)
        return {
            "caller": caller["caller"],
            "ms": round((perf_counter() - asked.started) * 1000, 3),
            "status": status,
            "trace": caller["trace"],
        }

    def _caller(self, scope: Scope) -> dict[str, str | None]:
        headers = Headers(scope=scope)
        peer = (scope.get("client") or [None])[0]
        caller = headers.get(self._header) if self._header else peer
        trace = scope[TRACE] if TRACE in scope else trace_of(headers)
        return {
            "caller": self._pseudonym(caller) if caller else None,
            "trace": trace.id if trace else None,
        }

    def _challenge(self, note: dict[str, Any] | None) -> dict[str, Any] | None:
        if note is None or note.get("unit") is None:
            return note and {name: value for name, value in note.items() if name != "unit"}
        return {**note, "unit": pseudonym(self._secret, "unit", note["unit"])}

    def _known(self, field: str) -> str:
        # Another name came from the caller and may hold anything.
        return field if field in self._columns else ""


def _digests(model: Model) -> dict[str, Any]:
    """What the bundle's digest is made of, told apart: code, model files, lock; and its Run."""
    files = model.manifest.files
    return {
        "code": _over(files, "scoring/"),
        "files": _over(files, "model/"),
        "lock": files.get("requirements.lock"),
        "run": model.manifest.provenance.run,
    }


def _over(files: Mapping[str, str], folder: str) -> str:
    listed = {name: digest for name, digest in files.items() if name.startswith(folder)}
    return hashlib.sha256(canonical(listed)).hexdigest()
