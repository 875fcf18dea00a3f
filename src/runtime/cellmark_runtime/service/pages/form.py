"""A form made from the Signature, to try a row."""

from __future__ import annotations

import msgspec

from ...scoring.judging import describe
from ...scoring.model import Model
from ...types.signature import Field, Scalar
from .markup import Attribute, Html, element

__all__ = ["form"]

_MODES = {"number": "decimal", "integer": "numeric"}


def form(model: Model) -> list[Html]:
    """Filled with the first golden row. `page.js` sends it, and shows what comes of it."""
    rows = model.golden.rows
    first = rows[0] if rows else {}
    is_open = model.policies.unseen_category != "reject"
    fields = [
        _field(at, field, first.get(field.name), is_open=is_open)
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


def _field(at: int, field: Field, value: object, *, is_open: bool) -> Html:
    name, about = f"field-{at}", f"field-{at}-about"
    label = element("label", field.name, for_=name)
    attributes: dict[str, Attribute] = {
        "id": name,
        "name": field.name,
        "data_kind": field.kind,
        "data_nullable": field.nullable,
        "aria_describedby": f"{about} {name}-fault",
    }
    if field.kind == "boolean" or (field.categories and not is_open):
        control = element("select", _options(field, value), **attributes)
    else:
        text = "" if value is None else value if isinstance(value, str) else _json(value)
        known = f"{name}-known" if field.categories else None
        mode = _MODES.get(field.kind)
        control = element(
            "input", type="text", value=text, list=known, inputmode=mode, **attributes
        )
    said = element("div", _hint(field), id=about, class_="soft hint")
    fault = element("div", id=f"{name}-fault", class_="bad hint fault")
    known = _datalist(f"{name}-known", field) if field.categories and is_open else None
    return element("div", label, control, known, said, fault, class_="field")


def _options(field: Field, value: object) -> list[Html]:
    known: list[Scalar] = [each for each in field.categories or (True, False) if each is not None]
    options = [
        element(
            "option",
            each if isinstance(each, str) else _json(each),
            value=_json(each),
            selected=each == value and type(each) is type(value),
        )
        for each in known
    ]
    if field.nullable:
        options.append(element("option", "(missing)", value="null", selected=value is None))
    return options


def _datalist(name: str, field: Field) -> Html:
    known = [each for each in field.categories or () if each is not None]
    options = [
        element("option", value=each if isinstance(each, str) else _json(each)) for each in known
    ]
    return element("datalist", options, id=name)


def _hint(field: Field) -> str:
    said = describe(field) if not field.categories else "a known category"
    if field.categories and field.nullable:
        said += ", or missing"
    elif field.nullable and field.kind != "boolean":
        said = said.replace(" or null", "") + "; empty is missing"
    if field.minimum is not None and field.maximum is not None:
        said += f"; in training from {field.minimum:g} to {field.maximum:g}"
    return said[:1].upper() + said[1:]


def _json(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
