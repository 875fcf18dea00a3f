"""Tracker: turn the executions of tagged cells into records, and see where a Run begins."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cellmark.store.location import absolute
from cellmark.store.spool import Record, new_id

from .chance import chance
from .checkout import Checkout
from .conditions import conditions
from .document import Document
from .estimators import estimators_of, fits_of, fitted_in
from .facts import data_of, parameters_of, seen, values_left
from .failure import failure_of
from .files import FileDigests
from .fits import Fit, Fits
from .lineage import Lineage
from .memory import PeakMemory
from .metric_calls import Call, MetricCalls
from .metrics import metrics_of
from .names import CellNames, names_in
from .opened import opened
from .place import place_of
from .request import Request, request_of
from .surroundings import Surroundings

__all__ = ["Tracker"]


class Tracker:
    """Hears cells begin and end; appends one record to the spool for each tagged one."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._place = place_of(shell.user_ns)
        self._calls = MetricCalls()
        self._fits = Fits()
        self._fits.watch()
        self._checkout = Checkout(self._place.home)
        self._surroundings = Surroundings(self._place.home, Path.cwd())
        self._files = FileDigests(absolute(self._place.spool.folder).parent)
        self._lineage = Lineage(Document(self._place.notebook).places)
        self._imported: set[str] = set()
        # Now: a cell may change its own environment.
        self._conditions = conditions()
        self._request = Request(None, None, (), injected=False)
        self._memory = PeakMemory()
        self._chance: dict[str, str] = {}
        self._started = 0.0
        self._clock = 0.0

    def begin(self, info: Any) -> None:  # noqa: ARG002
        """A cell is about to run."""
        self._request = request_of(self._shell.kernel)
        self._calls.take()
        self._fits.take()
        if {"train", "evaluate"} & set(self._request.roles):
            self._calls.begin()
        if self._request.roles and "skip" not in self._request.roles:
            self._checkout.look()
            self._chance = chance()
            self._memory.begin()
            opened.begin()
        if {"preprocess", "train"} & set(self._request.roles):
            self._fits.begin()
        self._started, self._clock = time.time(), time.perf_counter()

    def end(self, result: Any) -> None:
        """A cell has run, or failed."""
        seconds = time.perf_counter() - self._clock
        peak = self._memory.end()
        paths = opened.take(result.info.raw_cell)
        names = names_in(result.info.raw_cell, self._shell.transform_cell)
        self._imported |= names.imports
        calls, fits = self._calls.take(), self._fits.take()
        if not self._request.roles or "skip" in self._request.roles:
            self._lineage.passed(self._request.cell_id, result.info.raw_cell, names)
            return
        self._surroundings.look()
        error = result.error_in_exec or result.error_before_exec
        record = self._record(result, seconds, error)
        record.update(chance=self._chance, peak=peak)
        record.update(self._found(names, calls, fits, result.result))
        record["files"] = self._files.of(paths, self._started)
        self._lineage.place(record, names)
        if record["begins"]:
            record["environment"] = self._surroundings.environment(self._imported)
            record["git"] = self._checkout.found()
            modules = self._surroundings.modules(self._imported)
            record["conditions"] = {**self._conditions, "modules": modules}
        self._place.spool.append(record)

    def _record(self, result: Any, seconds: float, error: BaseException | None) -> Record:
        number = self._request.number
        failure = None if error is None else failure_of(error, self._shell.user_ns, number)
        return {
            "kind": "cell",
            "id": new_id(),
            "experiment": self._place.experiment,
            "cell_id": self._request.cell_id,
            "number": number,
            "injected": self._request.injected,
            "roles": self._request.roles,
            "source": result.info.raw_cell,
            "status": "ok" if error is None else "failed",
            "started": self._started,
            "seconds": seconds,
            "failure": failure,
        }

    def _found(
        self, names: CellNames, calls: Sequence[Call], fits: Sequence[Fit], last: Any
    ) -> Record:
        """What the cell brought, by its roles."""
        roles, namespace = set(self._request.roles), self._shell.user_ns
        found: Record = {}
        left: Mapping[str, Any] = {}
        if "parameters" in roles:
            found["parameters"] = parameters_of(names, namespace)
            found["seen"] = seen(found["parameters"], names, injected=self._request.injected)
        if "data" in roles:
            found["data"] = data_of(names, namespace, self._place.spool.folder)
        if roles & {"preprocess", "train", "evaluate"}:
            found["values"] = values_left(names, namespace)
        if roles & {"preprocess", "train"}:
            left = fitted_in(names, namespace)
            found["estimators"] = estimators_of(left, fits, self._place.spool.folder)
            found["fits"] = fits_of(fits, left)
        if roles & {"train", "evaluate"}:
            trained = {id(fit.trained()) for fit in fits}
            fitted = {name: one for name, one in left.items() if id(one) in trained}
            whole = "evaluate" in roles
            found["metrics"] = metrics_of(
                calls, names, namespace, fitted=fitted, last=last, whole=whole
            )
        return found
