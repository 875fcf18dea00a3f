"""What a person decides of what a notebook leaves open."""

from __future__ import annotations

import pytest

from cellmark.core.choices import Choices, choices_of
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.types.policies import Policies


def test_metadata_is_read() -> None:
    written = {"model": "clf", "policies": {"filtered_row": "score"}}
    assert choices_of(written, "here") == Choices("clf", policies=Policies(filtered_row="score"))


@pytest.mark.parametrize("name", ["depth=3", "turn=2", "Some trees", "models['b']"])
def test_a_model_of_a_loop_or_a_container_can_be_named(name: str) -> None:
    assert Choices().overruled({"model": name}, {}, "the command line").model == name


def test_a_command_line_overrules_name_by_name() -> None:
    before = Choices("clf", "df", policies=Policies(filtered_row="score"))
    after = before.overruled(
        {"model": "gb", "frame": None}, {"extra_column": "reject"}, "the command line"
    )
    assert after == Choices(
        "gb", "df", policies=Policies(filtered_row="score", extra_column="reject")
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"modell": "a"}, "Did you mean 'model'"),
        ({"model": 3}, "the name of a model"),
        ({"model": " "}, "the name of a model"),
        ({"frame": "df.x"}, "the name of a variable"),
        ({"policies": {"filtered_rows": "score"}}, "Did you mean 'filtered_row'"),
        ({"policies": {"filtered_row": "drop"}}, "one of reject, score"),
        ({"policies": ["score"]}, "a mapping of policies"),
        ("clf", "a mapping of choices"),
    ],
)
def test_what_is_no_choice_is_refused_with_those_that_are(written: object, said: str) -> None:
    with pytest.raises(CellmarkError, match=said):
        choices_of(written, "here")
