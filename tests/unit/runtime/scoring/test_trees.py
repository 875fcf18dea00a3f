"""Damaged trees are refused before scikit-learn walks them: it would crash the interpreter."""

import io
import json
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeRegressor

from cellmark_runtime.errors import BundleError
from cellmark_runtime.scoring.estimators import load_skops


def rows():
    table = np.arange(80.0).reshape(40, 2) % 7
    return table, table[:, 0] * 2 + table[:, 1]


def damaged(model, change):
    """The model's skops file with `change(nodes)` done to each table of nodes in it."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as old,
        zipfile.ZipFile(buffer, "w") as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".npy"):
                array = np.load(io.BytesIO(data))
                if array.dtype.names:
                    change(array)
                    out = io.BytesIO()
                    np.save(out, array)
                    data = out.getvalue()
            new.writestr(name, data)
    return buffer.getvalue()


def set_root(field, value):
    def change(nodes):
        nodes[field][0] = value

    return change


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeRegressor(),
        RandomForestRegressor(3),
        GradientBoostingRegressor(n_estimators=3),
        IsolationForest(n_estimators=3),
        BaggingClassifier(n_estimators=3, max_features=0.5),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left_child", 10**6),
        ("left_child", 0),
        ("left_child", -7),
        ("right_child", 10**6),
        ("right_child", 0),
        ("right_child", -1),
        ("feature", 2),
        ("feature", -3),
    ],
)
def test_an_index_out_of_its_table_is_refused(model, field, value):
    table, target = rows()
    model.fit(table, target.astype(int))
    load_skops(damaged(model, lambda nodes: None))
    with pytest.raises(BundleError, match="a tree "):
        load_skops(damaged(model, set_root(field, value)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left", 10**6),
        ("left", 0),
        ("right", 0),
        ("feature_idx", 2),
        ("feature_idx", -1),
        ("is_categorical", 1),
    ],
)
def test_boosted_trees_too(field, value):
    table, target = rows()
    model = HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=2).fit(table, target)
    load_skops(damaged(model, lambda nodes: None))
    with pytest.raises(BundleError, match="a tree "):
        load_skops(damaged(model, set_root(field, value)))


def test_category_sets_out_of_their_table():
    # Fewer rows of a category than this are never split off.
    table, target = np.tile(rows()[0], (9, 1)), np.tile(rows()[1], 9)
    model = HistGradientBoostingRegressor(
        max_iter=3, min_samples_leaf=2, categorical_features=[0, 1]
    ).fit(table, target)
    load_skops(damaged(model, lambda nodes: None))
    with pytest.raises(BundleError, match="category sets"):
        load_skops(damaged(model, set_root("bitset_idx", 10**6)))


def test_a_forest_that_gets_fewer_columns_than_its_trees_ask_for():
    table, target = rows()
    data = skops.io.dumps(RandomForestRegressor(2).fit(table, target))
    with pytest.raises(BundleError, match="made for 2 columns in a model of 1"):
        load_skops(with_schema(data, lambda schema: narrow(schema["content"]["content"])))


def test_a_tree_with_more_outputs_than_it_counts_classes_for():
    table, target = rows()
    data = skops.io.dumps(DecisionTreeRegressor().fit(table, target))

    def lie(schema):
        tree = schema["content"]["content"]["tree_"]
        outputs = tree["__reduce__"]["args"]["content"][2]
        outputs.update(content="900", __id__=1)

    with pytest.raises(BundleError, match="900 outputs"):
        load_skops(with_schema(data, lie))


def narrow(attributes):
    attributes["n_features_in_"] = {**attributes["n_features_in_"], "content": "1"}
    # The number 2 is one object in memory, so the file has it only once.
    attributes["n_features_in_"]["__id__"] = 1


def with_schema(data, change):
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                change(schema)
                content = json.dumps(schema).encode()
            new.writestr(name, content)
    return buffer.getvalue()
