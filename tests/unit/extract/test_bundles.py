"""Every kind of answer, and every way to keep a model, as a whole bundle: written, read, asked.

A module may hold, and its bundle lack a word for the model card, the schema or a reply.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pandas as pd
import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.bundle.build import build
from cellmark.bundle.lock import add_wheel
from cellmark.bundle.requirements import requirements_of, runtime_requirements
from cellmark.bundle.verify import verify
from cellmark.bundle.wheel import Wheel, runtime_wheel
from cellmark.bundle.write import write
from cellmark.core.extraction import Extraction
from cellmark.core.plan import BundlePlan
from cellmark.extract.proof.locate import Module
from cellmark.extract.proof.prove import prove, tolerance_of
from cellmark.extract.proof.truth import Truth
from cellmark.extract.written import write_derived
from cellmark_runtime import load
from cellmark_runtime.scoring.answers import entries_of, namer_of
from cellmark_runtime.scoring.golden import disagreement
from cellmark_runtime.scoring.model import Model
from cellmark_runtime.service import create_app
from cellmark_runtime.service.settings import Settings
from cellmark_runtime.types.manifest import Proof, Provenance

from .conftest import Extract
from .test_kinds_of_models import IMPORTS, MODELS, NUMBERS, cells

_EXACT = 1e-9
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
FROM = {
    "catboost": "import catboost",
    "clusters": "from sklearn.mixture import GaussianMixture",
    "labels": "from sklearn.multiclass import OneVsRestClassifier",
    "lightgbm": "import lightgbm as lgb",
    "neighbours": "from sklearn.neighbors import KNeighborsRegressor, LocalOutlierFactor",
    "multioutput": "from sklearn.multioutput import MultiOutputClassifier",
    "encoders": "from sklearn.preprocessing import LabelEncoder",
    "vectors": "from sklearn.svm import SVC, LinearSVC",
    "xgboost": "import xgboost as xgb",
}
WHO = 'X = df[["age", "income", "visits"]].fillna(0)\ny = df["bought"]\n'


class Notebook(NamedTuple):
    """What stands in its cells after the imports, and how its model is kept."""

    prepare: str
    train: str
    kept: str = "skops"
    data: str = "df = read()"

    @property
    def cells(self) -> list[tuple[str, str]]:
        _, _, prepare, train = cells(self.prepare, self.train)
        return [("", IMPORTS + "\n".join(FROM.values())), ("data", self.data), prepare, train]


KINDS: dict[str, Notebook] = {name: Notebook(*each) for name, each in MODELS.items()} | {
    "classes with scores": Notebook(
        WHO,
        "model = LogisticRegression().fit(X_train, y_train)\n"
        "answers = model.predict(X_test)\nscores = model.decision_function(X_test)\n",
    ),
    "classes without probabilities": Notebook(WHO, "model = LinearSVC().fit(X_train, y_train)\n"),
    "a score for each class": Notebook(
        WHO.replace("bought", "city"), "model = SVC().fit(X_train, y_train)\n"
    ),
    "classes that are true or false": Notebook(
        WHO + 'y = y == "yes"\n', "model = LogisticRegression().fit(X_train, y_train)\n"
    ),
    "classes that are numbers with a point": Notebook(
        WHO + 'y = (df["height"] > 170).astype(float)\n',
        "model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)\n",
    ),
    "new outliers": Notebook(WHO, "model = LocalOutlierFactor(novelty=True).fit(X_train.values)\n"),
    "a mixture": Notebook(WHO, "model = GaussianMixture(3, random_state=0).fit(X_train)\n"),
    "several classes together": Notebook(
        WHO + 'y = df[["bought", "city"]]\n',
        "model = MultiOutputClassifier(RandomForestClassifier(2, random_state=0))\n"
        "model.fit(X_train, y_train)\n",
    ),
    "labels that are there or not": Notebook(
        WHO + 'y = pd.get_dummies(df["city"], dtype=int)\n',
        "model = OneVsRestClassifier(LogisticRegression()).fit(X_train, y_train.to_numpy())\n",
    ),
    "a threshold": Notebook(
        NUMBERS,
        "model = LogisticRegression().fit(X_train, y_train)\n"
        "answers = (model.predict_proba(X_test)[:, 1] > 0.3).astype(int)\n",
    ),
    "words for codes": Notebook(
        WHO + "le = LabelEncoder()\ny = le.fit_transform(y)\n",
        "model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)\n"
        "answers = le.inverse_transform(model.predict(X_test))\n",
    ),
    "a number whose logarithm was learnt": Notebook(
        WHO + 'y = np.log1p(df["visits"])\nX = X[["age", "income"]]\n',
        "model = Ridge().fit(X_train, y_train)\nanswers = np.expm1(model.predict(X_test))\n",
    ),
    "a blend": Notebook(
        WHO + 'y = df["height"]\n',
        """
sc = StandardScaler().fit(X_train)
one, two = Ridge().fit(X_train, y_train), Ridge().fit(sc.transform(X_train), y_train)
answers = (one.predict(X_test) + two.predict(sc.transform(X_test))) / 2
""",
    ),
    "a matrix without names": Notebook(
        "",
        "model = LogisticRegression().fit(X_train, y_train)\n",
        data="from sklearn.datasets import load_iris\nX, y = load_iris(return_X_y=True)",
    ),
    "names that are no names in Python": Notebook(
        'X = df.rename(columns={"age": "their age", "visits": "class"})[["their age", "class"]]\n'
        'X = X.fillna(0)\ny = df["bought"]\n',
        "model = LogisticRegression().fit(X_train, y_train)\n",
        data='df = read().rename(columns={"income": "per year, in $", "city": "def"})',
    ),
    "names as texts are in quotes": Notebook(
        'X = df[["the \\"age\\"", "a|b"]].fillna(0)\ny = df["bought"]\n',
        "model = LogisticRegression().fit(X_train, y_train)\n",
        data='df = read().rename(columns={"age": "the \\"age\\"", "visits": "a|b"})',
    ),
    "polars": Notebook(
        'X = df.select("age", "income").fill_null(0)\ny = df["bought"]\n',
        "model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)\n",
        data="df = as_polars(read())",
    ),
    "xgboost's own": Notebook(
        NUMBERS,
        """
booster = xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(X_train, label=y_train), 3)
answers = booster.predict(xgb.DMatrix(X_test))
""",
    ),
    "lightgbm's own": Notebook(
        NUMBERS,
        """
booster = lgb.train({"objective": "binary", "verbose": -1}, lgb.Dataset(X_train, label=y_train), 3)
answers = booster.predict(X_test) > 0.4
""",
    ),
    "catboost's own": Notebook(
        NUMBERS,
        """
booster = catboost.train(catboost.Pool(X_train, label=y_train), {
    "loss_function": "Logloss", "iterations": 3, "verbose": 0, "allow_writing_files": False})
answers = booster.predict(catboost.Pool(X_test), prediction_type="Probability")
""",
    ),
    "functions of the notebook's inside": Notebook(
        """
def doubled(rows):
    return rows * 2
X = df[["age", "income"]].fillna(0)
y = df["bought"]
""",
        "model = make_pipeline(FunctionTransformer(doubled), LogisticRegression())\n"
        "model.fit(X_train, y_train)\n",
    ),
    "what only joblib keeps": Notebook(
        WHO + 'y = df["height"]\n',
        "model = KNeighborsRegressor(metric='haversine', algorithm='ball_tree')\n"
        "model.fit(X_train[['age', 'visits']], y_train)\n"
        "answers = model.predict(X_test[['age', 'visits']])\n",
    ),
}


# Bundles whose own tests are run too: of each kind of answer, file and frame one.
TESTED = (
    "a vote of boosters",
    "several classes together",
    "a score for each class",
    "a mixture",
    "polars",
    "names as texts are in quotes",
    "functions of the notebook's inside",
    "what only joblib keeps",
)


class Whole(NamedTuple):
    """A written bundle, and what is known of it."""

    folder: Path
    extraction: Extraction
    truth: Truth

    def proof_of(self, model: Model) -> Proof:
        module = Module(self.extraction.steps, model.steps_file)
        return prove(model, self.truth, 6, module)


@pytest.fixture(scope="module")
def wheel() -> Wheel:
    return runtime_wheel()


def as_polars(rows: pd.DataFrame) -> pl.DataFrame:
    known = rows.astype(object).where(rows.notna(), None)
    return pl.DataFrame({name: known[name].tolist() for name in known.columns})


def plan_of(extraction: Extraction, wheel: Wheel) -> BundlePlan:
    """The plan that packaging makes, without a lock, a Run and a notebook."""
    own = (f"{name}=={version}" for name, version in requirements_of(extraction.modules).items())
    python = extraction.python
    return BundlePlan(
        name="kind",
        version=1,
        created_by="test",
        title="A kind of model",
        purpose="",
        proof=Proof(0, (), 0.0),
        provenance=Provenance("r" * 64, "kind.ipynb", "d", extraction.data, {}, python, "l"),
        metrics={},
        requirements=(*own, *runtime_requirements(extraction.persisted)),
        lock=add_wheel("", wheel),
        runtime_wheel=wheel.name,
        notebook="{}\n",
        **{name: getattr(extraction, name) for name in _SAME},
    )


_SAME = (
    *("steps", "sources", "answers", "frozen", "statements", "signature"),
    *("persisted", "golden", "profile"),
)


def whole(
    notebook: Notebook, extract: Extract, rows: pd.DataFrame, wheel: Wheel, at: Path
) -> Whole:
    """Derive, write, prove and write again: what packaging does, in this process."""
    at.mkdir(parents=True, exist_ok=True)
    derived = extract(notebook.cells, read=rows.copy, as_polars=as_polars)
    extraction = write_derived(derived, at, {})
    files = {f"model/{file.name}": file.read_bytes() for file in (at / "model").iterdir()}
    plan = plan_of(extraction, wheel)
    write(build(plan, files, wheel, KEY).files, at / "staged")
    first = Whole(at / "staged", extraction, derived.truth)
    proof = first.proof_of(load(first.folder))
    assert proof.max_abs_difference < _EXACT
    golden = msgspec.structs.replace(plan.golden, tolerance=tolerance_of(proof))
    proven = msgspec.structs.replace(plan, proof=proof, golden=golden)
    write(build(proven, files, wheel, KEY).files, at / "bundle")
    return first._replace(folder=at / "bundle")


async def replies(model: Model) -> list[dict[str, Any]]:
    """What its service answers to its golden rows, without the ids of the answers."""
    transport = httpx.ASGITransport(app=create_app(model, Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://model") as client:
        described = (await client.get("/openapi.json")).json()
        assert described["paths"]["/predict"]
        reply = await client.post("/predict", json={"rows": list(model.golden.rows)})
    assert reply.status_code == 200, reply.text
    entries: list[dict[str, Any]] = reply.json()["predictions"]
    return [{key: each for key, each in entry.items() if key != "id"} for entry in entries]


@pytest.fixture
def made(
    extract: Extract, remarks: pd.DataFrame, wheel: Wheel, tmp_path: Path
) -> Callable[[str], Whole]:
    """Makes the bundle of a kind."""
    return lambda name: whole(KINDS[name], extract, remarks, wheel, tmp_path)


@pytest.mark.parametrize("name", KINDS)
def test_a_bundle_of_every_kind_is_written_read_and_asked(
    name: str, made: Callable[[str], Whole]
) -> None:
    bundle = made(name)
    model = load(bundle.folder)
    assert disagreement(model) is None
    output, answer = model.signature.output, model.answer(model.golden.rows)
    told = entries_of(output, namer_of(output), answer)
    assert asyncio.run(replies(model)) == msgspec.json.decode(msgspec.json.encode(told))
    kept = {each.format for each in bundle.extraction.persisted}
    assert KINDS[name].kept in kept
    assert ("joblib" in kept) == (KINDS[name].kept == "joblib")


def clean(folder: Path, *command: str) -> None:
    """The Python in a folder meets its own configuration."""
    answer = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.slow
def test_the_python_of_every_kind_is_clean(
    extract: Extract, remarks: pd.DataFrame, wheel: Wheel, tmp_path: Path
) -> None:
    """All at once: mypy reads the libraries for the first of them, and that takes it longest."""
    names = [f"kind_{number}" for number in range(len(KINDS))]
    for name, kind in zip(names, KINDS.values(), strict=True):
        bundle = whole(kind, extract, remarks, wheel, tmp_path / "made" / name)
        bundle.folder.rename(tmp_path / name)
    clean(tmp_path, "ruff", "check", "--no-cache", *names)
    clean(tmp_path, "ruff", "format", "--no-cache", "--check", *names)
    packages = [f"{name}/scoring" for name in names]
    own = ["--config-file", f"{names[0]}/pyproject.toml", "--cache-dir", os.devnull]
    clean(tmp_path, "mypy", "--strict", "--explicit-package-bases", *own, *packages)


@pytest.mark.slow
@pytest.mark.parametrize("name", TESTED)
def test_a_bundle_passes_its_own_tests(name: str, made: Callable[[str], Whole]) -> None:
    report = verify(made(name).folder, {})
    assert report.ok, report
