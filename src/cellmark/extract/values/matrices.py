"""Notebooks whose data is a matrix of numbers, with no frame: its columns get names.

A request has to name its values. The columns of a matrix `X` are called `X_0`, `X_1`, ...
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["as_frame", "is_matrix", "matrix_line"]

_NUMBERS = "biuf"
# A picture or a table of words has more; nobody sends such a row by name.
_MOST_COLUMNS = 2000


def is_matrix(value: Any) -> bool:
    """Whether a value is a table of numbers with rows to learn from."""
    return (
        type(value) is np.ndarray
        and value.ndim == 2
        and value.dtype.kind in _NUMBERS
        and len(value) > 1
        and 0 < value.shape[1] <= _MOST_COLUMNS
    )


def as_frame(name: str, matrix: Any) -> pd.DataFrame:
    """A copy of a matrix, its columns named after the variable `name` that holds it."""
    columns = [f"{name}_{at}" for at in range(matrix.shape[1])]
    return pd.DataFrame(np.array(matrix), columns=columns)


def matrix_line(name: str) -> str:
    """The line of a scoring module that makes the notebook's matrix of a request's rows."""
    return f"{name} = {name}.to_numpy(copy=True)  # the notebook's data is a matrix without names"
