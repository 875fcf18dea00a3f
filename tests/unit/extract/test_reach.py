"""Changes are seen however a statement gets at what it changes; the rest is left alone."""

from __future__ import annotations

import ast
import builtins
import textwrap
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellmark.extract.trace.instrument import TRACER, instrument
from cellmark.extract.trace.tracer import Tracer
from cellmark.extract.values.reach import Reach, is_installed, names_in, reach_of

START = """
import copy, functools, operator
import numpy as np
import pandas as pd
df = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0], "t": ["x", "y", "z"]})
other = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
table = np.zeros((3, 2))
"""


def changes_of(setup: str, statement: str) -> dict[str, Any]:
    """What the statement was seen to change, as columns or None by variable."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    tracer = Tracer(namespace, frozenset())
    setattr(builtins, TRACER, tracer)
    try:
        for number, source in enumerate((START, textwrap.dedent(setup), statement), 1):
            exec(compile(instrument(ast.parse(source), number), "cell", "exec"), namespace)
            tracer.close()
    finally:
        delattr(builtins, TRACER)
    return dict(tracer.executed[-1].changed)


A, WHOLE = frozenset({"a"}), None
# what stands before, the statement, what it changes
SEEN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "the frame itself": ("", 'df.loc[0, "a"] = 9', {"df": A}),
    "another name": ("alias = df", "alias['a'] = 0", {"alias": A, "df": A}),
    "a view of an array": ("view = table[1:]", "view[0] = 7", {"view": WHOLE, "table": WHOLE}),
    "the base of a view": ("view = table[1:]\ndel table", "view.base[2] = 7", {"view": WHOLE}),
    "a column across": ("column = table.T[0]", "column[:] = 3", {"column": WHOLE, "table": WHOLE}),
    "out=": ("view = table[:, 0]", "np.add(view, 1, out=view)", {"view": WHOLE, "table": WHOLE}),
    "out= of a keyword": ("", "np.clip(table, 1, 2, out=table)", {"table": WHOLE}),
    "a helper": ("def f(x):\n    x['a'] = 0", "f(df)", {"df": A}),
    "a helper with a global": ("def f():\n    df['a'] = 0", "f()", {"df": A}),
    "a helper through another": (
        "def g():\n    df['a'] = 0\ndef f():\n    g()",
        "f()",
        {"df": A},
    ),
    "a lambda": ("f = lambda: df.insert(0, 'new', 1)", "f()", {"df": frozenset({"new"})}),
    "a closure": (
        "def outer(x):\n    def inner():\n        x['a'] = 0\n    return inner\nf = outer(df)",
        "f()",
        {"df": A},
    ),
    "a default": ("def f(x=df):\n    x['a'] = 0", "f()", {"df": A}),
    "a partial": (
        "f = functools.partial(df.insert, 0)",
        "f('new', 1)",
        {"df": frozenset({"new"})},
    ),
    "a bound method": ("f = df.pop", "f('a')", {"df": A}),
    "a builtin method": ("names = [1]\nf = names.append", "f(2)", {"names": WHOLE}),
    "a function that a library calls": (
        "def f(x):\n    df['a'] = 0\n    return x",
        "other['a'].map(f)",
        {"df": A},
    ),
    "a vectorized function": (
        "def f(x):\n    df.loc[0, 'a'] = x\n    return x\ng = np.vectorize(f)",
        "g([5.0])",
        {"df": A},
    ),
    "a generator": (
        "def steps():\n    yield 1\n    df['a'] = 0\n    yield 2\ng = steps()\nfirst = next(g)",
        "next(g)",
        {"df": A},
    ),
    "in a list": ("frames = [df, other]", "frames[0]['a'] = 0", {"frames": WHOLE, "df": A}),
    "in a dict of lists": (
        "held = {'k': [df]}",
        "held['k'][0]['a'] = 0",
        {"held": WHOLE, "df": A},
    ),
    "a list in a list": (
        "inner = [1]\nouter = [inner]",
        "inner.append(2)",
        {"inner": WHOLE, "outer": WHOLE},
    ),
    "a set in a tuple": ("s = {1}\npair = (s, 2)", "pair[0].add(5)", {"s": WHOLE}),
    "in an array of objects": (
        "inner = [1]\nboxes = np.empty(1, dtype=object)\nboxes[0] = inner",
        "boxes[0].append(2)",
        {"inner": WHOLE, "boxes": WHOLE},
    ),
    "an element of an array of objects": (
        "boxes = np.array(['a', 'b'], dtype=object)\nview = boxes[:1]",
        "view[0] = 'c'",
        {"boxes": WHOLE, "view": WHOLE},
    ),
    "an attribute": (
        "class Box:\n    pass\nbox = Box()\nbox.frame = df",
        "box.frame['a'] = 0",
        {"df": A, "box": WHOLE},
    ),
    "an instance's method": (
        "class Box:\n    def run(self):\n        df['a'] = 0\nbox = Box()",
        "box.run()",
        {"df": A},
    ),
    "a class's own": ("class Box:\n    frame = df", "Box.frame['a'] = 0", {"df": A}),
    "an inherited method": (
        "class Base:\n    def run(self):\n        df['a'] = 0\nclass Box(Base):\n    pass\n"
        "box = Box()",
        "box.run()",
        {"df": A},
    ),
    "an iterator": ("rows = iter([df])", "next(rows)['a'] = 0", {"df": A}),
    "a group": ("groups = df.groupby('t')", "groups.obj['a'] = 0", {"df": A}),
    "frame from an array": (
        "table = np.zeros((3, 2))\nframe = pd.DataFrame(table, copy=False)",
        "table[0, 0] = 5",
        {"table": WHOLE, "frame": frozenset({0})},
    ),
    "an extension array": (
        "df['c'] = pd.Categorical(['u', 'v', 'u'])\nc = df['c'].array",
        "c[0] = 'v'",
        {"df": frozenset({"c"})},
    ),
    "exec": ("", "exec('df[\"a\"] = 0')", {"df": A}),
    "globals": ("", "globals()['df']['a'] = 0", {"df": A}),
    "vars of the module": ("import sys", "vars(sys.modules[__name__])", {}),
    "eval in the frame's words": ("", "other.eval('@df.pop(\"a\")', engine='python')", {"df": A}),
    "in a loop": ("", "for frame in (df, other):\n    frame['a'] = 0", {"df": A, "other": A}),
    "in a comprehension": ("", "[f.insert(1, 'n', 0) for f in [df]]", {"df": frozenset({"n"})}),
    "with operator": ("", "operator.setitem(df, 'a', 0)", {"df": A}),
    "setattr": (
        "class Box:\n    pass\nbox = Box()\nbox.s = [1]\ns = box.s",
        "box.s += [2]",
        {"s": WHOLE, "box": WHOLE},
    ),
    "the last result": ("_ = df", "_['a'] = 0", {"df": A}),
    "a memory view": ("m = memoryview(table)", "m[0, 0] = 3.0", {"table": WHOLE}),
    "put back": ("", "df['a'] = df['a'] * 1", {}),
    "a copy": ("twin = copy.deepcopy(df)", "twin['a'] = 0", {"twin": A}),
    "a look": ("", "df.describe()", {}),
    "a new name": ("", "fresh = df.assign(a=0)", {}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("setup", "statement", "expected"), SEEN.values(), ids=SEEN.keys())
def test_changes_are_seen(setup: str, statement: str, expected: dict[str, Any]) -> None:
    assert changes_of(setup, statement) == expected


def test_twice_changed_objects_at_one_address_are_told_apart() -> None:
    """A text that is gone may leave its place in memory to the next."""
    setup = "texts = np.array([f'{i} long enough to be new' for i in range(50)], dtype=object)"
    change = "for i in range(50):\n    texts[i] = None\n    texts[i] = f'{i} other text, as long'"
    assert changes_of(setup, change) == {"texts": None}


UNREACHED = {
    "another frame": ("df", "other"),
    "a module": ("df", "np"),
    "a function of a package": ("df", "pd"),
    "an estimator": ("df", "scaler"),
    "a plain list": ("df", "names"),
}


@pytest.mark.parametrize(("one", "other"), UNREACHED.values(), ids=UNREACHED.keys())
def test_what_shares_nothing_is_not_looked_at(one: str, other: str) -> None:
    from sklearn.preprocessing import StandardScaler

    df = pd.DataFrame({"a": [1.0, 2.0], "t": ["x", "y"]})
    values = {
        "df": df,
        "other": pd.DataFrame({"a": [1.0, 2.0]}),
        "np": np,
        "pd": pd.read_csv,
        "scaler": StandardScaler().fit(df[["a"]]),
        "names": list(range(100_000)),
    }
    namespace = {"__name__": "__main__", **values}
    reaches = [reach_of(values[name], namespace) for name in (one, other)]
    assert all(each.bounded for each in reaches)
    assert not reaches[0].meets(reaches[1])
    assert reaches[0].meets(Reach(bounded=False))


@pytest.mark.parametrize(
    ("module", "installed"),
    [
        ("numpy.linalg", True),
        ("json", True),
        ("builtins", True),
        ("__main__", False),
        ("mine", False),
    ],
)
def test_installed_modules_know_nothing_of_the_notebook(module: str, installed: bool) -> None:
    assert is_installed(module) is installed


def test_names_of_a_definition_are_those_it_reads_when_it_is_made() -> None:
    node = ast.parse("@wrap\ndef f(a, b=start):\n    return df").body[0]
    assert names_in(node) == {"wrap", "start"}
