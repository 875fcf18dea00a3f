"""W3C Trace Context: a request keeps its caller's trace id, and gets a span of its own in it.

Source: https://www.w3.org/TR/trace-context/
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from typing import NamedTuple

from starlette.datastructures import Headers

__all__ = ["CURRENT", "TRACE", "Trace", "trace_of"]

# Where a request's trace stands in its scope, and for what is called on its behalf.
TRACE = "cellmark.trace"
# A later version may add parts behind a dash; this one has none.
_PARENT = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


class Trace(NamedTuple):
    """`id` is the caller's, `span` this request's own in it; `state` is passed on unread."""

    id: str
    span: str
    flags: str
    state: str = ""

    @property
    def parent(self) -> str:
        """The header that names this request as the parent of what it calls."""
        return f"00-{self.id}-{self.span}-{self.flags}"

    def headers(self) -> dict[str, str]:
        """For a call on behalf of this request."""
        state = {"tracestate": self.state} if self.state else {}
        return {"traceparent": self.parent, **state}


CURRENT: ContextVar[Trace | None] = ContextVar("cellmark_trace", default=None)


def trace_of(headers: Headers) -> Trace | None:
    """The trace that a caller's headers name; None where they name none, or not as they should."""
    sent = headers.getlist("traceparent")
    found = _PARENT.fullmatch(sent[0].strip()) if len(sent) == 1 else None
    if not found or (found[1] == "00" and found[5]):
        return None
    if int(found[2], 16) == 0 or int(found[3], 16) == 0:
        return None
    state = ",".join(headers.getlist("tracestate"))
    return Trace(found[2], secrets.token_hex(8), found[4], state)
