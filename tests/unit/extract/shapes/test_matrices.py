"""Notebooks whose data is a matrix of numbers: its columns get names, so that a request can."""

from __future__ import annotations

import pandas as pd
import pytest

from ..conftest import Extract, proven

IMPORTS = """
import numpy as np
import pandas as pd
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
"""
TRAIN = """
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
model.predict(X_test)
"""
PACKAGED: dict[str, tuple[str, str, list[str]]] = {
    "made": ("X, y = make_classification(60, 5, random_state=0)", "", [f"X_{n}" for n in range(5)]),
    "loaded": ("X, y = load_iris(return_X_y=True)", "", [f"X_{n}" for n in range(4)]),
    "some columns of a data set": (
        "iris = load_iris()\nX = iris.data[:, :2]\ny = iris.target",
        "",
        ["X_0", "X_1"],
    ),
    "put together of parts": (
        "A, a = make_classification(60, 4, random_state=0)\n"
        "B, b = make_classification(80, 4, random_state=1)\n"
        "X = np.concatenate([A, B])\ny = np.concatenate([a, 1 - b])",
        "",
        [f"X_{n}" for n in range(4)],
    ),
    "with noise of its own": (
        "rng = np.random.RandomState(0)\nX, y = load_iris(return_X_y=True)\n"
        "X = np.c_[X, rng.randn(len(X), 2)]",
        "",
        [f"X_{n}" for n in range(6)],
    ),
    "filled by a loop": (
        "rng = np.random.RandomState(0)\nX = np.zeros((60, 2))\n"
        "for at in range(len(X)):\n    X[at, 0] = at * 2.0 + rng.normal()\n"
        "y = np.arange(60) % 3",
        "",
        ["X_0", "X_1"],
    ),
    "scaled where it is loaded": (
        "X, y = load_iris(return_X_y=True)\nX = StandardScaler().fit_transform(X)",
        "",
        [f"X_{n}" for n in range(4)],
    ),
    "prepared": (
        "X, y = make_classification(60, 5, random_state=0)",
        "X = StandardScaler().fit_transform(X)\nX = np.hstack([X, X[:, [0]] - X[:, [1]].mean()])",
        [f"X_{n}" for n in range(5)],
    ),
    "numbers of one kind": (
        "X = np.random.default_rng(0).integers(0, 9, (60, 3))\ny = X[:, 0] > X[:, 1].mean()",
        "X = X * 2.0\nX[:, 0] -= X[:, 0].mean()",
        ["X_0", "X_1", "X_2"],
    ),
    "named in a frame": (
        "A, y = make_classification(60, 4, random_state=0)\n"
        'df = pd.DataFrame(A, columns=["a", "b", "c", "d"])',
        'X = df[["a", "d"]]',
        ["a", "d"],
    ),
}


@pytest.mark.parametrize(("data", "prepare", "names"), PACKAGED.values(), ids=PACKAGED.keys())
def test_is_packaged_exactly(data: str, prepare: str, names: list[str], extract: Extract) -> None:
    derived = extract([("", IMPORTS), ("data", data), ("preprocess", prepare), ("train", TRAIN)])
    assert [field.name for field in derived.signature.inputs] == names
    assert proven(derived, 10).max_abs_difference == 0.0


def test_of_data_made_twice_the_latter_is_asked_for(extract: Extract) -> None:
    first = f"X, y = load_iris(return_X_y=True)\n{TRAIN}"
    again = "X, y = make_classification(90, 5, random_state=0)"
    cells = [("", IMPORTS), ("data train", first), ("data", again), ("train", TRAIN)]
    derived = extract(cells)
    assert [field.name for field in derived.signature.inputs] == [f"X_{n}" for n in range(5)]
    assert proven(derived, 10).max_abs_difference == 0.0


def test_several_targets_are_no_features(extract: Extract) -> None:
    data = "X, Y = make_regression(60, 3, n_targets=2, random_state=0)"
    train = "model = RandomForestRegressor(3, random_state=0).fit(X, Y)\nmodel.predict(X)"
    derived = extract([("", IMPORTS), ("data", data), ("train", train)])
    assert [field.name for field in derived.signature.inputs] == ["X_0", "X_1", "X_2"]
    proven(derived, 10)


def test_the_module_says_what_a_request_is(extract: Extract) -> None:
    cells = [("", IMPORTS), ("data", PACKAGED["made"][0]), ("train", TRAIN)]
    steps = extract(cells).steps
    assert "def features(X: pd.DataFrame, frozen: Frozen)" in steps
    assert "X = X.to_numpy(copy=True)  # the notebook's data is a matrix without names" in steps


def test_a_matrix_beside_a_frame_is_none_of_it(extract: Extract, people: pd.DataFrame) -> None:
    data = "noise = np.zeros((len([1, 2]), 2))\ndf = read()"
    prepare = 'X = df[["income", "visits"]]\ny = df["bought"]'
    cells = [("", IMPORTS), ("data", data), ("preprocess", prepare), ("train", TRAIN)]
    derived = extract(cells, read=people.copy)
    assert [field.name for field in derived.signature.inputs] == ["income", "visits"]
    proven(derived, 10)
