"""Models as notebooks build them, from the table to the proof, through files and back.

Each of MODELS is made a whole bundle in test_bundles.py; here stands what is special of some.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import sklearn

from cellmark.extract.derive import Derived
from cellmark.extract.refusal import Refusal
from cellmark.extract.written import write_derived
from cellmark_runtime.scoring.persistence import load_frozen

from .conftest import Extract, proven, tail_of

IMPORTS = """
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    IsolationForest, RandomForestClassifier, StackingClassifier, VotingClassifier
)
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, train_test_split
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
"""
SPLIT = """
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""
NUMBERS = """
X = df[["age", "income", "visits"]].fillna(0)
y = (df["bought"] == "yes").astype(int)
"""
MIXED = """
X = df[["age", "income", "city", "job"]]
y = (df["bought"] == "yes").astype(int)
"""
TIDY = """
tidy = ColumnTransformer([
    ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]),
    ("texts", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()),
     ["city", "job"]),
])
"""
CATEGORIES = """
X = df[["age", "income", "city"]].copy()
X["city"] = X["city"].astype("category")
y = (df["bought"] == "yes").astype(int)
"""

# name -> (preprocess, train)
MODELS: dict[str, tuple[str, str]] = {
    "a pipeline with columns": (
        MIXED,
        f"""{TIDY}
model = Pipeline([("tidy", tidy), ("model", RandomForestClassifier(3, random_state=0))])
model.fit(X_train, y_train)
""",
    ),
    "a search over a pipeline": (
        MIXED,
        f"""{TIDY}
pipe = Pipeline([("tidy", tidy), ("model", LogisticRegression(class_weight="balanced"))])
model = GridSearchCV(pipe, {{"model__C": [0.1, 1.0]}}, cv=3, scoring="roc_auc")
model.fit(X_train, y_train)
print(model.best_params_, model.best_score_)
""",
    ),
    "the best of a random search": (
        NUMBERS,
        """
search = RandomizedSearchCV(RandomForestClassifier(random_state=0), {"n_estimators": [2, 3]},
                            n_iter=2, cv=2, random_state=0).fit(X_train, y_train)
model = search.best_estimator_
""",
    ),
    "a vote of boosters": (
        NUMBERS,
        """
from xgboost import XGBClassifier
from lightgbm import LGBMClassifier
from catboost import CatBoostClassifier
model = VotingClassifier([
    ("x", XGBClassifier(n_estimators=3)),
    ("l", LGBMClassifier(n_estimators=3, verbose=-1)),
    ("c", CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False)),
], voting="soft").fit(X_train, y_train)
""",
    ),
    "a stack": (
        NUMBERS,
        """
model = StackingClassifier(
    [("k", KNeighborsClassifier()), ("f", RandomForestClassifier(3, random_state=0))],
    LogisticRegression(), cv=3).fit(X_train, y_train)
""",
    ),
    "calibrated": (
        NUMBERS,
        "model = CalibratedClassifierCV(RandomForestClassifier(3, random_state=0), cv=2)\n"
        "model.fit(X_train, y_train)\n",
    ),
    "a transformed target": (
        'X = df[["age", "visits"]].fillna(0)\ny = df["income"]\n',
        """
model = TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
model.fit(X_train, y_train)
""",
    ),
    "outliers": (
        NUMBERS,
        "model = IsolationForest(n_estimators=5, random_state=0)\nmodel.fit(X_train)\n",
    ),
    "clusters by fit_predict": (
        NUMBERS,
        """
from sklearn.cluster import KMeans
model = KMeans(3, n_init=1, random_state=0)
df["cluster"] = model.fit_predict(X)
""",
    ),
    "xgboost with categories and an early stop": (
        CATEGORIES,
        """
from xgboost import XGBClassifier
model = XGBClassifier(n_estimators=20, enable_categorical=True, early_stopping_rounds=3)
model.fit(X_train, y_train, eval_set=[(X_test, y_test)], verbose=False)
""",
    ),
    "lightgbm with categories": (
        CATEGORIES,
        """
import lightgbm as lgb
model = lgb.LGBMClassifier(n_estimators=20, verbose=-1, min_child_samples=5)
model.fit(X_train, y_train, eval_X=X_test, eval_y=y_test,
          callbacks=[lgb.early_stopping(3, verbose=False), lgb.log_evaluation(0)])
""",
    ),
    "catboost with texts": (
        """
X = df[["age", "income", "city", "job"]].copy()
X["job"] = X["job"].fillna("none")
y = (df["bought"] == "yes").astype(int)
""",
        """
from catboost import CatBoostClassifier
model = CatBoostClassifier(iterations=5, verbose=0, cat_features=["city", "job"],
                           allow_writing_files=False)
model.fit(X_train, y_train, eval_set=(X_test, y_test))
""",
    ),
    "counted words": (
        """
X = CountVectorizer().fit_transform(df["note"])
y = (df["bought"] == "yes").astype(int)
""",
        "model = LogisticRegression().fit(X_train, y_train)\n",
    ),
    "words in a pipeline": (
        'X = df["note"]\ny = (df["bought"] == "yes").astype(int)\n',
        "model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(X_train, y_train)\n",
    ),
    "hashed words": (
        """
X = HashingVectorizer(n_features=32).transform(df["note"])
y = (df["bought"] == "yes").astype(int)
""",
        "model = LogisticRegression().fit(X_train, y_train)\n",
    ),
    "sparse beside numbers": (
        """
words = TfidfVectorizer()
counted = words.fit_transform(df["note"])
numbers = StandardScaler().fit_transform(df[["age", "income"]].fillna(0))
X = sp.hstack([counted, sp.csr_matrix(numbers)]).tocsr()
y = (df["bought"] == "yes").astype(int)
""",
        "model = LogisticRegression().fit(X_train, y_train)\n",
    ),
    "vectoriser fitted on the training rows": (
        'X = df["note"]\ny = (df["bought"] == "yes").astype(int)\n',
        """
words = TfidfVectorizer()
X_train_words = words.fit_transform(X_train)
X_test_words = words.transform(X_test)
model = LogisticRegression().fit(X_train_words, y_train)
answers = model.predict(X_test_words)
""",
    ),
    "several targets": (
        'X = df[["age", "visits"]].fillna(0)\ny = df[["income", "height"]]\n',
        "model = MultiOutputRegressor(Ridge()).fit(X_train, y_train)\n",
    ),
}


def through_files(derived: Derived, folder: Path) -> Derived:
    persisted = write_derived(derived, folder, {}).persisted
    assert {each.format for each in persisted} <= {"json", "npz", "skops"}
    return derived._replace(values=load_frozen(folder, persisted))


def cells(preprocess: str, train: str) -> list[tuple[str, str]]:
    ask = (
        "" if "answers" in train or "fit_predict" in train else "answers = model.predict(X_test)\n"
    )
    return [
        ("", IMPORTS),
        ("data", "df = read()"),
        ("preprocess", preprocess),
        ("train", tail_of(SPLIT + train + ask)),
    ]


def test_a_search_ships_the_estimator_that_it_found(
    extract: Extract, remarks: pd.DataFrame, tmp_path: Path
) -> None:
    derived = extract(cells(*MODELS["a search over a pipeline"]), read=remarks.copy)
    assert type(derived.values["model"]).__name__ == "Pipeline"
    written = write_derived(derived, tmp_path, {})
    assert written.frozen[-1].annotation == "Pipeline"


def test_frames_as_the_output_of_transformers(
    extract: Extract, remarks: pd.DataFrame, tmp_path: Path
) -> None:
    """The setting is global: the scoring process has to make it too."""
    notebook = cells(
        """
        import sklearn
        sklearn.set_config(transform_output="pandas")
        scaled = StandardScaler().fit_transform(df[["age", "income"]].fillna(0))
        X = scaled.assign(both=scaled["age"] * scaled["income"])
        y = (df["bought"] == "yes").astype(int)
        """,
        "model = LogisticRegression().fit(X_train, y_train)\n",
    )
    try:
        derived = extract(notebook, read=remarks.copy)
    finally:
        sklearn.set_config(transform_output="default")
    assert derived.steps.count("with config_context(transform_output='pandas'):") == 3
    proven(through_files(derived, tmp_path), single_rows=12)


def test_a_fit_transform_that_is_no_transform_is_refused(
    extract: Extract, remarks: pd.DataFrame
) -> None:
    """TargetEncoder encodes the rows it learns from by other rows than all."""
    notebook = cells(
        """
        from sklearn.preprocessing import TargetEncoder
        y = (df["bought"] == "yes").astype(int)
        X = TargetEncoder().fit_transform(df[["city"]], y)
        """,
        "model = LogisticRegression().fit(X_train, y_train)\n",
    )
    with pytest.raises(Refusal, match=r"^cell 3, line 3.*: call `fit`, then `transform`"):
        proven(extract(notebook, read=remarks.copy))


def test_what_has_no_predict_is_refused_as_a_model(extract: Extract, remarks: pd.DataFrame) -> None:
    notebook = [
        ("", IMPORTS + "from sklearn.cluster import DBSCAN"),
        ("data", "df = read()"),
        ("train", 'model = DBSCAN().fit(df[["age", "income"]].fillna(0))\nprint(model.labels_)'),
    ]
    with pytest.raises(Refusal, match=r"^cell 3, line 1.*DBSCAN can't be applied to rows.*KMeans"):
        extract(notebook, read=remarks.copy)


def test_compiled_parts_of_a_model_belong_to_their_package(
    extract: Extract, remarks: pd.DataFrame, tmp_path: Path
) -> None:
    """scikit-learn 1.5 imports the losses of boosted trees by a name of their own, `_loss`."""
    notebook = cells(
        NUMBERS,
        "from sklearn.ensemble import GradientBoostingClassifier\n"
        "model = GradientBoostingClassifier(n_estimators=3).fit(X_train, y_train)\n",
    )
    extraction = write_derived(extract(notebook, read=remarks.copy), tmp_path, {})
    assert "sklearn" in extraction.modules
    assert "_loss" not in extraction.modules
