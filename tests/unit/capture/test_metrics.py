"""Metrics seen without a call of the user's to us."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("auc = roc_auc_score(y, p)", {"auc"}, id="named by its variable"),
        pytest.param("print(accuracy_score(y, p))", {"accuracy_score"}, id="never assigned"),
        pytest.param("accuracy = (p == y).mean()", {"accuracy"}, id="no metric function"),
        pytest.param("(p == y).mean()", {"(p == y).mean()"}, id="last expression"),
        pytest.param("f1_score(y, p)", {"f1_score"}, id="last expression is a call"),
        pytest.param("found = {}\nfound['f1'] = f1_score(y, p)", {"f1"}, id="in a dictionary"),
        pytest.param("model.score(X, y)", {"score"}, id="an estimator's score"),
        pytest.param("accuracy_score(list(y[:50]), list(p[:50]));", {"accuracy_score"}, id="lists"),
        pytest.param("a, b = f1_score(y, p), accuracy_score(y, p)", {"a", "b"}, id="unpacked"),
        pytest.param(
            "def judge(t, q):\n    return f1_score(t, q)\nf1 = judge(y, p)", {"f1"}, id="inside"
        ),
        pytest.param(
            "folds = cross_val_score(LogisticRegression(), X, y, cv=3)",
            {"folds.mean", "folds.std"},
            id="folds",
        ),
        pytest.param("threshold = 0.5\nname = 'x'\non = True", set(), id="settings"),
        pytest.param("y_copy = y\nimport math", set(), id="nothing"),
    ],
)
def test_evaluate_cells(trained, source, expected):
    trained.run(source, "evaluate")
    assert trained.metrics().keys() == expected


ROUNDS = {
    "xgboost": """
import xgboost as xgb
seen = {}
rows = xgb.DMatrix(X, label=y)
booster = xgb.train({"objective": "binary:logistic", "eval_metric": "logloss"}, rows, 3,
                    evals=[(rows, "fit")], evals_result=seen, verbose_eval=False)
""",
    "lightgbm": """
import lightgbm as lgb
seen = {}
rows = lgb.Dataset(X, label=y)
booster = lgb.train({"objective": "binary", "metric": "binary_logloss", "verbose": -1}, rows, 3,
                    valid_sets=[lgb.Dataset(X, label=y, reference=rows)], valid_names=["fit"],
                    callbacks=[lgb.record_evaluation(seen)])
""",
}


@pytest.mark.parametrize("source", ROUNDS.values(), ids=ROUNDS.keys())
def test_what_a_booster_says_of_each_round(trained, source):
    trained.run(source, "train")
    told = [m for m in trained.last["metrics"] if m["source"] == "rounds"]
    [name] = {m["name"] for m in told}
    assert name in {"seen.fit.logloss", "seen.fit.binary_logloss"}
    losses = [m["value"] for m in told]
    assert len(losses) == 3
    assert losses == sorted(losses, reverse=True)
    assert [m["step"] for m in told] == [0, 1, 2]
    [booster] = trained.last["estimators"]
    assert (booster["name"], booster["format"]) == ("booster", "joblib")
    assert booster["type"].endswith(".Booster")


@pytest.mark.parametrize("as_text", ["", ", output_dict=True"])
def test_classification_report_in_either_form(trained, as_text):
    trained.run(f"_ = classification_report(y, p{as_text})\naccuracy_score(y, p)", "evaluate")
    metrics = trained.metrics()
    assert metrics["report.accuracy"] == metrics["accuracy_score"]
    assert metrics["report.macro avg.f1-score"] > 0


def test_a_metric_imported_in_the_very_cell(trained):
    trained.run("from sklearn.metrics import brier_score_loss as b\nx = b(y, p)", "evaluate")
    assert trained.metrics().keys() == {"x"}


def test_search_inside_scikit_learn_is_not_the_users_metric(trained):
    trained.run(
        "from sklearn.model_selection import GridSearchCV\n"
        "from sklearn.metrics import make_scorer\n"
        "def mine(t, q):\n    return f1_score(t, q)\n"
        "s = GridSearchCV(LogisticRegression(), {'C': [1, 2]}, scoring=make_scorer(mine), cv=2)\n"
        "_ = s.fit(X, y)",
        "evaluate",
    )
    assert trained.metrics() == {}


def test_each_value_says_how_it_was_seen(trained):
    trained.run("auc = roc_auc_score(y, p)\nrate = p.mean()\nn = len(p)", "evaluate")
    seen = {m["name"]: (m["source"], m["confidence"]) for m in trained.last["metrics"]}
    assert seen == {
        "auc": ("call:roc_auc_score", 1.0),
        "rate": ("assigned", 0.9),
        "n": ("assigned", 0.4),
    }


def test_a_repeated_call_is_a_further_step(trained):
    trained.run("for t in (0, 1):\n    f1_score(y, p, pos_label=t)", "evaluate")
    assert [m["step"] for m in trained.last["metrics"]] == [0, 1]


def test_calls_in_a_train_cell_count_and_its_other_numbers_do_not(trained):
    trained.run("rate = 0.1 * 2\nmodel.fit(X, y)\nfit = f1_score(y, model.predict(X))", "train")
    assert trained.metrics().keys() == {"fit"}


def test_the_functions_stay_the_users_own(trained):
    trained.run("before = accuracy_score\nimport sklearn.metrics", "evaluate")
    trained.run("assert sklearn.metrics.accuracy_score is before", "evaluate")
    assert trained.last["status"] == "ok"


def test_nan_is_recorded_as_no_value(trained):
    trained.run("loss = float('nan') * 1", "evaluate")
    assert trained.metrics() == {"loss": None}
