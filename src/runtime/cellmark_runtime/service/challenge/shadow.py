"""Shadow: the challenger scores what the champion answered, after the reply."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from time import perf_counter
from typing import Any, NamedTuple

from ...routing.guardrails import Outcome, nonsense
from ...scoring.answers import entries_of, namer_of
from ...scoring.model import Model

__all__ = ["Shadow", "Shadowed"]

# Rows that wait for the challenger. What comes above is dropped and counted: no answer waits.
_MOST_WAITING = 5000


class Shadowed(NamedTuple):
    """What the challenger made of one request: entries by prediction id, or why it has none."""

    ids: Sequence[str]
    entries: Sequence[dict[str, object]] | None
    outcome: Outcome
    said: str | None
    seconds: float


class Shadow:
    """A thread and a bounded queue before it."""

    def __init__(self, model: Model, tell: Callable[[Shadowed], None]) -> None:
        self._model = model
        self._output = model.signature.output
        self._named = namer_of(self._output)
        self._tell = tell
        self._waiting: deque[tuple[Context, Sequence[str], list[object]]] = deque()
        self._rows = 0
        self._changed = threading.Condition()
        self._closing = False
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, ids: Sequence[str], rows: list[object]) -> None:
        """Have these rows scored some time; at once dropped where too many wait."""
        with self._changed:
            if self._closing or self._rows + len(rows) > _MOST_WAITING:
                self.dropped += len(rows)
                return
            self._rows += len(rows)
            # With the trace of the request that they came with.
            self._waiting.append((copy_context(), ids, rows))
            self._changed.notify()

    def end(self) -> None:
        """Take no more."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def close(self, seconds: float = 5.0) -> None:
        """Score what waits, as far as that goes in so many seconds."""
        self.end()
        self._thread.join(seconds)
        with self._changed:
            self.dropped += self._rows
            self._waiting.clear()
            self._rows = 0

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
                context, ids, rows = self._waiting.popleft()
                self._rows -= len(rows)
            self._tell(context.run(self._scored, ids, rows))

    def _scored(self, ids: Sequence[str], rows: list[object]) -> Shadowed:
        started = perf_counter()
        try:
            answer = self._model.answer(rows)
            entries: list[dict[str, Any]] = entries_of(self._output, self._named, answer)
        except Exception as problem:  # noqa: BLE001 - whatever a challenger does, it does here
            said = f"{type(problem).__name__}: {problem}"[:300]
            return Shadowed(ids, None, "error", said, perf_counter() - started)
        seconds = perf_counter() - started
        if len(entries) != len(ids):
            said = f"{len(entries)} answers for {len(ids)} rows"
            return Shadowed(ids, None, "error", said, seconds)
        said_of = [nonsense(entry, self._output) for entry in entries]
        found = next((said for said in said_of if said), None)
        return Shadowed(ids, entries, "invalid" if found else "fine", found, seconds)
