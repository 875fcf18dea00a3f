"""Each policy, through each door: what a bundle does with a row that training did not hold."""

import msgspec
import numpy as np
import pandas as pd
import pytest

from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.scoring.delimited import rows_of_csv
from cellmark_runtime.scoring.frames import frame_of
from cellmark_runtime.scoring.model import Model
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.signature import Field, Output, Signature

GOOD = {"plan": "pro", "age": 30.5, "visits": 3, "active": True}


@pytest.fixture
def stated(model):
    """The model under other policies, as a bundle with them would be loaded."""

    def run(widened=(), **policies):
        inputs = tuple(
            msgspec.structs.replace(field, dtype="float64") if field.name in widened else field
            for field in model.signature.inputs
        )
        signature = msgspec.structs.replace(model.signature, inputs=inputs)
        manifest = msgspec.structs.replace(
            model.manifest, policies=Policies(**policies), signature=signature
        )
        return Model(manifest, model._scoring, vars(model._frozen), model.golden)

    return run


def csv_of(rows):
    return pd.DataFrame(rows).to_csv(index=False).encode()


@pytest.fixture(params=["frame", "json", "csv"])
def ask(request, caller_of):
    """Ask for rows through a door: a probability of Yes for each, or the fields at fault."""

    def by_frame(model, rows):
        try:
            return model.predict_proba(pd.DataFrame(rows))[:, 1].tolist()
        except InvalidRows as refused:
            return [(fault.row, fault.field) for fault in refused.faults]

    def by_service(model, rows):
        if request.param == "json":
            reply = caller_of(model).predict(json=rows)
        else:
            headers = {"content-type": "text/csv"}
            reply = caller_of(model).predict(content=csv_of(rows), headers=headers)
        if reply.status_code == 422:
            return [(error["row"], error["field"]) for error in reply.json()["errors"]]
        return [each["probabilities"]["Yes"] for each in reply.json()["predictions"]]

    return by_frame if request.param == "frame" else by_service


REFUSED = {
    "unseen category": ({}, {"plan": "gold"}, "plan"),
    "unseen category, missing where none may be": (
        {"unseen_category": "missing"},
        {"plan": "gold"},
        "plan",
    ),
    "unseen category, no other": ({"unseen_category": "other"}, {"plan": "gold"}, "plan"),
    "missing number": ({}, {"visits": None}, "visits"),
    "missing category": ({}, {"plan": None}, "plan"),
    "extra column": ({"extra_column": "reject"}, {"agee": 1}, "agee"),
}


@pytest.mark.parametrize(("policies", "change", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_is_refused_at_every_door(policies, change, field, stated, ask):
    assert ask(stated(**policies), [GOOD, GOOD | change])[-1:] == [(1, field)]


# policies -> what is sent, and the row that it counts as
TAKEN = {
    "extra column": ({}, {"agee": 1}, {}),
    "missing as written": ({}, {"age": None}, {"age": None}),
    "whole number for a float": ({}, {"age": 31}, {"age": 31.0}),
    "float for a whole number": ({}, {"visits": 4.0}, {"visits": 4}),
}


@pytest.mark.parametrize(("policies", "sent", "meant"), TAKEN.values(), ids=TAKEN.keys())
def test_is_taken_at_every_door(policies, sent, meant, stated, ask, model):
    expected = model.predict_proba([GOOD | meant])[0, 1]
    (found,) = ask(stated(**policies), [GOOD | sent])
    assert found == pytest.approx(expected, abs=1e-12)


def test_unseen_is_missing_where_missing_is_taken(stated, ask):
    model = stated(unseen_category="missing", unexpected_missing="score")
    unseen, missing = ask(model, [GOOD | {"plan": "gold"}, GOOD | {"plan": None}])
    assert unseen == missing


def test_unexpected_missing_is_scored(stated, ask):
    model = stated(unexpected_missing="score")
    known, lacking = ask(model, [GOOD, GOOD | {"plan": None}])
    assert known != lacking


def test_a_gap_in_whole_numbers_changes_no_other_row(stated, ask):
    model = stated(widened=("visits",), unexpected_missing="score")
    rows = [GOOD | {"visits": visits} for visits in (0, 5, 16)]
    features = [model.trace(rows)[0], model.trace([*rows, GOOD])[0][:-1]]
    assert np.array_equal(*features)
    # The example's regression takes no gap: then the row is refused, not the model broken.
    assert ask(model, [*rows, GOOD | {"visits": None}]) == [(3, "")]


def test_rows_keep_their_order(stated, ask, model):
    rows = [GOOD | {"visits": visits} for visits in (9, 0, 16, 4)]
    expected = [model.predict_proba([row])[0, 1] for row in rows]
    assert ask(stated(), rows) == pytest.approx(expected, abs=1e-12)


def test_no_rows_are_refused(model, caller_of):
    with pytest.raises(InvalidRows, match="at least one row"):
        model.predict(pd.DataFrame(columns=list(GOOD)))
    headers = {"content-type": "text/csv"}
    empty = caller_of(model).predict(content=",".join(GOOD).encode(), headers=headers)
    assert empty.status_code == 422
    assert caller_of(model).predict(json=[]).status_code == 422


def test_an_extra_column_is_told_what_it_may_have_been(stated):
    row = {name: value for name, value in GOOD.items() if name != "age"} | {"agee": 31}
    with pytest.raises(InvalidRows) as refused:
        stated(extra_column="reject").predict([row])
    assert [fault.field for fault in refused.value.faults] == ["age", "agee"]
    assert refused.value.faults[1].fix == 'Did you mean "age"?'


@pytest.mark.parametrize("written", ["other", "Other", " OTHER"])
def test_unseen_is_other_where_training_has_one(written):
    fields = (Field("city", "string", "str", categories=("Bern", written)),)
    signature = Signature(fields, Output("other", "number"))
    policies = Policies(unseen_category="other")
    rows = [{"city": "Bern"}, {"city": "Nowhere"}]
    for sent in (rows, pd.DataFrame(rows), rows_of_csv("city\nBern\nNowhere\n", signature, 100)):
        assert frame_of(sent, signature, policies)["city"].tolist() == ["Bern", written]


def test_the_service_says_what_it_takes(stated, caller_of):
    schemas = {
        extra: caller_of(stated(extra_column=extra, unseen_category="missing"))
        .get("/openapi.json")
        .json()["components"]["schemas"]["Row"]
        for extra in ("ignore", "reject")
    }
    assert schemas["reject"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["ignore"]
    assert "enum" not in schemas["ignore"]["properties"]["plan"]
    facts = caller_of(stated(extra_column="reject")).get("/metadata").json()
    assert facts["policies"]["extra_column"] == "reject"
