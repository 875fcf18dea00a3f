"""Categories as training knew them, so that one row gets the same dummy columns as thousands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from ..errors import RowError
from .judging import did_you_mean, shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["with_categories"]

_SHOWN = 20


@overload
def with_categories(
    data: pd.DataFrame, categories: Mapping[str, Sequence[Any]]
) -> pd.DataFrame: ...
@overload
def with_categories(data: pd.Series, categories: Sequence[Any]) -> pd.Series: ...
def with_categories(
    data: pd.DataFrame | pd.Series, categories: Mapping[str, Sequence[Any]] | Sequence[Any]
) -> pd.DataFrame | pd.Series:
    """The same data with columns made categorical over exactly these categories, in this order.

    Args: categories: for a frame a list for each column to change, for a series one list.
    Missing values stay missing.
    Raises: RowError for a value that is none of them: its row is the position, not the label.
    """
    if isinstance(categories, Mapping):
        changed = {name: _categorical(data[name], known) for name, known in categories.items()}
        return data.assign(**changed)
    return _categorical(data, categories)


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
