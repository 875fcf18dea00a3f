"""Policies: what a bundle does with rows that the training data did not hold."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Policies", "Unseen"]

Unseen = Literal["reject", "other", "missing"]


class Policies(msgspec.Struct, frozen=True):
    """Stated once, recorded in the manifest, and the same wherever the bundle answers.

    Each has one default: no number for what the notebook never saw. Not open to choice, as one
    answer is right: whole numbers are taken for floats, and rows keep their order.
    """

    unseen_category: Unseen = "reject"
    filtered_row: Literal["reject", "score"] = "reject"
    unexpected_missing: Literal["reject", "score"] = "reject"
    extra_column: Literal["ignore", "reject"] = "ignore"
