"""Signature: the typed inputs and outputs of a model."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Field", "Kind", "Output", "Scalar", "Signature"]

Kind = Literal["number", "integer", "boolean", "string", "datetime"]
Scalar = str | int | float | bool | None


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """One raw column that a request must carry.

    `dtype` is the column's pandas dtype on the training rows (`float64`, `int64`, `str`, ...).
    `nullable` says whether the training rows had missing values there; only then may a request.
    `minimum` and `maximum` are the training range, for people and forms; they refuse nothing.
    `categories` are the values known from training; where set, any other value is refused.
    """

    name: str
    kind: Kind
    dtype: str
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[Scalar, ...] | None = None


class Output(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a model answers: one `prediction` a row, and `probabilities` over `classes` if any."""

    task: Literal["classification", "regression", "other"]
    kind: Kind
    classes: tuple[Scalar, ...] | None = None
    probabilities: bool = False


class Signature(msgspec.Struct, frozen=True):
    """Typed inputs, in the raw frame's column order, and the typed output."""

    inputs: tuple[Field, ...]
    output: Output
