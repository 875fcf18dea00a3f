"""Copies stand for themselves, equal ones are one, and a copy that changes is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellmark.extract.trace.estimators import EstimatorStates
from cellmark.extract.values.copies import Copies, size_of
from cellmark_runtime.errors import CheckFailed

from .conftest import Extract, proven

COUNT = 30_000


def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(float(COUNT)), "t": ["x", "y"] * (COUNT // 2)})


CHANGES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "frame": (frame(), lambda v: v.__setitem__("a", 0.0)),
    "frame, one cell": (frame(), lambda v: v.at.__setitem__((0, "a"), 9.0)),
    "series": (frame()["a"], lambda v: v.__setitem__(0, 9.0)),
    "array": (np.arange(float(COUNT)), lambda v: v.__setitem__(0, 9.0)),
    "texts": (np.array(["x", "y"] * COUNT, object), lambda v: v.__setitem__(0, "z")),
    "list": ([*range(COUNT)], lambda v: v.__setitem__(0, 9)),
    "dict": (dict.fromkeys(range(COUNT), 1.0), lambda v: v.__setitem__(0, 9.0)),
    "set": ({*range(COUNT)}, lambda v: v.remove(0)),
    "list of lists": ([[each] for each in range(COUNT)], lambda v: v[0].append(9)),
    "short list of lists": ([[1], [2]], lambda v: v[0].append(9)),
}


def shown(value: Any) -> Any:
    if isinstance(value, set | dict):
        return sorted(value.items() if isinstance(value, dict) else value)
    return value.to_dict() if hasattr(value, "to_dict") else np.asarray(value, object).tolist()


@pytest.mark.parametrize(("value", "change"), CHANGES.values(), ids=CHANGES.keys())
def test_a_copy_stays_as_it_was(value: Any, change: Callable[[Any], Any]) -> None:
    copies = Copies()
    before = shown(value)
    kept = copies.of(value)
    change(value)
    assert shown(value) != before
    assert shown(kept) == before
    copies.check()


def test_the_same_content_is_kept_once() -> None:
    copies = Copies()
    for one, other in [
        (frame(), frame()),
        (frame()["a"], frame()["a"]),
        (np.zeros(COUNT), np.zeros(COUNT)),
        ([*range(COUNT)], [*range(COUNT)]),
    ]:
        assert copies.of(one) is copies.of(other)


DIFFERENT: dict[str, tuple[Any, Any]] = {
    "a name": (frame()["a"], frame()["a"].rename("b")),
    "labels": (frame(), frame().set_axis(range(1, COUNT + 1))),
    "the name of the labels": (frame(), frame().rename_axis("row")),
    "a type": (np.zeros(COUNT), np.zeros(COUNT, np.int64)),
    "the order in memory": (np.zeros((COUNT, 2)), np.zeros((COUNT, 2), order="F")),
    "a kind of container": ([*range(COUNT)], (*range(COUNT),)),
    "numbers of another type": ([0] * COUNT, [0.0] * COUNT),
    "missing in another way": (frame().astype({"t": object}), frame()),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_other_content_is_kept_for_itself(one: Any, other: Any) -> None:
    copies = Copies()
    assert copies.of(one) is not copies.of(other)


def test_size_is_that_of_the_values() -> None:
    assert size_of(frame()) == 2 * 8 * COUNT
    assert size_of(np.zeros(5)) == 40
    assert size_of("text") == 0


def test_a_frame_changed_past_pandas_is_refused(extract: Extract) -> None:
    cells = [
        (
            "data",
            "import numpy as np\nfrom sklearn.linear_model import LinearRegression\ndf = read()",
        ),
        ("preprocess", "df['a'].array[0] = 50.0\nX = df[['a']]"),
        ("train", "m = LinearRegression().fit(X, df['a'])\nm.predict(X)"),
    ]
    with pytest.raises(CheckFailed, match="DataFrame of a, t was changed past pandas"):
        extract(cells, read=frame)


LEARNING = """
import copy
from sklearn.base import BaseEstimator
from sklearn.linear_model import SGDClassifier
from sklearn.preprocessing import LabelEncoder
class Counted(SGDClassifier):
    copies = 0
    def __deepcopy__(self, memo):
        Counted.copies += 1
        made = Counted(random_state=0)
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made
df = read()
X, y = df[["visits", "income"]] / 1000, df["bought"]
model = Counted(random_state=0)
"""


@pytest.mark.parametrize(
    ("asks", "copied"), [("", 0), ("    print(model.predict(X.iloc[at:at + 2]))\n", 3)]
)
def test_a_model_that_learns_on_is_copied_only_as_it_answered(
    asks: str, copied: int, extract: Extract, people: Any
) -> None:
    learning = (
        "for at in range(0, 80, 20):\n"
        "    model.partial_fit(X.iloc[at:at + 20], y[at:at + 20], classes=['no', 'yes'])\n"
    )
    train = learning + asks + "answers = model.predict(X)\n"
    derived = extract([("data", LEARNING), ("train", train)], read=people.copy)
    assert proven(derived, 5).max_abs_difference < 1e-9
    assert type(derived.values["model"]).copies == copied


def test_nothing_is_no_estimator() -> None:
    assert EstimatorStates().known(None) is None
