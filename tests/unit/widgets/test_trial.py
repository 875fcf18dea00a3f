"""The form: what it answers as its controls change."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import cellmark
from cellmark.widgets import try_model
from cellmark.widgets.fields import common_fields
from cellmark_runtime import Model
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.types.policies import Policies


def texts(trial) -> list[str]:
    """What each model says, without markup."""
    shown = (re.sub(r"<[^>]+>", " ", answer.value) for answer in trial.answers)
    return [" ".join(html.unescape(text).split()) for text in shown]


def set_to(trial, row: dict[str, object]) -> None:
    for name, value in row.items():
        control = trial.controls[name]
        if control.missing is not None:
            control.missing.value = value is None
        if value is None:
            continue
        is_text = type(control.entry).__name__ in ("Text", "Dropdown")
        control.entry.value = msgspec.json.encode(value).decode() if is_text else value


def test_it_begins_with_the_first_golden_row(bundle: Path, model: Model) -> None:
    trial = try_model(bundle)
    assert trial.row == model.golden.rows[0]
    assert f"Prediction: {model.golden.predictions[0]} " in texts(trial)[0]


@pytest.mark.parametrize("at", range(12))
def test_after_each_change_it_says_what_the_model_says(bundle: Path, model: Model, at: int) -> None:
    trial = try_model(bundle)
    row = model.golden.rows[at]
    set_to(trial, row)
    assert trial.row == row
    answer = model.answer([row])
    no, yes = answer.probabilities[0]
    said = f"Prediction: {answer.predictions[0]} Probabilities No {no:.1%} Yes {yes:.1%}"
    assert texts(trial) == [said]


def test_a_fault_is_told_in_the_words_of_the_service(model: Model) -> None:
    trial = try_model(model)
    trial.controls["visits"].entry.value = "many"
    with pytest.raises(InvalidRows) as refused:
        model.answer([trial.row])
    fault = refused.value.faults[0].public()
    said = f"received {fault['received']}, expected {fault['expected']}. {fault['fix']}"
    assert texts(trial) == [f"No answer: the row does not fit. visits: {said}"]
    trial.controls["visits"].entry.value = "3"
    assert texts(trial)[0].startswith("Prediction: ")


def test_a_step_that_stops_is_told(model: Model) -> None:
    trial = try_model(model)
    trial.controls["visits"].entry.value = "999"
    assert "visits that no step can take" in texts(trial)[0]


def test_markup_in_a_value_stays_text(variant: Callable[..., Model]) -> None:
    trial = try_model(variant(policies=Policies(unseen_category="missing")))
    trial.controls["plan"].entry.value = "<script>"
    assert "<script>" not in trial.answers[0].value
    assert "&lt;script&gt;" in trial.answers[0].value


def test_champion_and_challenger_answer_the_same_row(bundle: Path, stricter: Path) -> None:
    trial = try_model(bundle, stricter)
    titles = [side.children[0].value for side in trial.widget.children[1].children]
    assert ["churn@3 champion" in titles[0], "churn@4 challenger" in titles[1]] == [True, True]
    before = texts(trial)
    assert before[0] != before[1]
    trial.controls["visits"].entry.value = "16"
    assert all(one != other for one, other in zip(before, texts(trial), strict=True))


def test_what_one_of_two_takes_can_be_entered_and_the_other_says_no(
    model: Model, variant: Callable[..., Model]
) -> None:
    wider = variant(
        age={"minimum": 10.0, "maximum": 50.0},
        plan={"categories": ("basic", "max", "pro", "free")},
        visits={"kind": "number", "dtype": "float64"},
    )
    trial = try_model(model, wider)
    assert (trial.controls["age"].entry.min, trial.controls["age"].entry.max) == (10.0, 69.5)
    trial.controls["visits"].entry.value = "2.5"
    champion, challenger = texts(trial)
    assert "expected a whole number" in champion
    assert challenger.startswith("Prediction: ")
    trial.controls["plan"].entry.value = '"free"'
    assert 'plan: received "free", expected one of' in texts(trial)[0]


def test_columns_that_mean_different_kinds_are_refused(
    model: Model, variant: Callable[..., Model]
) -> None:
    other = variant(active={"kind": "string", "dtype": "str"})
    with pytest.raises(CellmarkError, match="active: a column of kind boolean in one model"):
        common_fields([model, other])


def test_a_bundle_that_answers_otherwise_here_is_refused(variant: Callable[..., Model]) -> None:
    broken = variant()
    broken.golden = msgspec.structs.replace(broken.golden, predictions=("Maybe",) * 12)
    with pytest.raises(CheckFailed, match=r"churn@4: .*golden row 0: prediction .* 'Maybe'"):
        try_model(broken)


def test_without_ipywidgets_it_says_what_to_install(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(CellmarkError, match=r'%pip install "cellmark\[widgets\]"'):
        try_model(bundle)


def test_a_registered_model_goes_by_its_alias(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    with pytest.raises(CellmarkError, match="churn: not registered"):
        try_model("churn@champion", start=tmp_path)


def test_a_cell_shows_it(bundle: Path) -> None:
    trial = cellmark.widgets.try_model(bundle)
    data = trial._repr_mimebundle_()
    [data] = [data[0]] if isinstance(data, tuple) else [data]
    shown = data["application/vnd.jupyter.widget-view+json"]
    assert shown["model_id"] == trial.widget.model_id
    assert repr(trial) == "<a form to try churn@3>"
