"""In an IPython shell: cells are traced as they run, magics included, and end in an extraction."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cellmark.core.choices import Choices
from cellmark.core.extraction import Extraction
from cellmark.extract.kernel import begin, finish
from cellmark.extract.trace.instrument import TRACER
from cellmark_runtime.errors import CellmarkError

Cells = list[tuple[str, str]]


class Kernel:
    """The requests of a replay, as a kernel gives them to its hooks."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}

    def get_parent(self, _channel: str) -> dict[str, Any]:
        return self.request


class Notebook:
    def __init__(self, shell: Any, folder: Path) -> None:
        self.shell = shell
        self.folder = folder

    def run(self, cells: Cells, *, injected: str = "", model: str | None = None) -> Extraction:
        data = frozenset(number for number, (roles, _) in enumerate(cells, 1) if "data" in roles)
        begin(self.shell, {2: "Make the features"}, data)
        if injected:
            self._cell(injected, {"tags": ["injected-parameters"]})
        for number, (roles, source) in enumerate(cells, 1):
            self._cell(source, {"tags": roles.split(), "cellmark": {"number": number}})
        return finish(self.folder, "churn.ipynb", Choices(model=model))

    def _cell(self, source: str, metadata: dict[str, Any]) -> None:
        self.shell.kernel.request = {"metadata": metadata}
        result = self.shell.run_cell(source, store_history=True)
        result.raise_error()


@pytest.fixture
def notebook(people: pd.DataFrame, tmp_path: Path) -> Iterator[Notebook]:
    # Not the process's one shell: that would replace the display hooks of the test run.
    shell = InteractiveShell()
    shell.kernel = Kernel()
    shell.user_ns["read"] = people.copy
    yield Notebook(shell, tmp_path)
    if hasattr(builtins, TRACER):
        delattr(builtins, TRACER)


IMPORTS = "from sklearn.ensemble import RandomForestClassifier\n"
DATA = ("data", f"{IMPORTS}df = read()\ndf.head()")
FEATURES = ("preprocess", 'X = df[["income", "age"]].fillna(df["age"].median())\nX')
TRAIN = (
    "train",
    'm = RandomForestClassifier(2, random_state=0).fit(X, df["bought"])\nm.predict(X)',
)


def test_ends_in_an_extraction(notebook: Notebook) -> None:
    extraction = notebook.run([DATA, FEATURES, TRAIN])
    assert "def make_the_features(df: pd.DataFrame, frozen: Frozen)" in extraction.steps
    assert [each.name for each in extraction.signature.inputs] == ["age", "income"]
    assert [(each.cell, each.line, each.verdict) for each in extraction.statements] == [
        (1, 1, "dropped"),
        (1, 2, "dropped"),
        (1, 3, "dropped"),
        (2, 1, "frozen"),
        (2, 2, "dropped"),
        (3, 1, "frozen"),
        (3, 2, "dropped"),
    ]
    assert {each.name for each in extraction.frozen} == {"age_median", "m"}
    assert len(extraction.golden.rows) == len(extraction.golden.predictions) == 50
    assert (notebook.folder / "truth.pickle").is_file()


def test_injected_parameters_are_cell_0(notebook: Notebook) -> None:
    features = ("preprocess", 'X = df[["income"]] * RATE')
    extraction = notebook.run(
        [("parameters", "RATE = 1\nTOKEN = None"), DATA, features, TRAIN],
        injected="RATE = 3\nTOKEN = 'abc'",
    )
    # The notebook's own cell comes after papermill's here, so it is the one that holds.
    assert extraction.parameters["RATE"] == 1
    assert "\nRATE = 1\n" in extraction.steps


MAGICS: dict[str, Cells] = {
    "timed cell": [DATA, ("preprocess", f"%%time\n{FEATURES[1]}"), TRAIN],
    "captured cell": [DATA, ("preprocess", f"%%capture\n{FEATURES[1]}"), TRAIN],
    "timed statement": [DATA, ("preprocess", f"%time {FEATURES[1]}"), TRAIN],
    "timed training": [DATA, FEATURES, ("train", f"%%time\n{TRAIN[1]}")],
    "profiled cell": [DATA, ("preprocess", f"%%prun -q\n{FEATURES[1]}"), TRAIN],
    "another language": [DATA, ("", "%%python3 --out said\nprint(3)"), FEATURES, TRAIN],
    "plots inline": [DATA, ("preprocess", f"%config A.b = 1\n{FEATURES[1]}"), TRAIN],
    "shell": [DATA, ("preprocess", f"!true\n{FEATURES[1]}"), TRAIN],
    "a timed look": [DATA, ("", "%timeit -n1 -r1 sum([1, 2])"), FEATURES, TRAIN],
    "question mark": [DATA, ("", "df?"), FEATURES, TRAIN],
    "semicolon": [DATA, FEATURES, ("train", f"{TRAIN[1]};")],
    "reset of output": [DATA, FEATURES, ("", "_ = 1\nOut"), TRAIN],
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cells", MAGICS.values(), ids=MAGICS.keys())
def test_magics_do_not_hinder(cells: Cells, notebook: Notebook) -> None:
    extraction = notebook.run(cells)
    assert "frozen.age_median" in extraction.steps
    assert "get_ipython" not in extraction.steps


REFUSED: dict[str, tuple[Cells, str]] = {
    "names from a shell": (
        [DATA, ("preprocess", 'n = !echo 3\nX = df[["income"]] * int(n[0])'), TRAIN],
        "cell 2, line 1: .*reads while scoring",
    ),
    "names that exec brings": (
        [DATA, ("preprocess", 'exec("k = 2")\nX = df[["income"]] * k'), TRAIN],
        "cell 2, line 1: .*without naming it",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("cells", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_can_not_be_followed_is_refused(cells: Cells, said: str, notebook: Notebook) -> None:
    with pytest.raises(CellmarkError, match=said):
        notebook.run(cells)


def test_a_class_of_the_notebook_in_the_model_goes_along(notebook: Notebook) -> None:
    source = """
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline
class Log(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return X ** 2
m = make_pipeline(Log(), RandomForestClassifier(2, random_state=0))
m.fit(df[["income"]], df["bought"])
m.predict(df[["income"]])
"""
    extraction = notebook.run([DATA, ("train", source.strip())])
    assert "class Log(BaseEstimator" in extraction.sources["scoring/definitions.py"]
    kept = {each.name: each for each in extraction.persisted}
    assert "scoring.definitions.Log" in kept["m"].types
    assert kept["m"].format == "skops"


def test_top_level_await(notebook: Notebook) -> None:
    cell = ("", "import asyncio\nanswer = await asyncio.sleep(0, 42)")
    extraction = notebook.run([DATA, cell, FEATURES, TRAIN])
    assert notebook.shell.user_ns["answer"] == 42
    assert "asyncio" not in extraction.steps


def test_leaves_the_shell_as_it_was(notebook: Notebook) -> None:
    shell = notebook.shell
    before = [*shell.ast_transformers], [*shell.input_transformers_cleanup]
    notebook.run([DATA, FEATURES, TRAIN])
    assert ([*shell.ast_transformers], [*shell.input_transformers_cleanup]) == before


INSTALLS = {
    "magic": ("%pip install nosuch-xyz 'pandas<1'", "nosuch-xyz is not installed"),
    "without its sign": ("pip install nosuch-xyz", "nosuch-xyz is not installed"),
    "shell": ("!pip install pandas==0.1", ", not pandas==0.1"),
}


@pytest.mark.parametrize(("source", "said"), INSTALLS.values(), ids=INSTALLS.keys())
def test_packages_are_not_installed_again(source: str, said: str, notebook: Notebook) -> None:
    asked: list[str] = []
    notebook.shell.run_line_magic = lambda *given, **_: asked.append(" ".join(given))
    notebook.shell.system = asked.append
    extraction = notebook.run([("", source), DATA, FEATURES, TRAIN])
    assert asked == []
    first = extraction.statements[0]
    assert (first.cell, first.verdict) == (1, "dropped")
    assert said in first.reason
