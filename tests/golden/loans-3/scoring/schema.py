"""What a row holds, and what the training rows left behind for scoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

from sklearn.ensemble import GradientBoostingClassifier
from sklearn.preprocessing import StandardScaler

__all__ = ["Frozen", "Row"]


class Row(TypedDict):
    """One raw row, as a request carries it."""

    age: float | None
    """float64, 19 to 74 in training, may be missing"""

    income: float
    """float64, 18000 to 99000 in training, never missing"""

    debt: float
    """float64, 0 to 40000 in training, never missing"""

    city: Literal["Bern", "Genf", "Zug"]
    """str, 3 known values, others are refused, never missing"""

    housing: Literal["own", "rent"]
    """str, 2 known values, others are refused, never missing"""


@dataclass(frozen=True)
class Frozen:
    """Values that loans.ipynb computed from its training rows."""

    age_median: float
    """`loans["age"].median()`, cell 3, line 1: 46.5"""

    categories: dict[str, list[str]]
    """`pd.get_dummies(loans, columns=["city", "housing"])`, cell 3, line 3: the values of city (3) and housing (2)"""

    scaler: StandardScaler
    """`StandardScaler().fit(X_train)`, cell 4, line 2: StandardScaler over 9 columns"""

    model: GradientBoostingClassifier
    """`GradientBoostingClassifier(n_estimators=20, random_state=0).fit(scaled, y_train)`, cell 4, line 4: GradientBoostingClassifier, 20 trees"""
