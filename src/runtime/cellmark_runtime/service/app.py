"""The service of one model as an ASGI app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import metadata

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ..audit.record import now
from ..monitoring.figures import Figures
from ..scoring.model import Model
from .challenge.challenging import Challenge
from .deployment import Deployment
from .envelopes.mlflow import invocations_envelope
from .envelopes.v2 import infer_envelope, inference_routes
from .generations.following import Aim, Look
from .generations.generation import Generation
from .generations.readiness import Readiness
from .middleware.access_log import AccessLog
from .middleware.guard import TokenGuard
from .middleware.identity_headers import IdentityHeaders
from .openapi import openapi_document
from .pages import Pages, View
from .recording.auditing import Auditing
from .replies.identity import Identity
from .replies.problems import problem
from .routes.feedback import Feedback
from .routes.predict import Predict
from .settings import Settings

__all__ = ["create_app"]

# Which software answers; a caller of MLflow's route finds MLflow's version there.
_VERSION = f"cellmark-runtime {metadata.version('cellmark-runtime')}"
_FIXES = {404: "GET /docs lists the routes.", 405: "GET /docs lists the routes and their methods."}


def create_app(
    model: Model,
    settings: Settings | None = None,
    decided: Callable[[str | None], None] = lambda _reason: None,
    look: Look | None = None,
    aim: Aim | None = None,
    challenge: Challenge | None = None,
) -> Deployment:
    """An ASGI app that answers for this model.

    It scores the golden rows when it starts (or, mounted where no start is announced, when first
    asked) and predicts only if they match: `decided` is then told why not, or None.
    An audit log is opened at once, so make the app in the process that serves it, behind any fork.

    Args: look, aim: where the model's alias points now, and where it pointed when `model` was
    loaded: the app follows it; challenge: another version that it is compared with.
    Raises: CellmarkError where an audit log is set up and can't be written.
    """
    deployment = Deployment(settings or Settings(), _generation, look, aim, challenge)
    deployment.begin(model, decided)
    return deployment


def _generation(
    model: Model, deployment: Deployment, arm: str, decided: Callable[[str | None], None]
) -> Generation:
    identity = Identity(model.name, model.version, model.digest, arm)
    metrics = deployment.metrics_of(model, identity.arm)
    readiness = Readiness(model, metrics, decided)
    app: ASGIApp = _Service(model, identity, deployment, readiness).starlette()
    app = TokenGuard(app, deployment.settings.token, identity)
    app = IdentityHeaders(app, identity)
    return Generation(model, identity, metrics, readiness, AccessLog(app, identity))


class _Service:
    """The routes, and what they share."""

    def __init__(
        self, model: Model, identity: Identity, deployment: Deployment, readiness: Readiness
    ) -> None:
        settings = deployment.settings
        self._model = model
        self._identity = identity
        self._deployment = deployment
        self._readiness = readiness
        self._openapi = openapi_document(
            model,
            with_token=settings.token is not None,
            with_feedback=settings.audit is not None,
        )
        self._pages = Pages(model, self._openapi, with_token=settings.token is not None)
        self._about = model.explain()
        audit = None
        if settings.audit:
            audit = Auditing(model, identity, settings.audit, deployment.log_for)
        metrics = deployment.metrics_of(model, identity.arm)
        after = deployment.after if identity.arm == "champion" else _nothing
        self._predict = Predict(
            model, identity, metrics, readiness, deployment.intake, audit, after
        )
        self._invocations = self._predict.through(invocations_envelope(model.accepts))
        self._v2 = inference_routes(
            model.accepts,
            model.signature.output,
            identity,
            readiness,
            self._predict.through(infer_envelope(model, identity)),
        )
        self._feedback = Feedback(
            model.signature.output, identity, deployment.intake, audit, deployment.labelled
        )

    def starlette(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/page.js", self._script),
                Route("/live", self._live),
                Route("/ready", self._ready),
                Route("/metadata", self._metadata),
                Route("/metrics", self._exposition),
                Route("/openapi.json", self._document),
                Route("/docs", self._docs),
                Route("/predict", self._predict, methods=["POST"]),
                Route("/feedback", self._feedback, methods=["POST"]),
                Route("/invocations", self._invocations, methods=["POST"]),
                Route("/ping", self._ping),
                Route("/health", self._ping),
                Route("/version", self._version),
                *self._v2,
            ],
            exception_handlers={HTTPException: self._refused, Exception: self._failed},
        )

    async def _index(self, request: Request) -> Response:
        await self._readiness.prove()
        # Counts lie in files that other processes write too.
        view = await run_in_threadpool(self._view, str(request.base_url))
        return self._pages.index(view)

    async def _script(self, _: Request) -> Response:
        return self._pages.script()

    def _view(self, base_url: str) -> View:
        deployment, identity = self._deployment, self._identity
        watch = deployment.metrics_of(self._model, identity.arm).watch
        trial = deployment.trial
        return View(
            model=self._model,
            identity=identity,
            reason=self._readiness.reason,
            standing=deployment.standing(),
            figures=Figures(deployment.families(), identity.as_labels()),
            rival=Figures(deployment.families(), trial.challenger.identity.as_labels())
            if trial
            else None,
            state=watch.standing() if watch else None,
            verdict=trial.judged() if trial else None,
            with_audit=deployment.settings.audit is not None,
            base_url=base_url,
            at=now(),
        )

    async def _docs(self, request: Request) -> Response:
        return self._pages.docs(str(request.base_url))

    async def _live(self, _: Request) -> Response:
        return _json({"live": True})

    async def _ready(self, _: Request) -> Response:
        await self._readiness.prove()
        reason = self._readiness.reason
        return _json({"ready": reason is None, "reason": reason}, 200 if reason is None else 503)

    async def _ping(self, _: Request) -> Response:
        """MLflow's health: whether it may answer."""
        await self._readiness.prove()
        return Response("\n", 503 if self._readiness.reason else 200, media_type="application/json")

    async def _version(self, _: Request) -> Response:
        return Response(_VERSION, media_type="text/plain")

    async def _metadata(self, _: Request) -> Response:
        return _json({**self._about, "serving": self._deployment.standing()})

    async def _exposition(self, _: Request) -> Response:
        text, kind = self._deployment.exposition()
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


def _nothing(_ids: Sequence[str], _rows: list[object]) -> None:
    """A challenger's own answers are shadowed by nobody."""


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value, enc_hook=str), status, media_type="application/json")
