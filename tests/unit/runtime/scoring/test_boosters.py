"""Boosters are kept in their libraries' formats, wherever in an estimator they sit."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cellmark_runtime.errors import BundleError
from cellmark_runtime.scoring import ubjson
from cellmark_runtime.scoring.boosters import build
from cellmark_runtime.scoring.estimators import dump_skops, load_skops
from cellmark_runtime.scoring.persistence import dump, load_frozen

XGB: dict[str, Any] = {"n_estimators": 4, "max_depth": 3, "n_jobs": 1}
LGB: dict[str, Any] = {"n_estimators": 4, "verbose": -1, "n_jobs": 1, "min_child_samples": 5}
CAT: dict[str, Any] = {
    "iterations": 4,
    "verbose": 0,
    "allow_writing_files": False,
    "thread_count": 1,
}


def rows() -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(3)
    table = pd.DataFrame(random.normal(size=(150, 3)), columns=["a", "b", "c"])
    table.loc[::17, "b"] = np.nan
    table["kind"] = pd.Categorical(random.choice(["x", "y", "z"], 150))
    return table, (table["a"] + (table["kind"] == "x") > 0).astype(int)


def xgb() -> Any:
    return xgboost.XGBClassifier(**XGB, enable_categorical=True)


def lgb() -> Any:
    return lightgbm.LGBMClassifier(**LGB)


def cat() -> Any:
    return catboost.CatBoostClassifier(**CAT)


def numbers(estimator: Any) -> Any:
    """A pipeline that hands an estimator the numeric columns alone."""
    columns = ColumnTransformer([("numbers", StandardScaler(), ["a", "b", "c"])])
    return make_pipeline(columns, estimator)


# name -> (an estimator to fit, the files of its boosters)
FITTED: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "xgboost": (xgb, ["m.ubj"]),
    "xgboost regressor": (
        lambda: xgboost.XGBRegressor(**XGB, booster="dart", enable_categorical=True),
        ["m.ubj"],
    ),
    "xgboost forest": (
        lambda: xgboost.XGBRFClassifier(**XGB, enable_categorical=True),
        ["m.ubj"],
    ),
    "xgboost linear": (
        lambda: numbers(xgboost.XGBClassifier(booster="gblinear", n_jobs=1)),
        ["m.ubj"],
    ),
    "lightgbm": (lgb, ["m.txt"]),
    "lightgbm regressor": (lambda: lightgbm.LGBMRegressor(**LGB), ["m.txt"]),
    "catboost": (lambda: catboost.CatBoostClassifier(**CAT, cat_features=["kind"]), ["m.cbm"]),
    "catboost regressor": (
        lambda: catboost.CatBoostRegressor(**CAT, cat_features=["kind"]),
        ["m.cbm"],
    ),
    "in a pipeline": (lambda: numbers(lgb()), ["m.txt"]),
    "in a vote": (
        lambda: numbers(VotingClassifier([("x", xgb()), ("c", cat())], voting="soft")),
        ["m.cbm", "m.ubj"],
    ),
    "in a stack": (
        lambda: numbers(StackingClassifier([("x", xgb()), ("l", lgb())], LogisticRegression())),
        ["m.txt", "m.ubj"],
    ),
    "calibrated": (
        lambda: numbers(CalibratedClassifierCV(xgb(), cv=2)),
        ["m-2.ubj", "m.ubj"],
    ),
    "searched": (lambda: GridSearchCV(lgb(), {"num_leaves": [3, 7]}, cv=2), ["m.txt"]),
    "one against the rest": (lambda: numbers(OneVsRestClassifier(cat())), ["m.cbm"]),
    "choosing features": (
        lambda: make_pipeline(
            ColumnTransformer([("n", SelectFromModel(xgb()), ["a", "b", "c"])]), lgb()
        ),
        ["m.txt", "m.ubj"],
    ),
}


@pytest.mark.parametrize("name", FITTED)
def test_a_booster_comes_back_with_the_same_bits(name: str, tmp_path: Any) -> None:
    make, files = FITTED[name]
    table, target = rows()
    estimator = make().fit(table, target)
    persisted = dump("m", estimator, tmp_path)
    back: Any = load_frozen(tmp_path, [persisted])["m"]
    assert (persisted.format, persisted.file) == ("skops", "model/m.skops")
    assert sorted(persisted.boosters) == [f"model/{file}" for file in files]
    ask = "predict_proba" if hasattr(estimator, "predict_proba") else "predict"
    np.testing.assert_array_equal(getattr(back, ask)(table), getattr(estimator, ask)(table))
    assert type(back) is type(estimator)


def test_boosters_without_a_wrapper(tmp_path: Any) -> None:
    table, target = rows()
    matrix = xgboost.DMatrix(table, target, enable_categorical=True)
    data = lightgbm.Dataset(table, target)
    trained = {
        "x": (xgboost.train({"max_depth": 2}, matrix, 4), matrix),
        "l": (lightgbm.train({"verbose": -1}, data, 4), table),
        "c": (catboost.CatBoost(CAT).fit(table[["a", "b"]], target), table[["a", "b"]]),
    }
    for name, (booster, asked) in trained.items():
        persisted = dump(name, booster, tmp_path)
        back: Any = load_frozen(tmp_path, [persisted])[name]
        np.testing.assert_array_equal(back.predict(asked), booster.predict(asked))


def test_its_own_library_reads_the_file(tmp_path: Any) -> None:
    table, target = rows()
    matrix = xgboost.DMatrix(table, enable_categorical=True)
    model = xgb().fit(table, target)
    file = tmp_path / dump("m", model, tmp_path).boosters[0]
    alone = xgboost.Booster(model_file=file)
    np.testing.assert_array_equal(alone.predict(matrix), model.predict_proba(table)[:, 1])
    found = lgb().fit(table, target)
    text = tmp_path / dump("n", found, tmp_path).boosters[0]
    alone = lightgbm.Booster(model_file=text)
    np.testing.assert_array_equal(alone.predict(table), found.predict_proba(table)[:, 1])
    cats = catboost.CatBoostRegressor(**CAT, cat_features=["kind"]).fit(table, target)
    twin = catboost.CatBoostRegressor().load_model(tmp_path / dump("o", cats, tmp_path).boosters[0])
    np.testing.assert_array_equal(twin.predict(table), cats.predict(table))


# The way that notebooks have; lightgbm would rather have another.
@pytest.mark.filterwarnings("ignore:The argument 'eval_set'")
def test_an_early_stop_is_kept(tmp_path: Any) -> None:
    table, target = rows()
    rest = target.sample(frac=1, random_state=0).reset_index(drop=True)  # nothing to learn
    models = [
        xgboost.XGBClassifier(**XGB | {"n_estimators": 50}, early_stopping_rounds=2).fit(
            table[["a"]], target, eval_set=[(table[["a"]], rest)], verbose=False
        ),
        lightgbm.LGBMClassifier(**LGB | {"n_estimators": 50}).fit(
            table[["a"]],
            target,
            eval_set=[(table[["a"]], rest)],
            callbacks=[lightgbm.early_stopping(2, verbose=False)],
        ),
        catboost.CatBoostClassifier(**CAT | {"iterations": 50}).fit(
            table[["a"]], target, eval_set=(table[["a"]], rest), early_stopping_rounds=2
        ),
    ]
    for number, model in enumerate(models):
        persisted = dump(f"m{number}", model, tmp_path)
        back: Any = load_frozen(tmp_path, [persisted])[f"m{number}"]
        assert persisted.format == "skops"
        np.testing.assert_array_equal(
            back.predict_proba(table[["a"]]), model.predict_proba(table[["a"]])
        )


@pytest.mark.parametrize("make", [xgb, lgb, lambda: catboost.CatBoostClassifier(**CAT)])
def test_the_same_training_gives_the_same_bytes(make: Callable[[], Any]) -> None:
    table, target = rows()
    kept = [dump_skops(make().fit(table[["a", "b"]], target)) for _ in range(2)]
    assert kept[0] == kept[1]


# -- damaged files


def changed_tree(field: str, value: int) -> bytes:
    """An xgboost file whose first tree has another number at its root."""
    table, target = rows()
    data = dump_skops(xgb().fit(table, target)).boosters["model.ubj"]
    tree = ubjson.decode(data)["learner"]["gradient_booster"]["model"]["trees"][0]
    place = data.index(tree[field].astype(">i4").tobytes())
    return data[:place] + np.array(value, ">i4").tobytes() + data[place + 4 :]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left_children", 10**6),
        ("left_children", 0),
        ("left_children", -7),
        ("right_children", 1),
        ("split_indices", 4),
        ("split_indices", -3),
    ],
)
def test_an_xgboost_index_out_of_its_table_is_refused(field: str, value: int) -> None:
    with pytest.raises(BundleError, match=r"is damaged \(a tree "):
        build("xgboost.core.Booster", changed_tree(field, value), {})


@pytest.mark.parametrize("end", [0, 1, 40, 300, -1])
def test_an_xgboost_file_that_ends_early_is_refused(end: int) -> None:
    table, target = rows()
    data = dump_skops(xgb().fit(table, target)).boosters["model.ubj"]
    with pytest.raises(BundleError, match="is damaged"):
        build("xgboost.core.Booster", data[:end], {})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("split_feature=", "split_feature=9"),
        ("left_child=", "left_child=-"),
        ("left_child=", "left_child=77"),
        ("right_child=", "right_child=-77"),
        ("num_leaves=", "num_leaves=1"),
        ("cat_boundaries=0", "cat_boundaries=9"),
        ("cat_threshold=", "cat_boundaries=0 70000\nignored="),
        ("end of trees", "end"),
        ("max_feature_idx=3", "max_feature_idx=0"),
    ],
)
def test_a_damaged_lightgbm_text_is_refused(old: str, new: str) -> None:
    table, target = rows()
    text = dump_skops(lgb().fit(table, target)).boosters["model.txt"].decode()
    assert old in text
    rest = {"best_iteration": 0}
    build("lightgbm.basic.Booster", text.encode(), rest)
    with pytest.raises(BundleError, match="is damaged"):
        build("lightgbm.basic.Booster", text.replace(old, new).encode(), rest)


def test_a_damaged_catboost_file_is_refused() -> None:
    table, target = rows()
    kept = dump_skops(cat().fit(table[["a"]], target))
    damaged = {"model.cbm": kept.boosters["model.cbm"][:200]}
    with pytest.raises(BundleError, match="not readable"):
        load_skops(kept.data, beside=damaged)


def test_a_booster_in_no_form_of_ours_is_refused() -> None:
    """skops would hand such bytes to the library without a look."""
    table, target = rows()
    kept = dump_skops(xgb().fit(table, target))
    with zipfile.ZipFile(io.BytesIO(kept.data)) as archive:
        schema = archive.read("schema.json").replace(b'"BoosterNode"', b'"ObjectNode"')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("schema.json", schema)
    with pytest.raises(BundleError, match=r"xgboost\.core\.Booster"):
        load_skops(out.getvalue(), beside=kept.boosters)
