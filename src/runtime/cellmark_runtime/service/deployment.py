"""What stays while versions come and go: the audit log, the counts, and who answers now."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from ..audit.labels import Taken
from ..audit.log import AuditLog
from ..audit.settings import AuditSettings
from ..errors import CellmarkError
from ..monitoring.metrics import Family, Metrics, exposition_of
from ..monitoring.siblings import Siblings
from ..scoring.model import Model
from .challenge.challenging import Challenge, Challenger
from .challenge.trial import Trial
from .generations.following import Aim, Look, Pursuit
from .generations.generation import Generation
from .recording.watching import count_labels, watch_of
from .replies.paths import is_scoring
from .requests.admission import Intake
from .settings import Settings

__all__ = ["Deployment"]


# Makes a model ready to serve in an arm; who is told whether its golden rows match.
Build = Callable[[Model, "Deployment", str, Callable[[str | None], None]], Generation]


class Deployment:
    """An ASGI app: the generation that stands when a request comes answers all of it.

    Taking the next one is one assignment, so a request has the old one or the new one, never
    parts of both, and what has begun ends where it began.
    """

    def __init__(
        self,
        settings: Settings,
        build: Build,
        look: Look | None = None,
        aim: Aim | None = None,
        challenge: Challenge | None = None,
    ) -> None:
        """Args: look: says where the alias points now; aim: where it pointed at the start."""
        self.settings = settings
        self.intake = Intake(settings)
        self._build = build
        self._log: AuditLog | None = None
        self._listeners: list[Callable[[Sequence[Taken]], None]] = []
        self._metrics: dict[tuple[str, str], Metrics] = {}
        # Both at once, so that a trial never meets a champion that is not its own.
        self._stands: tuple[Generation, Trial | None] | None = None
        self._taking = threading.RLock()
        self._since = _now()
        self._swaps = 0
        self._pursuit = Pursuit(look, aim, self) if look and aim else None
        self._challenger = self._challenged(challenge) if challenge else None
        self._siblings = (
            Siblings(settings.siblings, self._own_families) if settings.siblings else None
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        self._start()
        assert self._stands is not None
        champion, trial = self._stands
        if trial and is_scoring(scope) and trial.assign(scope):
            await trial.split(scope, receive, send)
        else:
            await champion.app(scope, receive, send)

    @property
    def current(self) -> Generation:
        """The generation that answers, or is the champion of those that do."""
        assert self._stands is not None
        return self._stands[0]

    @property
    def trial(self) -> Trial | None:
        """The comparison that runs, or was stopped and still stands."""
        return self._stands[1] if self._stands else None

    def after(self, ids: Sequence[str], rows: list[object]) -> None:
        """The champion's reply to these rows is out."""
        trial = self.trial
        if trial:
            trial.after(ids, rows)

    def begin(self, model: Model, decided: Callable[[str | None], None]) -> None:
        """Serve `model` first; it proves itself once the app runs."""
        self._take(self._build(model, self, "champion", decided))

    def follow(self, model: Model) -> None:
        """Let `model` answer from the next request on, once its golden rows match.

        Called beside the event loop. Raises: CellmarkError where they do not: nothing changes.
        """
        coming = self._build(model, self, "champion", lambda _: None)
        coming.readiness.prove_here()
        if coming.readiness.reason is not None:
            if coming.metrics is not self.current.metrics:
                coming.metrics.retire()
            raise CellmarkError(f"{model.name}@{model.version}", coming.readiness.reason)
        self._take(coming)
        self._swaps += 1

    def log_for(self, settings: AuditSettings, about: dict[str, Any]) -> AuditLog:
        """The one log of this process, opened for who asks first: `about` says who serves."""
        if self._log is None:
            self._log = AuditLog(settings, about)
        return self._log

    def record(self, kind: str, about: dict[str, Any]) -> None:
        """Put an event on record, where there is a log."""
        if self._log:
            self._log.event(kind, about)

    def on_labels(self, listener: Callable[[Sequence[Taken]], None]) -> None:
        """Tell `listener` of labels, once they are on record; from a thread of their own."""
        self._listeners.append(listener)

    def labelled(self, taken: Sequence[Taken]) -> None:
        """Count what came of labels, and pass it on."""
        count_labels(taken, self.current.identity, self._metrics)
        for listener in self._listeners:
            listener(taken)

    def metrics_of(self, model: Model, arm: str) -> Metrics:
        """The counts of a version: the same ones where it serves again."""
        key = (model.digest, arm)
        if key not in self._metrics:
            features = [field.name for field in model.signature.inputs]
            identity = (model.name, model.version, model.digest)
            watch = watch_of(model, arm, self.settings)
            self._metrics[key] = Metrics(*identity, features, model.profile, arm, watch)
        return self._metrics[key]

    def exposition(self) -> tuple[bytes, str]:
        """What Prometheus scrapes: the counts of every version that ever answered here."""
        return exposition_of(self.families())

    def families(self) -> Iterable[Family]:
        """These counts, not yet added up."""
        return chain(self._own_families(), self._siblings.others() if self._siblings else ())

    def standing(self) -> dict[str, object]:
        """Who answers since when, by whose word, and what stands in the way of the next one."""
        stands: dict[str, object] = {"since": self._since, "swaps": self._swaps}
        if self._challenger:
            stands["challenge"] = self._challenger.standing()
        return stands | (self._pursuit.standing() if self._pursuit else {})

    def close(self) -> None:
        """Follow no more, and seal the log."""
        if self._pursuit:
            self._pursuit.stop()
        if self._challenger:
            self._challenger.stop()
        if self._log:
            self._log.close()
        for metrics in self._metrics.values():
            if metrics.watch:
                metrics.watch.close()
        if self._siblings:
            self._siblings.stop()

    def _take(self, coming: Generation) -> None:
        with self._taking:
            going = self._stands[0] if self._stands else None
            trial = self._challenger.against(coming) if self._challenger else None
            self._stands = (coming, trial)
            self._since = _now()
            if going is not None and going.metrics is not coming.metrics:
                going.metrics.retire()
            if going is None or going.metrics is not coming.metrics:
                coming.metrics.follow(self._figures)

    def _challenged(self, challenge: Challenge) -> Challenger:
        def build(model: Model) -> Generation:
            return self._build(model, self, "challenger", lambda _: None)

        folder = self.settings.audit.folder if self.settings.audit else None
        return Challenger(challenge, build, self._renew, self.record, folder)

    def _renew(self) -> None:
        """There is another challenger."""
        with self._taking:
            assert self._challenger is not None
            self._stands = (self.current, self._challenger.against(self.current))

    def _own_families(self) -> Iterable[Family]:
        # A version may come while somebody scrapes.
        return [family for each in list(self._metrics.values()) for family in each.families()]

    def _start(self) -> None:
        if self._siblings:
            self._siblings.start()
        if self._pursuit:
            self._pursuit.start()
        if self._challenger:
            self._challenger.start()

    def _figures(self) -> dict[str, float]:
        figures: dict[str, float] = {"model_swaps_total": self._swaps, **self.intake.figures()}
        if self._pursuit:
            figures |= self._pursuit.figures()
        if self._log:
            figures |= _of_log(self._log)
        return figures

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        proof = asyncio.create_task(self.current.readiness.prove())
        self._start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await proof
        await run_in_threadpool(self.close)
        await send({"type": "lifespan.shutdown.complete"})


def _of_log(log: AuditLog) -> dict[str, float]:
    """What the log has to say in metrics."""
    status = log.status
    return {
        "model_audit_records_total": status.records,
        "model_audit_write_errors_total": status.write_errors,
        "model_audit_lost_total": status.lost,
        "model_audit_unsealed_records": status.unsealed,
        "model_audit_last_seal_timestamp_seconds": status.last_seal,
        "model_audit_verify_ok": status.verify_ok,
    }


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
