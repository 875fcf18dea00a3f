"""Keep a challenger beside the champion: load it, prove it, follow it, begin a trial with it."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ...errors import CellmarkError
from ...routing.experiment import Experiment, Mode, experiment_id, now, settled
from ...routing.guardrails import Limits
from ...scoring.loading import load
from ...scoring.model import Model
from ..generations.following import Aim, Look, Pursuit, check_aim, load_aim
from .arm_process import ModelElsewhere
from .trial import Trial

if TYPE_CHECKING:
    from ..generations.generation import Generation

__all__ = ["Challenge", "Challenger"]

_log = logging.getLogger("cellmark_runtime.service")
_BEAT_SECONDS, _RETRY_SECONDS = 1.0, 60.0
_NICE = 10


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """Which bundle challenges, and how. `look` says where its alias points; it is followed then.

    `share` is what it gets of requests in a split; in shadow it scores all. With `python`, the
    interpreter of an environment of its own, it gets a process of its own.
    """

    folder: Path
    mode: Mode = "shadow"
    share: float = 0.1
    limits: Limits = Limits()
    look: Look | None = None
    python: Path | None = None


class Challenger:
    """The challenger of a deployment. Whatever happens to it, the champion goes on."""

    def __init__(
        self,
        challenge: Challenge,
        build: Callable[[Model], Generation],
        begun: Callable[[], None],
        record: Callable[[str, dict[str, Any]], None],
        folder: Path | None,
    ) -> None:
        """Args: build: makes a model ready to serve as challenger; begun: told when there is
        another one; folder: where experiments stand.
        """
        self._challenge = challenge
        self._build = build
        self._begun = begun
        self.record = record
        self._folder = folder
        self._generation: Generation | None = None
        self._pursuit: Pursuit | None = None
        self._problem: str | None = "it has not been loaded yet"
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._tried = -math.inf
        self.trial: Trial | None = None

    def start(self) -> None:
        """Load and watch, once; in a thread that never keeps the process alive."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="challenge", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopping.set()
        if self._pursuit:
            self._pursuit.stop()
        if self.trial:
            self.trial.close()
        if self._generation:
            _end(self._generation.model)

    def begin(self) -> None:
        """Load the challenger. Where that can't be, say so loudly: there is no trial then."""
        self._tried = time.monotonic()
        try:
            look = self._challenge.look
            aim: Aim | None = look() if look else None
            self.follow(self._loaded_at(aim) if aim else self._loaded(self._challenge.folder))
            if look and aim:
                self._pursuit = Pursuit(look, aim, self, self._loaded_at)
        except Exception as problem:  # noqa: BLE001 - whatever stops it, the champion goes on
            self._fails(problem)

    def follow(self, model: Model) -> None:
        """Let this model challenge, once its golden rows match. Raises: CellmarkError."""
        coming = self._build(model)
        coming.readiness.prove_here()
        if coming.readiness.reason is not None:
            coming.metrics.retire()
            _end(model)
            raise CellmarkError(f"{model.name}@{model.version}", coming.readiness.reason)
        going, self._generation = self._generation, coming
        if going is not None and going.metrics is not coming.metrics:
            going.metrics.retire()
        self._begun()
        if going is not None:
            _end(going.model)

    def against(self, champion: Generation) -> Trial | None:
        """The trial with this champion; None where there is nothing to compare."""
        if self.trial is not None:
            self.trial.end()
            self.trial.challenger.metrics.unfollow()
        self.trial = self._trial(champion)
        if self.trial is not None:
            self.trial.challenger.metrics.follow(self.trial.figures)
        return self.trial

    def standing(self) -> dict[str, object]:
        """For `/metadata`."""
        follows = self._pursuit.standing() if self._pursuit else {}
        trial = self.trial.standing() if self.trial else {}
        return {**trial, "problem": self._problem, "serving": follows or None}

    def beat(self) -> None:
        """What is to be done now and then."""
        if self._generation is None:
            self._again()
        elif isinstance(self._generation.model, ModelElsewhere):
            self._keep(self._generation.model)
        if self._pursuit:
            self._pursuit.turn()
        if self.trial:
            self.trial.refresh()

    def _run(self) -> None:
        self.begin()
        while not self._stopping.wait(_BEAT_SECONDS):
            self.beat()

    def _loaded(self, folder: Path) -> Model:
        python = self._challenge.python
        if python is None:
            return load(folder)
        # A shadow takes what the champion leaves of the processor.
        nice = _NICE if self._challenge.mode == "shadow" else 0
        return ModelElsewhere(folder, python, nice=nice)

    def _loaded_at(self, aim: Aim) -> Model:
        if self._challenge.python is None:
            return load_aim(aim)
        check_aim(aim)
        return self._loaded(aim.folder)

    def _keep(self, model: ModelElsewhere) -> None:
        try:
            model.keep()
        except CellmarkError as problem:
            _log.error("the challenger's process can't be begun anew: %s", problem)

    def _again(self) -> None:
        """What could not be loaded may be mended meanwhile."""
        if time.monotonic() - self._tried >= _RETRY_SECONDS:
            self.begin()

    def _trial(self, champion: Generation) -> Trial | None:
        challenger, challenge = self._generation, self._challenge
        if challenger is None:
            return None
        self._problem = _incomparable(champion.model, challenger.model)
        if self._problem:
            _log.warning("there is no trial: %s", self._problem)
            return None
        try:
            experiment = _experiment(champion.model, challenger.model, challenge)
            if self._folder:
                experiment = settled(self._folder, experiment)
        except (OSError, CellmarkError) as problem:
            self._fails(problem)
            return None
        said = f"share {experiment.share:g}" if experiment.mode == "split" else "shadow"
        said = f"stopped: {experiment.stopped}" if experiment.stopped else said
        names = (challenger.model.name, challenger.model.version, champion.model.version)
        _log.info("%s@%s challenges @%s (%s), experiment %s", *names, said, experiment.id)
        return Trial(champion, challenger, experiment, challenge.limits, self.record, self._folder)

    def _fails(self, problem: Exception) -> None:
        kind = "" if isinstance(problem, CellmarkError) else f"{type(problem).__name__}: "
        self._problem = f"{kind}{problem}"
        _log.error("there is no challenger; the champion answers all: %s", self._problem)


def _end(model: Model) -> None:
    if isinstance(model, ModelElsewhere):
        model.close()


def _incomparable(champion: Model, challenger: Model) -> str | None:
    if challenger.digest == champion.digest:
        return "it is the champion itself"
    if challenger.name != champion.name:
        return f"it is a version of {challenger.name}, and {champion.name} answers here"
    ours, theirs = champion.signature.output, challenger.signature.output
    if (ours.task, ours.kind, ours.classes) != (theirs.task, theirs.kind, theirs.classes):
        return "it answers another question: its outputs are not the champion's"
    return None


def _experiment(champion: Model, challenger: Model, challenge: Challenge) -> Experiment:
    return Experiment(
        id=experiment_id(champion.digest, challenger.digest, challenge.mode),
        model=champion.name,
        champion=champion.version,
        challenger=challenger.version,
        champion_digest=champion.digest,
        challenger_digest=challenger.digest,
        mode=challenge.mode,
        share=challenge.share,
        started=now(),
    )
