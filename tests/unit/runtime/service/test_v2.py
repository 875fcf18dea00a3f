"""The Open Inference Protocol, with requests as Triton's own client writes them.

`triton_requests.json` was recorded from tritonclient 2's `generate_request_body`, for the rows
below; the same client read the replies. It brings 120 MB, so it is no part of the tests.
"""

import base64
import json
import struct
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from cellmark_runtime.service.envelopes.v2 import infer_envelope, tensors_out
from cellmark_runtime.service.envelopes.v2.datatypes import packed, unpacked
from cellmark_runtime.service.replies.identity import Identity
from cellmark_runtime.service.requests.body import BadBody
from cellmark_runtime.types.signature import Field, Output, Part

RECORDED = json.loads(Path(__file__).with_name("triton_requests.json").read_text())
ROWS = [
    {"plan": "pro", "age": 33.5, "visits": 4, "active": True},
    {"plan": "max", "age": None, "visits": 0, "active": False},
]
KINDS = {"plan": "BYTES", "age": "FP64", "visits": "INT64", "active": "BOOL"}


def tensors(rows=ROWS, **changes):
    inputs = [
        {"name": name, "shape": [len(rows)], "datatype": kind, "data": [row[name] for row in rows]}
        for name, kind in KINDS.items()
    ]
    return {"inputs": inputs, **changes}


def ask(caller, path="/v2/models/churn/infer", **request):
    return caller("POST", path, **request)


def read(reply):
    """Outputs by name, wherever their values stand."""
    assert reply.status_code == 200, reply.text
    length = int(reply.headers.get("inference-header-content-length", len(reply.content)))
    body, raw = json.loads(reply.content[:length]), reply.content[length:]
    found = {}
    for output in body["outputs"]:
        values = output.get("data")
        if values is None:
            size = output["parameters"]["binary_data_size"]
            count = output["shape"][0] * (output["shape"] + [1])[1]
            values = unpacked(output["name"], output["datatype"], count, raw[:size])
            raw = raw[size:]
        found[output["name"]] = values
    assert raw == b""
    return body, found


@pytest.fixture
def expected(caller):
    predictions = caller.predict(json=ROWS).json()["predictions"]
    return {
        "prediction": [each["prediction"] for each in predictions],
        "probabilities": [p for each in predictions for p in each["probabilities"].values()],
    }


@pytest.mark.parametrize("name", RECORDED)
def test_answers_tritons_client(caller, expected, name):
    recorded = RECORDED[name]
    headers = {"inference-header-content-length": str(recorded["inference-header-content-length"])}
    body, found = read(ask(caller, content=base64.b64decode(recorded["body"]), headers=headers))
    ids = found.pop("id", None)
    assert found == expected
    assert (ids is None) == (name == "outputs named")
    assert (body["model_name"], body["model_version"], body["id"]) == ("churn", "3", "q1")


@pytest.mark.parametrize("version", ["", "/versions/3"])
@pytest.mark.parametrize(
    "change",
    [
        lambda tensor: tensor,
        lambda tensor: {**tensor, "shape": [2, 1]},
        lambda tensor: {**tensor, "shape": [2, 1], "data": [[each] for each in tensor["data"]]},
        lambda tensor: (
            {**tensor, "data": list(map(int, tensor["data"]))}
            if tensor["datatype"] == "BOOL"
            else tensor
        ),
    ],
    ids=["n", "n by 1", "nested", "booleans as numbers"],
)
def test_answers_tensors_in_json(caller, expected, version, change):
    sent = {"inputs": list(map(change, tensors()["inputs"])), "outputs": None, "parameters": None}
    reply = ask(caller, f"/v2/models/churn{version}/infer", json=sent)
    body, found = read(reply)
    assert {name: found[name] for name in expected} == expected
    shapes = {output["name"]: output["shape"] for output in body["outputs"]}
    assert shapes == {"prediction": [2], "probabilities": [2, 2], "id": [2]}
    assert found["id"][0] == reply.headers["x-cellmark-request"]
    assert "id" not in body


def test_a_matrix_is_taken_for_a_model_of_numbers(model, caller):
    matrix = {"name": "X", "shape": [2, 2], "datatype": "FP64", "data": [[1.0, 2.0], [3.0, 4.0]]}
    refused = ask(caller, json={"inputs": [matrix]})
    assert (refused.status_code, "not all numbers" in refused.json()["error"]) == (400, True)
    inputs = tuple(Field(name, "number", "float64") for name in "ab")
    signature = msgspec.structs.replace(model.signature, inputs=inputs)

    numbers = SimpleNamespace(accepts=signature, signature=signature)
    envelope = infer_envelope(numbers, Identity("churn", 3, "0" * 64))
    scope = {"headers": [], "path_params": {"name": "churn"}}
    opened = envelope(scope, json.dumps({"inputs": [matrix]}).encode())
    assert opened.rows == [{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}]


def bad_tensor(**changes):
    inputs = tensors()["inputs"]
    return {"json": {"inputs": [{**inputs[0], **changes}, *inputs[1:]]}}


@pytest.mark.parametrize(
    ("request_of", "status", "said"),
    [
        ({"content": b"{"}, 400, "no JSON"),
        ({"json": []}, 400, "no inference request"),
        ({"json": {"inputs": []}}, 422, "no rows"),
        ({"json": {"inputs": [{"name": "plan"}]}}, 400, "missing required field"),
        (bad_tensor(datatype="TEXT"), 400, "Invalid enum value 'TEXT'"),
        (bad_tensor(shape=[3]), 400, "has 2 values"),
        (bad_tensor(shape=[-1]), 400, "no inference request"),
        (bad_tensor(shape=[1, 2]), 400, "shape [1, 2]"),
        (bad_tensor(shape=[1], data=["pro"]), 400, "2 rows, and the first of 1"),
        (bad_tensor(name="age"), 400, "'age' stands twice"),
        (bad_tensor(data=None), 400, "has no values"),
        (bad_tensor(data=[["pro"], "max"]), 422, "row 0, plan: received"),
        (bad_tensor(data=["Pro", "max"]), 422, "row 0, plan: received"),
        ({"json": tensors(outputs=[{"name": "predictions"}])}, 400, "Did you mean"),
        (
            {
                "json": tensors(
                    outputs=[{"name": "prediction", "parameters": {"classification": 1}}]
                )
            },
            400,
            "classification",
        ),
        ({"json": tensors(), "headers": {"content-type": "text/csv"}}, 415, "text/csv"),
        ({"json": tensors(), "headers": {"x-cellmark-expect": "churn@9"}}, 409, "churn@3"),
        (
            {"json": tensors(), "headers": {"inference-header-content-length": "99999"}},
            400,
            "99999",
        ),
        (
            {"content": b"{} ", "headers": {"inference-header-content-length": "2"}},
            400,
            "no inference request",
        ),
        (
            {
                "content": b'{"inputs": []} ',
                "headers": {"inference-header-content-length": "14"},
            },
            400,
            "belong to no input",
        ),
    ],
)
def test_refuses_in_the_protocols_words(caller, request_of, status, said):
    reply = ask(caller, **request_of)
    assert reply.status_code == status
    assert said in reply.json()["error"]


@pytest.mark.parametrize("route", ["", "/ready", "/infer"])
@pytest.mark.parametrize(
    ("path", "status"), [("/v2/models/other", 404), ("/v2/models/churn/versions/4", 409)]
)
def test_another_model_or_version_gets_no_answer(caller, path, status, route):
    sent = {"json": tensors()} if route == "/infer" else {}
    reply = caller("POST" if sent else "GET", path + route, **sent)
    assert reply.status_code == status
    assert set(reply.json()) == {"error"}


def test_a_path_that_nothing_answers_is_told_in_the_same_words(caller):
    assert set(caller.get("/v2/nothing").json()) == {"error"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/churn/ready", {"name": "churn", "ready": True}),
        ("/v2/models/churn/versions/3/ready", {"name": "churn", "ready": True}),
    ],
)
def test_health(caller_of, model, path, body):
    assert caller_of(model).get(path).json() == body
    is_open = path.startswith("/v2/health")
    assert caller_of(model, token="t").get(path).status_code == (200 if is_open else 401)


def test_metadata_names_what_goes_in_and_out(caller):
    about = caller.get("/v2/models/churn").json()
    assert {each["name"]: each["datatype"] for each in about["inputs"]} == KINDS
    outputs = {each["name"]: each["shape"] for each in about["outputs"]}
    assert outputs == {"prediction": [-1], "probabilities": [-1, 2], "id": [-1]}
    assert about["outputs"][1]["parameters"] == {"classes": ["No", "Yes"]}
    assert (about["name"], about["versions"]) == ("churn", ["3"])
    assert caller.get("/v2").json()["extensions"] == ["binary_tensor_data"]


def test_an_answer_in_parts_has_an_output_for_each():
    parts = (Part("a", "integer", (0, 1)), Part("b", "string", ("x", "y", "z")))
    outputs = tensors_out(Output("classification", "integer", probabilities=True, parts=parts))
    assert [(each["name"], each["datatype"], each["shape"]) for each in outputs] == [
        ("prediction[0]", "INT64", (-1,)),
        ("probabilities[0]", "FP64", (-1, 2)),
        ("prediction[1]", "BYTES", (-1,)),
        ("probabilities[1]", "FP64", (-1, 3)),
        ("id", "BYTES", (-1,)),
    ]


@pytest.mark.parametrize(
    ("datatype", "values"),
    [
        ("FP64", [1.5, None, -2.0]),
        ("FP32", [0.5]),
        ("INT8", [-128, 127]),
        ("UINT64", [2**64 - 1]),
        ("BOOL", [True, False]),
        ("BYTES", ["", "Zürich", "x" * 300]),
    ],
)
def test_values_survive_their_bytes(datatype, values):
    raw = packed(datatype, values)
    assert unpacked("x", datatype, len(values), raw) == values


@pytest.mark.parametrize(
    ("datatype", "values"), [("INT64", [None]), ("INT64", [2**63]), ("BYTES", [1])]
)
def test_what_has_no_bytes_stays_json(datatype, values):
    assert packed(datatype, values) is None


@pytest.mark.parametrize(
    ("datatype", "count", "raw"),
    [
        ("FP64", 1, b"1234"),
        ("BYTES", 1, b"\x01"),
        ("BYTES", 1, struct.pack("<I", 5) + b"abc"),
        ("BYTES", 1, struct.pack("<I", 1) + b"\xff"),
        ("BYTES", 2, struct.pack("<I", 1) + b"a"),
    ],
)
def test_bytes_that_do_not_fit_are_refused(datatype, count, raw):
    with pytest.raises(BadBody, match="received"):
        unpacked("x", datatype, count, raw)
