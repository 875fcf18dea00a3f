"""What a label is: typed by what the model answers, and checked as a row is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import Headers

from ...scoring.checking import InvalidRows, columns_of
from ...scoring.judging import shown
from ...types.fault import Fault
from ...types.policies import Policies
from ...types.signature import Field, Kind, Output, Part, Signature
from .body import rows_of_body

__all__ = ["ID", "label_signature", "labels_of_body"]

ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
# A name that is misspelt must not pass for a further column.
_CLOSED = Policies(extra_column="reject")
_DTYPES: dict[Kind, str] = {
    "number": "float64",
    "integer": "int64",
    "boolean": "bool",
    "string": "str",
    "datetime": "datetime64[us]",
}


def label_signature(output: Output) -> Signature:
    """The fields `id` and `label`; of an answer in parts `label[0]`, `label[1]` and so on."""
    parts = [_field(f"label[{place}]", part) for place, part in enumerate(output.parts)]
    one = _field("label", output, is_quantity=output.task == "regression")
    return Signature((Field("id", "string", "str"), *(parts or [one])), output)


def _field(name: str, what: Output | Part, *, is_quantity: bool = False) -> Field:
    # A quantity that was predicted in whole numbers may turn out otherwise.
    kind: Kind = "number" if is_quantity and what.kind == "integer" else what.kind
    return Field(name, kind, _DTYPES[kind], categories=what.classes)


def labels_of_body(headers: Headers, body: bytes, signature: Signature) -> list[tuple[str, Any]]:
    """Prediction ids and labels, in order; JSON or CSV, in the forms that rows may have.

    Raises: BadBody; InvalidRows with every fault of every label.
    """
    rows = rows_of_body(headers, body, signature)
    fields = [field.name for field in signature.inputs[1:]]
    if fields != ["label"]:
        rows = _spread(rows, fields)
    identities, *labels = columns_of(rows, signature, _CLOSED)
    faults = [
        Fault(place, "id", shown(identity), "the id of an answer", _ID_FIX, "type")
        for place, identity in enumerate(identities)
        if not ID.fullmatch(identity)
    ]
    if faults:
        raise InvalidRows(faults)
    values: Sequence[Any] = labels[0] if fields == ["label"] else [*zip(*labels, strict=True)]
    return [*zip(identities, map(_as_json, values), strict=True)]


_ID_FIX = "Send `id` of an entry in `predictions`: 26 letters and digits."


def _as_json(label: Any) -> Any:
    return list(label) if isinstance(label, tuple) else label


def _spread(rows: list[object], fields: list[str]) -> list[object]:
    """The list in `label` as a field for each part."""
    faults = []
    spread: list[object] = []
    for place, row in enumerate(rows):
        if not isinstance(row, dict) or "label" not in row:
            spread.append(row)
            continue
        label = row["label"]
        if not isinstance(label, list) or len(label) != len(fields):
            expected = f"a list of {len(fields)} labels, as in the prediction"
            faults.append(Fault(place, "label", shown(label), expected, "Send them all.", "type"))
            continue
        rest = {name: value for name, value in row.items() if name != "label"}
        spread.append({**rest, **dict(zip(fields, label, strict=True))})
    if faults:
        raise InvalidRows(faults)
    return spread
