"""Signature: the typed inputs and outputs of a model."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Field", "Kind", "Output", "Part", "Scalar", "Signature", "Task"]

Kind = Literal["number", "integer", "boolean", "string", "datetime"]
Scalar = str | int | float | bool | None
Task = Literal["classification", "regression", "outlier detection", "clustering", "other"]


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """One raw column that a request must carry.

    `dtype` is the column's dtype on the training rows: pandas' (`float64`, `int64`, `str`, ...), or
    polars' (`Float64`, `Int64`, `String`, ...).
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


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of several things that a prediction holds; `name` is the target column's."""

    name: str
    kind: Kind
    classes: tuple[Scalar, ...] | None = None


class Output(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a model answers: one `prediction` a row, and `probabilities` over `classes` if any.

    Where there are `parts`, a prediction is a list with a value for each, and so are the
    probabilities. `scores` says that the model's decision function is answered as well.
    `probability_of` are the model's own classes where the notebook makes other answers of them.
    """

    task: Task
    kind: Kind
    classes: tuple[Scalar, ...] | None = None
    probabilities: bool = False
    scores: bool = False
    parts: tuple[Part, ...] = ()
    probability_of: tuple[Scalar, ...] | None = None

    @property
    def columns(self) -> tuple[Scalar, ...] | None:
        """The classes in the order of the probabilities' columns, or None where there are none."""
        return self.probability_of or self.classes


class Signature(msgspec.Struct, frozen=True, omit_defaults=True):
    """Typed inputs, in the raw frame's column order, and the typed output.

    `frame` is the library whose frame the notebook's steps take.
    """

    inputs: tuple[Field, ...]
    output: Output
    frame: Literal["pandas", "polars"] = "pandas"
