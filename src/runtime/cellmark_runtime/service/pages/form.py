"""A form made from the Signature, to try a row."""

from __future__ import annotations

from ...scoring.model import Model
from ...scoring.offering import hint, is_choice, json_of, known_of, text_of
from ...types.policies import Policies
from ...types.signature import Field
from .markup import Attribute, Html, element

__all__ = ["form"]

_MODES = {"number": "decimal", "integer": "numeric"}


def form(model: Model) -> list[Html]:
    """Filled with the first golden row. `page.js` sends it, and shows what comes of it."""
    rows = model.golden.rows
    first = rows[0] if rows else {}
    fields = [
        _field(at, field, first.get(field.name), model.policies)
        for at, field in enumerate(model.accepts.inputs)
    ]
    said = "It is a request like any other: it is counted, and goes on record where answers do."
    return [
        element("p", said, class_="soft"),
        element("noscript", element("p", "The form needs scripts; the command below needs none.")),
        element(
            "form",
            element("div", fields, class_="fields"),
            element("button", "Score this row", type="submit"),
            id="row",
            novalidate=True,
            autocomplete="off",
        ),
        element("div", id="answer", role="status", aria_label="Answer"),
    ]


def _field(at: int, field: Field, value: object, policies: Policies) -> Html:
    name, about = f"field-{at}", f"field-{at}-about"
    label = element("label", field.name, for_=name)
    attributes: dict[str, Attribute] = {
        "id": name,
        "name": field.name,
        "data_kind": field.kind,
        "data_nullable": field.nullable,
        "aria_describedby": f"{about} {name}-fault",
    }
    suggests = bool(field.categories) and not is_choice(field, policies)
    if is_choice(field, policies):
        control = element("select", _options(field, value), **attributes)
    else:
        text = "" if value is None else text_of(value)
        known = f"{name}-known" if suggests else None
        mode = _MODES.get(field.kind)
        control = element(
            "input", type="text", value=text, list=known, inputmode=mode, **attributes
        )
    said = element("div", hint(field, "empty is missing"), id=about, class_="soft hint")
    fault = element("div", id=f"{name}-fault", class_="bad hint fault")
    known = _datalist(f"{name}-known", field) if suggests else None
    return element("div", label, control, known, said, fault, class_="field")


def _options(field: Field, value: object) -> list[Html]:
    options = [
        element(
            "option",
            text_of(each),
            value=json_of(each),
            selected=each == value and type(each) is type(value),
        )
        for each in known_of(field)
    ]
    if field.nullable:
        options.append(element("option", "(missing)", value="null", selected=value is None))
    return options


def _datalist(name: str, field: Field) -> Html:
    options = [element("option", value=text_of(each)) for each in known_of(field)]
    return element("datalist", options, id=name)
