"""What a kernel's cells leave in the spool."""

from __future__ import annotations

import errno

import pytest


def test_untagged_cells_leave_nothing(notebook):
    notebook.run("a = 1")
    assert not notebook.spool.path.exists()


def test_a_train_cell_begins_a_run_fed_by_the_cells_before(notebook):
    notebook.run("C = 2.0", "parameters")
    notebook.run("import numpy as np\nX = np.ones((4, 2))", "data")
    notebook.run("X = X * C", "preprocess")
    notebook.run("total = X.sum()", "train")
    *fed, train = notebook.records
    assert train["begins"]
    assert train["run"]
    assert train["fed_by"] == [record["id"] for record in fed]
    assert [record["run"] for record in fed] == [None, None, None]
    assert train["experiment"] == "model.ipynb"
    assert train["number"] == 4


def test_environment_names_what_was_imported_and_not_what_recorded_it(trained):
    packages = trained.last["environment"]["packages"]
    assert {"numpy", "scikit-learn"} <= packages.keys()
    assert "cellmark" not in packages


def test_an_evaluate_cell_joins_the_going_run(trained):
    run = trained.last["run"]
    trained.run("accuracy = accuracy_score(y, p)", "evaluate")
    assert (trained.last["run"], trained.last["begins"]) == (run, False)


def test_training_again_begins_another_run(trained):
    first = trained.last["run"]
    trained.run("model = LogisticRegression(C=9).fit(X, y)", "train", cell_id="again")
    assert trained.last["begins"]
    assert trained.last["run"] != first


def test_a_training_in_two_cells_is_one_run(notebook):
    notebook.run("from sklearn.dummy import DummyClassifier\nmodel = DummyClassifier()", "train")
    notebook.run("model.fit([[0], [1]], [0, 1])", "train")
    prepared, fitted = notebook.records
    assert prepared["run"] == fitted["run"]
    assert [e["name"] for e in fitted["estimators"]] == ["model"]


def test_two_fits_in_one_cell_are_both_kept(trained):
    trained.run(
        "a, b = LogisticRegression(C=1).fit(X, y), LogisticRegression(C=9).fit(X, y)", "train"
    )
    estimators = {e["name"]: e["object"] for e in trained.last["estimators"]}
    assert estimators.keys() == {"a", "b"}
    assert estimators["a"] != estimators["b"]


def test_an_estimator_that_cannot_be_kept_is_named_with_the_reason(trained):
    trained.run("model.callback = lambda: 0\nmodel.fit(X, y)", "train")
    [estimator] = trained.last["estimators"]
    assert estimator["format"] == "none"
    assert "not serialisable" in estimator["remark"]


@pytest.mark.parametrize("role", ["data", "preprocess", "train", "evaluate"])
def test_a_failing_cell_makes_a_failed_run_that_keeps_what_there_is(notebook, role):
    notebook.run("C = 2.0", "parameters")
    notebook.run("def half(x):\n    return x / 0\n\nhalf(C)", role)
    failed = notebook.last
    assert failed["status"] == "failed"
    assert failed["run"]
    assert failed["failure"]["cell"] == 2
    assert failed["failure"]["line"] == 2
    assert failed["failure"]["error"] == "ZeroDivisionError: float division by zero"
    assert len(failed["fed_by"]) == 1


def test_a_syntax_error_is_a_failure_with_its_line(notebook):
    notebook.run("a = 1\nb = = 2", "data")
    assert notebook.last["failure"]["line"] == 2


def test_parameters_are_the_plain_values_assigned(notebook):
    notebook.run(
        "import math, pathlib\n"
        "C: float = 1.5; names = ['a', 'b']; grid = {'depth': (1, 2)}\n"
        "on, nothing, path = True, None, pathlib.Path('x') / 'y'\n"
        "infinite = math.inf\n_private = 1\nfunction = len\nfor i in range(3): pass",
        "parameters",
    )
    assert notebook.last["parameters"] == {
        "C": 1.5,
        "names": ["a", "b"],
        "grid": {"depth": [1, 2]},
        "on": True,
        "nothing": None,
        "path": "x/y",
        "infinite": "inf",
    }


def test_data_are_the_frames_that_the_cell_leaves(trained):
    data = trained.records[0]["data"]
    assert data.keys() == {"X", "y"}
    assert data["X"]["shape"] == [200, 3]


def test_secrets_are_redacted_before_anything_is_written(notebook, monkeypatch):
    monkeypatch.setenv("SERVICE_TOKEN", "tok-12345-abcdef")
    notebook.run(
        "api_key = 'k-1'\nurl = 'postgresql://me:hunter2@host/db'\nheader = 'tok-12345-abcdef'",
        "parameters",
    )
    text = notebook.spool.path.read_text()
    assert not [secret for secret in ("k-1", "hunter2", "tok-12345") if secret in text]
    assert notebook.last["parameters"]["api_key"] == "[redacted]"


def test_a_fault_of_ours_leaves_the_cell_alone_and_is_said_once(notebook, capfd, tmp_path):
    (tmp_path / ".cellmark").write_text("a file where a folder should be")
    assert notebook.run("a = 41 + 1\na", "data").result == 42
    notebook.run("b = 1", "data")
    said = capfd.readouterr()
    assert "not recorded" not in said.out
    assert said.err.count("not recorded") == 1


@pytest.mark.parametrize("source", ["%%time\nC = 3", "%time C = 3", "C = 3\n!true"])
def test_magics_hide_nothing(notebook, source):
    notebook.run(source, "parameters")
    assert notebook.last["parameters"] == {"C": 3}


def test_a_disk_without_room_for_models_and_rows_keeps_the_rest_of_the_run(notebook, monkeypatch):
    def full(_folder, _content):
        raise OSError(errno.ENOSPC, "No space left on device")

    for module in ("estimators", "rows"):
        monkeypatch.setattr(f"cellmark.capture.{module}.put", full)
    notebook.run(
        "import pandas as pd\nfrom sklearn.linear_model import LinearRegression\n"
        "df = pd.DataFrame({'x': [1.0, 2.0, 3.0]})\nmodel = LinearRegression().fit(df, df.x)",
        *("data", "train"),
    )
    record = notebook.last
    [model] = record["estimators"]
    assert (model["format"], model["remark"]) == ("none", "not kept: No space left on device")
    assert record["data"]["df"]["shape"] == [3, 1]
    assert record["run"]
