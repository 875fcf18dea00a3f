"""Lineage: which executions make up a Run, as cells run in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cellmark.store.spool import Record, new_id

from .freshness import Freshness
from .names import CellNames

__all__ = ["Lineage"]

_FEEDING = {"parameters", "data", "preprocess", "train"}


class Lineage:
    """The latest execution of each tagged cell, and the Run that is going on."""

    def __init__(self, places: Callable[[], Mapping[str, int]]) -> None:
        """`places` tells where each cell stands in the notebook, as far as that is known."""
        self._places = places
        self._latest: dict[str, tuple[Record, CellNames]] = {}
        self._fresh = Freshness()
        self._run: str | None = None
        # The train cells of the going Run, and whether one of them has fitted (or failed).
        self._trains: set[str] = set()
        self._trained = False

    def place(self, record: Record, names: CellNames) -> None:
        """Say in `record` which Run it belongs to (`run`), whether it `begins` that Run, and
        which executions fed it (`fed_by`).

        A `train` cell begins a Run, unless the train cells of the going Run have fitted nothing
        yet: then it carries that training on. An `evaluate` cell joins the going Run. Any other
        cell that fails makes a failed Run of its own.
        """
        roles = set(record["roles"])
        key = record["cell_id"] or record["source"]
        record.update(run=None, begins=False, fed_by=[])
        self._fresh.ran(record, names, key)
        if "train" in roles:
            self._train(record, names, key)
        elif "evaluate" in roles and self._run is not None:
            record["run"] = self._run
            record["stale"] = self._fresh.changed_since_training(names)
        elif record["status"] == "failed":
            self._begin(record, names, key)
        if roles & _FEEDING:
            # Taken out first: the order is that of the last executions.
            self._latest.pop(key, None)
            self._latest[key] = (record, names)

    def passed(self, cell_id: str | None, source: str, names: CellNames) -> None:
        """A cell without a role has run: no part of a Run, but what it assigns is new."""
        record = {"id": "", "roles": (), "source": source}
        self._fresh.ran(record, names, cell_id or source)

    def _train(self, record: Record, names: CellNames, key: str) -> None:
        if self._run is None or self._trained or key in self._trains:
            self._begin(record, names, key)
            self._run, self._trains, self._trained = record["run"], set(), False
            self._fresh.train(record)
        record["run"] = self._run
        self._trains.add(key)
        self._trained |= bool(record.get("estimators")) or record["status"] == "failed"

    def _begin(self, record: Record, names: CellNames, key: str) -> None:
        feeding = self._feeding(names, key)
        fed_by = [each["id"] for each in feeding]
        record.update(run=new_id(), begins=True, fed_by=fed_by, stale=self._fresh.stale(fed_by))
        record["out_of_order"] = _out_of_order([*feeding, record], self._places)

    def _feeding(self, names: CellNames, key: str) -> list[Record]:
        return [
            latest
            for other, (latest, theirs) in self._latest.items()
            if other != key and latest["status"] == "ok"
            # Another training belongs to this one only where this one uses what it made.
            if "train" not in latest["roles"] or names.mentioned & set(theirs.assigned)
        ]


def _out_of_order(ran: Sequence[Record], places: Callable[[], Mapping[str, int]]) -> bool | None:
    """Whether cells that ran in this order stand in another; None where that is not known.

    Where a replay has numbered the cells, those are their places.
    """
    found = [record["number"] for record in ran if record["number"] is not None]
    if not found:
        known = places()
        found = [known[record["cell_id"]] for record in ran if record["cell_id"] in known]
    return None if len(found) < len(ran) else found != sorted(found)
