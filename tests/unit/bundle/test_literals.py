from __future__ import annotations

import ast
import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellmark.bundle.literals import code, docstring, plain, quoted, slug


@given(st.text())
def test_any_text_stands_between_triple_quotes(text: str) -> None:
    source = f'"""{docstring(text)}"""'
    assert ast.literal_eval(source) == plain(text)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_quoted_text_is_read_back_by_json_and_toml(text: str) -> None:
    assert json.loads(quoted(text)) == text
    assert tomllib.loads(f"key = {quoted(text)}") == {"key": text}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", "`x`"),
        ("a | b", r"`a \| b`"),
        ("two\nlines", "`two lines`"),
        ("a `tick`", "`` a `tick` ``"),
        ("", ""),
    ],
)
def test_code_fits_a_tables_cell(text: str, expected: str) -> None:
    assert code(text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("churn", "churn"),
        ("Churn Model_v2", "churn-model-v2"),
        ("--", "model"),
        ("x" * 80, "x" * 50),
    ],
)
def test_slugs_are_names_of_containers(name: str, expected: str) -> None:
    assert slug(name) == expected
