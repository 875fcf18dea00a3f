"""What an answer turned out to be: labels, joined to answers on record by prediction id."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from .answers_index import AnswersIndex, Known
from .layout import locked
from .log import AuditLog, Unwritable
from .record import canonical, plain

__all__ = ["LabelBook", "Status", "Taken"]

Status = Literal["recorded", "repeated", "corrected", "unknown"]


class Taken(NamedTuple):
    """What became of one label.

    `answer` is the record that it was joined to, `replaces` the label that it took the place of.
    """

    id: str
    label: Any
    status: Status
    replaces: Any = None
    answer: Mapping[str, Any] | None = None


class LabelBook:
    """Takes labels for the answers of one model, and puts them on record in its log."""

    def __init__(self, log: AuditLog, folder: Path, model: str) -> None:
        self._log = log
        self._folder = folder
        self._model = model
        self._index = AnswersIndex(folder)

    def take(self, labels: list[tuple[str, Any]], about: Mapping[str, Any]) -> list[Taken]:
        """Return once all labels are durable. Blocks, so call it beside the event loop.

        A label that stands already is not recorded again; another one for the same answer is, and
        counts from then on.

        Args: labels: prediction id and label; about: what each record says besides.
        Raises: Unwritable; nothing was recorded then, and all may be sent again.
        """
        # Other workers take labels for the same answers.
        handle = locked(self._folder, "labels", wait=True)
        try:
            known = self._index.known([identity for identity, _ in labels])
            taken = list(self._judged(labels, known))
            self._record(taken, known, about)
        finally:
            if handle is not None:
                os.close(handle)
        return taken

    def _judged(
        self, labels: Iterable[tuple[str, Any]], known: Mapping[str, Known]
    ) -> Iterable[Taken]:
        standing = {each: _label_of(answer) for each, answer in known.items()}
        for identity, label in labels:
            answer = known.get(identity)
            if answer is None or answer.record["by"]["model"] != self._model:
                yield Taken(identity, label, "unknown")
                continue
            before = standing[identity]
            standing[identity] = (label,)
            record = answer.record
            if before is None:
                yield Taken(identity, label, "recorded", answer=record)
            elif canonical(before[0]) == canonical(label):
                yield Taken(identity, label, "repeated", answer=record)
            else:
                yield Taken(identity, label, "corrected", before[0], record)

    def _record(
        self, taken: Iterable[Taken], known: Mapping[str, Known], about: Mapping[str, Any]
    ) -> None:
        turns = {each: _turn_of(answer) for each, answer in known.items()}
        events: list[dict[str, Any]] = []
        for each in taken:
            if each.status in ("recorded", "corrected"):
                turns[each.id] += 1
                event = {"label": each.label, "of": each.id, "turn": turns[each.id]}
                events.append({**about, **event})
        if events and not self._log.events("label", events).result():
            raise Unwritable("the labels were not written")


def _label_of(answer: Known) -> tuple[Any] | None:
    """The label that stands, or None: it may itself be any value."""
    return (plain(answer.label["about"]["label"]),) if answer.label else None


def _turn_of(answer: Known) -> int:
    return int(answer.label["about"]["turn"]) if answer.label else 0
