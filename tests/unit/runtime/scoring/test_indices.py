"""Damaged indices of other things than trees are refused before C code follows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.random_projection import SparseRandomProjection
from sklearn.svm import SVC

from cellmark_runtime.errors import BundleError
from cellmark_runtime.scoring.estimators import load_skops

POINTS = np.random.default_rng(0).normal(size=(40, 2))
LABELS = (POINTS[:, 0] > 0).astype(int)


def refit(change: Callable[[Any], None], model: Any) -> bytes:
    """The skops file of a fitted model that `change` was done to."""
    change(model)
    return skops.io.dumps(model)


def words() -> CountVectorizer:
    return CountVectorizer().fit(["one two", "three"])


def machine() -> SVC:
    return SVC().fit(POINTS, LABELS)


def neighbours() -> KNeighborsClassifier:
    return KNeighborsClassifier().fit(POINTS, LABELS)


def projection() -> SparseRandomProjection:
    return SparseRandomProjection(2, random_state=0).fit(np.eye(9))


def set_index(name: str) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        getattr(model.components_, name)[-1] = 10**6

    return change


# name -> (a model, what a damaged file has in it)
DAMAGED: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "a word of no column": (words, lambda model: model.vocabulary_.update(one=99)),
    "two words of one column": (words, lambda model: model.vocabulary_.update(one=1, two=1)),
    "vectors that are not there": (machine, lambda model: model._n_support.fill(900)),
    "coefficients too few": (
        machine,
        lambda model: setattr(model, "_dual_coef_", model._dual_coef_[:, :-1]),
    ),
    "no intercept": (machine, lambda model: setattr(model, "_intercept_", np.zeros(0))),
    "a class of no name": (neighbours, lambda model: model._y.fill(7)),
    "an index outside its matrix": (projection, set_index("indices")),
    "rows that end beyond it": (projection, set_index("indptr")),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_other_indices_out_of_their_table_are_refused(name: str) -> None:
    make, change = DAMAGED[name]
    load_skops(refit(lambda model: None, make()))
    with pytest.raises(BundleError, match="as scikit-learn fits it"):
        load_skops(refit(change, make()))
