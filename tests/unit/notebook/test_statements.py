"""The statements of a cell, as IPython would run them."""

from __future__ import annotations

import pytest

from cellmark.notebook import CellSyntaxError, statements_of
from cellmark.notebook.statements import parse, python_of


def test_statements_with_their_lines() -> None:
    source = "a = 1\n\ndef f():\n    return 2\nb = (\n    3\n); c = 4"
    assert [(each.line, each.end_line, each.source) for each in statements_of(source, 1)] == [
        (1, 1, "a = 1"),
        (3, 4, "def f():\n    return 2"),
        (5, 7, "b = (\n    3\n)"),
        (7, 7, "c = 4"),
    ]


@pytest.mark.parametrize(
    ("source", "python"),
    [
        (
            "%matplotlib inline\na = 1",
            "get_ipython().run_line_magic('matplotlib', 'inline')\na = 1\n",
        ),
        ("!ls\na = 1", "get_ipython().system('ls')\na = 1\n"),
        ("files = !ls", "files = get_ipython().getoutput('ls')\n"),
        ("df?", "get_ipython().run_line_magic('pinfo', 'df')\n"),
        (">>> a = 1", "a = 1\n"),
        ("a = 1;", "a = 1;\n"),
        ("%%bash\nls", "get_ipython().run_cell_magic('bash', '', 'ls\\n')\n"),
        ("%%time\na = 1\nb = 2", "\na = 1\nb = 2\n"),
        ("%%capture\na = 1", "\na = 1\n"),
        ("%time a = 1", "a = 1\n"),
        ("if x:\n    %time a = f(x)", "if x:\n    a = f(x)\n"),
        ("a = 5 %time", "a = 5 %time\n"),
    ],
)
def test_magics_become_calls_or_go(source: str, python: str) -> None:
    assert python_of(source) == python


def test_captured_output_that_is_asked_for_stays_a_call() -> None:
    assert python_of("%%capture shown\nprint(1)").startswith("get_ipython().run_cell_magic")


def test_lines_are_counted_under_a_wrapper() -> None:
    assert [each.line for each in statements_of("%%time\n\na = 1\nb = 2", 1)] == [3, 4]


@pytest.mark.parametrize(
    ("source", "place"),
    [("a = 1\nb = = 2", "cell 3, line 2"), ("def f(:\n    pass", "cell 3, line 1")],
)
def test_what_is_not_python(source: str, place: str) -> None:
    with pytest.raises(CellSyntaxError, match="not valid Python") as problem:
        parse(source, 3)
    assert problem.value.where == place
