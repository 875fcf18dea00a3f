"""One process that answers: load the bundle, make the app, serve until told to stop."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..challenge.challenging import Challenge
    from ..generations.following import Aim, Look
    from ..settings import Settings

__all__ = ["Announce", "Job", "Listening", "answer"]


class Listening(NamedTuple):
    """Who answers, and where; `reason` says why not, where golden rows do not match."""

    model: str
    version: int
    digest: str
    url: str
    reason: str | None = None


Announce = Callable[[Listening], None]


class Job(NamedTuple):
    """What a process is to serve. Other processes may be given the same."""

    folder: Path
    host: str
    settings: Settings
    look: Look | None = None
    challenge: Challenge | None = None


def answer(job: Job, listener: socket.socket, announce: Announce | None) -> None:
    """Answer at `listener` until told to stop. Raises: CellmarkError, BundleError."""
    import uvicorn
    from prometheus_client import disable_created_metrics

    from ...scoring.loading import load
    from ..app import create_app
    from ..generations.following import load_aim
    from ..middleware.access_log import log_to_stderr
    from .patience import patient_protocol

    # Series of when each counter was made: nobody reads them, and they double the page.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    aim: Aim | None = job.look() if job.look else None
    model = load_aim(aim) if aim else load(job.folder)
    log_to_stderr()
    shown = f"[{job.host}]" if ":" in job.host else job.host
    scheme = "https" if job.settings.tls else "http"
    url = f"{scheme}://{shown}:{listener.getsockname()[1]}"
    log = logging.getLogger("cellmark_runtime.service")

    def decided(reason: str | None) -> None:
        if reason is None:
            log.info("%s@%s answers at %s", model.name, model.version, url)
        if announce:
            announce(Listening(model.name, model.version, model.digest, url, reason))

    app = create_app(model, job.settings, decided, job.look, aim, job.challenge)
    log.info("%s@%s listens at %s, and scores its golden rows", model.name, model.version, url)
    audit = job.settings.audit
    where = f"in {audit.folder}" if audit else "nowhere: CELLMARK_AUDIT is not set"
    log.info("answers go on record %s", where)
    tls = job.settings.tls
    config = uvicorn.Config(
        app,
        http=patient_protocol(job.settings.timeout),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=30,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    if job.settings.siblings:
        # Others answer already: this one takes no request before it may.
        app.current.readiness.prove_here()
    # uvicorn answers what has begun, then raises the signal again: that is no failure.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
