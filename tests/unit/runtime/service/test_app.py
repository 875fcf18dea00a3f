import json

import msgspec
import pytest

from cellmark_runtime import load
from cellmark_runtime.service import create_app

from .conftest import Caller

ROUTES = ["/", "/live", "/ready", "/metadata", "/metrics", "/openapi.json", "/docs"]
NAMES = ("x-cellmark-model", "x-cellmark-version", "x-cellmark-digest", "x-cellmark-arm")


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_answers_and_names_the_model(caller, model, path):
    reply = caller.get(path)
    assert reply.status_code == 200
    assert [reply.headers[name] for name in NAMES] == ["churn", "3", model.digest, "champion"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nope", 404), ("GET", "/predict", 405), ("POST", "/live", 405), ("PUT", "/", 405)],
)
def test_what_is_not_there_is_a_problem_in_json(caller, method, path, status):
    reply = caller(method, path)
    assert reply.status_code == status == reply.json()["status"]
    assert path in reply.json()["detail"]
    assert reply.headers["x-cellmark-model"] == "churn"
    assert status != 405 or reply.headers["allow"]


def test_metadata_says_what_answers_and_why_to_trust_it(caller, model):
    about = caller.get("/metadata").json()
    assert about["digest"] == model.digest
    assert about["proof"]["rows"] == 60
    assert about["signature"]["inputs"][0]["name"] == "plan"


@pytest.mark.parametrize("expected", ["churn@3", "{digest}", "{digest:.8}", " churn@3 "])
def test_the_expected_version_answers(caller, model, row, expected):
    headers = {"x-cellmark-expect": expected.format(digest=model.digest)}
    assert caller.predict(json=row, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "expected", ["churn@2", "other@3", "0000000000", "", "churn", "{digest:.7}", "x" * 9999]
)
def test_409_where_the_caller_expects_another(caller, model, row, expected):
    headers = {"x-cellmark-expect": expected.format(digest=model.digest)}
    reply = caller.predict(json=row, headers=headers)
    assert reply.status_code == 409
    assert "churn@3" in reply.json()["detail"]
    assert "predictions" not in reply.text
    assert caller.get("/live", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "authorization", [None, "Bearer wrong", "Basic secret", "secret", "Bearer", "Bearer secret2"]
)
@pytest.mark.parametrize("path", ["/", "/metadata", "/metrics", "/docs", "/nope", "/live/"])
def test_without_the_token_nothing_but_health_answers(caller_of, model, authorization, path):
    caller = caller_of(model, token="secret")
    headers = {"authorization": authorization} if authorization else {}
    reply = caller.get(path, headers=headers)
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert caller.get("/live", headers=headers).status_code == 200
    assert caller.get("/ready", headers=headers).status_code == 200


def test_with_the_token_it_answers(caller_of, model, row):
    caller = caller_of(model, token="secret")
    assert caller.predict(json=row).status_code == 401
    reply = caller.predict(json=row, headers={"authorization": "bearer secret"})
    assert reply.status_code == 200


def test_a_model_whose_golden_rows_differ_never_answers(built, tmp_path, caller_of, row):
    model = load(built(tmp_path / "h"))
    model.golden = msgspec.structs.replace(model.golden, predictions=("other",) * 12)
    caller = caller_of(model)
    ready, reply = caller.get("/ready"), caller.predict(json=row)
    assert (ready.status_code, reply.status_code) == (503, 503)
    assert "golden row 0" in ready.json()["reason"]
    assert "golden row 0" in reply.json()["detail"]
    assert reply.headers["retry-after"]
    assert caller.get("/live").status_code == 200
    assert "Not ready: golden row 0" in caller.get("/").text
    assert (
        'model_ready{arm="champion",model="churn",version="3"} 0.0' in caller.get("/metrics").text
    )


def test_who_started_it_is_told_once_whether_it_answers(built, tmp_path):
    for name, predictions, said in (("i", None, None), ("j", ("other",) * 12, "golden row 0")):
        model = load(built(tmp_path / name))
        if predictions is not None:
            model.golden = msgspec.structs.replace(model.golden, predictions=predictions)
        told = []
        caller = Caller(create_app(model, decided=told.append))
        assert told == []
        caller.get("/ready")
        caller.get("/ready")
        (reason,) = told
        assert reason is None if said is None else said in reason


def test_metrics_count_what_happened(caller, row):
    caller.predict(json=[row, dict(row, age=None)])
    caller.predict(json=[dict(row, plan="x", secret="hush")])
    caller.predict(content=b"{")
    text = caller.get("/metrics").text
    labels = 'arm="champion"'
    for line in (
        f'model_predictions_total{{{labels},model="churn",version="3"}} 2.0',
        f'model_requests_total{{{labels},model="churn",status="2xx",version="3"}} 1.0',
        f'model_requests_total{{{labels},model="churn",status="4xx",version="3"}} 2.0',
        f'model_missing_inputs_total{{{labels},feature="age",model="churn",version="3"}} 1.0',
        f'model_request_seconds_count{{{labels},model="churn",version="3"}} 3.0',
        f'model_scores_count{{{labels},model="churn",version="3"}} 2.0',
    ):
        assert line in text
    assert 'feature="plan",model="churn",reason="category",version="3"} 1.0' in text
    assert "hush" not in text


def test_the_access_log_holds_no_content(caller, row, caplog):
    caplog.set_level("INFO", logger="cellmark_runtime.access")
    caller.predict(json=dict(row, secret="hush"), params={"token": "hush"})
    (record,) = caplog.records
    assert record.parts["status"] == 200
    assert (record.parts["path"], record.parts["model"]) == ("/predict", "churn")
    assert "hush" not in json.dumps(record.parts)
