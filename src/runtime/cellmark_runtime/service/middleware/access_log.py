"""One JSON line on stderr for each request: enough to find it again, nothing of its content."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
import traceback
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..replies.identity import REQUEST, Identity
from ..replies.tracing import CURRENT, TRACE, trace_of

__all__ = ["AccessLog", "log_to_stderr"]

_log = logging.getLogger("cellmark_runtime.access")
_LONGEST_PATH = 200


class AccessLog:
    """ASGI middleware: method, path (without its query, which may hold secrets), status, time."""

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app = app
        self._identity = identity.as_json()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status = 0
        trace = trace_of(Headers(scope=scope))
        scope[TRACE] = trace
        CURRENT.set(trace)

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if trace:
                    MutableHeaders(scope=message)["traceresponse"] = trace.parent
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            parts: dict[str, object] = {
                "method": scope["method"],
                "path": scope["path"][:_LONGEST_PATH],
                "status": status,
                "ms": round((perf_counter() - started) * 1000, 2),
            }
            if REQUEST in scope:
                parts["request"] = scope[REQUEST]
            if trace:
                parts |= {"trace": trace.id, "span": trace.span}
            _log.info("request", extra={"parts": {**parts, **self._identity}})


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "parts", {}),
        }
        if record.exc_info:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, default=str)


def log_to_stderr() -> None:
    """Send this package's and uvicorn's log lines to stderr, one JSON object each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    for name in ("cellmark_runtime", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
