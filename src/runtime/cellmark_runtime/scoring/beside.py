"""Long columns of frozen tables as arrays beside the JSON that describes them, in one npz file.

A table of many rows is quick to load so, and `value.json` in the file still says what it is.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["STRUCTURE", "array_at", "column_at", "keep_array", "keep_column", "packed", "unpacked"]

STRUCTURE = "value.json"
# Up to here a column is nicer to read in the JSON itself.
_SHORT = 1000
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ARRAYS = "biufmMU"
_SCALARS = (bool, int, float)

_kept: ContextVar[dict[str, Array] | None] = ContextVar("arrays beside the JSON", default=None)


def packed(encode: Callable[[], Any]) -> bytes:
    """An npz file of what `encode` gives as JSON, its long columns beside it."""
    import numpy as np

    with _arrays({}) as arrays:
        structure = json.dumps(encode(), allow_nan=False)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(STRUCTURE, _EPOCH), structure)
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), member.getvalue())
    return buffer.getvalue()


def unpacked(archive: Mapping[str, Any], decode: Callable[[Any], object]) -> object:
    """What `decode` makes of the JSON in an open npz file, its columns at hand."""
    arrays = {name: archive[name] for name in archive if name != STRUCTURE}
    with _arrays(arrays):
        return decode(json.loads(archive[STRUCTURE]))


@contextmanager
def _arrays(arrays: dict[str, Array]) -> Iterator[dict[str, Array]]:
    token = _kept.set(arrays)
    try:
        yield arrays
    finally:
        _kept.reset(token)


def keep_array(array: Array) -> str | None:
    """The name under which a long array stands beside; None if it belongs into the JSON."""
    arrays = _kept.get()
    if arrays is None or array.size <= _SHORT or array.dtype.kind not in _ARRAYS:
        return None
    name = str(len(arrays))
    arrays[name] = array
    return name


def array_at(name: str) -> Array:
    """The array of that name, which may be written into. Raises: KeyError, TypeError."""
    import numpy as np

    array = (_kept.get() or {})[name]
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} is no array")
    return array


def keep_column(values: list[Any]) -> dict[str, str] | None:
    """Names of the arrays that hold a long list of texts, or of numbers of one type; any of them
    may be None, and among texts NaN. None if it belongs into the JSON.
    """
    if _kept.get() is None or len(values) <= _SHORT:
        return None
    kinds = {*map(type, values)} - {type(None)}
    absent = {"missing": [value is None for value in values]}
    if kinds == {str, float}:
        absent["nan"] = [type(value) is float for value in values]
        if not all(_is_usual_nan(value) for value in values if type(value) is float):
            return None
        kinds = {str}
    if len(kinds) != 1:
        return None
    parts = _data(kinds.pop(), values)
    if parts is None:
        return None
    parts |= {name: _array(mask, "?") for name, mask in absent.items() if any(mask)}
    return {part: _put(array) for part, array in parts.items()}


def _is_usual_nan(value: float) -> bool:
    """Whether a float is the NaN that `math.nan` is: others have other bits."""
    return struct.pack(">d", value) == struct.pack(">d", math.nan)


def _data(kind: type, values: list[Any]) -> dict[str, Array] | None:
    if kind is str:
        return _texts(values)
    return _numbers(values, kind) if kind in _SCALARS else None


def _put(array: Array) -> str:
    arrays = _kept.get()
    assert arrays is not None
    name = str(len(arrays))
    arrays[name] = array
    return name


def _array(values: Any, dtype: Any) -> Array:
    import numpy as np

    return np.array(values, dtype=dtype)


def _numbers(values: list[Any], kind: type) -> dict[str, Array] | None:
    dtype = {bool: "?", int: "i8", float: "f8"}[kind]
    try:
        return {"data": _array([kind(0) if value is None else value for value in values], dtype)}
    except OverflowError:
        return None


def _texts(values: list[Any]) -> dict[str, Array] | None:
    """Each different text once, and the number of each row's; all, if few are there twice."""
    import numpy as np

    known: dict[str, int] = {}
    codes = [known.setdefault(_text(value), len(known)) for value in values]
    try:
        data = [text.encode() for text in known]
    except UnicodeEncodeError:  # half of a pair
        return None
    lengths = _array([*map(len, data)], "i8")
    parts = {
        "texts": np.frombuffer(b"".join(data), dtype="u1"),
        "lengths": _narrowed(lengths),
    }
    if len(known) < len(values):
        parts["codes"] = _narrowed(_array(codes, "i8"))
    return parts


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def _narrowed(counts: Array) -> Array:
    import numpy as np

    return counts.astype(np.min_scalar_type(int(counts.max())))


def column_at(parts: Mapping[str, str]) -> list[Any]:
    """The list behind the names that `keep_column` gave. Raises: LookupError, TypeError."""
    arrays = {part: array_at(name) for part, name in parts.items()}
    values = _list_of_texts(arrays) if "texts" in arrays else arrays["data"].tolist()
    for part, gone in (("missing", None), ("nan", math.nan)):
        if part in arrays:
            mask = arrays[part].tolist()
            values = [gone if no else value for value, no in zip(values, mask, strict=True)]
    return values


def _list_of_texts(arrays: Mapping[str, Array]) -> list[str]:
    whole = arrays["texts"].tobytes()
    ends = arrays["lengths"].astype("i8").cumsum().tolist()
    starts = [0, *ends[:-1]]
    if whole.isascii():
        text = whole.decode()
        found = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    else:
        found = [whole[start:end].decode() for start, end in zip(starts, ends, strict=True)]
    return [found[code] for code in arrays["codes"].tolist()] if "codes" in arrays else found
