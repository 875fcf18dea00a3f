import hashlib
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from cellmark_runtime.errors import BundleError, CellmarkError
from cellmark_runtime.scoring.estimators import dump_skops, load_skops
from cellmark_runtime.scoring.persistence import dump, load_frozen
from cellmark_runtime.types.manifest import Persisted

NUMBERS = ["age", "visits"]
FIT_AND_HASH = """\
import hashlib, sys, warnings
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from cellmark_runtime.scoring.estimators import dump_skops
frame = pd.DataFrame({"a": list("xyzx") * 5, "b": range(20)})
pipe = make_pipeline(ColumnTransformer([("o", OneHotEncoder(), ["a"])], remainder="passthrough"),
    RandomForestClassifier(5, random_state=0, class_weight={"n": 1, "y": 2}))
pipe.steps[0][1].notes = {"one", "two", "three", "four"}, b"raw"
pipe.fit(frame, ["y", "n"] * 10)
print(hashlib.sha256(dump_skops(pipe)[0]).hexdigest())
"""


def pipeline(last):
    tidy = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("plan", OneHotEncoder(), ["plan"]),
            ("rest", "passthrough", make_column_selector(dtype_include=bool)),
        ]
    )
    return make_pipeline(tidy, last)


def weighted_neighbours():
    """A metric with numbers of its own has no form in skops."""
    weights = {"V": np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])}
    return KNeighborsClassifier(metric="seuclidean", metric_params=weights)


def fitted(estimator, frame):
    if isinstance(estimator, HistGradientBoostingClassifier):
        frame = frame.assign(plan=frame["plan"].astype("category"))
    target = np.where((frame["visits"] < 8) ^ frame["active"], "Yes", "No")
    return estimator.fit(frame, target), frame


@pytest.mark.parametrize(
    ("estimator", "kept_as"),
    [
        (pipeline(LogisticRegression()), "skops"),
        (pipeline(RandomForestClassifier(5, random_state=0)), "skops"),
        (pipeline(GradientBoostingClassifier(n_estimators=3)), "skops"),
        (
            HistGradientBoostingClassifier(
                max_iter=5, min_samples_leaf=3, categorical_features="from_dtype"
            ),
            "skops",
        ),
        (pipeline(CalibratedClassifierCV(LogisticRegression())), "skops"),
        (
            pipeline(
                StackingClassifier(
                    [("f", RandomForestClassifier(2)), ("g", GradientBoostingClassifier())]
                )
            ),
            "skops",
        ),
        (pipeline(KNeighborsClassifier()), "skops"),
        (pipeline(KNeighborsClassifier(p=3, algorithm="ball_tree")), "skops"),
        (pipeline(CalibratedClassifierCV(SVC())), "skops"),
        (pipeline(weighted_neighbours()), "joblib"),
    ],
    ids=lambda value: (
        value
        if isinstance(value, str)
        else type(value[-1]).__name__
        if hasattr(value, "steps")
        else ""
    ),
)
@pytest.mark.filterwarnings("ignore::UserWarning:joblib")
def test_an_estimator_comes_back_with_the_same_bits(estimator, kept_as, frame, tmp_path):
    estimator, rows = fitted(estimator, frame)
    persisted = dump("model", estimator, tmp_path)
    back = load_frozen(tmp_path, [persisted])["model"]
    assert (persisted.format, persisted.file) == (kept_as, f"model/model.{kept_as}")
    np.testing.assert_array_equal(back.predict_proba(rows), estimator.predict_proba(rows))


def test_skops_bytes_are_the_same_from_every_process():
    digests = {
        subprocess.run(
            [sys.executable, "-c", FIT_AND_HASH],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("value", "kept_as"),
    [
        (3.5, "json"),
        ({"b": 1, "a": {2: (3,)}}, "json"),
        (np.arange(10), "json"),
        (np.arange(2000.0).reshape(2, 1000, order="F"), "npz"),
        (np.array(["a"] * 2000, dtype=object), "json"),
    ],
)
def test_plain_values_run_no_code_when_loaded(value, kept_as, tmp_path):
    persisted = dump("value", value, tmp_path)
    found = load_frozen(tmp_path, [persisted])["value"]
    assert persisted.format == kept_as
    np.testing.assert_equal(found, value)
    if isinstance(value, np.ndarray):
        assert (found.dtype, found.flags.f_contiguous) == (value.dtype, value.flags.f_contiguous)


def test_frozen_json_does_not_depend_on_the_order_of_dumping(tmp_path):
    for folder, names in (("a", "xyz"), ("b", "zxy")):
        for name in names:
            dump(name, {name: 1, "a": 2}, tmp_path / folder)
    texts = [(tmp_path / folder / "model/frozen.json").read_bytes() for folder in "ab"]
    assert texts[0] == texts[1]
    assert texts[0].splitlines()[1] == b'  "x": {"x": 1, "a": 2},'


def test_npz_bytes_are_reproducible(tmp_path):
    digests = set()
    for name in "ab":
        file = dump("big", np.arange(5000.0), tmp_path / name).file
        digests.add(hashlib.sha256((tmp_path / name / file).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_value_that_only_the_notebook_knows_is_refused(tmp_path):
    with pytest.raises(CellmarkError, match="frozen value 'step'"):
        dump("step", FunctionTransformer(lambda rows: rows), tmp_path)


def noted(frame):
    """A model that holds an object of a type that nobody has looked at."""
    model = LogisticRegression().fit(frame[["visits"]], frame["active"])
    model.share = Fraction(1, 3)
    return model


def test_types_beyond_ours_need_the_deployers_word(frame):
    data = skops.io.dumps(noted(frame))
    with pytest.raises(BundleError, match=r"holds objects of type fractions\.Fraction"):
        load_skops(data)
    assert load_skops(data, trusted=["fractions.Fraction"]).share == Fraction(1, 3)


def test_a_bundle_can_not_widen_the_trust(frame, tmp_path):
    (tmp_path / "m.skops").write_bytes(skops.io.dumps(noted(frame)))
    claimed = Persisted("m", "skops", "m.skops", ("fractions.Fraction",))
    with pytest.raises(BundleError, match=r"^m\.skops: holds objects of type"):
        load_frozen(tmp_path, [claimed])


def test_the_last_resort_says_what_made_it_necessary(frame, tmp_path):
    persisted = dump("model", noted(frame), tmp_path)
    assert persisted.format == "joblib"
    assert persisted.reason == "holds objects of type fractions.Fraction"
    assert load_frozen(tmp_path, [persisted])["model"].share == Fraction(1, 3)


def test_a_name_missing_from_frozen_json(tmp_path):
    dump("here", 1, tmp_path)
    with pytest.raises(BundleError, match="no value named 'gone'"):
        load_frozen(tmp_path, [Persisted("gone", "json", "model/frozen.json")])


def test_what_is_no_skops_file(frame):
    data = dump_skops(LogisticRegression().fit(frame[["visits"]], frame["active"])).data
    for damaged in (b"", data[:100], b"PK" + data[2:50]):
        with pytest.raises(BundleError, match="not readable as skops"):
            load_skops(damaged)
