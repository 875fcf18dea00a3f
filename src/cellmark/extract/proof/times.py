"""When the training rows came: the column that says it, if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["times_of"]

# A day of fewer rows says nothing of days; fewer days say nothing of their tail.
_ROWS, _DAYS = 20, 10
_ISO = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_LOOKED_AT = 100


def times_of(frame: pd.DataFrame) -> pd.Series | None:
    """The column of times or ISO 8601 dates by which rows came in days; None without one.

    Of several the one with the fewest days whose days have rows enough: a date of birth has nearly
    as many days as rows.
    """
    found = [times for name in frame.columns if (times := _times(frame[name])) is not None]
    fitting = [(times.dt.floor("D").nunique(), place) for place, times in enumerate(found)]
    enough = [(days, place) for days, place in fitting if _DAYS <= days <= len(frame) / _ROWS]
    return found[min(enough)[1]] if enough else None


def _times(column: pd.Series) -> pd.Series | None:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.to_datetime(column, utc=True)
    present = column.dropna()
    if not _is_iso(present):
        return None
    try:
        return pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError):
        return None


def _is_iso(present: pd.Series) -> bool:
    import pandas as pd

    is_text = pd.api.types.is_string_dtype(present) or present.dtype == object
    if not len(present) or not is_text:
        return False
    looked = present.iloc[:: max(1, len(present) // _LOOKED_AT)].astype(str)
    return bool(looked.str.fullmatch(_ISO).all())
