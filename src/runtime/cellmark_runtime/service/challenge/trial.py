"""A champion and its challenger behind one address: who answers, who only scores, when it ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from ...audit.record import canonical
from ...errors import CellmarkError
from ...routing.assignment import bucket_of, cutoff_of
from ...routing.evaluation import Evaluation
from ...routing.experiment import Experiment, changed, read
from ...routing.guardrails import Guardrails, Limits, Outcome
from ...routing.verdicts import kept
from ..replies.identity import CHALLENGE, NONSENSE, OWN, UNIT_HEADER
from ..replies.ids import new_ids
from .shadow import Shadow, Shadowed
from .verdict import Verdict

if TYPE_CHECKING:
    from ..generations.generation import Generation

__all__ = ["Trial"]

_log = logging.getLogger("cellmark_runtime.service")
_MISMATCH = 409
_Record = Callable[[str, dict[str, Any]], None]


class Trial:
    """Runs one experiment in this process."""

    def __init__(
        self,
        champion: Generation,
        challenger: Generation,
        experiment: Experiment,
        limits: Limits,
        record: _Record,
        folder: Path | None = None,
    ) -> None:
        """Args: folder: where the experiment stands for all processes."""
        self.champion = champion
        self.challenger = challenger
        self.experiment = experiment
        self._record = record
        self._folder = folder
        self._guardrails = Guardrails(limits)
        self._judging = threading.Lock()
        self._shadow: Shadow | None = None
        self._shadowed = 0
        self._verdict = Verdict(folder, experiment, record) if folder else None
        if experiment.mode == "shadow":
            self._shadow = Shadow(challenger.model, self._heard)

    def assign(self, scope: Scope) -> bool:
        """Note in the scope where this request belongs; whether that is with the challenger."""
        experiment = self.experiment
        if experiment.stopped:
            return False
        note: dict[str, Any] = {"experiment": experiment.id, "mode": experiment.mode}
        hit = False
        if experiment.mode == "split":
            unit = Headers(scope=scope).get(UNIT_HEADER)
            bucket = bucket_of(experiment.id, unit or new_ids(1)[0])
            hit = bucket < cutoff_of(experiment.share)
            note |= {"assigned": "challenger" if hit else "champion", "bucket": bucket}
            note |= {"share": experiment.share, "unit": unit}
        scope[CHALLENGE] = note
        return hit

    async def split(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the challenger answer; where it can't, the champion does, and the caller sees none
        of it. Who expects another version gets 409, as ever.
        """
        asked = _Again(receive)
        theirs = dict(scope)
        first = _Reply(
            send, passes=lambda status: status < 300 or status == _MISMATCH or OWN in theirs
        )
        # Its stack logs what it raises, behind the reply that it made of it.
        with suppress(Exception):
            await self.challenger.app(theirs, asked, first)
        seconds = max(0.0, first.began - asked.complete)
        if first.passed or asked.is_gone:
            if first.passed and first.status < 300:
                self._judge("fine", seconds)
            return
        second = _Reply(send, passes=lambda _: True)
        asked.rewind()
        await self.champion.app(scope, asked, second)
        # What both refuse is the caller's fault.
        if second.status < 300:
            self._judge("invalid" if NONSENSE in theirs else "error", seconds)

    def after(self, ids: Sequence[str], rows: list[object]) -> None:
        """The champion's reply is out: the challenger may score the same rows."""
        if self._shadow and not self.experiment.stopped:
            self._shadow.offer(ids, rows)

    def refresh(self) -> None:
        """See what other processes, or people, made of the experiment."""
        if self._folder is None or self._verdict is None:
            return
        self._verdict.turn(self.experiment)
        try:
            found = read(self._folder, self.experiment.id)
        except (OSError, CellmarkError) as problem:
            _log.error("the experiment can't be read: %s", problem)
            return
        if found and found != self.experiment:
            _log.warning("challenge: share %s, stopped: %s", found.share, found.stopped)
            self.experiment = found

    def end(self) -> None:
        """Take no more; what waits is still scored."""
        if self._shadow:
            self._shadow.end()
        if self._verdict:
            self._verdict.close()

    def close(self) -> None:
        """Score what waits, and no more."""
        if self._shadow:
            self._shadow.close()
        self.end()

    def standing(self) -> dict[str, object]:
        """For `/metadata`."""
        about = msgspec.structs.asdict(self.experiment)
        return {**about, "answers": dict(self._guardrails.totals), "dropped": self._dropped()}

    def judged(self) -> Evaluation | None:
        """What the process that judges said last."""
        try:
            return kept(self._folder, self.experiment.id) if self._folder else None
        except OSError:
            return None

    def figures(self) -> dict[str, float]:
        """For `/metrics`."""
        totals = self._guardrails.totals
        stopped = self.experiment.stopped is not None
        split = self.experiment.mode == "split" and not stopped
        figures = self._verdict.figures() if self._verdict else {}
        return figures | {
            "model_challenge_share": self.experiment.share if split else 0.0,
            "model_challenge_stopped": float(stopped),
            "model_challenge_shadowed_total": self._shadowed,
            "model_challenge_dropped_total": self._dropped(),
            "model_challenge_errors_total": totals["error"],
            "model_challenge_slow_total": totals["slow"],
            "model_challenge_invalid_total": totals["invalid"],
        }

    def _dropped(self) -> int:
        return self._shadow.dropped if self._shadow else 0

    def _heard(self, heard: Shadowed) -> None:
        self._shadowed += len(heard.entries or ())
        by: dict[str, Any] = {
            **self.challenger.identity.as_json(),
            "experiment": self.experiment.id,
        }
        by["ms"] = round(heard.seconds * 1000, 3)
        for position, identity in enumerate(heard.ids):
            about: dict[str, Any] = {**by, "of": identity}
            if heard.entries is not None:
                about["output"] = msgspec.json.decode(canonical(heard.entries[position]))
            if heard.said:
                about["problem"] = heard.said
            self._record("shadow", about)
        self._judge(heard.outcome, heard.seconds)

    def _judge(self, outcome: Outcome, seconds: float) -> None:
        with self._judging:
            why = self._guardrails.judge(outcome, seconds)
            if why is None or self.experiment.stopped:
                return
            self.experiment = msgspec.structs.replace(self.experiment, stopped=why)
        _log.error("the challenger is rolled back: %s", why)
        if self._folder:
            try:
                changed(self._folder, self.experiment.id, by="guardrail", stopped=why)
            except (OSError, CellmarkError) as problem:
                _log.error("other processes may go on with the challenger: %s", problem)
        self._record("challenge", {"experiment": self.experiment.id, "stopped": why})


class _Again:
    """A request's body that can be received once more."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._had: list[Message] = []
        self._next = 0
        # When all of it was there: a caller who sends slowly is no slow challenger.
        self.complete = perf_counter()

    async def __call__(self) -> Message:
        if self._next == len(self._had):
            self._had.append(await self._receive())
            self.complete = perf_counter()
        self._next += 1
        return self._had[self._next - 1]

    def rewind(self) -> None:
        self._next = 0

    @property
    def is_gone(self) -> bool:
        """Whether the caller hung up."""
        return any(message["type"] == "http.disconnect" for message in self._had)


class _Reply:
    """Sends a reply on if its status passes; else nobody hears of it."""

    def __init__(self, send: Send, passes: Callable[[int], bool]) -> None:
        self._send = send
        self._passes = passes
        self.status = 500
        self.passed = False
        self.began = perf_counter()

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.began = perf_counter()
            self.passed = self._passes(self.status)
        if self.passed:
            await self._send(message)
