"""A field's control: a slider, a dropdown, a box to tick, a calendar or a line of text."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from cellmark_runtime.scoring.offering import hint, is_choice, json_of, known_of, text_of
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.signature import Field

from .toolkit import toolkit

__all__ = ["Control", "control_of"]

_Read = Callable[[Any], object]
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_STEPS = 100
# What a browser's numbers hold exactly: beyond, a slider would send another one than it shows.
_EXACT = 2**53
_MISSING = "(missing)"
_ABSENT = "or missing"
_WIDTHS = {"description_width": "13em"}
# To 12 significant digits, without the zeros at the end.
_READOUT = ".12"


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
        """The control as it is shown."""
        return toolkit().HBox(self._widgets)

    @property
    def _widgets(self) -> list[Any]:
        return [each for each in (self.entry, self.missing) if each is not None]


def control_of(field: Field, value: object, known: object, policies: Policies) -> Control:
    """The control for a field, holding `value`; while that is None, it stands at `known`."""
    make = _maker(field, policies)
    about = {
        "description": field.name,
        "tooltip": f"{field.name}: {hint(field, _ABSENT)}",
        "style": _WIDTHS,
        "layout": {"width": "32em"},
    }
    if make is _dropdown:
        entry, read = make(field, value, about)
        return Control(field, entry, None, read)
    entry, read = make(field, known if value is None else value, about)
    missing = _missing(field, entry, ticked=value is None) if field.nullable else None
    return Control(field, entry, missing, read)


def _maker(field: Field, policies: Policies) -> Callable[..., tuple[Any, _Read]]:
    if field.categories:
        return _dropdown if is_choice(field, policies) else _suggestions
    if field.kind in ("number", "integer"):
        return _slider if _spans(field) else _text
    return {"boolean": _tick, "datetime": _calendar}.get(field.kind, _text)


def _missing(field: Field, entry: Any, *, ticked: bool) -> Any:
    widgets = toolkit()
    box = widgets.Checkbox(
        value=ticked,
        description="missing",
        indent=False,
        tooltip=f"Leave {field.name} without a value",
        layout={"width": "auto"},
    )
    widgets.dlink((box, "value"), (entry, "disabled"))
    return box


def _dropdown(field: Field, value: object, about: dict[str, Any]) -> tuple[Any, _Read]:
    # By their JSON: true and 1 are equal in Python, and None is no choice for a dropdown.
    options = [(text_of(each), json_of(each)) for each in known_of(field)]
    options += [(_MISSING, "null")] if field.nullable else []
    chosen = json_of(value)
    if chosen not in [key for _, key in options]:
        chosen = options[0][1]
    return toolkit().Dropdown(options=options, value=chosen, **about), msgspec.json.decode


def _suggestions(field: Field, value: object, about: dict[str, Any]) -> tuple[Any, _Read]:
    known = [text_of(each) for each in known_of(field)]
    text = "" if value is None else text_of(value)
    box = toolkit().Combobox(options=known, value=text, ensure_option=False, **about)
    return box, lambda text: _typed(field, text)


def _text(field: Field, value: object, about: dict[str, Any]) -> tuple[Any, _Read]:
    text = "" if value is None else text_of(value)
    return toolkit().Text(value=text, **about), lambda text: _typed(field, text)


def _typed(field: Field, text: str) -> object:
    """What is no number stays text, so that the model says what is wrong with it."""
    if field.kind in ("number", "integer"):
        text = text.strip()
        return msgspec.json.decode(text) if _NUMBER.fullmatch(text) else text
    return text


def _tick(_field: Field, value: object, about: dict[str, Any]) -> tuple[Any, _Read]:
    return toolkit().Checkbox(value=bool(value), **about), bool


def _spans(field: Field) -> bool:
    """Whether there is a range to slide in."""
    low, high = field.minimum, field.maximum
    if low is None or high is None or not low < high:
        return False
    return math.isfinite(high - low) and max(abs(low), abs(high)) <= _EXACT


def _slider(field: Field, value: Any, about: dict[str, Any]) -> tuple[Any, _Read]:
    assert field.minimum is not None
    assert field.maximum is not None
    low, high, step = field.minimum, field.maximum, _step(field.maximum - field.minimum)
    if isinstance(value, (int, float)):
        # A golden row that was not trained on may lie outside: it is shown as it is.
        low, high = min(low, value), max(high, value)
    else:
        value = low
    if field.kind == "integer":
        about |= {"value": int(value), "min": int(low), "max": int(high)}
        return toolkit().IntSlider(step=max(1, int(step)), **about), int
    about |= {"value": value, "min": low, "max": high}
    return toolkit().FloatSlider(step=step, readout_format=_READOUT, **about), float


def _step(span: float) -> float:
    """A hundredth of the span, or a little less: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(span / _STEPS))
    return max(times * power for times in (1, 2, 5) if times * power <= span / _STEPS)


def _calendar(field: Field, value: object, about: dict[str, Any]) -> tuple[Any, _Read]:
    widgets, moment = toolkit(), _moment(value)
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
