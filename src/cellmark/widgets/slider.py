"""A slider over a training range, on a grid of decimal numbers.

A browser moves a slider's value to the nearest of its steps as soon as it is shown, and with an
error in the last bits. So the steps are chosen to hold the values of the golden rows, and what
comes back is rounded to them: what stands beside the slider is what is scored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from cellmark_runtime.types.signature import Field

from .toolkit import toolkit

__all__ = ["slider", "spans"]

# Of the steps over the range. More than the most, and single steps are lost on the way.
_LEAST, _MOST = 100, 10**6
_WHOLE = 10**12
# To 12 significant digits, without the zeros at the end.
_READOUT = ".12"


def spans(field: Field) -> bool:
    """Whether there is a range to slide in."""
    low, high = field.minimum, field.maximum
    if low is None or high is None or not low < high or not math.isfinite(high - low):
        return False
    return field.kind == "number" or max(abs(low), abs(high)) <= _WHOLE


def slider(
    field: Field, values: Sequence[object], about: dict[str, Any]
) -> tuple[Any, Callable[[float], float]]:
    """A slider at the first of `values`, and what reads it. Its steps meet all of them.

    A golden row that was not trained on may lie outside of the range: then that is wider.
    """
    assert field.minimum is not None
    assert field.maximum is not None
    numbers = [value for value in values if isinstance(value, (int, float))]
    at = numbers[0] if numbers else field.minimum
    low, high = min(field.minimum, at), max(field.maximum, at)
    if field.kind == "integer":
        ends = {"min": int(low), "max": int(high), "value": int(at)}
        return toolkit().IntSlider(**ends, **about), int
    places = _places(low, high, numbers)
    box = toolkit().FloatSlider(
        min=_rounded(low, places, ROUND_FLOOR),
        max=_rounded(high, places, ROUND_CEILING),
        value=_rounded(at, places),
        step=float(Decimal(1).scaleb(-places)),
        readout_format=_READOUT,
        **about,
    )
    return box, lambda moved: _rounded(moved, places)


def _places(low: float, high: float, values: Sequence[float]) -> int:
    """The decimal places that it takes to write the values, within what a slider can do."""
    needed = max(map(_decimals, (low, high, *values)))
    scale = math.log10(high - low)
    coarsest, finest = math.log10(_LEAST) - scale, math.log10(_MOST) - scale
    return min(max(needed, math.ceil(coarsest)), math.floor(finest))


def _decimals(value: float) -> int:
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _rounded(value: float, places: int, way: str = ROUND_HALF_EVEN) -> float:
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), way))
