"""POST /predict: the one hot route, a plain ASGI callable on msgspec."""

from __future__ import annotations

from itertools import repeat
from time import perf_counter

import anyio
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..monitoring.metrics import Metrics
from ..scoring.answers import Answer, entry_of, monitored, namer_of
from ..scoring.checking import InvalidRows
from ..scoring.model import Model
from .body import BadBody, ClientGone, read_body, rows_of_body
from .identity import Identity
from .ids import new_ids
from .problems import invalid_rows, problem
from .readiness import Readiness

__all__ = ["Predict"]

# A few rows take milliseconds, and handing them to a thread costs more than it frees. A long
# batch would keep /live waiting, so it is scored beside the event loop: one at a time, since
# threads would only contend for the interpreter.
_INLINE_ROWS = 64
# As nginx counts callers who hang up: theirs, not ours.
_CLIENT_GONE = 499


class Predict:
    """Answers rows, or says what is wrong with them; never a number for an invalid row."""

    def __init__(
        self,
        model: Model,
        identity: Identity,
        metrics: Metrics,
        readiness: Readiness,
        max_body: int,
    ) -> None:
        self._model = model
        self._identity = identity
        self._metrics = metrics
        self._readiness = readiness
        self._max_body = max_body
        self._output = model.signature.output
        self._named = namer_of(self._output)
        self._one_at_a_time = anyio.Semaphore(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        status = 500
        try:
            reply = await self._reply(scope, receive)
            status = reply.status_code
        except ClientGone:
            status = _CLIENT_GONE
            return
        finally:
            self._metrics.request(status, perf_counter() - started)
        await reply(scope, receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Response:
        await self._readiness.prove()
        if self._readiness.reason is not None:
            fix = "Ask /ready; send the request again when it answers 200."
            again = {"retry-after": "5"}
            return problem(503, self._readiness.reason, self._identity, fix, again)
        try:
            body = await read_body(scope, receive, self._max_body)
            rows = rows_of_body(Headers(scope=scope), body, self._model.accepts)
            return self._answered(rows, await self._answer(rows))
        except BadBody as bad:
            return problem(bad.status, bad.detail, self._identity, bad.fix)
        except InvalidRows as invalid:
            self._metrics.refused(invalid.faults)
            return invalid_rows(invalid.faults, self._identity)

    async def _answer(self, rows: list[object]) -> Answer:
        if len(rows) <= _INLINE_ROWS:
            return self._model.answer(rows)
        async with self._one_at_a_time:
            return await run_in_threadpool(self._model.answer, rows)

    def _answered(self, rows: list[object], answer: Answer) -> Response:
        self._metrics.answered(rows, monitored(answer))
        columns = (answer.predictions, answer.probabilities, answer.scores)
        entries = zip(*(repeat(None) if each is None else each for each in columns), strict=False)
        predictions = [
            {"id": identity, **entry_of(self._output, self._named, *entry)}
            for identity, entry in zip(new_ids(len(rows)), entries, strict=True)
        ]
        body = {**self._identity.as_json(), "predictions": predictions}
        return Response(msgspec.json.encode(body, enc_hook=str), media_type="application/json")
