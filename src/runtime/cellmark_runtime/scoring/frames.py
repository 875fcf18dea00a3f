"""Raw rows to a frame in the training dtypes. The one place where rows are decoded, and for polars
`polars_frames`.

Letting pandas infer would turn a missing text into None, a column without numbers into objects,
and whole numbers with a gap into floats: each scores wrongly without a word. pandas is imported
when the first row comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import CellmarkError
from ..types.policies import Policies
from ..types.signature import Field, Signature
from .anyframe import is_frame, is_polars
from .checking import columns_of

if TYPE_CHECKING:
    import pandas as pd

    from .anyframe import Frame

__all__ = ["frame_of"]

_STRICT = Policies()


def frame_of(
    rows: Sequence[object] | Frame, signature: Signature, policies: Policies = _STRICT
) -> Any:
    """The rows as the notebook's own read would give them: dtypes, missing values, column order.

    Args: rows: dicts as decoded from JSON, or a frame of raw columns; more columns may be there
    and are left out, unless the policies say otherwise.
    Returns: a frame of the library that the Signature names; a pandas index counts from 0.
    Raises: InvalidRows with every fault of every row.
    """
    if signature.frame == "polars":
        from .polars_frames import polars_frame_of

        of_pandas = is_frame(rows) and not is_polars(rows)
        return polars_frame_of(_records(rows) if of_pandas else rows, signature, policies)
    plain: Any = rows
    plain = plain.to_dicts() if is_polars(rows) else plain
    return _pandas_frame_of(plain, signature, policies)


def _pandas_frame_of(
    rows: Sequence[object] | pd.DataFrame, signature: Signature, policies: Policies
) -> pd.DataFrame:
    import pandas as pd

    if isinstance(rows, pd.DataFrame):
        _refuse_repeated_columns(rows)
        taken = _taken_as_is(rows, signature)
        extra = policies.extra_column == "reject" and len(rows.columns) > len(signature.inputs)
        if taken is not None and not extra:
            return taken
        rows = _records(rows)
    columns = columns_of(rows, signature, policies)
    series = {
        field.name: _series(values, field)
        for field, values in zip(signature.inputs, columns, strict=True)
    }
    return pd.DataFrame(series, index=pd.RangeIndex(len(rows)))


def _refuse_repeated_columns(frame: pd.DataFrame) -> None:
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise CellmarkError("the frame", f"column {repeated[0]!r} stands twice", "each name once")


def _records(frame: Any) -> list[object]:
    plain = {
        str(name): column.astype(object).where(column.notna(), None).tolist()
        for name, column in frame.items()
    }
    return [dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)]


def _taken_as_is(frame: pd.DataFrame, signature: Signature) -> pd.DataFrame | None:
    """The frame's own columns if their dtypes and values are right already, else None."""
    right = len(frame) > 0 and all(
        field.name in frame.columns and _is_right(frame[field.name], field)
        for field in signature.inputs
    )
    if not right:
        return None
    return frame[[field.name for field in signature.inputs]].reset_index(drop=True)


def _is_right(column: pd.Series, field: Field) -> bool:
    import numpy as np

    # Objects may hold anything: each value has to be looked at.
    if str(column.dtype) != field.dtype or field.dtype in ("object", "category"):
        return False
    missing = column.isna()
    if missing.any() and not field.nullable:
        return False
    if column.dtype.kind == "f" and np.isinf(column.to_numpy(na_value=np.nan)).any():
        return False
    return field.categories is None or bool(column[~missing].isin(field.categories).all())


def _series(values: list[Any], field: Field) -> pd.Series:
    import pandas as pd

    if field.dtype == "category":
        return pd.Series(pd.Categorical(values, categories=_categories(values, field)))
    dtype = pd.api.types.pandas_dtype(field.dtype)
    # pandas 2 reads `str` as numpy's fixed-width text, which columns never have.
    kind = "O" if dtype.kind == "U" else dtype.kind
    if pd.api.types.is_extension_array_dtype(dtype) and kind != "M":
        return pd.Series(pd.array(values, dtype=dtype))
    return _NUMPY_KINDS.get(kind, _exact)(values, object if kind == "O" else dtype)


def _categories(values: list[Any], field: Field) -> list[Any]:
    if field.categories is not None:
        return [category for category in field.categories if category is not None]
    return sorted({value for value in values if value is not None})


def _exact(values: list[Any], dtype: Any) -> pd.Series:
    import pandas as pd

    return pd.Series(values, dtype=dtype)


def _with_nan(values: list[Any], dtype: Any) -> pd.Series:
    import numpy as np
    import pandas as pd

    array = np.empty(len(values), dtype=dtype)
    array[:] = [np.nan if value is None else value for value in values]
    # Said again: a Series of objects that are all text becomes `str` in pandas 3.
    return pd.Series(array, dtype=dtype)


def _moments(values: list[Any], dtype: Any) -> pd.Series:
    import pandas as pd

    zoned = getattr(dtype, "tz", None) is not None
    return pd.to_datetime(pd.Series(values, dtype=object), utc=zoned).astype(dtype)


_NUMPY_KINDS: dict[str, Callable[[list[Any], Any], pd.Series]] = {
    "f": _with_nan,
    "O": _with_nan,
    "M": _moments,
}
