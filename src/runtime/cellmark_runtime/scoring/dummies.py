"""Categories as training knew them, so that one row gets the same dummy columns as thousands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from ..errors import RowError
from .judging import did_you_mean, shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["factorized", "with_categories"]

_SHOWN = 20


@overload
def with_categories(
    data: pd.DataFrame, categories: Mapping[str, Sequence[Any]]
) -> pd.DataFrame: ...
@overload
def with_categories(data: Any, categories: Sequence[Any]) -> Any: ...
def with_categories(data: Any, categories: Mapping[str, Sequence[Any]] | Sequence[Any]) -> Any:
    """The same data with columns made categorical over exactly these categories, in this order.

    Args: categories: for a frame a list for each column to change, for a series one list.
    Of an array, an array of pandas'. Missing values stay missing.
    Raises: RowError for a value that is none of them: its row is the position, not the label.
    """
    import pandas as pd

    if isinstance(categories, Mapping):
        changed = {name: _categorical(data[name], known) for name, known in categories.items()}
        return data.assign(**changed)
    if not isinstance(data, pd.Series):  # an array, a list
        return _categorical(pd.Series(data), categories).array
    return _categorical(data, categories)


def factorized(data: Any, uniques: Any) -> tuple[Any, Any]:
    """The codes of values among the uniques of the training rows, and these, as `pd.factorize`.

    A missing value is -1, unless the uniques hold one.
    Raises: RowError for a value that is none of them.
    """
    import pandas as pd

    column = pd.Series(data)
    known = pd.Index(uniques)
    codes = known.get_indexer(column)
    missing = column.isna().to_numpy()
    if known.hasnans:  # pandas 2 keeps None as NaN among the uniques, and doesn't find it there
        codes[missing] = known.isna().argmax()
    unknown = ~missing & (codes == -1)
    if unknown.any():
        row = int(unknown.argmax())
        raise _unknown(row, str(column.name), column.iloc[row], list(uniques))
    return codes, uniques


def _categorical(column: Any, categories: Sequence[Any]) -> Any:
    import pandas as pd

    known = list(categories)
    unknown = (column.notna() & ~column.isin(known)).to_numpy()
    if unknown.any():
        row = int(unknown.argmax())
        raise _unknown(row, str(column.name), column.iloc[row], known)
    return column.astype(pd.CategoricalDtype(categories))


def _unknown(row: int, name: str, value: object, known: list[Any]) -> RowError:
    listed = ", ".join(shown(category) for category in known[:_SHOWN])
    fix = did_you_mean(value, tuple(known)) or "Send a category known from training."
    return RowError(row, name, shown(value), f"one of {listed}", fix)
