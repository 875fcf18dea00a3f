"""A field's control: a slider, a dropdown, a box to tick, a calendar or a line of text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from cellmark_runtime.scoring.offering import hint, is_choice, json_of, known_of, text_of
from cellmark_runtime.service.pages.markup import element
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.signature import Field

from .slider import slider, spans
from .toolkit import toolkit

__all__ = ["Control", "control_of"]

_Read = Callable[[Any], object]
# Of a field, values of which it shows the first, and what describes it: a widget, and its reader.
_Make = Callable[[Field, Sequence[object], dict[str, Any]], tuple[Any, _Read]]
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_MISSING = "(missing)"
_ABSENT = "or missing"
_WIDTHS = {"description_width": "10em"}
_SAID = "margin-left: 11em; color: var(--jp-ui-font-color2, #555)"


@dataclass(frozen=True)
class Control:
    """`entry` holds a value; where `missing` is ticked, there is none. `read` makes JSON of it."""

    field: Field
    entry: Any
    missing: Any | None
    read: _Read

    @property
    def value(self) -> object:
        """The value as a request carries it."""
        if self.missing is not None and self.missing.value:
            return None
        return self.read(self.entry.value)

    def observe(self, changed: Callable[[Any], None]) -> None:
        """Have `changed` called after each change."""
        for widget in self._widgets:
            widget.observe(changed, "value")

    @property
    def box(self) -> Any:
        """The control as it is shown: what it takes stands below it."""
        widgets = toolkit()
        said = widgets.HTML(element("div", element("small", self.said), style=_SAID))
        return widgets.VBox([widgets.HBox(self._widgets), said])

    @property
    def said(self) -> str:
        """What the column takes, in words."""
        return hint(self.field, _ABSENT)

    @property
    def _widgets(self) -> list[Any]:
        return [each for each in (self.entry, self.missing) if each is not None]


def control_of(field: Field, value: object, seen: Sequence[object], policies: Policies) -> Control:
    """The control for a field, holding `value`; while that is None, it stands at the first `seen`.

    Args: seen: values that the column has in golden rows.
    """
    make = _maker(field, policies)
    about = {
        "description": field.name,
        "tooltip": f"{field.name}: {hint(field, _ABSENT)}",
        "style": _WIDTHS,
        "layout": {"width": "26em"},
    }
    if make is _dropdown:
        entry, read = _dropdown(field, [value], about)
        return Control(field, entry, None, read)
    entry, read = make(field, seen if value is None else [value, *seen], about)
    missing = _missing(field, entry, ticked=value is None) if field.nullable else None
    return Control(field, entry, missing, read)


def _maker(field: Field, policies: Policies) -> _Make:
    if field.categories:
        return _dropdown if is_choice(field, policies) else _suggestions
    if field.kind in ("number", "integer"):
        return slider if spans(field) else _text
    return {"boolean": _tick, "datetime": _calendar}.get(field.kind, _text)


def _missing(field: Field, entry: Any, *, ticked: bool) -> Any:
    widgets = toolkit()
    box = widgets.Checkbox(
        value=ticked,
        description=f"{field.name} is missing",
        indent=False,
        tooltip=f"Leave {field.name} without a value",
        layout={"width": "auto"},
    )
    widgets.dlink((box, "value"), (entry, "disabled"))
    return box


def _dropdown(field: Field, values: Sequence[object], about: dict[str, Any]) -> tuple[Any, _Read]:
    # By their JSON: true and 1 are equal in Python, and None is no choice for a dropdown.
    options = [(text_of(each), json_of(each)) for each in known_of(field)]
    options += [(_MISSING, "null")] if field.nullable else []
    chosen = json_of(values[0])
    if chosen not in [key for _, key in options]:
        chosen = options[0][1]
    return toolkit().Dropdown(options=options, value=chosen, **about), msgspec.json.decode


def _suggestions(
    field: Field, values: Sequence[object], about: dict[str, Any]
) -> tuple[Any, _Read]:
    known = [text_of(each) for each in known_of(field)]
    text = text_of(values[0]) if values else ""
    box = toolkit().Combobox(options=known, value=text, ensure_option=False, **about)
    return box, lambda text: _typed(field, text)


def _text(field: Field, values: Sequence[object], about: dict[str, Any]) -> tuple[Any, _Read]:
    text = text_of(values[0]) if values else ""
    return toolkit().Text(value=text, **about), lambda text: _typed(field, text)


def _typed(field: Field, text: str) -> object:
    """What is no number stays text, so that the model says what is wrong with it."""
    if field.kind in ("number", "integer"):
        text = text.strip()
        return msgspec.json.decode(text) if _NUMBER.fullmatch(text) else text
    return text


def _tick(_field: Field, values: Sequence[object], about: dict[str, Any]) -> tuple[Any, _Read]:
    return toolkit().Checkbox(value=bool(values and values[0]), **about), bool


def _calendar(field: Field, values: Sequence[object], about: dict[str, Any]) -> tuple[Any, _Read]:
    widgets, moment = toolkit(), _moment(values[0]) if values else None
    if field.dtype == "Date":
        return widgets.DatePicker(value=moment and moment.date(), **about), _iso
    if "," in field.dtype:
        zoned = moment and (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
        return widgets.DatetimePicker(value=zoned, **about), _iso
    return widgets.NaiveDatetimePicker(value=moment and moment.replace(tzinfo=None), **about), _iso


def _moment(value: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _iso(moment: dt.date | None) -> str | None:
    return None if moment is None else moment.isoformat()
