"""An answer, or why there is none, as HTML. All text in it is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.answers import entries_of, namer_of
from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.scoring.model import Model
from cellmark_runtime.scoring.offering import text_of
from cellmark_runtime.service.pages.markup import Html, element
from cellmark_runtime.types.fault import Fault

__all__ = ["answer_html"]

_FAULT = "color: var(--jp-error-color0, #b00020)"


def answer_html(model: Model, row: Mapping[str, object]) -> Html:
    """What the model says to the row, of which it gets its own columns."""
    own = {field.name: row[field.name] for field in model.accepts.inputs if field.name in row}
    return element("div", _said(model, own), role="status")


def _said(model: Model, row: dict[str, object]) -> list[Html]:
    try:
        answer = model.answer([row])
    except InvalidRows as invalid:
        said = element("p", "No answer: the row does not fit.", style=_FAULT)
        return [said, element("ul", map(_fault, invalid.faults))]
    except CellmarkError as problem:
        return [element("p", f"No answer: {problem}", style=_FAULT)]
    except Exception as problem:  # noqa: BLE001 - the author's steps may raise anything
        text = f"No answer: scoring stopped ({type(problem).__name__}: {problem})."
        return [element("p", text, style=_FAULT)]
    output = model.signature.output
    [entry] = entries_of(output, namer_of(output), answer)
    return [*_prediction(entry)]


def _fault(fault: Fault) -> Html:
    """In the words of the reply with status 422."""
    said = fault.public()
    where = element("strong", f"{said['field']}: ") if said["field"] else None
    return element(
        "li", where, f"received {said['received']}, expected {said['expected']}. {said['fix']}"
    )


def _prediction(entry: Mapping[str, Any]) -> Iterable[Html]:
    yield element("p", "Prediction: ", element("strong", text_of(entry["prediction"])))
    probabilities = entry["probabilities"]
    parts = probabilities if isinstance(probabilities, list) else [probabilities]
    for part in parts:
        if part is not None:
            yield _probabilities(part)
    if "score" in entry:
        yield element("p", f"Score: {json.dumps(entry['score'])}")


def _probabilities(named: Mapping[str, float]) -> Html:
    rows = [
        element(
            "tr",
            element("th", name, scope="row", style="text-align: left; padding-right: 1em"),
            element("td", element("meter", value=probability, aria_label=name)),
            element("td", f"{probability:.1%}", title=repr(probability)),
        )
        for name, probability in named.items()
    ]
    return element("table", element("caption", "Probabilities"), element("tbody", rows))
