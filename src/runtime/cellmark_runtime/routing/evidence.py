"""What an audit log holds on an experiment: answers, what the challenger made of them, labels."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..audit.layout import Place, places
from .experiment import Experiment
from .losses import loss_of, usual_loss
from .mismatch import Counts

__all__ = ["Evidence", "Loss"]

_KINDS = (b'"kind":"prediction"', b'"kind":"shadow"', b'"kind":"label"')
_LABEL = _KINDS[2]


class Loss(NamedTuple):
    """What one label says: both losses in shadow, one of them in a split."""

    at: str
    champion: float | None
    challenger: float | None
    share: float


class _Answer(NamedTuple):
    output: dict[str, Any]
    assigned: str
    share: float
    unit: str


class _Label(NamedTuple):
    at: str
    turn: int
    value: Any


class Evidence:
    """Reads a log once, and from there on only what is new."""

    def __init__(self, folder: Path, experiment: Experiment, most: int | None = None) -> None:
        """Args: most: forget the oldest answers without a label above so many."""
        self._folder = folder
        self._experiment = experiment
        self._most = most
        self._began = _seconds(experiment.started)
        self._read: dict[Place, int] = {}
        self._answers: dict[str, _Answer] = {}
        self._shadows: dict[str, dict[str, Any]] = {}
        self._labels: dict[str, _Label] = {}
        self._units: dict[str, tuple[float, str]] = {}
        self.unpaired = 0

    @property
    def answers(self) -> int:
        """Answers on record, with a label or without."""
        return len(self._answers)

    def read(self) -> None:
        """Take in what was written since. Raises: OSError, CellmarkError."""
        for place in places(self._folder):
            if self._is_older(place):
                continue
            for line in self._new_lines(place):
                self._take(line)
        if self._most is not None:
            self._forget(self._most)

    def losses(self, name: str | None = None) -> tuple[str, list[Loss]]:
        """The loss that was meant, and what labels say, in the order in which they came.

        Args: name: of the loss; by default what fits the answers.
        Raises: CellmarkError for a loss that there is not.
        """
        first = next(iter(self._answers.values()), None)
        chosen = name or (usual_loss(first.output) if first else "brier")
        loss_of(chosen)
        found = list(self._of_labels(chosen))
        return chosen, found

    def counts(self) -> list[Counts]:
        """How many units each arm got, by the share that it should have had."""
        by_share: dict[float, list[int]] = {}
        for share, arm in self._units.values():
            counts = by_share.setdefault(share, [0, 0])
            counts[0] += 1
            counts[1] += arm == "challenger"
        return [Counts(share, *counts) for share, counts in sorted(by_share.items())]

    def _is_older(self, place: Place) -> bool:
        """Whether a segment was written to the last time before the experiment began."""
        try:
            return place.lines.stat().st_mtime < self._began
        except OSError:
            return False

    def _new_lines(self, place: Place) -> Iterator[bytes]:
        if not place.lines.exists():
            return
        with place.lines.open("rb") as file:
            file.seek(self._read.get(place, 0))
            for line in file:
                if not line.endswith(b"\n"):
                    return  # still being written
                self._read[place] = self._read.get(place, 0) + len(line)
                yield line

    def _take(self, line: bytes) -> None:
        ours = self._experiment.id.encode() in line
        if not (ours or _LABEL in line) or not any(kind in line for kind in _KINDS):
            return
        try:
            record: dict[str, Any] = msgspec.json.decode(line)
            about = record.get("about") or {}
            if record["kind"] == "label":
                self._take_label(record["at"], about)
            elif record["kind"] == "shadow" and about["experiment"] == self._experiment.id:
                self._take_shadow(about)
            elif record["kind"] == "prediction":
                self._take_answer(record)
        except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError):
            return  # for `cellmark audit verify` to say

    def _take_label(self, at: str, about: dict[str, Any]) -> None:
        known = self._labels.get(about["of"])
        if known is None or about["turn"] > known.turn:
            first = known.at if known else at
            self._labels[about["of"]] = _Label(min(first, at), about["turn"], about["label"])

    def _take_shadow(self, about: dict[str, Any]) -> None:
        output = about.get("output")
        if isinstance(output, dict):
            self._shadows[about["of"]] = output

    def _take_answer(self, record: dict[str, Any]) -> None:
        note = record.get("challenge") or {}
        if note.get("experiment") != self._experiment.id:
            return
        # A batch is answered as one; whose it is nobody said.
        unit = note.get("unit") or record["batch"]["id"]
        arm, share = note.get("assigned", "champion"), float(note.get("share", 0.0))
        self._answers[record["id"]] = _Answer(record["output"], arm, share, unit)
        # Where the share grew, a unit counts where it was drawn first.
        self._units.setdefault(unit, (share, arm))

    def _of_labels(self, chosen: str) -> Iterator[Loss]:
        loss = loss_of(chosen)
        shadow = self._experiment.mode == "shadow"
        self.unpaired = 0
        seen: set[str] = set()
        for identity, label in sorted(self._labels.items(), key=lambda item: (item[1].at, item[0])):
            answer = self._answers.get(identity)
            if answer is None:
                continue
            ours = loss(answer.output, label.value)
            theirs = ours
            if shadow:
                theirs = loss(self._shadows.get(identity, {}), label.value)
            # One unit's answers are not independent of each other: its first label counts.
            elif answer.unit in seen or not 0 < answer.share < 1:
                ours = None
            seen.add(answer.unit)
            if ours is None or theirs is None or not math.isfinite(ours + theirs):
                self.unpaired += 1
            elif shadow:
                yield Loss(label.at, ours, theirs, 0.0)
            else:
                hit = answer.assigned == "challenger"
                yield Loss(label.at, None if hit else ours, ours if hit else None, answer.share)

    def _forget(self, most: int) -> None:
        waiting = [identity for identity in self._answers if identity not in self._labels]
        for identity in waiting[: max(0, len(waiting) - most)]:
            del self._answers[identity]
            self._shadows.pop(identity, None)


def _seconds(moment: str) -> float:
    """A moment of a record, with a second to spare for coarse clocks of file systems."""
    return dt.datetime.fromisoformat(moment).timestamp() - 1
