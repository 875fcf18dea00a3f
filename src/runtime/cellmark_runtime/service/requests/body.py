"""A request's body to raw rows: size first, then its kind, then its text."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from ...scoring.delimited import CsvError, rows_of_csv
from ...scoring.repeats import first_repeated
from ...types.signature import Signature
from ..replies.identity import OWN
from .admission import Intake, Share

__all__ = [
    "CSV",
    "BadBody",
    "ClientGone",
    "decode_json",
    "few_enough",
    "media_type",
    "read_body",
    "rows_of_body",
    "rows_of_csv_body",
]

_JSON = "application/json"
CSV = "text/csv"
# What is left of the body would be read as the next request.
_NO_MORE = {"connection": "close"}
# Of short rows, ten megabytes are five million: a gigabyte of lists and texts.
_MOST_ROWS = 100_000
_KEY = re.compile(rb'"\s*:')


class BadBody(Exception):
    """A body that holds no rows: the status to answer, what is wrong and what to do."""

    def __init__(
        self, status: int, detail: str, fix: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.headers = headers
        self.status = status
        self.detail = detail
        self.fix = fix


class ClientGone(Exception):
    """The caller hung up before the body was complete."""


async def read_body(scope: Scope, receive: Receive, intake: Intake, share: Share) -> bytes:
    """The body, counted while it streams in, so that a large one is never held whole.

    Args: share: the room that it takes.
    Raises: BadBody (413) beyond the limit, (408) where it does not come in time; Busy where there
    is no room for it now; ClientGone.
    """
    try:
        async with asyncio.timeout(intake.seconds):
            return await _received(scope, receive, intake.max_body, share)
    except TimeoutError as problem:
        scope[OWN] = True
        said = f"the body was not complete after {intake.seconds:g} seconds"
        raise BadBody(408, said, "Send it at once.", _NO_MORE) from problem


async def _received(scope: Scope, receive: Receive, limit: int, share: Share) -> bytes:
    announced = Headers(scope=scope).get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise _too_large(limit)
        share.take(len(chunks[-1]))
        more = message.get("more_body", False)
    return b"".join(chunks)


def rows_of_body(headers: Headers, body: bytes, signature: Signature) -> list[object]:
    """The rows in a JSON or CSV body, not yet checked.

    JSON is one object, a list of objects, or {"rows": [...]}.
    Raises: BadBody (400, 413, 415); InvalidRows for CSV lines of the wrong width.
    """
    if media_type(headers) == CSV:
        return rows_of_csv_body(body, signature)
    decoded = decode_json(body)
    if isinstance(decoded, dict):
        rows = decoded.get("rows")
        # A column may be called rows too, but its value is never a list.
        if not isinstance(rows, list):
            _refuse_other_name(decoded, signature)
        decoded = rows if isinstance(rows, list) else [decoded]
    elif not isinstance(decoded, list):
        decoded = [decoded]
    return few_enough(list(decoded))


def few_enough(rows: list[object]) -> list[object]:
    """The rows. Raises: BadBody (413) where they are more than one request may hold."""
    if len(rows) > _MOST_ROWS:
        fix = "Send the rows in smaller batches."
        raise BadBody(413, f"body of more than {_MOST_ROWS} rows", fix)
    return rows


def _refuse_other_name(sent: dict[str, Any], signature: Signature) -> None:
    """A list of objects under a name of the caller's own, which would be told row by row."""
    for name, value in sent.items() if len(sent) == 1 else ():
        is_list = isinstance(value, list) and value and all(type(each) is dict for each in value)
        if is_list and name not in {field.name for field in signature.inputs}:
            fix = 'Send it under "rows", or by itself.'
            raise BadBody(400, f"the list stands under {name[:80]!r}", fix)


def _too_large(limit: int) -> BadBody:
    return BadBody(413, f"body of more than {limit} bytes", "Send the rows in smaller batches.")


def media_type(headers: Headers) -> str:
    """JSON's or CSV's. Raises: BadBody (415) for anything else, and what is compressed."""
    sent = headers.get("content-type", _JSON)
    kind, _, parameters = sent.partition(";")
    kind = kind.strip().lower()
    charset = re.search(r'charset="?([\w-]+)', parameters.lower())
    coding = headers.get("content-encoding", "identity").strip().lower()
    readable = not charset or charset[1] in ("utf-8", "utf8", "us-ascii")
    if kind not in (_JSON, CSV) or coding != "identity" or not readable:
        received = sent if coding == "identity" else f"{sent} in {coding}"
        raise BadBody(
            415,
            f"content type {received[:80]!r}",
            f"Send {_JSON} or {CSV} in UTF-8, not compressed"
            f" (with curl: -H 'Content-Type: {_JSON}').",
        )
    return kind


def decode_json(body: bytes, *, nan_is_null: bool = False) -> Any:
    """What the text says. Raises: BadBody (400) for no JSON, or a key that stands twice.

    Args: nan_is_null: take the word NaN, which some writers of JSON have, for null.
    """
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as problem:
        if nan_is_null and b"NaN" in body:
            return _read_slowly(body)
        raise _no_json(problem) from problem
    # Counting the keys in the text shows quickly that none stands twice; only where more are there
    # than were decoded (a repeat, or text that looks like a key) is it read again, slowly.
    if len(_KEY.findall(body)) > _keys_in(decoded):
        _read_slowly(body)
    return decoded


def _keys_in(decoded: Any) -> int:
    """The keys of objects where bodies have them: in rows, in lists of rows, around these."""
    counted, level = 0, [decoded]
    for _ in range(3):
        below: list[Any] = []
        for each in level:
            if type(each) is dict:
                counted += len(each)
                below += each.values()
            elif type(each) is list:
                below += each
        level = below
    return counted


def _read_slowly(body: bytes) -> Any:
    """A key that stands twice means two values for one field; JSON readers silently take one."""
    try:
        text = body.decode()
        return json.loads(text, object_pairs_hook=_refuse_repeats, parse_constant=_constant)
    except (RecursionError, ValueError) as problem:
        raise _no_json(problem) from problem


def _constant(name: str) -> None:
    if name != "NaN":
        raise ValueError(f"{name} is no number")


def _no_json(problem: Exception) -> BadBody:
    said = "nested too deeply" if isinstance(problem, RecursionError) else str(problem)
    fix = "Send JSON; it has no NaN or Infinity: a missing value is null."
    return BadBody(400, f"body is no JSON: {said}", fix)


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        repeated = first_repeated(name for name, _ in pairs) or ""
        raise BadBody(400, f"key {repeated[:80]!r} stands twice in one object", "Send it once.")
    return keys


def rows_of_csv_body(body: bytes, signature: Signature) -> list[object]:
    """Raises: BadBody (400, 413); InvalidRows for lines of the wrong width."""
    try:
        return few_enough(list(rows_of_csv(body.decode("utf-8-sig"), signature, _MOST_ROWS)))
    except UnicodeDecodeError as problem:
        raise BadBody(400, "body is not UTF-8 text", "Save the CSV as UTF-8.") from problem
    except CsvError as problem:
        raise BadBody(400, str(problem), "The first line names the columns.") from problem
