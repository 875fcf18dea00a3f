"""Ready only once the golden rows were scored in this process and the answers matched."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from ...monitoring.metrics import Metrics
from ...scoring.golden import disagreement
from ...scoring.model import Model

__all__ = ["Readiness"]

_log = logging.getLogger("cellmark_runtime.service")


class Readiness:
    """`reason` says why the model may not answer yet, or ever; None when it may.

    `decided` is told it, once the golden rows were scored.
    """

    def __init__(
        self, model: Model, metrics: Metrics, decided: Callable[[str | None], None]
    ) -> None:
        self.reason: str | None = "the golden rows have not been scored yet"
        self._model = model
        self._metrics = metrics
        self._decided = decided
        self._begun = False

    async def prove(self) -> None:
        """Score the golden rows, once, beside the event loop: `/live` answers meanwhile."""
        if not self._begun:
            self._begun = True
            await run_in_threadpool(self._prove)

    def prove_here(self) -> None:
        """The same, for one who waits in a thread."""
        self._begun = True
        self._prove()

    def _prove(self) -> None:
        self.reason = disagreement(self._model)
        self._metrics.ready(is_ready=self.reason is None)
        if self.reason is not None:
            _log.error("not ready: %s", self.reason)
        self._decided(self.reason)
