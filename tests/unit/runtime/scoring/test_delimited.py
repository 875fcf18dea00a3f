import pytest

from cellmark_runtime import InvalidRows
from cellmark_runtime.scoring.delimited import CsvError, rows_of_csv
from cellmark_runtime.types.signature import Field, Output, Signature

SIGNATURE = Signature(
    (
        Field("plan", "string", "str", categories=("a", "None")),
        Field("age", "number", "float64"),
        Field("visits", "integer", "int64"),
        Field("active", "boolean", "bool"),
    ),
    Output("other", "number"),
)


def test_values_are_read_by_the_signature():
    text = "age,plan,visits,active,note\n0.1,a,7,TRUE,x\n\nNaN,None,3.0,false,\n"
    assert rows_of_csv(text, SIGNATURE, 100) == [
        {"plan": "a", "age": 0.1, "visits": 7, "active": True, "note": "x"},
        {"plan": "None", "age": None, "visits": 3.0, "active": False, "note": ""},
    ]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("age", "1_000"),
        ("age", "ten"),
        ("visits", "1_0"),
        ("active", "yes"),
        ("visits", "9" * 5000),
    ],
)
def test_what_does_not_fit_stays_as_it_is(column, text):
    (row,) = rows_of_csv(f"{column}\n{text}\n", SIGNATURE, 100)
    assert row[column] in (text, float("inf"))


def test_a_column_that_is_not_there_stays_away():
    assert rows_of_csv("plan\na\n", SIGNATURE, 100) == [{"plan": "a"}]


def test_quoted_values_hold_commas_and_line_ends():
    assert rows_of_csv('plan,age\r\n"x,\r\ny",1\r\n', SIGNATURE, 100)[0]["plan"] == "x,\r\ny"


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "an empty CSV"), ("a,b,a\n1,2,3\n", "'a' stands twice"), ('a\n"open\n', "no CSV")],
)
def test_no_csv(text, said):
    with pytest.raises(CsvError, match=said):
        rows_of_csv(text, SIGNATURE, 100)


def test_lines_of_another_width_are_faults():
    with pytest.raises(InvalidRows) as caught:
        rows_of_csv("plan,age\na,1\na\na,1,2\n", SIGNATURE, 100)
    assert [(fault.row, fault.received) for fault in caught.value.faults] == [
        (1, "1 values"),
        (2, "3 values"),
    ]
