"""POST /invocations: the envelope that MLflow's scoring server takes, in its four forms and CSV.

Answers are `{"predictions": [...]}`, as there. Source: mlflow.org/docs, "Inference Server
Specification"; the recorded exchanges in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from ...scoring.checking import InvalidRows
from ...scoring.repeats import first_repeated
from ...types.fault import Fault
from ...types.signature import Signature
from ..requests.body import CSV, BadBody, decode_json, few_enough, media_type, rows_of_csv_body
from .envelope import Entries, Envelope, Opened

__all__ = ["FORMS", "invocations_envelope"]


def invocations_envelope(accepts: Signature) -> Envelope:
    """What else stands beside the form (`params`, say) is passed over, as MLflow does."""

    def opened(scope: Scope, body: bytes) -> Opened:
        if media_type(Headers(scope=scope)) == CSV:
            return Opened(rows_of_csv_body(body, accepts), _sealed)
        # MLflow's own client writes a missing number as NaN.
        rows = _rows_in(decode_json(body, nan_is_null=True), accepts)
        return Opened(few_enough(rows), _sealed)

    return opened


def _sealed(_: Sequence[str], entries: Entries) -> Response:
    reply = {"predictions": [entry["prediction"] for entry in entries]}
    return Response(msgspec.json.encode(reply, enc_hook=str), media_type="application/json")


def _rows_in(decoded: Any, accepts: Signature) -> list[object]:
    named = [name for name in FORMS if isinstance(decoded, dict) and name in decoded]
    if len(named) != 1:
        received = " and ".join(named) or "none of them"
        expected = f"an object with one of {', '.join(FORMS)}; it has {received}"
        raise BadBody(400, f"body is not {expected}", "Send exactly one of them.")
    (form,) = named
    return FORMS[form](form, decoded[form], accepts)


def _split(form: str, sent: Any, accepts: Signature) -> list[object]:
    known = {"columns", "data", "index"}
    if not isinstance(sent, dict) or "data" not in sent or not sent.keys() <= known:
        raise BadBody(
            400,
            f"{form} is no object of columns and data",
            f'Send {{"{form}": {{"columns": [...], "data": [[...], ...]}}}}; index may be there.',
        )
    if sent.get("columns") is None:
        return _matrix(form, sent["data"], accepts)
    return _named(form, _columns(form, sent["columns"]), _lines(form, sent["data"]))


def _records(form: str, sent: Any, _: Signature) -> list[object]:
    if not isinstance(sent, list):
        raise BadBody(400, f"{form} is no list", "Send a list with an object for each row.")
    return list(sent)


def _tensors(form: str, sent: Any, accepts: Signature) -> list[object]:
    """Rows as objects, or an object of columns; a matrix for a model that takes one."""
    if isinstance(sent, dict):
        return _transposed(form, sent)
    if isinstance(sent, list) and all(isinstance(each, dict) for each in sent):
        return list(sent)
    return _matrix(form, sent, accepts)


FORMS: dict[str, Callable[[str, Any, Signature], list[object]]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _tensors,
    "inputs": _tensors,
}


def _transposed(form: str, sent: dict[str, Any]) -> list[object]:
    lists = [each for each in sent.values() if isinstance(each, list)]
    if not lists:
        return [sent]
    if len(lists) < len(sent) or len({*map(len, lists)}) > 1:
        fix = "Send a list of values for each column, all of the same length."
        raise BadBody(400, f"columns in {form} are of different lengths", fix)
    return [dict(zip(sent, line, strict=True)) for line in zip(*lists, strict=True)]


def _matrix(form: str, sent: Any, accepts: Signature) -> list[object]:
    """Rows without names, by their place: only where the model itself was given a matrix."""
    names = [field.name for field in accepts.inputs]
    if not _is_matrix(names):
        fix = f"Name the columns: {', '.join(names)}."
        raise BadBody(400, f"rows in {form} have values without names", fix)
    return _named(form, names, _lines(form, sent))


def _is_matrix(names: Sequence[str]) -> bool:
    """Whether these are the names that a matrix's columns get: X_0, X_1 and so on."""
    name = names[0].rpartition("_")[0] if names else ""
    return bool(name) and list(names) == [f"{name}_{place}" for place in range(len(names))]


def _columns(form: str, sent: Any) -> list[str]:
    if not isinstance(sent, list) or not all(isinstance(each, str) for each in sent):
        raise BadBody(400, f"columns in {form} are no list of names", "Send a list of texts.")
    repeated = first_repeated(sent)
    if repeated is not None:
        raise BadBody(400, f"column {repeated[:80]!r} in {form} stands twice", "Send it once.")
    return sent


def _lines(form: str, sent: Any) -> list[list[Any]]:
    if not isinstance(sent, list) or not all(isinstance(each, list) for each in sent):
        raise BadBody(400, f"{form} has no list of rows", "Send each row as a list of values.")
    return sent


def _named(form: str, names: Sequence[str], lines: list[list[Any]]) -> list[object]:
    fix = "Send a value for each column, null where it is missing."
    faults = [
        Fault(row, "", f"{len(line)} values", f"{len(names)}, as {form} has columns", fix, "row")
        for row, line in enumerate(lines)
        if len(line) != len(names)
    ]
    if faults:
        raise InvalidRows(faults)
    return [dict(zip(names, line, strict=True)) for line in lines]
