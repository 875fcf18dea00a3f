"""The service of one model as an ASGI app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ..monitoring.metrics import Metrics
from ..scoring.model import Model
from .access_log import AccessLog
from .auditing import Auditing
from .guard import TokenGuard
from .identity import Identity, IdentityHeaders
from .openapi import openapi_document
from .pages import Pages
from .predict import Predict
from .problems import problem
from .readiness import Readiness
from .settings import Settings

__all__ = ["create_app"]

_FIXES = {404: "GET /docs lists the routes.", 405: "GET /docs lists the routes and their methods."}


def create_app(
    model: Model,
    settings: Settings | None = None,
    decided: Callable[[str | None], None] = lambda _reason: None,
) -> ASGIApp:
    """An ASGI app that answers for this model.

    It scores the golden rows when it starts (or, mounted where no start is announced, when first
    asked) and predicts only if they match: `decided` is then told why not, or None.
    An audit log is opened at once, so make the app in the process that serves it, behind any fork.
    Raises: CellmarkError where an audit log is set up and can't be written.
    """
    settings = settings or Settings()
    identity = Identity(model.name, model.version, model.digest)
    features = [field.name for field in model.signature.inputs]
    metrics = Metrics(model.name, model.version, model.digest, features, model.profile)
    service = _Service(model, identity, metrics, settings, Readiness(model, metrics, decided))
    app: ASGIApp = service.starlette()
    app = TokenGuard(app, settings.token, identity)
    app = IdentityHeaders(app, identity)
    return AccessLog(app, identity)


class _Service:
    """The routes, and what they share."""

    def __init__(
        self,
        model: Model,
        identity: Identity,
        metrics: Metrics,
        settings: Settings,
        readiness: Readiness,
    ) -> None:
        self._identity = identity
        self._metrics = metrics
        self._readiness = readiness
        self._openapi = openapi_document(model, with_token=settings.token is not None)
        self._pages = Pages(model, self._openapi, with_token=settings.token is not None)
        self._about = model.explain()
        self._audit = Auditing(model, identity, settings.audit) if settings.audit else None
        if self._audit:
            metrics.follow(self._audit.figures)
        self._predict = Predict(model, identity, metrics, readiness, settings.max_body, self._audit)

    def starlette(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/live", self._live),
                Route("/ready", self._ready),
                Route("/metadata", self._metadata),
                Route("/metrics", self._exposition),
                Route("/openapi.json", self._document),
                Route("/docs", self._docs),
                Route("/predict", self._predict, methods=["POST"]),
            ],
            exception_handlers={HTTPException: self._refused, Exception: self._failed},
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        proof = asyncio.create_task(self._readiness.prove())
        yield
        await proof
        if self._audit:
            await run_in_threadpool(self._audit.close)

    async def _index(self, request: Request) -> Response:
        await self._readiness.prove()
        return self._pages.index(str(request.base_url), self._readiness.reason)

    async def _docs(self, request: Request) -> Response:
        return self._pages.docs(str(request.base_url))

    async def _live(self, _: Request) -> Response:
        return _json({"live": True})

    async def _ready(self, _: Request) -> Response:
        await self._readiness.prove()
        reason = self._readiness.reason
        return _json({"ready": reason is None, "reason": reason}, 200 if reason is None else 503)

    async def _metadata(self, _: Request) -> Response:
        return _json(self._about)

    async def _exposition(self, _: Request) -> Response:
        text, kind = self._metrics.exposition()
        return Response(text, headers={"content-type": kind})

    async def _document(self, _: Request) -> Response:
        return _json(self._openapi)

    async def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        detail = f"nothing answers {request.method} {request.url.path}"
        fix = _FIXES.get(error.status_code, "")
        return problem(error.status_code, detail, self._identity, fix, error.headers)

    async def _failed(self, _: Request, __: Exception) -> Response:
        fix = "This is a fault of the service: report it, with the time of the request."
        return problem(500, "the service failed", self._identity, fix)


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value, enc_hook=str), status, media_type="application/json")
