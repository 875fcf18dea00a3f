"""Will a loan be repaid?: raw rows in, the notebook's answers out."""

from .schema import Frozen, Row
from .steps import features, predict, predict_proba

__all__ = [
    "Frozen",
    "Row",
    "features",
    "predict",
    "predict_proba",
]
