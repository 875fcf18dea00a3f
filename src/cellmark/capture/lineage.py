"""Lineage: which executions make up a Run, as cells run in whatever order."""

from __future__ import annotations

from cellmark.store.spool import Record, new_id

from .names import CellNames

__all__ = ["Lineage"]

_FEEDING = {"parameters", "data", "preprocess", "train"}


class Lineage:
    """The latest execution of each tagged cell, and the Run that is going on."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[Record, CellNames]] = {}
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
        if "train" in roles:
            self._train(record, names, key)
        elif "evaluate" in roles and self._run is not None:
            record["run"] = self._run
        elif record["status"] == "failed":
            self._begin(record, names, key)
        if roles & _FEEDING:
            # Taken out first: the order is that of the last executions.
            self._latest.pop(key, None)
            self._latest[key] = (record, names)

    def _train(self, record: Record, names: CellNames, key: str) -> None:
        if self._run is None or self._trained or key in self._trains:
            self._begin(record, names, key)
            self._run, self._trains, self._trained = record["run"], set(), False
        record["run"] = self._run
        self._trains.add(key)
        self._trained |= bool(record.get("estimators")) or record["status"] == "failed"

    def _begin(self, record: Record, names: CellNames, key: str) -> None:
        record.update(run=new_id(), begins=True, fed_by=self._feeding(names, key))

    def _feeding(self, names: CellNames, key: str) -> list[str]:
        return [
            latest["id"]
            for other, (latest, theirs) in self._latest.items()
            if other != key and latest["status"] == "ok"
            # Another training belongs to this one only where this one uses what it made.
            if "train" not in latest["roles"] or names.mentioned & set(theirs.assigned)
        ]
