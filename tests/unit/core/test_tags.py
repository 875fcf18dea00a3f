"""Cell tags: roles among other people's tags, and slips of the pen."""

from __future__ import annotations

import pytest

from cellmark.core.tags import ROLES, roles_of, unknown_tag


@pytest.mark.parametrize(
    ("tags", "roles"),
    [
        ([], ()),
        (["data"], ("data",)),
        (["model"], ("train",)),
        (["train", "model"], ("train",)),
        (["evaluate", "train"], ("train", "evaluate")),
        (["injected-parameters"], ("parameters",)),
        (["hide-input", "preprocess", "mine"], ("preprocess",)),
        (list(reversed(ROLES)), ROLES),
        (["Train"], ()),
    ],
)
def test_roles(tags: list[str], roles: tuple[str, ...]) -> None:
    assert roles_of(tags) == roles


@pytest.mark.parametrize(
    "tag",
    [*ROLES, "model", "injected-parameters", "raises-exception", "hide-input", "remove_cell", "x"],
)
def test_other_tags_are_left_alone(tag: str) -> None:
    assert unknown_tag(tag, 1) is None


@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        ("trian", "train"),
        ("Train", "train"),
        ("pre-process", "preprocess"),
        ("preprocessing", "preprocess"),
        ("evaluation", "evaluate"),
        ("parameter", "parameters"),
        ("models", "model"),
        ("dta", "data"),
    ],
)
def test_near_misses_are_complained_about(tag: str, meant: str) -> None:
    complaint = unknown_tag(tag, 7)
    assert complaint is not None
    assert complaint.where == "cell 7"
    assert repr(tag) in complaint.received
    assert "parameters, data, preprocess, train, evaluate, skip" in complaint.expected
    assert complaint.fix == f"Did you mean {meant!r}?"
    assert complaint.exit_code == 2
