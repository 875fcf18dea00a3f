"""The author's text: cut, edited and indented without a character lost."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellmark.extract.text.indent import indented
from cellmark.extract.text.naming import readable_name
from cellmark.extract.text.spans import Edit, apply_edits, lines_of, span_of
from cellmark.extract.trace.texts import first_line, in_parentheses, is_spaced, segment

LETTERS = st.text(alphabet="ab é\u2028\x0c年", max_size=8)
TEXTS = st.lists(LETTERS, min_size=1, max_size=5).map("\n".join)


def place(text: str, at: int) -> tuple[int, int]:
    """Line from 1 and column in UTF-8 bytes of a character's place in a text."""
    before = text[:at].split("\n")
    return len(before), len(before[-1].encode())


@given(TEXTS, st.data())
def test_edits_are_replacements_of_characters(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    written = data.draw(st.lists(LETTERS, min_size=len(pairs), max_size=len(pairs)))
    edits, expected, last = [], "", 0
    for (start, end), new in zip(pairs, written, strict=True):
        edits.append(Edit(place(text, start), place(text, end), new))
        expected += text[last:start] + new
        last = end
    expected += text[last:]
    assert apply_edits(text, edits, 1, len(text.split("\n"))) == expected


@given(TEXTS)
def test_no_edits_change_nothing(text: str) -> None:
    assert apply_edits(text, [], 1, len(lines_of(text))) == text


def test_insertions_at_one_place_keep_their_order() -> None:
    edits = [Edit((1, 1), (1, 1), "x"), Edit((1, 1), (1, 1), "y")]
    assert apply_edits("ab", edits, 1, 1) == "axyb"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb", ["a", "b"]),
        ("a\r\nb\rc", ["a", "b", "c"]),
        ("a\u2028b\x0cc\x85d", ["a\u2028b\x0cc\x85d"]),
        ("", [""]),
    ],
)
def test_lines_are_those_of_the_parser(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


SOURCES = [
    "x = 1\ny = 2",
    'x = """a\n  b\n"""\ny = 2',
    "x = '''\n'''.join(\n    ['a']\n)",
    "if a:\n    b = 1\n\n    c = 2",
    'x = f"""{a}\n  {b}"""',
    'x = f"""{a +\n  1}""" + """c\nd"""',
    "x = (1\n     + 2)  # why\n# after",
    "x = 1 \\\n    + 2",
    'x = "a\\\n  b"',
    "for c in d:\n\tif c:\n\t\te = c",
]


@pytest.mark.parametrize("source", SOURCES)
def test_indented_code_means_the_same(source: str) -> None:
    inside = ast.parse(f"def f():\n{indented(source)}").body[0]
    assert isinstance(inside, ast.FunctionDef)
    assert ast.dump(ast.Module(inside.body, [])) == ast.dump(ast.Module(ast.parse(source).body, []))


def test_segment_of_an_expression_among_others() -> None:
    text = "é = a + (b\n * c) + d; z = 1\n"
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.Assign)
    assert segment(text, node.value, []) == "a + (b\n * c) + d"
    last = node.value
    assert isinstance(last, ast.BinOp)
    span = span_of(last.right, 1)
    edit = Edit(span[1:3], span[3:], "frozen.d")
    assert segment(text, node, [edit]) == "é = a + (b\n * c) + frozen.d"


def test_comments_above_belong_to_a_statement() -> None:
    text = "a = 1\n\n# why\n# and how\n@log\ndef f():\n    pass\n"
    function = ast.parse(text).body[1]
    assert first_line(text, function) == 3
    assert is_spaced(text, function)
    assert not is_spaced(text, ast.parse(text).body[0])


def test_parentheses_only_for_several_lines() -> None:
    assert in_parentheses("a + b") == "a + b"
    assert in_parentheses("a\n+ b") == "(a\n+ b)"


NAMES = {
    'df["age"].median()': "age_median",
    'df.groupby("city")["income"].mean()': "income_mean_by_city",
    'df["Total Charges"].quantile(0.9)': "total_charges_quantile",
    "df.shape[0]": "shape",
    "len(df)": "df_len",
    "typical": "typical",
    "meanIncome": "mean_income",
    'df["income"].max() - df["income"].min()': "income_max_income_min",
    "s.max() - low": "max_low",
    'df["größe"].mean()': "grosse_mean",
    'df["façade"].mean()': "facade_mean",
    'df["年収"].mean()': "mean",
    'df["2020"].sum()': "value_2020_sum",
    'df["class"]': "class_",
    'df["x"] > 3': "x_vs",
    "StandardScaler()": "standard_scaler",
    '-df["a"].mean()': "a_mean",
    'df[["a", "b"]].mean()': "a_b_mean",
    "df[0]": "value",
    'df["a_very_long_name_of_a_column_indeed_so_long"].mean()': (
        "a_very_long_name_of_a_column_indeed_so_l"
    ),
}


@pytest.mark.parametrize(("source", "name"), NAMES.items())
def test_readable_name(source: str, name: str) -> None:
    assert readable_name(ast.parse(source, mode="eval").body) == name


@given(st.text(max_size=20))
def test_every_name_is_an_identifier(word: str) -> None:
    node = ast.Call(ast.Attribute(ast.Subscript(ast.Name("df"), ast.Constant(word)), "max"), [], [])
    name = readable_name(node)
    assert name.isidentifier()
    assert name.isascii()
