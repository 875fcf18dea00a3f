"""POST /predict and its like: the hot routes, plain ASGI callables on msgspec."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ...errors import CellmarkError
from ...monitoring.metrics import Metrics
from ...routing.guardrails import nonsense
from ...scoring.answers import Answer, entries_of, monitored, namer_of
from ...scoring.checking import InvalidRows
from ...scoring.model import Model
from ...types.fault import Fault
from ...types.signature import Output
from ..envelopes.envelope import Envelope, Opened, own_envelope
from ..generations.readiness import Readiness
from ..recording.auditing import Asked, Auditing, Unwritable
from ..replies.identity import NONSENSE, OWN, REQUEST, Identity
from ..replies.ids import new_ids
from ..replies.problems import busy, invalid_rows, problem
from ..requests.admission import Busy, Intake
from ..requests.body import BadBody, ClientGone, read_body

__all__ = ["Predict"]

# A few rows take milliseconds, and handing them to a thread costs more than it frees. A long
# batch would keep /live waiting, so it is scored beside the event loop: one at a time, since
# threads would only contend for the interpreter.
_INLINE_ROWS = 64
# As nginx counts callers who hang up: theirs, not ours.
_CLIENT_GONE = 499


class _Late(Exception):
    """No answer in time."""


class Predict:
    """Answers rows, or says what is wrong with them; never a number for an invalid row."""

    def __init__(
        self,
        model: Model,
        identity: Identity,
        metrics: Metrics,
        readiness: Readiness,
        intake: Intake,
        audit: Auditing | None = None,
        after: Callable[[Sequence[str], list[object]], None] = lambda _ids, _rows: None,
    ) -> None:
        """Args: after: told what was answered, once the reply is out."""
        self._model = model
        self._identity = identity
        self._metrics = metrics
        self._readiness = readiness
        self._intake = intake
        self._audit = audit
        self._after = after
        # A champion answers for itself; a challenger's nonsense is the champion's to answer.
        self._vets = identity.arm == "challenger"
        self._output = model.signature.output
        self._named = namer_of(self._output)
        self._beside = intake.line_beside()
        self._own = own_envelope(model.accepts, identity)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer_in(self._own, scope, receive, send)

    def through(self, envelope: Envelope) -> ASGIApp:
        """The same for requests in another envelope."""
        return _Door(self._answer_in, envelope)

    async def _answer_in(
        self, envelope: Envelope, scope: Scope, receive: Receive, send: Send
    ) -> None:
        started = perf_counter()
        (identity,) = new_ids(1)
        asked = Asked(identity, scope, started)
        scope[REQUEST] = identity
        status = 500
        answered: list[tuple[list[str], list[object]]] = []
        try:
            reply = await self._reply(envelope, asked, receive, answered)
            status = reply.status_code
        except ClientGone:
            status = _CLIENT_GONE
            return
        except Exception:
            self._refused(asked, status)
            raise
        finally:
            self._metrics.request(status, perf_counter() - started)
        await reply(scope, receive, send)
        for ids, rows in answered:
            self._after(ids, rows)

    async def _reply(
        self,
        envelope: Envelope,
        asked: Asked,
        receive: Receive,
        answered: list[tuple[list[str], list[object]]],
    ) -> Response:
        await self._readiness.prove()
        if self._readiness.reason is not None:
            fix = "Ask /ready; send the request again when it answers 200."
            again = {"retry-after": "5"}
            return problem(503, self._readiness.reason, self._identity, fix, again)
        try:
            with self._intake.room.share() as share:
                body = await read_body(asked.scope, receive, self._intake, share)
                opened = envelope(asked.scope, body)
                reply, ids = await self._in_time(asked, opened)
            answered.append((ids, opened.rows))
            return reply
        except Busy:
            asked.scope[OWN] = True
            return busy(self._identity)
        except _Late:
            fix = "Send fewer rows at a time, or again later."
            again = {"retry-after": "5"}
            said = f"no answer after {self._intake.seconds:g} seconds"
            return problem(503, said, self._identity, fix, again)
        except Unwritable:
            fix = "Send the request again later; whoever runs the service has been told."
            again = {"retry-after": "5"}
            return problem(503, "the answer can't be recorded", self._identity, fix, again)
        except BadBody as bad:
            self._refused(asked, bad.status)
            return problem(bad.status, bad.detail, self._identity, bad.fix, bad.headers)
        except InvalidRows as invalid:
            self._metrics.refused(invalid.faults)
            self._refused(asked, 422, invalid.faults)
            return invalid_rows(invalid.faults, self._identity)

    async def _in_time(self, asked: Asked, opened: Opened) -> tuple[Response, list[str]]:
        try:
            async with asyncio.timeout(self._intake.seconds) as limit:
                return await self._answered(asked, opened, await self._answer(opened.rows))
        except TimeoutError as problem:
            # Another's timeout, such as that of a connection, says nothing of this one.
            if limit.expired():
                raise _Late from problem
            raise

    async def _answer(self, rows: list[object]) -> Answer:
        if len(rows) <= _INLINE_ROWS and self._model.is_here:
            async with self._intake.line.turn():
                return self._model.answer(rows)
        async with self._beside.turn():
            return await run_in_threadpool(self._model.answer, rows)

    def _refused(self, asked: Asked, status: int, faults: Sequence[Fault] = ()) -> None:
        if self._audit:
            self._audit.refused(asked, status, faults)

    async def _answered(
        self, asked: Asked, opened: Opened, answer: Answer
    ) -> tuple[Response, list[str]]:
        rows = opened.rows
        ids = [asked.id, *new_ids(len(rows) - 1)][: len(rows)]
        entries = entries_of(self._output, self._named, answer)
        # Before the record: what stands there was answered.
        scores = list(monitored(answer))
        if self._vets:
            _vet(entries, self._output, asked.scope)
        if self._audit:
            await self._audit.answered(asked, rows, ids, entries)
        self._metrics.answered(rows, scores)
        if self._metrics.watch:
            self._metrics.watch.answered(rows, scores or answer.predictions)
        return opened.seal(ids, entries), ids


class _Door:
    """An ASGI app: a function would be taken for an endpoint."""

    def __init__(
        self,
        answer: Callable[[Envelope, Scope, Receive, Send], Awaitable[None]],
        envelope: Envelope,
    ) -> None:
        self._answer = answer
        self._envelope = envelope

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(self._envelope, scope, receive, send)


def _vet(entries: Sequence[Mapping[str, Any]], output: Output, scope: Scope) -> None:
    """Raises: CellmarkError for an answer that can't be one."""
    for row, entry in enumerate(entries):
        found = nonsense(entry, output)
        if found:
            scope[NONSENSE] = True
            raise CellmarkError(f"row {row}", found, "an answer")
