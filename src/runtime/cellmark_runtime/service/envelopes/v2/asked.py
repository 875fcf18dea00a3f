"""A request's tensors, as JSON or as bytes behind it, to rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any, Literal

import msgspec
from starlette.datastructures import Headers

from ....scoring.repeats import first_repeated
from ....types.signature import Field, Signature
from ...requests.body import CSV, BadBody, decode_json, media_type
from .datatypes import DATATYPES, unpacked

__all__ = ["HEADER_LENGTH", "Asked", "Wanted", "asked_of", "rows_of"]

# Says how much of a body is JSON, where tensors stand behind it.
HEADER_LENGTH = "inference-header-content-length"
_MOST_DIMENSIONS = 8


class Tensor(msgspec.Struct):
    """A column, or a matrix of all of them. Its values are in `data`, or bytes behind the JSON."""

    name: str
    shape: Annotated[
        list[Annotated[int, msgspec.Meta(ge=0)]],
        msgspec.Meta(min_length=1, max_length=_MOST_DIMENSIONS),
    ]
    datatype: Literal[DATATYPES]  # type: ignore[valid-type]
    data: list[Any] | None = None
    parameters: dict[str, Any] | None = None


class Wanted(msgspec.Struct):
    """An output that the caller wants."""

    name: str
    parameters: dict[str, Any] | None = None


class Asked(msgspec.Struct):
    """An inference request."""

    inputs: list[Tensor]
    id: str | None = None
    outputs: list[Wanted] | None = None
    parameters: dict[str, Any] | None = None


def asked_of(headers: Headers, body: bytes) -> Asked:
    """The request, with the values of each tensor in its `data`, one after the other.

    Raises: BadBody (400, 415).
    """
    length = headers.get(HEADER_LENGTH)
    if length is None:
        if media_type(headers) == CSV:
            raise BadBody(415, f"content type {CSV!r}", "Send an inference request as JSON.")
        text, raw = body, b""
    elif length.isdecimal() and int(length[:20]) <= len(body):
        text, raw = body[: int(length)], body[int(length) :]
    else:
        fix = "Send the number of bytes that the JSON takes."
        raise BadBody(400, f"{HEADER_LENGTH} {length[:40]!r} of a body of {len(body)} bytes", fix)
    try:
        asked = msgspec.convert(decode_json(text), Asked)
    except msgspec.ValidationError as problem:
        fix = 'Send {"inputs": [{"name", "shape", "datatype", "data"}, ...]}.'
        raise BadBody(400, f"body is no inference request: {problem}", fix) from problem
    _fill(asked.inputs, raw)
    return asked


def rows_of(inputs: Sequence[Tensor], accepts: Signature) -> list[object]:
    """One row for each place along the tensors. Raises: BadBody (400)."""
    matrix = _matrix(inputs, accepts.inputs)
    if matrix is not None:
        names, width = [field.name for field in accepts.inputs], len(accepts.inputs)
        values = matrix.data or []
        lines = [values[at : at + width] for at in range(0, len(values), width)]
        return [dict(zip(names, line, strict=True)) for line in lines]
    for tensor in inputs:
        _check_column(tensor, inputs[0])
    repeated = first_repeated(tensor.name for tensor in inputs)
    if repeated is not None:
        raise BadBody(400, f"input {repeated[:80]!r} stands twice", "Send it once.")
    columns = {tensor.name: tensor.data or [] for tensor in inputs}
    return [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]


def _fill(inputs: Sequence[Tensor], raw: bytes) -> None:
    at = 0
    for tensor in inputs:
        count = math.prod(tensor.shape)
        size = (tensor.parameters or {}).get("binary_data_size")
        if tensor.data is not None:
            tensor.data = _flat(tensor.data, len(tensor.shape))
            if tensor.datatype == "BOOL":
                # Some callers have no other way to write them.
                tensor.data = [bool(each) if each in (0, 1) else each for each in tensor.data]
        elif type(size) is int and 0 <= size <= len(raw) - at:
            tensor.data = unpacked(tensor.name, tensor.datatype, count, raw[at : at + size])
            at += size
        else:
            fix = "Send its values in data, or as bytes behind the JSON (binary_data_size)."
            raise BadBody(400, f"input {tensor.name[:80]!r} has no values", fix)
        if len(tensor.data) != count:
            said = f"input {tensor.name[:80]!r} has {len(tensor.data)} values"
            raise BadBody(400, said, f"Its shape {tensor.shape} is of {count}.")
    if at != len(raw):
        fix = "Say in binary_data_size which input they are of."
        raise BadBody(400, f"{len(raw) - at} bytes behind the JSON belong to no input", fix)


def _flat(data: list[Any], dimensions: int) -> list[Any]:
    """Row by row. What is nested deeper than the shape says stays a list, and is no value."""
    for _ in range(dimensions - 1):
        if not any(type(each) is list for each in data):
            break
        parts = (each if type(each) is list else [each] for each in data)
        data = list(chain.from_iterable(parts))
    return data


def _matrix(inputs: Sequence[Tensor], fields: Sequence[Field]) -> Tensor | None:
    """The one tensor that holds all columns, in the Signature's order, if that is what came."""
    if len(inputs) != 1 or len(inputs[0].shape) != 2:
        return None
    (tensor,) = inputs
    if tensor.name in {field.name for field in fields}:
        return None
    names = ", ".join(field.name for field in fields)
    if any(field.kind not in ("number", "integer", "boolean") for field in fields):
        fix = f"Send a tensor of shape [n] or [n, 1] for each column: {names}."
        raise BadBody(400, "one matrix for columns that are not all numbers", fix)
    if tensor.shape[1] != len(fields):
        fix = f"Send {len(fields)} in a row: {names}."
        raise BadBody(400, f"a matrix with {tensor.shape[1]} values in a row", fix)
    return tensor


def _check_column(tensor: Tensor, first: Tensor) -> None:
    name = tensor.name[:80]
    if len(tensor.shape) > 2 or tensor.shape[1:] not in ([], [1]):
        fix = "Send a tensor of shape [n] or [n, 1] for each column."
        raise BadBody(400, f"input {name!r} has shape {tensor.shape}", fix)
    if tensor.shape[0] != first.shape[0]:
        said = f"input {name!r} is of {tensor.shape[0]} rows, and the first of {first.shape[0]}"
        raise BadBody(400, said, "Send as many for each.")
