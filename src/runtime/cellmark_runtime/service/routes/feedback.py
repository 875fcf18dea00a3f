"""POST /feedback: what answers turned out to be, joined to them by prediction id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, get_args

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...audit.labels import LabelBook, Status, Taken
from ...scoring.checking import InvalidRows
from ...types.signature import Output
from ..recording.auditing import Auditing, Unwritable
from ..replies.identity import Identity
from ..replies.problems import busy, invalid_rows, problem
from ..requests.admission import Busy, Intake
from ..requests.body import BadBody, ClientGone, read_body
from ..requests.labels import label_signature, labels_of_body

__all__ = ["Feedback"]

_NO_LOG = "labels are not taken here: answers go on no record that they could be joined to"


class Feedback:
    """Takes labels, or says what is wrong with them: all that are well formed, or none."""

    def __init__(
        self,
        output: Output,
        identity: Identity,
        intake: Intake,
        audit: Auditing | None,
        joined: Callable[[Sequence[Taken]], None],
    ) -> None:
        """Args: joined: told what came of each label, once it is durable; beside the loop."""
        self._signature = label_signature(output)
        self._identity = identity
        self._intake = intake
        self._audit = audit
        self._book: LabelBook | None = audit.label_book() if audit else None
        self._joined = joined

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._reply(scope, receive)
        except ClientGone:
            return
        await reply(scope, receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Response:
        if self._book is None or self._audit is None:
            fix = "Set CELLMARK_AUDIT to a folder for the log, and start the service again."
            return problem(404, _NO_LOG, self._identity, fix)
        try:
            with self._intake.room.share() as share:
                body = await read_body(scope, receive, self._intake, share)
                labels = labels_of_body(Headers(scope=scope), body, self._signature)
            about = self._audit.sender(scope)
            return self._taken(await run_in_threadpool(self._take, self._book, labels, about))
        except Busy:
            return busy(self._identity)
        except BadBody as bad:
            return problem(bad.status, bad.detail, self._identity, bad.fix, bad.headers)
        except InvalidRows as invalid:
            return invalid_rows(invalid.faults, self._identity)
        except Unwritable:
            fix = "Send all of them again later; whoever runs the service has been told."
            again = {"retry-after": "5"}
            return problem(503, "the labels can't be recorded", self._identity, fix, again)

    def _take(
        self, book: LabelBook, labels: list[tuple[str, Any]], about: dict[str, str]
    ) -> list[Taken]:
        taken = book.take(labels, about)
        self._joined(taken)
        return taken

    def _taken(self, taken: Sequence[Taken]) -> Response:
        counts = Counter(each.status for each in taken)
        body = {
            **self._identity.as_json(),
            "counts": {status: counts[status] for status in get_args(Status)},
            "labels": [
                {"id": each.id, "status": each.status, "replaces": each.replaces} for each in taken
            ],
        }
        return Response(msgspec.json.encode(body, enc_hook=str), media_type="application/json")
