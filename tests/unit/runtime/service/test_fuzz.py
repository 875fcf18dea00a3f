import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
