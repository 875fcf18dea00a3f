"""Standard scores by the mean and spread of the training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["z_scores"]


def z_scores(values: Any, mean: Any, spread: Any) -> np.ndarray[Any, Any]:
    """How many spreads each value lies from the mean, as `scipy.stats.zscore` says of its rows.

    Args: values: shape (n_rows,) or (n_rows, n_columns), a frame, a series or an array; mean and
    spread: one number, or one a column. What is missing stays missing.
    """
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray[Any, Any] = (np.asarray(values) - mean) / spread
    return found
