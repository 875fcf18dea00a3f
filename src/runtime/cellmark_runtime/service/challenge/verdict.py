"""The verdict on a running experiment, for metrics: what `cellmark challenge status` says, too."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...audit.layout import locked
from ...errors import CellmarkError
from ...routing.evaluation import Evaluation, evaluate, in_words
from ...routing.evidence import Evidence
from ...routing.experiment import Experiment
from ...routing.verdicts import keep

__all__ = ["Verdict"]

_log = logging.getLogger("cellmark_runtime.service")
_SECONDS = 60.0
# Answers that wait for a label are kept in memory; the command line counts all.
_MOST_WAITING = 200_000
_NUMBERS = {"promote": 1.0, "roll back": -1.0, "stopped": -1.0}


class Verdict:
    """Reads the log on, once a minute, in one process of those that share it."""

    def __init__(
        self, folder: Path, experiment: Experiment, record: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self._folder = folder
        self._record = record
        self._evidence = Evidence(folder, experiment, _MOST_WAITING)
        self._lock: int | None = None
        self._next = 0.0
        self._found: Evaluation | None = None

    def turn(self, experiment: Experiment) -> None:
        """Judge anew, if it is time. Whatever stops it, the service goes on."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _SECONDS
        try:
            if self._is_ours():
                self._judge(experiment)
        except (OSError, CellmarkError) as problem:
            _log.error("the challenge can't be judged: %s", problem)

    def figures(self) -> dict[str, float]:
        """For `/metrics`: nothing where another process says it."""
        found = self._found
        if found is None:
            return {}
        figures = {
            "model_challenge_labels": float(found.labelled),
            "model_challenge_decision": _NUMBERS.get(found.decision, 0.0),
        }
        if found.lower is not None and found.upper is not None:
            figures["model_challenge_effect"] = found.effect
            figures["model_challenge_effect_lower"] = found.lower
            figures["model_challenge_effect_upper"] = found.upper
        if found.mismatch_p is not None:
            figures["model_challenge_srm_p_value"] = found.mismatch_p
        return figures

    def close(self) -> None:
        """Let another process judge."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _is_ours(self) -> bool:
        if self._lock is None:
            self._lock = locked(self._folder, "verdict")
        return self._lock is not None

    def _judge(self, experiment: Experiment) -> None:
        self._evidence.read()
        before, self._found = self._found, evaluate(self._evidence, experiment)
        keep(self._folder, self._found)
        if before is not None and before.decision != self._found.decision:
            words = in_words(self._found)
            _log.warning("challenge: %s. %s", self._found.decision, " ".join(words))
            about = {"decision": self._found.decision, "experiment": experiment.id}
            self._record("challenge", {**about, "words": words})
