"""What is counted of a value: a level's text, a moment's seconds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["seconds_of", "seconds_of_text", "text_of"]


def text_of(level: Any) -> str:
    """A level as monitoring names it: JSON's own words for booleans, Python's for the rest."""
    # numpy's truths are no bool of Python's: their names are `bool` or `bool_`.
    return str(level).lower() if type(level).__name__ in ("bool", "bool_") else str(level)


def seconds_of(column: pd.Series) -> pd.Series:
    """Seconds since 1970, in UTC; missing stays missing."""
    import pandas as pd

    moments = pd.to_datetime(column, utc=True)
    return (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)


def seconds_of_text(moment: str) -> float:
    """The same of ISO 8601 text; what has no offset is taken for UTC."""
    parsed = dt.datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).timestamp()
