"""From a raw loan to an answer, as loans.ipynb does it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from cellmark_runtime.scoring.dummies import with_categories

from .schema import Frozen

__all__ = ["features", "predict", "predict_proba"]


def fill_missing(loans: pd.DataFrame, frozen: Frozen) -> pd.DataFrame:  # cell 3
    loans["age"] = loans["age"].fillna(frozen.age_median)
    loans["burden"] = loans["debt"] / loans["income"]
    return loans


def encode(loans: pd.DataFrame, frozen: Frozen) -> pd.DataFrame:  # cell 3
    return pd.get_dummies(with_categories(loans, frozen.categories), columns=["city", "housing"])


def features(loans: pd.DataFrame, frozen: Frozen) -> Any:
    """The estimator's input, one row per loan, in their order."""
    loans = fill_missing(loans.copy(), frozen)
    return frozen.scaler.transform(encode(loans, frozen))


def predict(features: Any, frozen: Frozen) -> Any:
    """One answer per row."""
    return frozen.model.predict(features)


def predict_proba(features: Any, frozen: Frozen) -> Any:
    """A probability for each class, shape (n_rows, n_classes)."""
    return frozen.model.predict_proba(features)
