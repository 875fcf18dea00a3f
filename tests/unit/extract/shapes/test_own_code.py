"""Functions and classes of the author's own inside fitted estimators, and local modules."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from cellmark.extract.values.local import is_local
from cellmark.extract.written import write_derived
from cellmark_runtime.scoring.own_code import DEFINITIONS, known_as
from cellmark_runtime.scoring.persistence import load_frozen

from ..conftest import Extract, proven
from .conftest import Cells, Exact, Refused

DEFINED = """
import numpy as np
from functools import partial
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

OFFSET = 1

def log_ratio(X):
    return np.log1p(np.abs(X)) + OFFSET

def scaled(X, by):
    return X * by

def maker():
    def inner(X):
        return X * 2
    return inner

class Clipper(BaseEstimator, TransformerMixin):
    # Cuts off what is very low.
    def __init__(self, q=0.05):
        self.q = q

    def fit(self, X, y=None):
        self.low_ = np.nanquantile(np.asarray(X), self.q, axis=0)
        return self

    def transform(self, X):
        return np.maximum(np.asarray(X), self.low_)

class Halves(BaseEstimator):
    def fit(self, X, y):
        self.middle_ = np.median(X[:, 1])
        return self

    def predict(self, X):
        return (X[:, 1] > self.middle_).astype(int)
"""
COLUMNS = """
X = df[["age", "income", "visits"]]
y = (df["bought"] == "yes").astype(int)
"""


def notebook(model: str, features: str = "") -> Cells:
    """A notebook that fits `model` to some columns of `df`."""
    train = f"model = {model}\nmodel.fit(X, y)\nmodel.predict(X)"
    return of_cells(features + COLUMNS, train)


def of_cells(preprocess: str, train: str) -> Cells:
    data = ("data", "df = read()")
    return [("", DEFINED), data, ("preprocess", preprocess), ("train", train)]


def pipeline(*steps: str) -> str:
    return f"make_pipeline({', '.join(['SimpleImputer()', *steps, 'LogisticRegression()'])})"


MOVED = {
    "function": (pipeline("FunctionTransformer(log_ratio)"), {"log_ratio", "OFFSET"}),
    "function with settings": (
        pipeline("FunctionTransformer(scaled, kw_args={'by': 3})"),
        {"scaled"},
    ),
    "partial": (pipeline("FunctionTransformer(partial(scaled, by=3))"), {"scaled"}),
    "transformer": (pipeline("Clipper(0.1)"), {"Clipper"}),
    "both, in a column transformer": (
        "make_pipeline(ColumnTransformer([('money', make_pipeline(SimpleImputer(), "
        "FunctionTransformer(log_ratio), Clipper()), ['age', 'income'])]), LogisticRegression())",
        {"log_ratio", "OFFSET", "Clipper"},
    ),
    "model": ("make_pipeline(SimpleImputer(), Halves())", {"Halves"}),
}


@pytest.mark.parametrize(("model", "names"), MOVED.values(), ids=MOVED.keys())
def test_definitions_in_the_model_go_along(model: str, names: set[str], exact: Exact) -> None:
    text = exact(notebook(model)).own.sources["scoring/definitions.py"]
    space: dict[str, object] = {}
    exec(text, space)
    known = {"OFFSET", "log_ratio", "scaled", "maker", "Clipper", "Halves"}
    assert known & space.keys() == names


# name -> (train, definitions)
LAMBDAS = {
    "in a pipeline": (
        f"model = {pipeline('FunctionTransformer(lambda x: np.log1p(np.abs(x)) + OFFSET)')}",
        "def prepared(x: Any) -> Any:\n    return np.log1p(np.abs(x)) + OFFSET",
    ),
    "by a keyword, on several lines": (
        "model = "
        + pipeline(
            "FunctionTransformer(\n    func=lambda x: np.add(\n        x, 1,  # one\n    ),\n)"
        ),
        "def func(x: Any) -> Any:\n    return (np.add(\n        x, 1,  # one\n    ))",
    ),
    "with a name": (
        "tidy = lambda x, by=2: log_ratio(x) * by\n"
        f"model = {pipeline('FunctionTransformer(tidy)')}",
        "def tidy(x: Any, by: Any=2) -> Any:\n    return log_ratio(x) * by",
    ),
    "two on a line": (
        "model = "
        + pipeline("FunctionTransformer(lambda x: x + 1)", "FunctionTransformer(lambda x: x * 2)"),
        "def prepared(x: Any) -> Any:\n    return x + 1\n\ndef prepared_2(x: Any) -> Any:\n"
        "    return x * 2",
    ),
    "the fix for a loop": (
        "def prepare(x, by): return np.log1p(np.abs(x)) * by\n"
        "parts = [FunctionTransformer(prepare, kw_args={'by': by}) for by in [2, 3]]\n"
        "model = make_pipeline(SimpleImputer(), *parts, LogisticRegression())",
        "def prepare(x: np.ndarray, by: int) -> Any: return np.log1p(np.abs(x)) * by",
    ),
}


@pytest.mark.parametrize(("train", "written"), LAMBDAS.values(), ids=LAMBDAS.keys())
def test_a_lambda_in_the_model_is_given_a_name(
    train: str, written: str, exact: Exact, tmp_path: Path
) -> None:
    derived = exact(of_cells(COLUMNS, f"{train}\nmodel.fit(X, y)\nmodel.predict(X)"))
    text = derived.own.sources["scoring/definitions.py"]
    assert written in text
    [kept] = write_derived(derived, tmp_path, {}).persisted
    assert kept.format == "skops"
    # Read back as in a bundle: by their names in a module of that text.
    modules = {"scoring": ModuleType("scoring"), DEFINITIONS: ModuleType(DEFINITIONS)}
    exec(text, vars(modules[DEFINITIONS]))
    with known_as(modules):
        loaded = load_frozen(tmp_path, [kept])["model"]
    features = derived.truth.last.scored.features
    expected = derived.values["model"].predict_proba(features)
    assert (loaded.predict_proba(features) == expected).all()
    assert all(each.__module__ == "__main__" for each in derived.own.own.values())


def test_a_vectoriser_splits_texts_by_a_lambda(extract: Extract, people: pd.DataFrame) -> None:
    train = """
from sklearn.feature_extraction.text import TfidfVectorizer
words = TfidfVectorizer(tokenizer=lambda t: t.split("e"), token_pattern=None)
model = make_pipeline(words, LogisticRegression()).fit(X, y)
model.predict(X)
"""
    cells = of_cells('X = df["city"] + " " + df["job"].fillna("-")\ny = df["bought"]', train)
    derived = extract(cells, read=people.copy)
    assert proven(derived).max_abs_difference < 1e-12
    assert (
        'def tokenizer(t: Any) -> Any:\n    return t.split("e")'
        in (derived.own.sources["scoring/definitions.py"])
    )


def test_a_definition_stands_in_one_place(exact: Exact) -> None:
    steps = "df['income'] = log_ratio(df['income'])\n"
    derived = exact(notebook(pipeline("FunctionTransformer(log_ratio)"), steps))
    assert "from .definitions import log_ratio" in derived.steps
    assert "def log_ratio" not in derived.steps


def test_the_model_is_kept_in_a_format_that_is_audited(exact: Exact, tmp_path: Path) -> None:
    derived = exact(notebook(pipeline("FunctionTransformer(log_ratio)", "Clipper()")))
    [kept] = write_derived(derived, tmp_path, {}).persisted
    assert kept.format == "skops"
    assert {"scoring.definitions.Clipper", "scoring.definitions.log_ratio"} <= {*kept.types}
    # The notebook's own objects are as they were.
    assert derived.own.own["Clipper"].__module__ == "__main__"


ROWS = """
m = df["income"].mean()
def centre(X):
    return X - m
"""
REFUSED = {
    "lambda made in a loop": Refused(
        "cell 4, line 3",
        "is a lambda inside an estimator",
        "def prepare(x): return np.log1p(x) * by",
        of_cells(
            COLUMNS,
            """
parts = []
for by in [2, 3]:
    parts.append(FunctionTransformer(lambda x: np.log1p(x) * by))
model = make_pipeline(SimpleImputer(), *parts, LogisticRegression()).fit(X, y)
model.predict(X)
""".strip(),
        ),
    ),
    "lambda that reads a statistic": Refused(
        "cell 3, line 1",
        "gives 'm' a value from the training rows",
        "kw_args",
        notebook(pipeline("FunctionTransformer(lambda x: x - m)"), ROWS),
    ),
    "lambda that depends on the batch": Refused(
        "proof",
        "predictions of raw row",
        "",
        notebook(pipeline("FunctionTransformer(lambda x: x - x.mean())")),
    ),
    "nested function": Refused(
        "cell 4",
        "holds `inner`, which is defined inside a function",
        "top level",
        notebook(pipeline("FunctionTransformer(maker())")),
    ),
    "function that reads a statistic": Refused(
        "cell 3, line 1",
        "gives 'm' a value from the training rows",
        "kw_args",
        notebook(pipeline("FunctionTransformer(centre)"), ROWS),
    ),
    "function that depends on the batch": Refused(
        "proof",
        "predictions of raw row",
        "",
        notebook(pipeline("FunctionTransformer(centre)"), "def centre(X): return X - X.mean()\n"),
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_is_refused(case: Refused, refused: Callable[[Refused], None]) -> None:
    refused(case)


# -- local modules

FILES = {
    "cleaning.py": """
        import numpy as np
        import settings
        from ratios.parts import ratio

        def clean(df):
            df = df.copy()
            df["income"] = df["income"].fillna(settings.FILL)
            df["ratio"] = ratio(df["income"], df["visits"])
            return df

        def logged(X):
            return np.log1p(np.abs(X))

        def centred(df):
            return df.assign(income=df["income"] - df["income"].mean())
        """,
    "settings.py": "FILL = 3000.0",
    "unused.py": "1 / 0",
    "ratios/__init__.py": "from .parts import ratio",
    "ratios/parts.py": """
        def ratio(a, b):
            from settings import FILL
            return a / (b + 1) / FILL
        """,
}
WITH_RATIO = 'X = df[["income", "visits", "ratio"]]\ny = df["bought"]'
IMPORTS = {
    "function": "from cleaning import clean\ndf = clean(df)",
    "function by another name": "from cleaning import clean as tidy\ndf = tidy(df)",
    "module": "import cleaning\ndf = cleaning.clean(df)",
    "module by another name": "import cleaning as c\ndf = c.clean(df)",
    "package": "import ratios\ndf['ratio'] = ratios.ratio(df['income'], df['visits'])",
    "module of a package": "from ratios import parts\n"
    "df['ratio'] = parts.ratio(df['income'], df['visits'])",
    "dotted module": "import ratios.parts\n"
    "df['ratio'] = ratios.parts.ratio(df['income'], df['visits'])",
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The author's own modules beside the notebook."""

    before = {*sys.modules}
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in {*sys.modules} - before:
        if name.partition(".")[0] in {"cleaning", "settings", "ratios"}:
            del sys.modules[name]


def with_module(steps: str, model: str = "make_pipeline(LogisticRegression())") -> Cells:
    train = f"model = {model}\nmodel.fit(X, y)\nmodel.predict(X)"
    return of_cells(f"{steps}\n{WITH_RATIO}", train)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("steps", IMPORTS.values(), ids=IMPORTS.keys())
def test_local_modules_go_along(steps: str, exact: Exact) -> None:
    sources = exact(with_module(steps)).own.sources
    needed = {"settings.py", "ratios/__init__.py", "ratios/parts.py"}
    needed |= {"cleaning.py"} if "clean" in steps else set()
    assert {*sources} == {f"scoring/local/{name}" for name in {"__init__.py", *needed}}


@pytest.mark.usefixtures("files")
def test_a_local_function_in_the_model_is_named_in_its_place(exact: Exact, tmp_path: Path) -> None:
    steps = "from cleaning import clean, logged\ndf = clean(df)"
    derived = exact(with_module(steps, pipeline("FunctionTransformer(logged)")))
    extraction = write_derived(derived, tmp_path, {})
    assert "scoring.local.cleaning.logged" in extraction.persisted[0].types
    assert "cleaning" not in extraction.modules


@pytest.mark.usefixtures("files")
def test_a_local_function_that_depends_on_the_batch_is_refused(
    refused: Callable[[Refused], None],
) -> None:
    steps = "from cleaning import clean, centred\ndf = centred(clean(df))"
    reason = "gives other values when other rows come with it"
    refused(Refused("cell 3, line 2", reason, "frozen", with_module(steps)))


@pytest.mark.usefixtures("files")
def test_a_secret_in_a_local_module_is_refused(
    refused: Callable[[Refused], None], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "correct-horse-battery")
    (files / "settings.py").write_text('FILL = 3000.0\nKEY = "correct-horse-battery"\n')
    cells = with_module(IMPORTS["function"])
    refused(Refused("local module 'settings'", "a secret", "environment", cells))


def test_installed_modules_are_not_local() -> None:
    assert not any(map(is_local, ("pandas", "sklearn.base", "json", "cellmark", "nowhere")))
