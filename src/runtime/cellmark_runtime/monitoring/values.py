"""What is counted of a column of moments: their seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["seconds_of"]


def seconds_of(column: pd.Series) -> pd.Series:
    """Seconds since 1970, in UTC; missing stays missing."""
    import pandas as pd

    moments = pd.to_datetime(column, utc=True)
    return (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
