"""`/invocations`, held against what MLflow 3.17's own scoring server answered.

`mlflow_exchanges.json` was recorded from it, with the model of the bundle in these tests as a
pyfunc model with the same signature.
"""

import json
from pathlib import Path

import msgspec
import pytest

from cellmark_runtime.service.envelopes.mlflow import FORMS
from cellmark_runtime.types.signature import Field

EXCHANGES = json.loads(Path(__file__).with_name("mlflow_exchanges.json").read_text())
# pandas fills a short row with NaN; here a row of the wrong width gets no number.
STRICTER = {"split ragged"}
TEXT_CSV = {"content-type": "text/csv"}


def ask(caller, **request):
    return caller("POST", "/invocations", **request)


@pytest.mark.parametrize("name", EXCHANGES)
def test_answers_as_mlflows_own_server_did(caller, name):
    recorded = EXCHANGES[name]
    reply = ask(caller, json=recorded["request"])
    if recorded["status"] == 200 and name not in STRICTER:
        assert reply.json() == {"predictions": recorded["predictions"]}
        assert reply.headers["content-type"] == "application/json"
    else:
        assert reply.status_code in (400, 422)
        assert {"error_code", "message"} <= reply.json().keys()


def test_the_recording_has_each_form_answered():
    answered = [each["request"] for each in EXCHANGES.values() if each["status"] == 200]
    assert {form for request in answered for form in request} >= set(FORMS)


@pytest.mark.parametrize("kind", ["text/csv", "text/csv; charset=utf-8"])
def test_csv(caller, kind):
    text = "plan,age,visits,active\npro,33.5,4,true\nmax,,0,False\n"
    reply = ask(caller, content=text, headers={"content-type": kind})
    assert reply.json() == {"predictions": ["No", "Yes"]}


def test_a_missing_number_as_mlflows_client_writes_it(caller):
    body = b'{"dataframe_records": [{"plan": "max", "age": NaN, "visits": 0, "active": false}]}'
    assert ask(caller, content=body).json() == {"predictions": ["Yes"]}


@pytest.mark.parametrize(
    ("request_of", "status", "code", "said"),
    [
        ({"json": {"rows": []}}, 400, "BAD_REQUEST", "exactly one of them"),
        ({"content": b"{"}, 400, "BAD_REQUEST", "no JSON"),
        ({"content": b'{"inputs": {"age": Infinity, "z": NaN}}'}, 400, "BAD_REQUEST", "Infinity"),
        ({"content": b'{"inputs": {"a": 1, "a": 2}}'}, 400, "BAD_REQUEST", "stands twice"),
        (
            {"json": {"inputs": [{"plan": "Pro", "age": 1, "visits": 2, "active": True}]}},
            422,
            "INVALID_PARAMETER_VALUE",
            "row 0, plan: received",
        ),
        ({"content": b"x", "headers": {"content-type": "a/b"}}, 415, "BAD_REQUEST", "content type"),
        (
            {"json": {"inputs": []}, "headers": {"x-cellmark-expect": "churn@9"}},
            409,
            "RESOURCE_CONFLICT",
            "churn@3",
        ),
    ],
)
def test_refuses_in_mlflows_words(caller, request_of, status, code, said):
    reply = ask(caller, **request_of)
    assert (reply.status_code, reply.json()["error_code"]) == (status, code)
    assert said in reply.json()["message"]
    assert reply.headers["content-type"] == "application/json"


def test_every_fault_is_told_as_for_predict(caller, row):
    rows = [dict(row, plan="Pro"), dict(row, visits=None)]
    errors = ask(caller, json={"dataframe_records": rows}).json()["errors"]
    assert errors == caller.predict(json=rows).json()["errors"]


def test_a_matrix_without_names_is_taken_where_the_model_was_given_one(model, caller_of):
    reply = ask(caller_of(model), json={"inputs": [[1.0, 2.0]]})
    assert "Name the columns: plan, age, visits, active." in reply.json()["message"]
    inputs = tuple(Field(f"X_{place}", "number", "float64") for place in range(2))
    accepts = msgspec.structs.replace(model.accepts, inputs=inputs)
    rows = FORMS["instances"]("instances", [[1.0, 2.0], [3.0, 4.0]], accepts)
    assert rows == [{"X_0": 1.0, "X_1": 2.0}, {"X_0": 3.0, "X_1": 4.0}]


def test_counts_records_and_names_its_request_as_predict_does(model, caller_of, row, tmp_path):
    from cellmark_runtime.audit.settings import audit_settings_from

    settings = audit_settings_from({"CELLMARK_AUDIT": str(tmp_path)})
    with caller_of(model, audit=settings) as caller:
        reply = ask(caller, json={"dataframe_records": [row, row]})
        metrics = caller.get("/metrics").text
    assert 'model_predictions_total{arm="champion",model="churn",version="3"} 2.0' in metrics
    (segment,) = tmp_path.rglob("*.jsonl")
    assert f'"id":"{reply.headers["x-cellmark-request"]}"' in segment.read_text()


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_health_needs_no_token(model, caller_of, path):
    reply = caller_of(model, token="t").get(path)
    assert (reply.status_code, reply.text) == (200, "\n")


def test_version_names_the_software(caller):
    assert caller.get("/version").text.startswith("cellmark-runtime ")
