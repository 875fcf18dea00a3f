"""Where an alias points, for a service that follows it."""

from __future__ import annotations

from pathlib import Path

from cellmark.core.registry import Event, faults
from cellmark.store import Store, open_store
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.service.generations.following import Aim

from .kept_bundles import place_of
from .signing import is_signed

__all__ = ["Alias", "alias_of"]


def alias_of(target: str, *, start: Path | None = None) -> Alias | None:
    """A registered model's alias to follow; None for a bundle's folder or a fixed version."""
    model, _, which = target.rpartition("@")
    if not model or which.isdecimal() or Path(target).is_dir():
        return None
    return Alias(target, (start or Path.cwd()).absolute())


class Alias:
    """Says where an alias points, each time that it is called.

    It believes the registry only while its history holds: an alias that was moved by hand in the
    tables, without an event, is followed by nobody.
    """

    def __init__(self, target: str, start: Path) -> None:
        self.target = target
        self._start = start
        self._model, _, self._alias = target.rpartition("@")
        self._seen: tuple[tuple[int, int | None], Aim] | None = None

    def __call__(self) -> Aim:
        """Raises: CellmarkError where the registry is gone, locked, changed, or has no alias so."""
        store = open_store(self._start)
        if not store.is_there:
            raise CellmarkError(str(store.folder), "no registry there any more", "the one before")
        try:
            return self._looked_up(store)
        finally:
            # Held open, a database that was put aside would be believed for ever.
            store.close()

    def _looked_up(self, store: Store) -> Aim:
        while True:
            stands = self._stands(store)
            if self._seen and self._seen[0] == stands:
                return self._seen[1]
            try:
                aim = self._aim(store)
            except CellmarkError:
                if self._stands(store) == stands:
                    raise
            else:
                self._seen = stands, aim
            # Whoever promotes meanwhile changes events and tables under these hands: once more.

    def _stands(self, store: Store) -> tuple[int, int | None]:
        registry = store.registry()
        points = registry.standing(self._model).aliases.get(self._alias)
        return registry.last(self._model), points

    def _aim(self, store: Store) -> Aim:
        registry = store.registry()
        events = registry.events(self._model)
        found = list(faults(events, is_signed, registry.standing(self._model)))
        if found:
            raise CheckFailed(
                f"history of {self._model}",
                found[0],
                "one that nobody changed",
                f"See `cellmark history {self._model} --verify`.",
            )
        moved = _moved(events, self._alias)
        if moved is None:
            raise CellmarkError(self.target, "no such alias any more", "one that was promoted")
        # What lies there is for whoever loads it to check, against the digest.
        return _aim(self.target, place_of(store, moved.evidence["digest"]), moved)


def _moved(events: list[Event], alias: str) -> Event | None:
    """The event that moved the alias to where it is."""
    moves = (each for each in events if each.kind == "promoted" and each.alias == alias)
    return max(moves, key=lambda each: each.seq, default=None)


def _aim(target: str, folder: Path, moved: Event) -> Aim:
    return Aim(
        target=target,
        folder=folder,
        version=moved.version,
        digest=moved.evidence["digest"],
        generation=moved.seq,
        promoted=moved.at,
        by=moved.who,
        reason=moved.reason,
    )
