"""What autologgers commonly miss: each was reproduced with one, and is seen here.

The data's digest (a changed row 20,000, a shifted datetime column, a flipped bool column) is held
in `test_fingerprints`.
"""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("auc = roc_auc_score(y, p)", {"auc"}, id="imported long before"),
        pytest.param("accuracy = (p == y).mean()", {"accuracy"}, id="no metric function"),
        pytest.param("f1 = f1_score(list(y), p.tolist())", {"f1"}, id="lists"),
        pytest.param("f1 = f1_score(y[:90], p[:90])", {"f1"}, id="slices"),
        pytest.param(
            "r = classification_report(y, p, output_dict=True)", {"r.accuracy"}, id="a report"
        ),
        pytest.param("print(classification_report(y, p))", {"report.accuracy"}, id="one printed"),
        pytest.param(
            "cross_val_score(LogisticRegression(), X, y, cv=3)",
            {"cross_val_score.mean", "cross_val_score.std"},
            id="cross_val_score",
        ),
    ],
)
def test_metrics(trained, source, expected):
    trained.run(source, "evaluate")
    assert expected <= trained.metrics().keys()


def fits(notebook):
    return [(fit["estimator"], fit["parameters"]) for fit in notebook.last["fits"]]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "model = LogisticRegression(C=0.1).fit(X, y)\n"
            "model = LogisticRegression(C=9).fit(X, y)",
            [(None, {"C": 0.1}), ("model", {"C": 9})],
            id="two in a row",
        ),
        pytest.param(
            "for C in (0.1, 1.0, 9.0):\n    model = LogisticRegression(C=C).fit(X, y)",
            [(None, {"C": 0.1}), (None, {}), ("model", {"C": 9.0})],
            id="in a loop",
        ),
        pytest.param(
            "model = LogisticRegression(C=2)\nmodel.fit(X, y)\nmodel.set_params(C=3).fit(X, y)",
            [("model", {"C": 2}), ("model", {"C": 3})],
            id="one object twice",
        ),
        pytest.param(
            "def train(C):\n    return LogisticRegression(C=C).fit(X, y)\nmodel = train(5)",
            [("model", {"C": 5})],
            id="in a function",
        ),
        pytest.param(
            "from sklearn.pipeline import make_pipeline\n"
            "from sklearn.preprocessing import StandardScaler\n"
            "model = make_pipeline(StandardScaler(), LogisticRegression(C=4)).fit(X, y)",
            [("model", {"logisticregression__C": 4})],
            id="a pipeline is one",
        ),
        pytest.param(
            "from sklearn.tree import DecisionTreeClassifier as Tree\n"
            "model = Tree(max_depth=2).fit(X, y)",
            [("model", {"max_depth": 2})],
            id="imported in the very cell",
        ),
    ],
)
def test_fits(trained, source, expected):
    trained.run(source, "train")
    assert fits(trained) == expected
    assert all(fit["seconds"] > 0 for fit in trained.last["fits"])


BOOSTERS = {
    "XGBClassifier": (
        "from xgboost import XGBClassifier\n"
        "m = XGBClassifier(n_estimators=3, max_depth=2).fit(X, y, eval_set=[(X, y)], verbose=0)",
        {"n_estimators": 3, "max_depth": 2},
        "m.validation_0.logloss",
    ),
    "LGBMClassifier": (
        "from lightgbm import LGBMClassifier\n"
        "m = LGBMClassifier(n_estimators=3, num_leaves=4, verbose=-1)\n"
        "m.fit(X, y, eval_X=X, eval_y=y)",
        {"n_estimators": 3, "num_leaves": 4},
        "m.valid_0.binary_logloss",
    ),
    "CatBoostClassifier": (
        "from catboost import CatBoostClassifier\n"
        "m = CatBoostClassifier(iterations=3, depth=2, verbose=0, allow_writing_files=False)\n"
        "m.fit(X, y)",
        {"iterations": 3, "depth": 2},
        "m.learn.Logloss",
    ),
    "xgboost.train": (
        "import xgboost\n"
        "m = xgboost.train({'max_depth': 2}, xgboost.DMatrix(X, label=y), num_boost_round=3)",
        {"max_depth": 2, "num_boost_round": 3},
        None,
    ),
    "lightgbm.train": (
        "import lightgbm\n"
        "m = lightgbm.train({'num_leaves': 4, 'verbose': -1}, lightgbm.Dataset(X, label=y), 3)",
        {"num_leaves": 4, "num_boost_round": 3},
        None,
    ),
    "catboost.train": (
        "import catboost\n"
        "m = catboost.train(catboost.Pool(X, y), {'depth': 2, 'logging_level': 'Silent', "
        "'allow_writing_files': False, 'loss_function': 'Logloss'}, iterations=3)",
        {"depth": 2, "num_boost_round": 3},
        "m.learn.Logloss",
    ),
}


@pytest.mark.parametrize("name", BOOSTERS)
def test_boosters(trained, name):
    source, chosen, rounds = BOOSTERS[name]
    trained.run(source, "train")
    assert trained.last["status"] == "ok"
    [(estimator, parameters)] = fits(trained)
    assert estimator == "m"
    assert chosen.items() <= parameters.items()
    [kept] = trained.last["estimators"]
    assert chosen.keys() <= set(kept["chosen"])
    told = [m for m in trained.last["metrics"] if m["name"] == rounds]
    assert [m["step"] for m in told] == ([0, 1, 2] if rounds else [])


def test_what_a_search_found_and_each_candidate(trained):
    trained.run(
        "from sklearn.model_selection import GridSearchCV\n"
        "s = GridSearchCV(LogisticRegression(), {'C': [0.001, 1.0]}, cv=2).fit(X, y)",
        "train",
    )
    seen = [(m["name"], m["source"], m["step"]) for m in trained.last["metrics"]]
    assert seen == [
        ("s.best_score", "search", 0),
        ("s.mean_test_score", "candidate", 0),
        ("s.mean_test_score", "candidate", 1),
    ]
    [search] = trained.last["estimators"]
    assert search["parameters"]["best.C"] in (0.001, 1.0)
    assert {"best.C", "cv"} <= set(search["chosen"])
    assert len(trained.last["fits"]) == 1


def test_an_estimators_parameters_and_which_of_them_were_chosen(trained):
    trained.run("model = LogisticRegression(C=1.0, max_iter=50).fit(X, y)", "train")
    [estimator] = trained.last["estimators"]
    assert estimator["chosen"] == ["max_iter"]
    assert estimator["parameters"]["C"] == 1.0
    assert estimator["parameters"]["max_iter"] == 50


def test_trainings_in_other_threads_and_outside_of_train_cells_are_not_the_cells(trained):
    source = (
        "import threading\n"
        "t = threading.Thread(target=lambda: LogisticRegression(C=7).fit(X, y))\n"
        "t.start(); t.join()"
    )
    trained.run(source, "train")
    assert trained.last["fits"] == []
    trained.run("LogisticRegression(C=7).fit(X, y)", "evaluate")
    assert "fits" not in trained.last


def test_how_a_parameter_was_seen(notebook):
    notebook.run("C = 1.5\nhalf = C / 2", "parameters")
    assert notebook.last["seen"] == {
        "C": {"source": "assigned", "confidence": 1.0},
        "half": {"source": "assigned", "confidence": 0.8},
    }


FAULTS = {
    "a metric": "f1_score([1, 2], [1])",
    "a fit": "LogisticRegression(C=-1).fit(X, y)",
    "a fit of wrong rows": "LogisticRegression().fit(X, y[:5])",
}


@pytest.mark.parametrize("source", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("role", ["train", "evaluate"])
def test_no_frame_of_ours_is_in_a_traceback(trained, source, role):
    trained.run(source, role)
    told = trained.last["failure"]["traceback"]
    assert "sklearn" in told
    assert "cellmark" not in told
    assert "ended" not in told


def test_warnings_name_the_line_that_they_named_without_us(trained, recwarn):
    trained.run(
        "from sklearn.metrics import precision_score\nprecision_score(y, p * 0)", "evaluate"
    )
    [warned] = [each for each in recwarn if "ill-defined" in str(each.message)]
    assert "cellmark" not in warned.filename
    assert "_classification" in warned.filename
