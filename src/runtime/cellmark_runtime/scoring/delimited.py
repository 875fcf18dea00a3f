"""Rows from CSV text, read by the Signature and not by guessing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import islice

from ..errors import CellmarkError
from ..types.fault import Fault
from ..types.signature import Field, Signature
from .checking import InvalidRows
from .repeats import first_repeated

__all__ = ["CsvError", "rows_of_csv"]

# What pandas.read_csv takes for missing unless told otherwise (pandas.io.parsers.STR_NA_VALUES).
_MISSING = frozenset(
    {
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    }
)
_BOOLEANS = {"true": True, "false": False}


class CsvError(CellmarkError):
    """Text that is no CSV with one header row."""


def rows_of_csv(text: str, signature: Signature, most: int) -> list[dict[str, object]]:
    """One dict a line, each value in its field's kind; what does not fit stays text.

    Blank lines are passed over, and the words that pandas.read_csv takes for missing are None,
    save where training knew them as a category.

    Args: most: no more than one row beyond so many is read; that one says that there are more.
    Raises: CsvError; InvalidRows where a line has more or fewer values than the header.
    """
    header, lines = _split(text, most)
    readers = {field.name: _reader(field) for field in signature.inputs}
    taken = [(place, name) for place, name in enumerate(header) if name in readers]
    faults = [
        _wrong_width(row, line, header)
        for row, line in enumerate(lines)
        if len(line) != len(header)
    ]
    if faults:
        raise InvalidRows(faults)
    spare = [(place, name) for place, name in enumerate(header) if name not in readers]
    return [
        {
            **{name: line[place] for place, name in spare},
            **{name: readers[name](line[place]) for place, name in taken},
        }
        for line in lines
    ]


def _split(text: str, most: int) -> tuple[list[str], list[list[str]]]:
    try:
        every = filter(None, csv.reader(io.StringIO(text, newline=""), strict=True))
        lines = list(islice(every, 1 + most + 1))
    except csv.Error as problem:
        raise CsvError("body", f"no CSV ({problem})", "comma-separated values") from problem
    if not lines:
        raise CsvError("body", "an empty CSV", "a header row, then one line a row")
    header = lines[0]
    repeated = first_repeated(header)
    if repeated is not None:
        raise CsvError("header", f"column {repeated!r} stands twice", "each name once")
    return header, lines[1:]


def _wrong_width(row: int, line: list[str], header: list[str]) -> Fault:
    fix = "Quote values that hold a comma, and leave no value out."
    return Fault(row, "", f"{len(line)} values", f"{len(header)}, as in the header", fix, "row")


def _reader(field: Field) -> Callable[[str], object]:
    kept = frozenset(category for category in field.categories or () if isinstance(category, str))
    convert = _CONVERTERS.get(field.kind, str)

    def read(text: str) -> object:
        return None if text in _MISSING and text not in kept else convert(text)

    return read


def _number(text: str) -> object:
    # Python would also take 1_000, which no CSV means.
    try:
        return text if "_" in text else float(text)
    except ValueError:
        return text


def _integer(text: str) -> object:
    try:
        return text if "_" in text else int(text)
    except ValueError:
        return _number(text)


def _boolean(text: str) -> object:
    return _BOOLEANS.get(text.strip().lower(), text)


_CONVERTERS: dict[str, Callable[[str], object]] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
}
