"""Golden rows: raw rows kept with the notebook's own answers, to prove parity anywhere."""

from __future__ import annotations

import msgspec

from .signature import Scalar

__all__ = ["GoldenRows"]


class GoldenRows(msgspec.Struct, frozen=True):
    """`rows` are raw, as a client would send them (missing is None); answers share their order.

    A prediction in several parts is a list. `probabilities` has shape (n_rows, n_classes), those of
    several parts side by side; it and `scores` are None where the model gives none.
    `tolerance` is absolute, and 0.0 where the proof found answers equal to the last bit in any
    batch.
    """

    rows: tuple[dict[str, Scalar], ...]
    predictions: tuple[Scalar | tuple[Scalar, ...], ...]
    probabilities: tuple[tuple[float, ...], ...] | None = None
    tolerance: float = 0.0
    scores: tuple[float | tuple[float, ...], ...] | None = None
