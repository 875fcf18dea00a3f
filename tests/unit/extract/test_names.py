"""Names that code reads, binds and changes, from its syntax."""

from __future__ import annotations

import ast

import pytest

from cellmark.extract.text.assignments import parallel, wanted_alone
from cellmark.extract.text.names import about_columns_only, bound, is_display, reads, stored_into


def statement(source: str) -> ast.stmt:
    return ast.parse(source).body[0]


READS = {
    "a + b": "a b",
    "x = f(y, k=z)": "f y z",
    "x += y": "x y",
    "x[i] = y": "i x y",
    "x.a.b = y": "x y",
    "del x": "x",
    "del x['k']": "x",
    "print(len(a))": "a",
    "[v * k for v in vs]": "k vs",
    "{v: w for v, w in vs if v in allowed}": "allowed vs",
    "lambda v, k=d: v + o": "d o",
    "def f(a, b=d, *c, e: T, **g) -> R:\n    x = a + o\n    return x + b": "R T d o",
    "@log\ndef f():\n    return 1": "log",
    "class A(B):\n    n = k\n    def f(self):\n        return n2": "B k n2",
    "f'{x:.{n}f}'": "n x",
    "for i in vs:\n    t = i + o": "i o t vs",
    "with a as b:\n    c = b": "a b",
    "try:\n    x = a\nexcept E as e:\n    y = e": "E a e",
    "(n := a) + n": "a n",
    "import numpy as np": "",
    "a if b else c": "a b c",
    "df.query('x > @limit')": "df limit",
}


@pytest.mark.parametrize(("source", "names"), READS.items())
def test_reads(source: str, names: str) -> None:
    found = reads(statement(source))
    expected = set(names.split())
    # What a loop or block binds for itself may be among what it reads.
    assert found - bound(statement(source)) == expected - bound(statement(source))


BINDS = {
    "x = y = 1": "x y",
    "a, (b, *c) = v": "a b c",
    "x += 1": "x",
    "x: int = 1": "x",
    "x[0] = x.a = 1": "",
    "import a.b, c as d": "a d",
    "from m import e, f as g": "e g",
    "def f(a):\n    b = 1": "f",
    "class A:\n    b = 1": "A",
    "for i, (j, k) in v:\n    x = 1": "i j k x",
    "with o() as f, p() as g:\n    x = 1": "f g x",
    "try:\n    a = 1\nexcept E as e:\n    b = 1": "a b e",
    "if t:\n    a = 1\nelse:\n    b = 1": "a b",
    "print(n := 3)": "n",
    "[v for v in vs]": "",
    "lambda: (x := 1)": "",
    "match v:\n    case 1:\n        a = 1": "a",
}


@pytest.mark.parametrize(("source", "names"), BINDS.items())
def test_bound(source: str, names: str) -> None:
    assert bound(statement(source)) == set(names.split())


STORES = {
    "x = 1": "",
    "x[0] = 1": "x",
    "x.loc[m, 'c'] = 1": "x",
    "x.a.b = 1": "x",
    "x += 1": "x",
    "x['k'] += 1": "x",
    "x['a'], y.b, z = 1, 2, 3": "x y",
    "del x['k'], y": "x",
    "for x['k'] in v:\n    y[0] = 1": "x y",
    "def f(x):\n    x[0] = 1": "",
    "f(x)[0] = 1": "",
}


@pytest.mark.parametrize(("source", "names"), STORES.items())
def test_stored_into(source: str, names: str) -> None:
    assert stored_into(statement(source)) == set(names.split())


@pytest.mark.parametrize(
    ("source", "shows"),
    [
        ("print(x)", True),
        ("display(df)", True),
        ("df.head()", True),
        ("df['a'].plot(kind='bar')", True),
        ("df.shape", True),
        ("df", True),
        ("'text'", True),
        ("x = df.head()", False),
        ("df.drop(columns='a', inplace=True)", False),
        ("out.append(1)", False),
        ("(n := 3)", False),
        ("for x in y:\n    print(x)", False),
    ],
)
def test_is_display(source: str, shows: bool) -> None:
    assert is_display(statement(source)) is shows


@pytest.mark.parametrize(
    ("source", "about"),
    [
        ("df.columns.str.lower()", True),
        ("[c for c in df.columns if c != 'y']", True),
        ("df.columns[df.isna().any()]", False),
        ("df.mean()", False),
        ("other.columns", False),
        ("3", False),
    ],
)
def test_about_columns_only(source: str, about: bool) -> None:
    node = ast.parse(source, mode="eval").body
    assert about_columns_only(node, frozenset({"df"})) is about


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a, b = x, y", ["a", "b"]),
        ("[a, b] = [x, y]", ["a", "b"]),
        ("a, b = pair", []),
        ("a, b = x, *y", []),
        ("a, b.c = x, y", []),
        ("a = b = x, y", []),
        ("a = x", []),
    ],
)
def test_parallel(source: str, names: list[str]) -> None:
    assert list(parallel(statement(source))) == names


@pytest.mark.parametrize(
    ("source", "wanted", "alone"),
    [
        ("a, b = x, y", {"a"}, ["a"]),
        ("a, b = x, y", {"a", "b"}, []),
        ("a, b = b, a", {"a"}, []),
        ("a, b, c = x, y, z", {"a", "c"}, ["a", "c"]),
        ("a, b = a + 1, y", {"a"}, ["a"]),
    ],
)
def test_wanted_alone(source: str, wanted: set[str], alone: list[str]) -> None:
    assert list(wanted_alone(statement(source), wanted)) == alone
