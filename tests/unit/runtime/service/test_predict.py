import json
import re

import pytest

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def answers(reply):
    assert reply.status_code == 200, reply.text
    return reply.json()["predictions"]


def test_the_notebooks_own_number(caller, model):
    golden = model.golden
    for row, prediction, probabilities in zip(
        golden.rows, golden.predictions, golden.probabilities, strict=True
    ):
        (answer,) = answers(caller.predict(json=row))
        assert answer["prediction"] == prediction
        assert list(answer["probabilities"]) == ["No", "Yes"]
        assert list(answer["probabilities"].values()) == pytest.approx(probabilities, rel=1e-12)


def test_a_reply_says_who_answered(caller, model, row):
    reply = caller.predict(json=row)
    body = reply.json()
    assert {name: body[name] for name in ("model", "version", "digest", "arm")} == {
        "model": "churn",
        "version": 3,
        "digest": model.digest,
        "arm": "champion",
    }
    assert list(body) == ["model", "version", "digest", "arm", "predictions"]
    assert ULID.fullmatch(body["predictions"][0]["id"])


@pytest.mark.parametrize(
    "request_of",
    [
        lambda rows: {"json": rows},
        lambda rows: {"json": {"rows": rows}},
        lambda rows: {"content": json.dumps(rows).encode()},
        lambda rows: {
            "content": "plan,age,visits,active\npro,33.5,4,true\nmax,,0,False\n",
            "headers": {"content-type": "text/csv; charset=utf-8"},
        },
        lambda rows: {"json": [{**row, "unasked": {"deep": [1]}} for row in rows]},
        lambda rows: {"json": [{**row, "note": 'quoted ": text'} for row in rows]},
    ],
    ids=["list", "rows", "no content type", "csv", "more columns", "text that looks like a key"],
)
def test_every_way_to_send_rows_gets_the_same_answers(caller, model, row, request_of):
    rows = [row, {"plan": "max", "age": None, "visits": 0, "active": False}]
    found = answers(caller.predict(**request_of(rows)))
    assert [answer["prediction"] for answer in found] == list(model.predict(rows))
    assert len({answer["id"] for answer in found}) == 2


def test_a_long_batch_keeps_its_order(caller, model, row):
    rows = [dict(row, visits=visits % 17) for visits in range(500)]
    found = [answer["prediction"] for answer in answers(caller.predict(json=rows))]
    assert found == list(model.predict(rows))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b'{"age": NaN}', "null"),
        (b'[{"age": Infinity}]', "null"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'"\xff"', "no JSON"),
        (b'{"plan": "\\ud800"}', "no JSON"),
        (b'{"age": 1e999}', "out of range"),
        (b'{"plan": "pro", "plan": "max"}', "'plan' stands twice"),
        (b'[{"age": 1}, {"age": 1, "age" : 2}]', "'age' stands twice"),
        (b'{"rows": [], "rows": []}', "'rows' stands twice"),
        (b'{"a\\u0022:": 1, "deep": {"x": 1, "x": 2}}', "'x' stands twice"),
        (b"plan=pro", "no JSON"),
    ],
)
def test_400_for_what_is_no_json(caller, content, said):
    reply = caller.predict(content=content, headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert said in reply.json()["detail"] + reply.json()["fix"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,a\n1,2\n", b'a\n"open'])
def test_400_for_what_is_no_csv(caller, content):
    reply = caller.predict(content=content, headers={"content-type": "text/csv"})
    assert (reply.status_code, reply.json()["status"]) == (400, 400)


@pytest.mark.parametrize("content", [b"[]", b'{"rows": []}', b"null", b"3", b'"x"', b"[[]]", b"{}"])
def test_422_for_json_that_holds_no_row(caller, content):
    reply = caller.predict(content=content)
    assert reply.status_code == 422
    assert reply.json()["errors"]


def test_422_names_every_fault_of_every_row(caller, row):
    rows = [
        row,
        {"plan": "Pro", "age": "x", "visits": 1, "active": True},
        {"age": 1, "visits": True},
    ]
    reply = caller.predict(json=rows)
    body = reply.json()
    assert reply.status_code == 422
    assert list(body) == ["model", "version", "errors"]
    assert body["errors"][0] == {
        "row": 1,
        "field": "plan",
        "received": '"Pro"',
        "expected": 'one of "basic", "max", "pro"',
        "fix": 'Did you mean "pro"?',
    }
    assert [(fault["row"], fault["field"]) for fault in body["errors"]] == [
        (1, "plan"),
        (1, "age"),
        (2, "plan"),
        (2, "visits"),
        (2, "active"),
    ]


def test_422_for_a_row_on_which_the_authors_steps_stop(caller, row):
    reply = caller.predict(json=[row, dict(row, visits=999)])
    assert reply.status_code == 422
    assert [fault["row"] for fault in reply.json()["errors"]] == [1]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "text/plain"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_415_for_another_kind_of_body(caller, row, headers):
    reply = caller.predict(content=json.dumps(row), headers=headers)
    assert reply.status_code == 415
    assert "Content-Type: application/json" in reply.json()["fix"]


def test_413_over_the_limit_announced_or_not(caller_of, model, row):
    caller = caller_of(model, max_body=200)
    rows = json.dumps([row] * 10).encode()

    async def streamed():
        for place in range(0, len(rows), 50):
            yield rows[place : place + 50]

    assert caller.predict(json=row).status_code == 200
    assert caller.predict(content=rows).status_code == 413
    assert caller.predict(content=streamed()).status_code == 413


def test_a_failing_model_is_a_500_that_hides_its_inside(built, tmp_path, caller_of, row):
    from cellmark_runtime import load

    model = load(built(tmp_path / "g"))
    caller = caller_of(model)
    assert caller.predict(json=row).status_code == 200
    model._scoring = None
    reply = caller.predict(json=[row, row])
    assert (reply.status_code, reply.json()["detail"]) == (500, "the service failed")
    assert "x-cellmark-digest" in reply.headers
    assert 'status="5xx",version="3"} 1.0' in caller.get("/metrics").text
