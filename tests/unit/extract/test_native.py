"""Boosters as their libraries train them: exact from file to file, or refused by cell and line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cellmark.extract.refusal import Refusal
from cellmark.extract.written import verdicts, write_derived
from cellmark_runtime.scoring.persistence import load_frozen

from .conftest import Extract, proven

IMPORTS = """
import catboost
import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
"""
NUMBERS = """
df["age"] = df["age"].fillna(df["age"].median())
X = df[["age", "income", "visits"]]
y = (df["bought"] == "yes").astype(int)
"""
MIXED = """
X = df[["age", "income", "city", "job"]].copy()
for c in ["city", "job"]:
    X[c] = X[c].astype("category")
y = (df["bought"] == "yes").astype(int)
"""
TEXTS = """
X = df[["age", "income", "city", "job"]].copy()
X["job"] = X["job"].fillna("none")
y = (df["bought"] == "yes").astype(int)
"""
CITIES = """
X = df[["age", "income", "visits"]]
le = LabelEncoder()
y = le.fit_transform(df["city"])
"""
SPLIT = """
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""
XGB = """
dtrain = xgb.DMatrix(X_train, label=y_train, enable_categorical=True)
dtest = xgb.DMatrix(X_test, label=y_test, enable_categorical=True)
params = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1}
"""
LGB = """
params = {"objective": "binary", "verbose": -1, "min_data_in_leaf": 3, "num_threads": 1}
dtrain = lgb.Dataset(X_train, label=y_train)
dtest = lgb.Dataset(X_test, label=y_test, reference=dtrain)
"""
CAT = """{
    "loss_function": "Logloss", "iterations": 4, "verbose": 0, "allow_writing_files": False,
    "thread_count": 1,
}"""

# name -> (preprocess, train, task, what the module says of the answer)
EXACT: dict[str, tuple[str, str, str, str]] = {
    "xgboost, a threshold": (
        NUMBERS,
        XGB
        + """
booster = xgb.train(params, dtrain, num_boost_round=4)
pred = (booster.predict(dtest) > 0.4).astype(int)
""",
        "classification",
        "pred = (frozen.booster.predict(xgb.DMatrix(features, enable_categorical=True)) > 0.4)",
    ),
    "xgboost, its own answer": (
        NUMBERS,
        XGB.replace(", enable_categorical=True", "")
        + """
booster = xgb.train(params, dtrain, 4)
print(roc_auc_score(y_test, booster.predict(dtest)))
""",
        "classification",
        "return frozen.booster.predict(xgb.DMatrix(features))",
    ),
    "xgboost, an early stop": (
        NUMBERS,
        XGB
        + """
seen = {}
booster = xgb.train(params, dtrain, num_boost_round=30, evals=[(dtrain, "train"), (dtest, "test")],
                    early_stopping_rounds=2, evals_result=seen, verbose_eval=False)
proba = booster.predict(dtest, iteration_range=(0, booster.best_iteration + 1))
answer = np.where(proba > 0.5, "yes", "no")
""",
        "classification",
        "iteration_range=(0, ",
    ),
    "xgboost, categories": (
        MIXED,
        XGB
        + """
booster = xgb.train(params, dtrain, num_boost_round=6)
pred = booster.predict(dtest) > 0.5
""",
        "classification",
        "enable_categorical=True",
    ),
    "xgboost, arrays with names": (
        NUMBERS,
        """
names = list(X_train.columns)
dtrain = xgb.DMatrix(X_train.to_numpy(), y_train.to_numpy(), feature_names=names, missing=0.0)
booster = xgb.train({"objective": "reg:squarederror"}, dtrain, 4)
pred = booster.predict(xgb.DMatrix(X_test.to_numpy(), feature_names=names, missing=0.0))
""",
        "regression",
        "xgb.DMatrix(features, feature_names=frozen.booster.feature_names, missing=0.0)",
    ),
    "xgboost, most probable class": (
        CITIES,
        """
dtrain = xgb.DMatrix(X_train, label=y_train)
booster = xgb.train({"objective": "multi:softprob", "num_class": 3}, dtrain, 3)
proba = booster.predict(xgb.DMatrix(X_test))
pred = le.inverse_transform(np.argmax(proba, axis=1))
""",
        "classification",
        "frozen.le.inverse_transform(np.argmax(proba, axis=1))",
    ),
    "xgboost, quantiles": (
        NUMBERS,
        """
dtrain = xgb.QuantileDMatrix(X_train, label=y_train)
booster = xgb.train({"objective": "binary:logistic"}, dtrain, 4)
pred = booster.predict(xgb.DMatrix(data=X_test))
""",
        "classification",
        "frozen.booster.predict(xgb.DMatrix(features))",
    ),
    "xgboost, trained in a function": (
        NUMBERS,
        """
def train(rows, labels, rounds=3):
    matrix = xgb.DMatrix(rows, label=labels)
    return xgb.train({"objective": "binary:logistic"}, matrix, rounds)
booster = train(X_train, y_train)
pred = (booster.predict(xgb.DMatrix(X_test)) > 0.5).astype(int)
""",
        "classification",
        "(frozen.booster.predict(xgb.DMatrix(features)) > 0.5)",
    ),
    "xgboost, never asked": (
        NUMBERS,
        XGB + "booster = xgb.train(params, dtrain, 4)\n",
        "classification",
        "return frozen.booster.predict(xgb.DMatrix(features, enable_categorical=True))",
    ),
    "xgboost, what the test columns say": (
        NUMBERS,
        XGB
        + """
booster = xgb.train(params, dtrain, num_boost_round=4)
why = booster.predict(dtest, pred_contribs=True)
margin = booster.predict(dtest, output_margin=True)
""",
        "classification",
        "output_margin=True)",
    ),
    "lightgbm, a threshold": (
        NUMBERS,
        LGB
        + """
booster = lgb.train(params, dtrain, num_boost_round=5)
y_prob = booster.predict(X_test)
y_pred = (y_prob >= 0.5).astype(int)
""",
        "classification",
        "y_prob = frozen.booster.predict(features)\n",
    ),
    "lightgbm, an early stop": (
        NUMBERS,
        LGB
        + """
booster = lgb.train(params, dtrain, 40, valid_sets=[dtrain, dtest], valid_names=["a", "b"],
                    callbacks=[lgb.early_stopping(2, verbose=False), lgb.log_evaluation(0)])
pred = booster.predict(X_test, num_iteration=booster.best_iteration)
""",
        "classification",
        "frozen.booster.predict(features, num_iteration=",
    ),
    "lightgbm, categories": (
        MIXED,
        LGB
        + """
booster = lgb.train(params, dtrain, 6)
pred = (booster.predict(X_test) > 0.5).astype(int)
""",
        "classification",
        "(frozen.booster.predict(features) > 0.5)",
    ),
    "lightgbm, categories by name": (
        """
X = df[["age", "visits", "city"]].copy()
X["city"] = X["city"].map({"Bern": 0, "Oslo": 1, "Rome": 2})
y = df["income"]
""",
        """
data = lgb.Dataset(X_train, label=y_train, categorical_feature=["city"], free_raw_data=False)
booster = lgb.train({"objective": "regression", "verbose": -1, "min_data_in_leaf": 3}, data, 6)
pred = booster.predict(X_test)
""",
        "regression",
        "return frozen.booster.predict(features)",
    ),
    "lightgbm, most probable class": (
        CITIES,
        """
data = lgb.Dataset(X_train, y_train)
booster = lgb.train({"objective": "multiclass", "num_class": 3, "verbose": -1}, data, 3)
pred = booster.predict(X_test).argmax(axis=1)
""",
        "classification",
        "pred = frozen.booster.predict(features).argmax(axis=1)",
    ),
    "catboost, a pool": (
        TEXTS,
        f"""
train_pool = catboost.Pool(X_train, y_train, cat_features=["city", "job"])
test_pool = catboost.Pool(X_test, label=y_test, cat_features=["city", "job"])
model = catboost.CatBoostClassifier(**{CAT})
model.fit(train_pool, eval_set=test_pool)
pred = model.predict(test_pool)
proba = model.predict_proba(test_pool)[:, 1]
""",
        "classification",
        "return frozen.model.predict_proba(features)",
    ),
    "catboost, train": (
        TEXTS,
        f"""
pool = catboost.Pool(X_train, y_train, cat_features=["city", "job"])
model = catboost.train(pool, {CAT})
pred = model.predict(catboost.Pool(X_test, cat_features=["city", "job"]), prediction_type="Class")
""",
        "classification",
        'frozen.model.predict(features, prediction_type="Class")',
    ),
    "catboost, train, raw": (
        TEXTS,
        f"""
pool = catboost.Pool(X_train, y_train, cat_features=["city", "job"])
model = catboost.train(pool, {CAT})
raw = model.predict(X_test)
pred = (1 / (1 + np.exp(-raw)) > 0.5).astype(int)
""",
        "classification",
        "raw = frozen.model.predict(features)\n",
    ),
    "catboost, probabilities by their other name": (
        TEXTS,
        f"""
model = catboost.CatBoostClassifier(**{CAT})
model.fit(X_train, y_train, cat_features=["city", "job"])
proba = model.predict(X_test, prediction_type="Probability")[:, 1]
pred = (proba > 0.5).astype(int)
""",
        "classification",
        "frozen.model.predict_proba(features)[:, 1]",
    ),
}


@pytest.mark.parametrize(("source", "train", "task", "written"), EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(
    source: str,
    train: str,
    task: str,
    written: str,
    extract: Extract,
    people: pd.DataFrame,
    tmp_path: Path,
) -> None:
    cells = [
        ("", IMPORTS),
        ("data", "df = read()"),
        ("preprocess", source + SPLIT),
        ("train evaluate", train),
    ]
    derived = extract(cells, read=people.copy)
    assert written in derived.steps.replace("'Class'", '"Class"')
    assert derived.signature.output.task == task
    assert "bought" not in {field.name for field in derived.signature.inputs}
    written_to_files = write_derived(derived, tmp_path, {})
    assert {item.format for item in written_to_files.persisted} <= {"json", "skops", "npz"}
    assert any(item.boosters for item in written_to_files.persisted)
    loaded = load_frozen(tmp_path, written_to_files.persisted)
    proof = proven(derived._replace(values={**derived.values, **loaded}))
    assert proof.max_abs_difference == 0.0


# name -> (train, line, reason, fix)
REFUSED: dict[str, tuple[str, int, str, str]] = {
    "rows that start apart": (
        """
dtrain = xgb.DMatrix(X_train, label=y_train)
booster = xgb.train({"objective": "binary:logistic"}, dtrain, 4)
dtest = xgb.DMatrix(X_test, base_margin=X_test["age"] / 100)
pred = booster.predict(dtest)
""",
        3,
        "starts each row's answer from `base_margin`",
        "Ask without `base_margin`",
    ),
    "rows put together in a function": (
        """
def matrix_of(rows, labels):
    rows = rows * 2
    return xgb.DMatrix(rows, label=labels)
dtrain = matrix_of(X_train, y_train)
booster = xgb.train({"objective": "binary:logistic"}, dtrain, 4)
pred = booster.predict(matrix_of(X_test, y_test))
""",
        3,
        "put together inside a function",
        "`dtest = xgb.DMatrix(X_test)`",
    ),
    "rows whose origin is not known": (
        """
def learn():
    matrix = xgb.DMatrix(X_train, label=y_train)
    return matrix, xgb.train({"objective": "binary:logistic"}, matrix, 4)
matrix, booster = learn()
pred = booster.predict(matrix.slice([1, 2, 3]))
""",
        5,
        "it is unclear which rows it is asked about",
        "`dtest = xgb.DMatrix(X_test)`",
    ),
    "one model a turn, the last one's answer": (
        """
for at in range(2):
    booster = lgb.train({"objective": "binary", "verbose": -1}, lgb.Dataset(X_train, y_train), 3)
    pred = booster.predict(X_test)
""",
        3,
        "`booster` stands for 2 models",
        "outside the loop",
    ),
}


@pytest.mark.parametrize(("train", "line", "reason", "fix"), REFUSED.values(), ids=REFUSED.keys())
def test_is_refused_by_cell_and_line(
    train: str, line: int, reason: str, fix: str, extract: Extract, people: pd.DataFrame
) -> None:
    cells = [("", IMPORTS), ("data", "df = read()"), ("preprocess", NUMBERS + SPLIT)]
    with pytest.raises(Refusal) as refusal:
        extract([*cells, ("train evaluate", train)], read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == (4, line)
    assert reason in str(refusal.value)
    assert fix in refusal.value.fix


def test_the_fix_for_rows_put_together_in_a_function_works(
    extract: Extract, people: pd.DataFrame
) -> None:
    train = """
def matrix_of(rows, labels):
    return xgb.DMatrix(rows, label=labels)
booster = xgb.train({"objective": "binary:logistic"}, matrix_of(X_train, y_train), 4)
dtest = xgb.DMatrix(X_test)
pred = booster.predict(dtest)
"""
    cells = [("", IMPORTS), ("data", "df = read()"), ("preprocess", NUMBERS + SPLIT)]
    derived = extract([*cells, ("train evaluate", train)], read=people.copy)
    assert proven(derived).max_abs_difference == 0.0
    said = {line.source: line.reason for line in verdicts(derived)}
    assert said["dtest = xgb.DMatrix(X_test)"] == "hands the model its rows, as the service will"
    assert said["pred = booster.predict(dtest)"] == "asks the model, as the service will"
