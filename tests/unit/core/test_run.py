"""What a Run says of itself."""

from __future__ import annotations

import msgspec
import pytest

from cellmark.core.fingerprint import Column, Fingerprint
from cellmark.core.run import CellExecution, Environment, Metric, Run


def cell(role: str, source: str = "x", **more: object) -> CellExecution:
    facts = {"id": "e", "cell_id": "c", "number": 1, "injected": False, "status": "ok"}
    timed = {"started": 1.0, "seconds": 0.5}
    return CellExecution(roles=(role,), source=source, **{**facts, **timed, **more})


def metric(name: str, value: float, **more: object) -> Metric:
    facts = {"source": "assigned", "confidence": 1.0, "step": 0, "at": 1.0, "latest": True}
    return Metric(name=name, value=value, **{**facts, **more})


FRAME = Fingerprint(digest="d", kind="frame", shape=(3, 2), columns=(Column("a", "int64", "e"),))
PACKAGES = Environment(digest="p", python="3.11.7", packages={"numpy": "2.4.6"})
RUN = Run(
    id="1",
    experiment="a/b.ipynb",
    name="b",
    status="ok",
    started=1.0,
    finished=3.5,
    cells=(cell("data"), cell("train"), cell("evaluate")),
    parameters={"C": 1, "seed": 2},
    metrics=(metric("auc", 0.5, latest=False), metric("auc", 0.7), metric("f", 1, source="fold")),
    data={"df": FRAME},
    estimators=(),
    environment=PACKAGES,
    git=None,
    notebook=None,
    failure=None,
)


def but(**changes: object) -> str:
    return msgspec.structs.replace(RUN, **changes).identity


def test_the_newest_value_of_each_metric_stands_for_it():
    assert RUN.latest_metrics == {"auc": 0.7}
    assert RUN.seconds == 2.5


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "2", "started": 9.0, "finished": 12.0, "status": "failed"},
        {"experiment": "elsewhere.ipynb"},
        {"parameters": {"seed": 2, "C": 1}},
        {"metrics": ()},
        {"git": {"commit": "c", "changed": True}},
        {"cells": (cell("data", started=7.0, id="z"), cell("train"), cell("evaluate", "other"))},
        {"cells": (cell("data"), cell("parameters", "# new", injected=True), cell("train"))},
    ],
)
def test_identity_is_that_of_the_training(changes):
    assert but(**changes) == RUN.identity


@pytest.mark.parametrize(
    "changes",
    [
        {"cells": (cell("data", "other"), cell("train"))},
        {"cells": (cell("train"), cell("data"))},
        {"parameters": {"C": 2, "seed": 2}},
        {"data": {"df": msgspec.structs.replace(FRAME, digest="other")}},
        {"data": {"other": FRAME}},
        {"environment": msgspec.structs.replace(PACKAGES, digest="other")},
    ],
)
def test_identity_differs_with_what_the_training_was_given(changes):
    assert but(**changes) != RUN.identity
