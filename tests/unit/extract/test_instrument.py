"""Instrumented code behaves as the plain code does: values, errors, their lines, what it prints."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import re
import textwrap
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from cellmark.extract.trace.instrument import TRACER, instrument
from cellmark.extract.trace.tracer import Tracer

FILE = "<cell>"


@pytest.fixture
def tracer() -> Iterator[dict[str, Any]]:
    """The namespace of a traced notebook; the tracer is in place while the test runs."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    setattr(builtins, TRACER, Tracer(namespace, frozenset({1})))
    yield namespace
    delattr(builtins, TRACER)


def outcome(tree: ast.Module, namespace: dict[str, Any]) -> dict[str, Any]:
    """What running a cell does that anybody can see."""
    shown = io.StringIO()
    seen: dict[str, Any] = {"raised": None, "line": None}
    with contextlib.redirect_stdout(shown):
        try:
            exec(compile(tree, FILE, "exec"), namespace)
        except Exception as problem:  # noqa: BLE001 - whatever the cell raises is compared
            frames = traceback.extract_tb(problem.__traceback__)
            seen["raised"] = repr(problem)
            seen["line"] = [frame.lineno for frame in frames if frame.filename == FILE]
    names = sorted(name for name in namespace if name[:1] != "_")
    seen["names"] = {name: shown_value(namespace[name]) for name in names}
    return seen | {"printed": shown.getvalue()}


def shown_value(value: object) -> str:
    if callable(value) or type(value).__module__ == "__main__":
        return type(value).__name__
    return re.sub("0x[0-9a-f]+", "0x", repr(value))


CELLS = {
    "arithmetic": "a = 1 + 2 * 3\nb = -a ** 2\nc = a if b else -a\nd = not a",
    "comparison": "a = 1 < 2 < 3\nb = 2 in [1, 2]\nc = None is None",
    "short circuit": "def boom():\n    raise ValueError\na = False and boom()\nb = 1 or boom()",
    "walrus": "a = [y := 3, y + 1]\nif (n := len(a)) > 1:\n    b = n",
    "star arguments": "def f(*a, **k):\n    return a, k\nr = f(1, *[2, 3], x=4, **{'y': 5})",
    "defaults": "def f(a, b=2, *, c=3):\n    return a, b, c\nr = f(1), f(1, 5, c=6)",
    "mutable default": "def f(v, seen=[]):\n    seen.append(v)\n    return seen\nf(1)\nr = f(2)",
    "keyword only": "def f(*, a):\n    return a\nr = f(a=1)",
    "positional only": "def f(a, /, b):\n    return a, b\nr = f(1, b=2)",
    "unpacking": "a, (b, *c) = 1, (2, 3, 4)\n[d, e] = 'xy'",
    "chained": "a = b = []\na.append(1)",
    "augmented": "a = [1]\nb = a\na += [2]\nx = {'k': 1}\nx['k'] += 2",
    "slices": "a = list(range(10))\nb = a[2:8:2]\na[1:3] = [0]\ndel a[-1]\nc = a[::-1]",
    "attributes": "class P:\n    pass\np = P()\np.x = 1\np.x += 1\nr = p.x\ndel p.x",
    "list comprehension": "k = 2\nr = [x * k for x in range(3) if x]\ns = {x for x in r}",
    "comprehension scope": "x = 5\nr = [x for x in range(3)]",
    "nested comprehension": "r = [[i * j for j in range(i)] for i in range(3)]",
    "dict comprehension": "r = {k: v for k, v in zip('ab', (1, 2))}",
    "generator": "def g(n):\n    for i in range(n):\n        yield i\nr = list(g(3))",
    "generator expression": "r = sum(i * i for i in range(4))",
    "send to a generator": (
        "def g():\n    got = yield 1\n    yield got\nit = g()\na = next(it)\nb = it.send(7)\ndel it"
    ),
    "yield from": "def g():\n    yield from (1, 2)\nr = list(g())",
    "async": (
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x * 2\n"
        "r = asyncio.run(f(4))"
    ),
    "decorator": (
        "def twice(f):\n    def g(*a):\n        return f(*a) * 2\n    return g\n"
        "@twice\ndef f(x):\n    return x + 1\nr = f(3)"
    ),
    "closure": (
        "def outer(n):\n    def inner(x):\n        return x + n\n    return inner\nr = outer(2)(3)"
    ),
    "nonlocal": (
        "def counter():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n"
        "        return n\n"
        "    return up\nc = counter()\nc()\nr = c()"
    ),
    "global": "total = 0\ndef add(x):\n    global total\n    total += x\nadd(2)\nadd(3)",
    "global in a loop": (
        "total = 0\ndef add(n):\n    for i in range(n):\n        global total\n        total += i\n"
        "    return total\nr = add(3), add(4)"
    ),
    "global in a loop outside": "for i in range(3):\n    global seen\n    seen = i",
    "nonlocal in a loop": (
        "def outer():\n    n = 0\n    def up():\n        while True:\n            nonlocal n\n"
        "            n += 1\n            return n\n    up()\n    return up()\nr = outer()"
    ),
    "a loop that turns often": (
        "r = 0\nodd = []\nfor i in range(12_000):\n    if i == 3:\n        continue\n"
        "    r += i\n    for j in (1, 2):\n        if i % 3_000 == 2_999:\n"
        "            odd.append((i, j))\n            break\n    if i == 11_000:\n        break\n"
        "else:\n    r = None"
    ),
    "a loop that fails late": "for i in range(11_000):\n    x = 1 / (10_500 - i)",
    "a while that turns often": "n = 0\nwhile n < 11_000:\n    n += 1\nelse:\n    done = True",
    "a function called for each element": (
        "def f(x, y=2):\n    'Doc.'\n    def g(z):\n        return z + y\n    return g(x)\n"
        "r = list(map(f, range(5))), sorted([3, 1, 2], key=f), f.__doc__"
    ),
    "a function that fails in a library": (
        "def f(x):\n    return 1 / (3 - x)\nr = list(map(f, range(5)))"
    ),
    "late binding": "fs = [lambda: i for i in range(3)]\nr = [f() for f in fs]",
    "recursion": "def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)\nr = fact(10)",
    "lambda": "f = lambda a, b=2: a * b\nr = f(3), (lambda: 4)()",
    "try": (
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    r = str(e)\nelse:\n    r = 1\n"
        "finally:\n    s = 2"
    ),
    "return in finally": (
        "def f():\n    try:\n        return 1\n    finally:\n        print('x')\nr = f()"
    ),
    "raise from": "try:\n    raise KeyError('a') from None\nexcept KeyError as e:\n    r = e.args",
    "with": (
        "from contextlib import suppress\nwith suppress(KeyError) as s:\n    {}['a']\nr = 1\n"
    ),
    "for else": "for i in range(3):\n    if i == 5:\n        break\nelse:\n    r = 'no break'",
    "break and continue": (
        "r = []\nfor i in range(6):\n    if i == 1:\n        continue\n    if i == 4:\n"
        "        break\n"
        "    r.append(i)"
    ),
    "for over pairs": "r = 0\nfor i, (a, b) in enumerate([(1, 2), (3, 4)]):\n    r += i * a * b",
    "for into a subscript": "d = {}\nfor d['k'] in range(3):\n    pass",
    "for deletes its variable": "r = []\nfor i in range(2):\n    r.append(i)\n    del i",
    "while else": "n = 3\nwhile n:\n    n -= 1\nelse:\n    r = 'done'",
    "match": (
        "def kind(v):\n    match v:\n        case {'a': x}:\n            return x\n"
        "        case [first, *rest] if rest:\n            return first\n"
        "        case int() | float():\n            return 'number'\n        case _:\n"
        "            return None\nr = [kind(v) for v in ({'a': 1}, [2, 3], [4], 5, 'x')]"
    ),
    "class": (
        "class A:\n    '''Doc.'''\n    n = 1 + 1\n    def __init__(self, x):\n        self.x = x\n"
        "    @property\n    def double(self):\n        return self.x * self.n\n    @classmethod\n"
        "    def make(cls):\n        return cls(5)\nr = A.make().double"
    ),
    "super": (
        "class A:\n    def f(self):\n        return 1\nclass B(A):\n    def f(self):\n"
        "        return super().f() + 1\nr = B().f()"
    ),
    "super in a function's class": (
        "def make():\n    class A(dict):\n        def __init__(self):\n"
        "            super().__init__()\n"
        "    return A()\nr = make()"
    ),
    "dataclass": (
        "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    x: int\n"
        "    y: list = field(default_factory=list)\nr = P(1).y"
    ),
    "annotated": "a: int = 3\nb: 'list[int]'\nc: list[int] = [a]",
    "f-string": "x = 3.14159\nr = f'{x:.2f} {x!r} {x=} {[i for i in range(2)]}'",
    "docstring": "def f():\n    '''What it does.'''\n    return 1\nr = f.__doc__",
    "locals": "def f(a):\n    b = 2\n    return sorted(locals())\nr = f(1)",
    "vars": "def f(a):\n    return vars()\nr = f(1)",
    "delete": "a = b = 1\ndel a, b",
    "conditional import": "try:\n    import nothing_like_this\nexcept ImportError:\n    r = 1",
    "assert": "assert 1 + 1 == 2, 'never'",
    "exec": "exec('k = 3')\nr = k",
    "eval": "x = 2\nr = eval('x + 1')",
    "tuple as key": "d = {(1, 2): 'a'}\nr = d[1, 2]",
    "ellipsis": "class L:\n    def __getitem__(self, k):\n        return k\nr = L()[..., 1:2]",
    "matrix product": "class M:\n    def __matmul__(self, o):\n        return 'mm'\nr = M() @ 1",
    "set and get attribute": "class O:\n    pass\no = O()\nsetattr(o, 'a', 1)\nr = getattr(o, 'a')",
    "print": "for w in 'ab':\n    print(w, end=';')",
    "type alias and union": "r = isinstance(3, int | str)",
    "unhashable loop values": "r = 0\nfor row in [[1], [2]]:\n    r = r + sum(row)",
    "a value that can't be copied": "import threading\nlock = threading.Lock()\nr = lock.locked()",
    "a value that hates being looked at": (
        "class Odd:\n    def __getattr__(self, n):\n        raise RuntimeError(n)\n"
        "    def __len__(self):\n        raise RuntimeError('len')\n"
        "    def __eq__(self, o):\n        raise RuntimeError('eq')\n"
        "    __hash__ = None\nodd = [Odd()]\nr = len(odd)"
    ),
    "zero division": "a = 1\nb = (a\n     / 0)",
    "error in a function": "def f(x):\n    y = x\n    return y['k']\n\nf({})",
    "error in a call's argument": "def f(x):\n    return x\nf(\n    1,\n)\nf(\n    [][0]\n)",
    "name error": "a = 1\nb = nothing_like_this",
    "wrong argument": "def f(a):\n    return a\nf(b=1)",
    "error in a comprehension": "r = [1 / x for x in (1, 0)]",
    "error in a loop": "for i in range(3):\n    if i == 2:\n        raise ValueError(i)",
    "exit from a nested call": "def f():\n    raise SystemError('s')\ndef g():\n    f()\ng()",
}


@pytest.mark.parametrize("source", CELLS.values(), ids=CELLS.keys())
def test_behaves_as_the_plain_cell(source: str, tracer: dict[str, Any]) -> None:
    plain = outcome(ast.parse(source), {"__name__": "__main__"})
    assert outcome(instrument(ast.parse(source), 1), tracer) == plain


def test_the_last_expression_is_still_one(tracer: dict[str, Any]) -> None:
    """IPython shows the value of a cell's last statement if that is an expression."""
    tree = instrument(ast.parse("a = 2\na * 21"), 1)
    last = tree.body[-1]
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(tree.body[:-1], []), FILE, "exec"), tracer)
    assert eval(compile(ast.Expression(last.value), FILE, "eval"), tracer) == 42


def test_future_imports_stay_first(tracer: dict[str, Any]) -> None:
    source = textwrap.dedent(
        """
        '''Doc.'''
        from __future__ import annotations
        def f(x: Nothing) -> Like: return x
        """
    )
    assert outcome(instrument(ast.parse(source), 1), tracer)["raised"] is None
