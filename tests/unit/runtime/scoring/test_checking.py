import math
import pickle

import pytest

from cellmark_runtime.errors import RowError
from cellmark_runtime.scoring.checking import MAX_FAULTS, InvalidRows, columns_of
from cellmark_runtime.types.signature import Field, Output, Signature

FIELDS = (
    Field("plan", "string", "str", categories=("DSL", "Fiber optic")),
    Field("age", "number", "float64", nullable=True),
    Field("visits", "integer", "int64"),
    Field("active", "boolean", "bool"),
    Field("free text", "string", "str"),
    Field("joined", "datetime", "datetime64[ns]"),
    Field("senior", "integer", "int64", categories=(0, 1)),
)
SIGNATURE = Signature(FIELDS, Output("other", "number"))
# Without text and dates the quick pass can do it.
QUICK = Signature(FIELDS[:4], Output("other", "number"))
GOOD = {
    "plan": "DSL",
    "age": 1.5,
    "visits": 3,
    "active": False,
    "free text": "",
    "joined": "2020-01-01",
    "senior": 0,
}


def faults(rows, signature=SIGNATURE):
    with pytest.raises(InvalidRows) as caught:
        columns_of(rows, signature)
    return caught.value.faults


@pytest.mark.parametrize("signature", [SIGNATURE, QUICK])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"age": 3},
        {"age": None},
        {"age": math.nan},
        {"visits": 3.0},
        {"visits": -(2**63)},
        {"unasked": [1, {"deep": 2}]},
    ],
)
def test_right_rows_pass(signature, change):
    columns = columns_of([GOOD, GOOD | change], signature)
    assert [len(column) for column in columns] == [2] * len(signature.inputs)
    assert columns[2][1] in (3, -(2**63)) and type(columns[2][1]) is int
    assert columns[1][1] is None or columns[1][1] in (1.5, 3)


@pytest.mark.parametrize("signature", [SIGNATURE, QUICK])
@pytest.mark.parametrize(
    ("field", "value", "reason", "received", "said"),
    [
        ("plan", "dsl", "category", '"dsl"', 'Did you mean "DSL"?'),
        ("plan", "cable", "category", '"cable"', 'one of "DSL", "Fiber optic"'),
        ("plan", None, "null", "null", "no training row lacked one"),
        ("plan", 3, "type", "3", 'Send it in quotes: "3"'),
        ("age", True, "type", "true", "a number or null"),
        ("age", "12", "type", '"12"', "Send 12 without quotes."),
        ("age", math.inf, "range", "inf", "a finite number"),
        ("age", 10**400, "range", "1000", "a finite number"),
        ("age", [], "type", "[]", "Send a number."),
        ("visits", True, "type", "true", "a whole number"),
        ("visits", 2.5, "type", "2.5", "without a fraction"),
        ("visits", 2**63, "range", "9223372036854775808", "from -9223372036854775808"),
        ("visits", math.nan, "null", "nan", "Send a value"),
        ("active", 1, "type", "1", "true or false"),
        ("active", "true", "type", '"true"', "Send true or false."),
    ],
)
def test_a_wrong_value_is_explained(signature, field, value, reason, received, said):
    (fault,) = faults([GOOD, GOOD | {field: value}], signature)
    assert (fault.row, fault.field, fault.reason) == (1, field, reason)
    assert fault.received.startswith(received)
    assert said in f"{fault.expected} {fault.fix}"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("free text", "\ud800", "type"),
        ("free text", 1.5, "type"),
        ("joined", "yesterday", "type"),
        ("joined", 3, "type"),
        ("joined", "2020-01-01T00:00:00Z", "type"),
        ("joined", "1500-01-01", "range"),
        ("senior", 2, "category"),
        ("senior", True, "type"),
    ],
)
def test_texts_dates_and_numbered_categories(field, value, reason):
    (fault,) = faults([GOOD | {field: value}])
    assert (fault.field, fault.reason) == (field, reason)


def test_every_fault_of_every_row_at_once():
    rows = [GOOD | {"age": "x", "visits": None}, GOOD, "no row", {"plan": "DSL"}]
    found = [(fault.row, fault.field, fault.reason) for fault in faults(rows, QUICK)]
    assert found == [
        (0, "age", "type"),
        (0, "visits", "null"),
        (2, "", "row"),
        (3, "age", "column"),
        (3, "visits", "column"),
        (3, "active", "column"),
    ]


def test_a_misspelt_column_is_recognised():
    row = {"Plan": "DSL", "age": 1, "vists": 3, "active": True}
    assert [fault.fix for fault in faults([row], QUICK)] == [
        'Rename "Plan" to plan.',
        'Rename "vists" to visits.',
    ]


def test_no_rows():
    assert faults([])[0].received == "no rows"


def test_a_hostile_batch_gets_a_bounded_reply():
    assert len(faults([{}] * MAX_FAULTS, QUICK)) == MAX_FAULTS


def test_what_is_received_is_cut_short():
    assert len(faults([GOOD | {"plan": "x" * 10_000}])[0].received) <= 80


def test_the_error_reads_as_a_sentence_and_survives_pickling():
    with pytest.raises(InvalidRows) as caught:
        columns_of([GOOD | {"age": "x", "visits": None}], QUICK)
    error = pickle.loads(pickle.dumps(caught.value))
    assert str(error).startswith('row 0, age: received "x"; expected a number or null.')
    assert error.faults == caught.value.faults


def test_a_steps_complaint_is_a_fault_too():
    (fault,) = InvalidRows.from_row_error(RowError(2, "plan", "null", "a plan")).faults
    assert (fault.row, fault.field, fault.reason) == (2, "plan", "refused")


@pytest.mark.parametrize("name", ['say "age"', "C:\\age", "age\nin years"])
def test_a_column_may_have_any_name(name):
    signature = Signature((Field(name, "number", "float64"),), Output("other", "number"))
    assert columns_of([{name: 1.5}], signature) == [[1.5]]
    assert faults([{name: "x"}], signature)[0].field == name
