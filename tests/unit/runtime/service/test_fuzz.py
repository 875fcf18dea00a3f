import json
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellmark_runtime.scoring.judging import did_you_mean

PLANS = ["basic", "max", "pro", "Pro", ""]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(st.characters(codec=None), max_size=8)
    | st.sampled_from(PLANS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {},
    optional={
        "plan": values,
        "age": values,
        "visits": values | st.integers(0, 9),
        "active": values | st.booleans(),
        "rows": values,
    },
)
bodies = (
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | (values | rows | st.lists(rows, max_size=4)).map(lambda value: json.dumps(value).encode())
)
modest = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(bodies, st.sampled_from(["application/json", "text/csv", "text/csv; charset=ascii", "a/b"]))
@modest
def test_no_body_whatever_gets_a_500(caller, body, kind):
    reply = caller.predict(content=body, headers={"content-type": kind})
    assert reply.status_code in (200, 400, 415, 422), reply.text
    json.loads(reply.content)


tensors = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["plan", "age", "visits", "active", "X"]),
        "shape": st.lists(st.integers(-1, 3) | st.just(10**30), max_size=3) | values,
        "datatype": st.sampled_from(["BYTES", "FP64", "INT64", "BOOL", "INT8", "TEXT"]),
    },
    optional={"data": values | st.lists(values, max_size=4), "parameters": values},
)
forms = st.dictionaries(
    st.sampled_from(["dataframe_split", "dataframe_records", "instances", "inputs", "params"]),
    values
    | rows
    | st.lists(rows | values, max_size=3)
    | st.fixed_dictionaries(
        {},
        optional={
            "columns": values | st.permutations(["plan", "age", "visits", "active"]),
            "data": values | st.lists(st.lists(values, min_size=4, max_size=4), max_size=2),
            "index": values,
        },
    ),
    max_size=2,
)
asked = st.fixed_dictionaries(
    {"inputs": st.lists(tensors, max_size=5) | values},
    optional={"outputs": values | st.just([{"name": "id"}]), "id": values, "parameters": values},
)


@given(
    st.sampled_from(["/invocations", "/v2/models/churn/infer"]),
    st.binary(max_size=80) | (forms | asked).map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=20),
    st.none() | st.integers(-1, 400),
)
@modest
def test_no_envelope_whatever_gets_a_500(caller, path, body, behind, length):
    headers = {} if length is None else {"inference-header-content-length": str(length)}
    reply = caller("POST", path, content=body + (behind if length else b""), headers=headers)
    assert reply.status_code in (200, 400, 422), reply.text
    if reply.status_code != 200:
        assert reply.json().keys() & {"error", "message"}


@given(st.lists(rows, min_size=1, max_size=3))
@modest
def test_a_number_only_for_rows_that_are_valid(caller, model, sent):
    reply = caller.predict(content=json.dumps(sent).encode())
    if reply.status_code == 200:
        for row in sent:
            assert row["plan"] in model.signature.inputs[0].categories
            assert row["age"] is None or type(row["age"]) in (int, float)
            assert int(row["visits"]) == row["visits"]
            assert type(row["visits"]) in (int, float)
            assert type(row["active"]) is bool


@pytest.mark.parametrize(
    "text", ["plan,age,visits,active\n\x00,1,2,true", "plan\n" + "x" * 200_000]
)
def test_odd_csv(caller, text):
    reply = caller.predict(content=text, headers={"content-type": "text/csv"})
    assert reply.status_code in (400, 422)


# Each makes a large body of something small, or one value of it.
LARGE = {
    "short lines": (b"plan\n", b"a\n", b"", "text/csv"),
    "lines of commas": (b"plan,age,visits,active\n", b",,,,,,,,,\n", b"", "text/csv"),
    "blank lines": (b"plan,age,visits,active\n", b"\n", b"", "text/csv"),
    "one quoted value": (b'plan\n"', b"a", b'"', "text/csv"),
    "a wide header": (b"plan", b",a", b"", "text/csv"),
    "digits in CSV": (b"plan,age,visits,active\npro,1,", b"9", b",true", "text/csv"),
    "nulls": (b"[null", b",null", b"]", "application/json"),
    "empty objects": (b"[{}", b",{}", b"]", "application/json"),
    "open lists": (b"", b"[", b"", "application/json"),
    "digits": (b'{"plan":"pro","age":', b"9", b',"visits":1,"active":true}', "application/json"),
    "one text": (b'{"plan":"', b"a", b'","age":1,"visits":1,"active":true}', "application/json"),
    "one key again": (b'{"a":1', b',"a":1', b"}", "application/json"),
    "what looks like keys": (b'{"plan":"', b'\\":', b'"}', "application/json"),
    "bad rows": (b"[{}", b',{"plan":"x","age":"a","visits":[]}', b"]", "application/json"),
}


def large(name, size):
    head, part, tail, kind = LARGE[name]
    return head + part * ((size - len(head) - len(tail)) // len(part)) + tail, kind


def refused_in_bounds(caller, name, size, times):
    body, kind = large(name, size)
    tracemalloc.start()
    try:
        reply = caller.predict(content=body, headers={"content-type": kind})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reply.status_code in (400, 413, 422), reply.text[:1000]
    assert reply.json()
    assert len(reply.content) < 5_000_000
    assert peak < times * size


@pytest.mark.parametrize("name", LARGE)
def test_a_body_of_a_tenth_of_a_megabyte_is_refused_in_bounds(caller, name):
    # Here the faults that are told weigh most: up to 10,000.
    refused_in_bounds(caller, name, 100_000, 250)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_the_largest_body_is_refused_in_bounds(caller, name):
    refused_in_bounds(caller, name, 9_900_000, 30)


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/predict", b"plan\n" + b"a\n" * 100_001, "text/csv"),
        ("/invocations", b"plan\n" + b"a\n" * 100_001, "text/csv"),
        ("/predict", json.dumps([{}] * 100_001).encode(), "application/json"),
        (
            "/invocations",
            json.dumps({"dataframe_records": [{}] * 100_001}).encode(),
            "application/json",
        ),
        (
            "/v2/models/churn/infer",
            json.dumps(
                {
                    "inputs": [
                        {
                            "name": "age",
                            "shape": [100_001],
                            "datatype": "FP64",
                            "data": [1.0] * 100_001,
                        }
                    ]
                }
            ).encode(),
            "application/json",
        ),
    ],
)
def test_more_rows_than_a_request_may_hold_are_refused(caller, path, body, kind):
    reply = caller("POST", path, content=body, headers={"content-type": kind})
    assert reply.status_code == 413, reply.text[:1000]
    assert "more than 100000 rows" in reply.text


def test_of_lines_of_the_wrong_width_no_more_than_enough_are_told(caller):
    body = b"plan,age\n" + b"a\n" * 20_000
    reply = caller.predict(content=body, headers={"content-type": "text/csv"})
    assert reply.status_code == 422
    assert len(reply.json()["errors"]) == 10_000


def test_a_text_far_longer_than_any_known_is_not_compared_letter_by_letter():
    text = "a" * 500_000
    tracemalloc.start()
    try:
        assert not did_you_mean(text, ("basic", "max", "pro"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(text)
