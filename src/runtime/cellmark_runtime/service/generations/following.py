"""Follow an alias: when it moves, load what it points to now, prove it, and let it answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from ...errors import BundleError, CellmarkError
from ...scoring.files import open_bundle
from ...scoring.loading import load
from ...scoring.model import Model

__all__ = ["Aim", "Look", "Pursuit", "check_aim", "load_aim"]

_log = logging.getLogger("cellmark_runtime.service")
_LOOK_SECONDS = 1.0
# What failed is tried again: its copy may be mended meanwhile.
_RETRY_SECONDS = 60.0


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """Where an alias points: `generation` is the number of the event that moved it there."""

    target: str
    folder: Path
    version: int
    digest: str
    generation: int
    promoted: str
    by: str
    reason: str


# Raises CellmarkError or OSError where nobody can tell now.
Look = Callable[[], Aim]


class Follows(Protocol):
    """Who lets another model answer."""

    def follow(self, model: Model) -> None: ...
    def record(self, kind: str, about: dict[str, Any]) -> None: ...


class Pursuit:
    """Looks each second where the alias points. What answers goes on until the next is proven."""

    def __init__(
        self,
        look: Look,
        aim: Aim,
        deployment: Follows,
        load_at: Callable[[Aim], Model] | None = None,
    ) -> None:
        """Args: load_at: how a model is loaded, if not into this process."""
        self._look = look
        self._deployment = deployment
        self._served = aim
        self._load_at = load_at or load_aim
        self._failed: tuple[Aim, str, float] | None = None
        self._unreachable: str | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look, once; in a thread that never keeps the process alive."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="follow", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def turn(self) -> None:
        """Look once, and follow."""
        aim = self._seen()
        if aim is None or aim == self._served:
            self._failed = None if aim else self._failed
            return
        if self._failed and self._failed[0] == aim and not self._is_time_again():
            return
        try:
            self._go(aim)
        except Exception as problem:  # noqa: BLE001 - whatever stops it, the old one goes on
            self._fails(aim, problem)

    def standing(self) -> dict[str, object]:
        """For `/metadata`."""
        served, failed = self._served, self._failed
        return {
            "target": served.target,
            "generation": served.generation,
            "promoted": served.promoted,
            "by": served.by,
            "reason": served.reason,
            "failed": _failure(*failed[:2]) if failed else None,
            "registry": self._unreachable,
        }

    def figures(self) -> dict[str, float]:
        """For `/metrics`."""
        return {
            "model_generation": self._served.generation,
            "model_swap_failed": float(self._failed is not None),
            "model_registry_ok": float(self._unreachable is None),
        }

    def _is_time_again(self) -> bool:
        return not self._failed or time.monotonic() - self._failed[2] >= _RETRY_SECONDS

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            self.turn()

    def _seen(self) -> Aim | None:
        try:
            aim = self._look()
        except Exception as problem:  # noqa: BLE001 - a thread that ends would follow nothing more
            said = str(problem)
            if said != self._unreachable:
                _log.error("%s can't be followed now: %s", self._served.target, said)
            self._unreachable = said
            return None
        if self._unreachable is not None:
            _log.info("%s can be followed again", self._served.target)
        self._unreachable = None
        return aim

    def _go(self, aim: Aim) -> None:
        if aim.digest != self._served.digest:
            model = self._load_at(aim)
            # Who moved it on meanwhile means another.
            if self._seen() != aim or self._stopping.is_set():
                return
            self._deployment.follow(model)
        before, self._served, self._failed = self._served, aim, None
        _log.info(
            "%s is %s@%s (digest %s) from here on: generation %s, promoted by %s: %s",
            aim.target,
            aim.target.partition("@")[0],
            aim.version,
            aim.digest[:12],
            aim.generation,
            aim.by,
            aim.reason,
        )
        self._deployment.record("generation", _event(aim, before))

    def _fails(self, aim: Aim, problem: Exception) -> None:
        self._failed = (aim, _said(problem), time.monotonic())
        _log.error(
            "%s points to version %s, which can't serve; version %s goes on: %s",
            aim.target,
            aim.version,
            self._served.version,
            _said(problem),
        )


def load_aim(aim: Aim) -> Model:
    """The model that an alias points to, its digest held against the registry's before any of it
    is parsed. Raises: BundleError.
    """
    check_aim(aim)
    model = load(aim.folder)
    if model.digest != aim.digest:
        raise BundleError(str(aim.folder), "changed while it was loaded", aim.digest[:12])
    return model


def check_aim(aim: Aim) -> None:
    """Raises: BundleError where another bundle lies there than the alias points to."""
    found = open_bundle(aim.folder).manifest.digest
    if found != aim.digest:
        raise BundleError(
            str(aim.folder), f"digest {found[:12]}", f"{aim.digest[:12]}, as registered"
        )


def _said(problem: Exception) -> str:
    kind = "" if isinstance(problem, CellmarkError) else f"{type(problem).__name__}: "
    return f"{kind}{problem}"


def _failure(aim: Aim, said: str) -> dict[str, object]:
    which = {"version": aim.version, "digest": aim.digest, "generation": aim.generation}
    return {**which, "reason": said}


def _event(aim: Aim, before: Aim) -> dict[str, Any]:
    about = msgspec.structs.asdict(aim)
    del about["folder"]
    return {**about, "before": before.generation}
