"""A control for each kind of field, and what it sends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cellmark.widgets.control import control_of
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.signature import Field

AGE = Field("age", "number", "float64", minimum=18.5, maximum=91.0)
ROOMS = Field("rooms", "integer", "int64", minimum=1, maximum=9)
PLAN = Field("plan", "string", "str", categories=("basic", "pro"))
DAY = Field("day", "datetime", "datetime64[us]")
OPEN = Policies(unseen_category="other")


def made(field: Field, value: object = None, policies: Policies | None = None) -> Any:
    return control_of(field, value, () if value is None else (value,), policies or Policies())


@pytest.mark.parametrize(
    ("field", "value", "kind", "state"),
    [
        (AGE, 33.25, "FloatSlider", {"min": 18.5, "max": 91.0, "step": 0.01, "value": 33.25}),
        (ROOMS, 3, "IntSlider", {"min": 1, "max": 9, "step": 1, "value": 3}),
        (Field("n", "integer", "int64", minimum=0, maximum=7e4), 7, "IntSlider", {"max": 70000}),
        (Field("n", "number", "float64", minimum=0, maximum=3e-7), 1e-7, "FloatSlider", {}),
        (Field("n", "number", "float64"), 1.5, "Text", {"value": "1.5"}),
        (Field("n", "number", "float64", minimum=2, maximum=2), 2.0, "Text", {"value": "2.0"}),
        (Field("n", "integer", "int64", minimum=0, maximum=2.0**62), 7, "Text", {"value": "7"}),
        (PLAN, "pro", "Dropdown", {"value": '"pro"'}),
        (Field("k", "integer", "int64", categories=(1, 2)), 2, "Dropdown", {"value": "2"}),
        (Field("b", "boolean", "bool"), True, "Checkbox", {"value": True}),
        (DAY, "2024-05-31T13:45:00", "NaiveDatetimePicker", {}),
        (Field("d", "datetime", "datetime64[us, UTC]"), "2024-05-31T13:45:00+00:00",
         "DatetimePicker", {}),
        (Field("d", "datetime", "Date"), "2024-05-31", "DatePicker", {}),
        (Field("s", "string", "str"), "so", "Text", {"value": "so"}),
    ],
)  # fmt: skip
def test_shows_the_value_and_sends_it(
    field: Field, value: object, kind: str, state: dict[str, object]
) -> None:
    control = made(field, value)
    assert type(control.entry).__name__ == kind
    assert {name: getattr(control.entry, name) for name in state} == state
    assert (control.value, type(control.value)) == (value, type(value))


def test_where_policies_take_other_categories_they_can_be_written() -> None:
    control = made(PLAN, "pro", OPEN)
    assert (type(control.entry).__name__, control.entry.options) == ("Combobox", ("basic", "pro"))
    control.entry.value = "free"
    assert control.value == "free"


@pytest.mark.parametrize(
    ("text", "sent"),
    [(" 12 ", 12), ("-0.5e3", -500.0), ("", ""), ("1,5", "1,5"), ("NaN", "NaN"), ("01", "01")],
)
def test_text_that_is_no_number_is_sent_as_it_is(text: str, sent: object) -> None:
    control = made(Field("n", "number", "float64"), 1.0)
    control.entry.value = text
    assert (control.value, type(control.value)) == (sent, type(sent))


@pytest.mark.parametrize("field", [AGE, DAY, Field("s", "string", "str")])
def test_a_value_can_be_left_out_where_it_may_be_missing(field: Field) -> None:
    assert made(field).missing is None
    control = control_of(
        Field(**{**{n: getattr(field, n) for n in field.__struct_fields__}, "nullable": True}),
        None,
        (),
        Policies(),
    )
    assert (control.missing.value, control.entry.disabled, control.value) == (True, True, None)
    assert control.missing.description == f"{field.name} is missing"
    control.missing.value = False
    assert not control.entry.disabled


def test_a_dropdown_has_missing_among_its_options() -> None:
    control = made(Field("plan", "string", "str", nullable=True, categories=("basic", None)))
    assert control.missing is None
    assert [text for text, _ in control.entry.options] == ["basic", "(missing)"]
    assert control.value is None


def test_a_missing_value_stands_at_a_known_one() -> None:
    field = Field("age", "number", "float64", nullable=True, minimum=18.5, maximum=91.0)
    control = control_of(field, None, (40.0, 50.0), Policies())
    assert (control.value, control.entry.value) == (None, 40.0)


def test_a_golden_value_outside_of_training_is_shown_as_it_is() -> None:
    assert made(AGE, 95.0).entry.max == 95.0


@pytest.mark.parametrize(
    ("low", "high", "seen", "step"),
    [
        (18.8, 8684.8, [29.85], 0.01),  # as many places as the golden rows have
        (18.0, 91.0, [33.0], 0.1),  # a hundred steps at the least
        (-3.24126734, 4.1, [0.4967141530112327], 1e-5),  # a million at the most
        (0.0, 3e9, [1.5, 2e9], 10000.0),
        (0.0, 2.5e-7, [1e-7], 1e-9),
        (-1e300, 1e300, [0.0], 1e295),
        (1.0, 1.0000000000000004, [1.0], 1e-18),
    ],
)
def test_a_slider_has_steps_that_hold_the_golden_values(
    low: float, high: float, seen: list[float], step: float
) -> None:
    field = Field("n", "number", "float64", minimum=low, maximum=high)
    entry = control_of(field, seen[0], seen, Policies()).entry
    assert entry.step == step
    assert entry.min <= low < high <= entry.max
    assert abs(entry.value - seen[0]) <= step / 2


def test_what_a_browser_makes_of_a_step_is_read_as_what_it_shows() -> None:
    control = made(AGE, 33.25)
    control.entry.value = 18.5 + 148 * 0.1  # 33.300000000000004
    assert control.value == 33.3


def test_a_calendar_sends_what_was_picked() -> None:
    control = made(DAY, "2024-05-31T13:45:00")
    control.entry.value = dt.datetime(2025, 1, 2, 3, 4)
    assert control.value == "2025-01-02T03:04:00"
    control.entry.value = None
    assert control.value is None


def test_it_is_described_by_name_and_by_what_it_takes() -> None:
    control = made(AGE, 20.0)
    said = "A number; in training from 18.5 to 91"
    assert (control.entry.description, control.entry.tooltip) == ("age", f"age: {said}")
    assert said in control.box.children[1].value


def test_a_name_with_markup_stays_text() -> None:
    entry = made(Field("<b>x</b>", "boolean", "bool")).entry
    assert (entry.description, entry.description_allow_html) == ("<b>x</b>", False)
