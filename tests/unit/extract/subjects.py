"""A small notebook for every estimator: the cells, and what the estimator is made with."""

from __future__ import annotations

import importlib
import inspect
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import all_estimators

__all__ = ["Subject", "cells_of", "read", "subjects"]

_ROWS = 60
_WORDS = ("late", "paid", "call", "again", "never", "new")


class Subject(NamedTuple):
    """An estimator to try. `module` is where people import it from."""

    name: str
    module: str
    kind: str


def read() -> pd.DataFrame:
    """Sixty rows: positive numbers, a text with few values, a remark, three targets."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.gamma(2.0, 1.0, (_ROWS, 3)).round(3), columns=["a", "b", "c"])
    frame["kind"] = random.choice(["x", "y", "z"], _ROWS)
    frame["remark"] = [" ".join(random.choice(_WORDS, 3)) for _ in range(_ROWS)]
    frame["label"] = (frame["a"] + frame["b"] > frame["c"] + 2).astype(int)
    frame["amount"] = (frame["a"] * 2 + frame["b"] * frame["c"] + 1).round(3)
    frame["other"] = (frame["c"] > 2).astype(int)
    return frame


_BOOSTERS = tuple(
    (f"{library}{kind}", module, kind.removeprefix("RF").lower())
    for library, module, kinds in (
        ("XGB", "xgboost", ("Classifier", "Regressor", "RFClassifier", "RFRegressor")),
        ("LGBM", "lightgbm", ("Classifier", "Regressor")),
        ("CatBoost", "catboost", ("Classifier", "Regressor")),
    )
    for kind in kinds
)
# Helpers that scikit-learn gives no kind of its own, and one that groups columns, not rows.
_OF_KIND = {
    **dict.fromkeys(("FrozenEstimator", "Pipeline"), "classifier"),
    **dict.fromkeys(("GridSearchCV", "RandomizedSearchCV"), "classifier"),
    **dict.fromkeys(("HalvingGridSearchCV", "HalvingRandomSearchCV"), "classifier"),
    **dict.fromkeys(("BayesianGaussianMixture", "GaussianMixture"), "clusterer"),
    "FeatureAgglomeration": "transformer",
}
_APPLIED = ("predict", "transform", "fit_predict", "fit_transform")


def subjects() -> list[Subject]:
    """Every estimator of scikit-learn that says something of a row, then the boosters."""
    import sklearn.experimental.enable_halving_search_cv  # noqa: F401

    found = [
        Subject(name, _public(kind), _kind_of(name, kind))
        for name, kind in all_estimators()
        if name in _OF_KIND or any(hasattr(kind, method) for method in _APPLIED)
    ]
    return [*found, *(Subject(*booster) for booster in _BOOSTERS)]


def _kind_of(name: str, kind: Any) -> str:
    parents = {parent.__name__ for parent in kind.__mro__}
    kinds = {
        "ClassifierMixin": "classifier",
        "RegressorMixin": "regressor",
        "OutlierMixin": "outlier detector",
        "ClusterMixin": "clusterer",
    }
    found = (word for parent, word in kinds.items() if parent in parents)
    return _OF_KIND.get(name) or next(found, "transformer")


def _public(kind: Any) -> str:
    """`sklearn.ensemble` of `sklearn.ensemble._forest`."""
    parts = kind.__module__.split(".")
    private = next((at for at, part in enumerate(parts) if part.startswith("_")), len(parts))
    return ".".join(parts[:private])


# Arguments: what they can't be made without, and what keeps them small and repeatable.
_SMALL_BOOSTER = "n_estimators=5, max_depth=3"
_ARGUMENTS = {
    "ClassifierChain": "LogisticRegression()",
    "ColumnTransformer": '[("s", StandardScaler(), ["a"])], remainder="passthrough"',
    "FeatureUnion": '[("s", StandardScaler()), ("p", PCA(1))]',
    "FixedThresholdClassifier": "LogisticRegression(), threshold=0.3",
    "FrozenEstimator": "LogisticRegression().fit(X, y)",
    "FunctionTransformer": "np.log1p",
    "GridSearchCV": 'LogisticRegression(), {"C": [0.1, 1.0]}, cv=3',
    "HalvingGridSearchCV": 'LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, random_state=0',
    "HalvingRandomSearchCV": 'LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, random_state=0',
    "MultiOutputClassifier": "LogisticRegression()",
    "MultiOutputRegressor": "Ridge()",
    "OneVsOneClassifier": "LogisticRegression()",
    "OneVsRestClassifier": "LogisticRegression()",
    "OutputCodeClassifier": "LogisticRegression(), random_state=0",
    "Pipeline": "[('s', StandardScaler()), ('m', LogisticRegression())]",
    "RANSACRegressor": "random_state=0, min_samples=20",
    "RFE": "LogisticRegression()",
    "RFECV": "LogisticRegression(), cv=3",
    "RandomizedSearchCV": 'LogisticRegression(), {"C": [0.1, 1.0]}, n_iter=2, cv=3, random_state=0',
    "RegressorChain": "Ridge()",
    "SelectFromModel": "LogisticRegression()",
    "SelfTrainingClassifier": "LogisticRegression()",
    "SequentialFeatureSelector": "Ridge(), n_features_to_select=2, cv=2",
    "SparseCoder": "np.eye(3)",
    "StackingClassifier": "[('t', DecisionTreeClassifier(max_depth=2))], cv=3",
    "StackingRegressor": "[('t', DecisionTreeRegressor(max_depth=2))], cv=3",
    "TunedThresholdClassifierCV": "LogisticRegression(), cv=3",
    "VotingClassifier": "[('l', LogisticRegression()), ('t', DecisionTreeClassifier(max_depth=2))]",
    "VotingRegressor": "[('l', Ridge()), ('t', DecisionTreeRegressor(max_depth=2))]",
    "PatchExtractor": "patch_size=(1, 3)",
    # small
    "AdaBoostClassifier": "n_estimators=5, random_state=0",
    "AdaBoostRegressor": "n_estimators=5, random_state=0",
    "BaggingClassifier": "n_estimators=3, random_state=0",
    "BaggingRegressor": "n_estimators=3, random_state=0",
    "ExtraTreesClassifier": "5, random_state=0",
    "ExtraTreesRegressor": "5, random_state=0",
    "GradientBoostingClassifier": "n_estimators=5",
    "GradientBoostingRegressor": "n_estimators=5",
    "HistGradientBoostingClassifier": "max_iter=5, min_samples_leaf=5",
    "HistGradientBoostingRegressor": "max_iter=5, min_samples_leaf=5",
    "IsolationForest": "n_estimators=5, random_state=0",
    "RandomForestClassifier": "5, random_state=0",
    "RandomForestRegressor": "5, random_state=0",
    "RandomTreesEmbedding": "5, max_depth=2, random_state=0",
    "DictionaryLearning": "2, max_iter=5, random_state=0",
    "MiniBatchDictionaryLearning": "2, max_iter=5, random_state=0",
    "MiniBatchSparsePCA": "2, max_iter=5, random_state=0",
    "SparsePCA": "2, max_iter=5, random_state=0",
    "MLPClassifier": "(4,), max_iter=20, random_state=0",
    "MLPRegressor": "hidden_layer_sizes=(4,), max_iter=20, random_state=0",
    "BernoulliRBM": "2, n_iter=2, random_state=0",
    "TSNE": "max_iter=250, perplexity=5, random_state=0",
    "GaussianRandomProjection": "2, random_state=0",
    "SparseRandomProjection": "2, random_state=0",
    "KMeans": "3, n_init=1, random_state=0",
    "MiniBatchKMeans": "3, n_init=1, random_state=0",
    "BisectingKMeans": "3, random_state=0",
    "SpectralClustering": "3, random_state=0",
    "SpectralBiclustering": "2, n_components=3, n_best=2, random_state=0",
    "SpectralCoclustering": "2, random_state=0",
    "GaussianMixture": "2, random_state=0",
    "BayesianGaussianMixture": "n_components=2, random_state=0",
    "SelectKBest": "k=2",
    "SelectPercentile": "percentile=60",
    "IncrementalPCA": "2",
    "PCA": "2",
    "KernelPCA": "2, kernel='rbf'",
    "FastICA": "2, random_state=0",
    "NMF": "2, random_state=0",
    "MiniBatchNMF": "2, random_state=0",
    "TruncatedSVD": "2, random_state=0",
    "LatentDirichletAllocation": "2, max_iter=2, random_state=0",
    "FactorAnalysis": "2, random_state=0",
    "Isomap": "n_components=2",
    "CCA": "1",
    "PLSCanonical": "1",
    "PLSSVD": "1",
    "FeatureAgglomeration": "2",
    "Nystroem": "n_components=5, random_state=0",
    "RBFSampler": "n_components=5, random_state=0",
    "SkewedChi2Sampler": "n_components=5, random_state=0",
    "PolynomialCountSketch": "n_components=5, random_state=0",
    "QuantileTransformer": "n_quantiles=20",
    "LocalOutlierFactor": "novelty=True",
    "OneHotEncoder": 'handle_unknown="ignore"',
    "CountVectorizer": "",
    "RadiusNeighborsClassifier": "radius=20.0",
    "RadiusNeighborsRegressor": "radius=20.0",
    "NeighborhoodComponentsAnalysis": "2, max_iter=5, random_state=0",
    "NuSVC": "nu=0.2",
    "LabelPropagation": "max_iter=50",
    # boosters
    "XGBClassifier": f"{_SMALL_BOOSTER}",
    "XGBRegressor": f"{_SMALL_BOOSTER}",
    "XGBRFClassifier": f"{_SMALL_BOOSTER}",
    "XGBRFRegressor": f"{_SMALL_BOOSTER}",
    "LGBMClassifier": f"{_SMALL_BOOSTER}, min_child_samples=5, verbose=-1",
    "LGBMRegressor": f"{_SMALL_BOOSTER}, min_child_samples=5, verbose=-1",
    "CatBoostClassifier": "iterations=5, verbose=0, allow_writing_files=False",
    "CatBoostRegressor": "iterations=5, verbose=0, allow_writing_files=False",
}
# The columns that an estimator is given, where they are not the three numbers.
_INPUT = {
    **dict.fromkeys(("OneHotEncoder", "OrdinalEncoder", "TargetEncoder"), 'df[["kind"]]'),
    **dict.fromkeys(("CountVectorizer", "HashingVectorizer", "TfidfVectorizer"), 'df["remark"]'),
    **dict.fromkeys(("LabelEncoder", "LabelBinarizer"), 'df["kind"]'),
    "DictVectorizer": 'df[["a", "kind"]].to_dict("records")',
    "FeatureHasher": 'df[["a", "kind"]].to_dict("records")',
    "MultiLabelBinarizer": 'df["remark"].str.split()',
    "IsotonicRegression": 'df["a"]',
    "KernelCenterer": 'df[["a", "b", "c"]] @ df[["a", "b", "c"]].T',
    "PatchExtractor": 'df[["a", "b", "c"]].to_numpy().reshape(len(df), 1, 3)',
    "MissingIndicator": 'df[["a", "b"]].where(df[["a", "b"]] > 1)',
    "CategoricalNB": 'df[["other"]]',
}
_TARGET = {
    **dict.fromkeys(("MultiOutputClassifier", "ClassifierChain"), 'df[["label", "other"]]'),
    **dict.fromkeys(
        (
            "MultiOutputRegressor",
            "RegressorChain",
            "MultiTaskElasticNet",
            "MultiTaskElasticNetCV",
            "MultiTaskLasso",
            "MultiTaskLassoCV",
        ),
        'df[["amount", "other"]]',
    ),
}
_IMPORTS = """
import numpy as np
import pandas as pd
import sklearn.experimental.enable_halving_search_cv
import sklearn.experimental.enable_iterative_imputer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
"""
# A model takes tables: what makes one of other outputs.
_SHAPED = {"LabelEncoder": ".reshape(-1, 1)", "PatchExtractor": ".reshape(-1, 3)"}
_WITHOUT_TARGET = ("outlier detector", "clusterer")


def cells_of(subject: Subject) -> list[tuple[str, str]]:
    """(roles, source) of the cells of a notebook that uses the estimator as people do."""
    kind = getattr(importlib.import_module(subject.module), subject.name)
    given = _INPUT.get(subject.name, 'df[["a", "b", "c"]]')
    usual = 'df["amount"]' if subject.kind == "regressor" else 'df["label"]'
    return [
        ("", f"{_IMPORTS}from {subject.module} import {subject.name}"),
        ("data", "df = read()"),
        ("preprocess", f"X = {given}\ny = {_TARGET.get(subject.name, usual)}"),
        ("train", _training(subject, _made(subject.name, kind), kind)),
    ]


def _made(name: str, kind: Any) -> str:
    if name in _ARGUMENTS:
        return f"{name}({_ARGUMENTS[name]})"
    seeded = "random_state" in inspect.signature(kind).parameters
    return f"{name}({'random_state=0' if seeded else ''})"


def _training(subject: Subject, made: str, kind: Any) -> str:
    if subject.kind == "transformer":
        shape = _SHAPED.get(subject.name, "")
        return _TRANSFORMING.format(_transformed(made, kind) + shape)
    learnt = "X" if subject.kind in _WITHOUT_TARGET else "X, y"
    if not hasattr(kind, "predict") and hasattr(kind, "fit_predict"):
        return f"answers = {made}.fit_predict(X)\n"
    return f"model = {made}\nmodel.fit({learnt})\nanswers = model.predict(X)\n"


_TRANSFORMING = """
Z = {}
model = LogisticRegression().fit(Z, y)
answers = model.predict(Z)
"""


def _transformed(made: str, kind: Any) -> str:
    first, *others = [*inspect.signature(kind.fit).parameters][1:]
    learnt = "X, y" if "y" in others and first != "y" else "X"
    # Of two tables PLSSVD makes two.
    if hasattr(kind, "fit_transform") and kind.__name__ != "PLSSVD":
        return f"{made}.fit_transform({learnt})"
    return f"{made}.fit({learnt}).transform(X)"
