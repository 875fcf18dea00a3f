import numpy as np
import pandas as pd
import pytest

from cellmark_runtime import InvalidRows, load
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.golden import disagreement

FAILING = """\
from cellmark_runtime.errors import RowError


def features(customers, frozen):
    raise RowError(1, "plan", '"gone"', "a plan", "Send one.")


predict = predict_proba = None
"""

FILTERING = """\
def features(customers, frozen):
    return customers[customers["visits"] >= 0][["visits"]]


def predict(features, frozen):
    return ["No"] * len(features)


predict_proba = predict
"""

FAILING_BATCHES = """\
def features(customers, frozen):
    if len(customers) > 1:
        raise OSError("disk")
    return [1]


def predict(features, frozen):
    return ["No"]


predict_proba = predict
"""


def test_golden_rows_score_as_in_the_notebook(model):
    assert disagreement(model) is None


def test_says_which_golden_row_differs(built, tmp_path):
    golden = built(tmp_path / "a") and load(tmp_path / "a")
    golden.golden = type(golden.golden)(
        rows=golden.golden.rows,
        predictions=("No",) * 12,
        probabilities=golden.golden.probabilities,
    )
    assert disagreement(golden).startswith("golden row ")


@pytest.mark.parametrize("as_frame", [False, True])
def test_one_answer_a_row_in_order(model, frame, as_frame):
    frame = frame.iloc[::-1]
    rows = frame if as_frame else frame.to_dict("records")
    answers = model.predict_proba(rows)
    singles = [model.predict_proba(rows[at : at + 1])[0] for at in range(len(frame))]
    assert answers.shape == (60, 2)
    np.testing.assert_allclose(answers, singles, rtol=1e-12)
    assert list(model.predict(rows)) == [model.classes[place] for place in answers.argmax(axis=1)]


def test_the_callers_frame_is_left_alone(model, frame):
    before = frame.copy()
    model.predict(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_knows_itself(model):
    about = model.explain()
    assert (model.name, model.version, len(model.digest)) == ("churn", 3, 64)
    assert about["digest"] == model.digest
    assert about["provenance"]["notebook"] == "churn.ipynb"


def test_rows_on_which_the_steps_stop_are_named(model, row):
    rows = [dict(row, visits=999 if place in (3, 70) else place) for place in range(90)]
    with pytest.raises(InvalidRows) as caught:
        model.predict(rows)
    assert [(fault.row, fault.reason) for fault in caught.value.faults] == [
        (3, "refused"),
        (70, "refused"),
    ]
    assert "visits that no step can take" in caught.value.faults[0].received


def test_a_steps_row_error_becomes_a_fault(built, tmp_path, row):
    model = load(built(tmp_path / "b", steps=FAILING))
    with pytest.raises(InvalidRows) as caught:
        model.predict([row, row])
    fault = caught.value.faults[0]
    assert (fault.row, fault.field, fault.received) == (1, "plan", '"gone"')


def test_a_row_that_the_steps_leave_out_is_refused_never_dropped(built, tmp_path, row):
    model = load(built(tmp_path / "f", steps=FILTERING))
    rows = [dict(row, visits=visits) for visits in (4, -1, 6, -2)]
    with pytest.raises(InvalidRows) as caught:
        model.predict(rows)
    assert [fault.row for fault in caught.value.faults] == [1, 3]
    assert "leave out" in caught.value.faults[0].received


def test_a_model_that_always_fails_is_no_fault_of_the_rows(built, tmp_path, row):
    model = load(built(tmp_path / "c", steps=FAILING_BATCHES))
    with pytest.raises(OSError, match="disk"):
        model.predict([row, row])


def test_asking_a_model_for_probabilities_it_lacks(model, row):
    output = type(model.signature.output)("regression", "number")
    lacking = type(model).__new__(type(model))
    lacking.manifest = _with_output(model.manifest, output)
    with pytest.raises(CellmarkError, match="Call predict instead"):
        lacking.predict_proba([row])


def _with_output(manifest, output):
    import msgspec

    signature = msgspec.structs.replace(manifest.signature, output=output)
    return msgspec.structs.replace(manifest, signature=signature)
