"""Trace cells in this process, derive their scoring module, and hold it against them."""

from __future__ import annotations

import builtins
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.derive import Derived, derive
from cellmark.extract.proof.locate import Module
from cellmark.extract.proof.prove import prove
from cellmark.extract.proof.running import FILE, StepsFailed, functions_of
from cellmark.extract.trace.instrument import TRACER, instrument
from cellmark.extract.trace.program import CellText
from cellmark.extract.trace.tracer import Tracer
from cellmark.notebook.statements import parse
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.accepting import accepted
from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.scoring.frames import frame_of
from cellmark_runtime.scoring.keeping import LeftOut
from cellmark_runtime.scoring.lone_rows import worked_out
from cellmark_runtime.types.manifest import Proof
from cellmark_runtime.types.policies import Policies

Extract = Callable[..., Derived]
_STRICT = Policies()

FIT = """
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression(max_iter=50).fit(X_train.fillna(-1), y_train)
"""


class StepsModel:
    """What the proof needs of a model, straight from derived steps; no bundle, no files.

    Rows are decoded as the runtime decodes them, and the module lives on from call to call.
    """

    def __init__(self, derived: Derived, policies: Policies = _STRICT) -> None:
        self.signature = derived.signature
        self.policies = policies
        self.accepts = accepted(derived.signature, policies)
        self.answers = derived.answers
        self.named = functions_of(derived.steps, derived.values, derived.own.sources)

    def _features(self, frame: Any) -> Any:
        """As in a bundle, where nothing is around what the steps raise."""
        try:
            return self.named("features")(frame)
        except StepsFailed as failed:
            if isinstance(failed.problem, LeftOut):
                raise failed.problem from failed
            raise

    def trace(self, rows: Any) -> tuple[Any, Any, Any, Any]:
        frame = frame_of(rows, self.accepts, self.policies)
        try:
            features = worked_out(self._features, frame)
            predict, *others = (
                self.named(name)(features) if name in self.answers else None
                for name in ("predict", "predict_proba", "decision_function")
            )
            return features, predict, *others
        except InvalidRows:
            raise
        except (StepsFailed, ValueError) as problem:
            if isinstance(getattr(problem, "problem", None), InvalidRows):
                raise problem.problem from problem  # type: ignore[union-attr]
            raise CellmarkError("the rows", str(problem)) from problem


def trace(
    cells: Sequence[tuple[str, str]], namespace: dict[str, Any], headings: Mapping[int, str]
) -> tuple[Tracer, tuple[CellText, ...]]:
    """Run (roles, source) cells with a tracer in `namespace`."""
    texts = tuple(
        CellText(
            number,
            textwrap.dedent(source).strip("\n") + "\n",
            tuple(roles.split()),
            headings.get(number),
        )
        for number, (roles, source) in enumerate(cells, start=1)
    )
    tracer = Tracer(namespace, frozenset(text.number for text in texts if "data" in text.roles))
    # It stays: the notebook's functions report to it when a fitted estimator calls them later.
    setattr(builtins, TRACER, tracer)
    for text in texts:
        code = compile(instrument(parse(text.source, text.number), text.number), "cell", "exec")
        exec(code, namespace)
        tracer.close()
    return tracer, texts


@pytest.fixture(autouse=True)
def no_tracer_left() -> Iterator[None]:
    yield
    if hasattr(builtins, TRACER):
        delattr(builtins, TRACER)


def tail_of(text: str) -> str:
    """A piece of Python at the left margin, without blank lines around it."""
    return textwrap.dedent(text.strip("\n")).strip() if text[:1].isspace() else text.strip()


@pytest.fixture
def extract() -> Extract:
    """Derive the scoring module of some cells; they see the given names as a reader would."""

    def run(
        cells: Sequence[tuple[str, str]],
        model: str | None = None,
        choices: Choices | None = None,
        headings: Mapping[int, str] | None = None,
        **names: Any,
    ) -> Derived:
        namespace = {"__name__": "__main__", **names}
        tracer, texts = trace(cells, namespace, headings or {})
        return derive(tracer, texts, "test.ipynb", choices or Choices(model=model))

    return run


def proven(derived: Derived, single_rows: int = 40, policies: Policies = _STRICT) -> Proof:
    module = Module(derived.steps, FILE)
    model: Any = StepsModel(derived, policies)
    return prove(model, derived.truth, single_rows, module)


@pytest.fixture
def people() -> pd.DataFrame:
    """Eighty people: numbers, texts, a date, with missing values."""
    random = np.random.default_rng(7)
    count = 80
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 80, count).astype(float),
            "income": random.normal(3000, 900, count).round(2),
            "city": random.choice(["Bern", "Oslo", "Rome"], count),
            "job": random.choice(["baker", "clerk", "nurse", "pilot"], count),
            "visits": random.integers(0, 9, count),
            "joined": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(random.integers(0, 900, count), "D"),
            "bought": random.choice(["no", "yes"], count),
        }
    )
    frame.loc[[3, 17, 40], "age"] = np.nan
    frame.loc[[5, 22], "job"] = np.nan
    return frame


@pytest.fixture
def remarks(people: pd.DataFrame) -> pd.DataFrame:
    """The eighty people with a few words about each, and their height."""
    random = np.random.default_rng(1)
    words = ["late", "paid", "call", "again", "never", "new"]
    people["note"] = [" ".join(random.choice(words, 3)) for _ in people.index]
    people["height"] = random.normal(170, 10, len(people)).round(1)
    return people
