"""HTML and SVG from elements: all text and all attributes are escaped where they are put in."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias

__all__ = ["Attribute", "Html", "Inside", "element", "facts", "table"]

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Html(str):
    """Markup, whose parts were escaped."""

    __slots__ = ()


Inside: TypeAlias = "str | int | float | Iterable[Inside] | None"
Attribute = str | int | float | bool | None


def element(tag: str, *inside: Inside, **attributes: Attribute) -> Html:
    """An element. Text is escaped, `Html` is not, None is nothing.

    Attributes: True is one without a value, None and False are none; `class_` is class, and
    `aria_label` is aria-label.
    """
    opening = f"<{tag}{''.join(map(_attribute, attributes.items()))}>"
    if tag in _VOID:
        return Html(opening)
    return Html(f"{opening}{''.join(map(_inside, inside))}</{tag}>")


def table(head: Iterable[Inside], rows: Iterable[Iterable[Inside]], numbers: int = 0) -> Html:
    """A table that scrolls by itself where it is too wide.

    Args: numbers: so many columns at the right hold numbers.
    """
    heads = list(head)
    first = len(heads) - numbers

    def kind(at: int) -> str | None:
        return "number" if at >= first else None

    cells = [element("th", each, scope="col", class_=kind(at)) for at, each in enumerate(heads)]
    body = [
        element(
            "tr",
            [
                element("td", each, class_=kind(at)) if at else element("th", each, scope="row")
                for at, each in enumerate(row)
            ],
        )
        for row in rows
    ]
    whole = element("table", element("thead", element("tr", cells)), element("tbody", body))
    return element("div", whole, class_="wide", tabindex=0, role="group", aria_label="Table")


def facts(pairs: Iterable[tuple[str, Inside]], class_: str = "facts") -> Html:
    """Names and what they are; without those that are None."""
    listed = [
        element("div", element("dt", name), element("dd", value))
        for name, value in pairs
        if value is not None
    ]
    return element("dl", listed, class_=class_)


def _attribute(pair: tuple[str, Attribute]) -> str:
    name, value = pair
    if value is None or value is False:
        return ""
    named = name.rstrip("_").replace("_", "-")
    return f" {named}" if value is True else f' {named}="{html.escape(str(value))}"'


def _inside(part: Inside) -> str:
    if part is None:
        return ""
    if isinstance(part, Html):
        return part
    if isinstance(part, (str, int, float)):
        return html.escape(str(part))
    return "".join(map(_inside, part))
