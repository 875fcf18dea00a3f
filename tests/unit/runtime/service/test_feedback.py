"""Labels: joined to answers on record by prediction id, each with a stated outcome."""

import errno
import json
from concurrent.futures import ThreadPoolExecutor

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellmark_runtime.audit.answers_index import FILE
from cellmark_runtime.audit.checking import verify_log
from cellmark_runtime.audit.disk import AppendFile
from cellmark_runtime.audit.reading import find
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.service.requests.labels import label_signature, labels_of_body
from cellmark_runtime.types.signature import Output, Part

NOBODY = "01M89CH4M39ZWJEXN7Z3S1WDE6"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audit"


@pytest.fixture
def serving(model, caller_of, folder):
    def serve(**chosen):
        return caller_of(model, audit=AuditSettings(folder, **chosen))

    return serve


def ids_of(reply):
    return [each["id"] for each in reply.json()["predictions"]]


def feedback(client, *labels, **request):
    sent = {"json": [{"id": each, "label": label} for each, label in labels]} if labels else {}
    return client("POST", "/feedback", **sent, **request)


def statuses(reply):
    assert reply.status_code == 200, reply.text
    return [each["status"] for each in reply.json()["labels"]]


def events(folder):
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_bytes().splitlines()]
    return [record["about"] for record in map(json.loads, lines) if record["kind"] == "label"]


def test_a_label_stands_beside_its_answer(serving, folder, row):
    with serving(caller_header="x-caller") as client:
        first, second = ids_of(client.predict(json=[row, row]))
        reply = feedback(client, (second, "Yes"), headers={"x-caller": "anna"})
        body = reply.json()
    assert body["counts"] == {"recorded": 1, "repeated": 0, "corrected": 0, "unknown": 0}
    assert body["labels"] == [{"id": second, "status": "recorded", "replaces": None}]
    (event,) = find(folder, second).events
    assert event["kind"] == "label"
    assert event["about"].items() >= {"of": second, "label": "Yes", "turn": 1}.items()
    assert len(event["about"]["caller"]) == 32
    assert find(folder, first).events == []
    assert verify_log(folder).ok


@pytest.mark.parametrize("name", ["labels", "data"])
def test_a_list_under_another_name_is_told_once_and_not_row_by_row(serving, row, name):
    with serving() as client:
        (identity,) = ids_of(client.predict(json=row))
        body = {name: [{"id": identity, "label": "Yes"}] * 3}
        reply = feedback(client, json=body)
        assert (reply.status_code, reply.json()["detail"]) == (
            400,
            f"the list stands under '{name}'",
        )
        assert reply.json()["fix"] == 'Send it under "rows", or by itself.'
        assert feedback(client, json={"rows": body[name][:1]}).status_code == 200


def test_each_label_has_an_outcome_of_its_own(serving, folder, row):
    with serving() as client:
        one, two = ids_of(client.predict(json=[row, row]))
        assert statuses(feedback(client, (one, "Yes"), (NOBODY, "No"))) == ["recorded", "unknown"]
        assert statuses(feedback(client, (one, "Yes"), (two, "No"))) == ["repeated", "recorded"]
        corrected = feedback(client, (one, "No"))
        assert corrected.json()["labels"][0] == {
            "id": one,
            "status": "corrected",
            "replaces": "Yes",
        }
        assert statuses(feedback(client, (two, "No"), (two, "Yes"), (two, "Yes"))) == [
            "repeated",
            "corrected",
            "repeated",
        ]
    assert [(each["of"], each["label"], each["turn"]) for each in events(folder)] == [
        (one, "Yes", 1),
        (two, "No", 1),
        (one, "No", 2),
        (two, "Yes", 2),
    ]


def test_what_was_labelled_is_known_after_a_restart_and_without_the_index(serving, folder, row):
    with serving() as client:
        (one,) = ids_of(client.predict(json=row))
        feedback(client, (one, "Yes"))
    with serving() as client:
        assert statuses(feedback(client, (one, "Yes"))) == ["repeated"]
        (folder / FILE).unlink()
        assert statuses(feedback(client, (one, "Yes"))) == ["repeated"]
        (folder / FILE).write_bytes(b"no index at all" * 100)
        assert statuses(feedback(client, (one, "No"))) == ["corrected"]


def test_an_index_of_another_log_is_made_anew(serving, folder, row):
    with serving() as client:
        (one,) = ids_of(client.predict(json=row))
        feedback(client, (one, "Yes"))
        index = (folder / FILE).read_bytes()
    for file in folder.glob("w001*"):
        file.unlink()
    with serving() as client:
        (two,) = ids_of(client.predict(json=[row]))
        (folder / FILE).write_bytes(index)
        assert statuses(feedback(client, (one, "Yes"), (two, "Yes"))) == ["unknown", "recorded"]


def test_workers_know_of_each_others_answers_and_labels(serving, row):
    with serving() as client, serving() as other:
        (one,) = ids_of(client.predict(json=row))
        assert statuses(feedback(other, (one, "Yes"))) == ["recorded"]
        assert statuses(feedback(client, (one, "Yes"))) == ["repeated"]


def test_of_many_who_send_the_same_label_one_records_it(serving, folder, row):
    with serving() as client, serving() as other:
        (one,) = ids_of(client.predict(json=row))
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(feedback, each, (one, "No")) for each in [client, other] * 8]
        found = sorted(status for each in asked for status in statuses(each.result()))
    assert found == ["recorded", *["repeated"] * 15]
    assert len(events(folder)) == 1


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"id": NOBODY, "label": "Maybe"}, "label", 'one of "No", "Yes"'),
        ({"id": NOBODY, "label": "yes"}, "label", 'Did you mean "Yes"?'),
        ({"id": NOBODY, "label": 1}, "label", '"Yes"'),
        ({"id": NOBODY, "label": None}, "label", '"Yes"'),
        ({"id": NOBODY}, "label", "Add label"),
        ({"label": "Yes"}, "id", "Add id"),
        ({"id": "churn-17", "label": "Yes"}, "id", "26 letters and digits"),
        ({"id": 17, "label": "Yes"}, "id", "a text"),
        ({"id": NOBODY, "label": "Yes", "lable": "No"}, "lable", "only the columns id, label"),
        ("Yes", "", "an object"),
    ],
)
def test_a_label_of_the_wrong_form_leaves_all_unrecorded(serving, folder, row, sent, field, said):
    with serving() as client:
        (one,) = ids_of(client.predict(json=row))
        reply = feedback(client, json=[{"id": one, "label": "Yes"}, sent])
    assert reply.status_code == 422
    (fault,) = reply.json()["errors"]
    assert (fault["row"], fault["field"]) == (1, field)
    assert said in fault["expected"] + fault["fix"]
    assert events(folder) == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": b"{"}, 400),
        ({"content": b"x", "headers": {"content-type": "image/png"}}, 415),
        ({"content": b"[" + b" " * 2000 + b"]"}, 413),
        ({"content": b"[]"}, 422),
        ({"json": {}, "headers": {"x-cellmark-expect": "churn@4"}}, 409),
    ],
)
def test_problems_are_those_of_the_other_routes(model, caller_of, folder, request_, status):
    with caller_of(model, audit=AuditSettings(folder), max_body=1000) as client:
        assert feedback(client, **request_).status_code == status


def test_csv_is_taken(serving, row):
    with serving() as client:
        one, two = ids_of(client.predict(json=[row, row]))
        text = f"id,label\n{one},Yes\n{two},No\n"
        reply = feedback(client, content=text, headers={"content-type": "text/csv"})
        assert statuses(reply) == ["recorded", "recorded"]


@pytest.mark.parametrize("policy", ["refuse", "answer"])
def test_labels_are_never_taken_without_a_record(serving, folder, row, monkeypatch, policy):
    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    with serving(on_failure=policy) as client:
        (one,) = ids_of(client.predict(json=row))
        with monkeypatch.context() as patched:
            patched.setattr(AppendFile, "append", full)
            refused = feedback(client, (one, "Yes"))
        assert statuses(feedback(client, (one, "Yes"))) == ["recorded"]
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "5"
    report = verify_log(folder)
    assert (report.ok, report.notes) == (True, [])


def test_without_a_log_no_label_is_taken(caller, row):
    (one,) = ids_of(caller.predict(json=row))
    reply = feedback(caller, (one, "Yes"))
    assert reply.status_code == 404
    assert "no record" in reply.json()["detail"]
    assert "CELLMARK_AUDIT" in reply.json()["fix"]
    assert "/feedback" not in caller.get("/openapi.json").json()["paths"]


def test_the_answers_of_another_model_are_not_this_ones(serving, folder, row):
    with serving() as client:
        (one,) = ids_of(client.predict(json=row))
    file = folder / "w001-00000001.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"model":"churn"', b'"model":"other"'))
    with serving() as client:
        assert statuses(feedback(client, (one, "Yes"))) == ["unknown"]


def test_listeners_hear_what_was_joined(model, caller_of, folder, row):
    heard = []
    with caller_of(model, audit=AuditSettings(folder)) as client:
        deployment = client.app
        deployment.on_labels(heard.extend)
        reply = client.predict(json=row)
        (one,) = ids_of(reply)
        feedback(client, (one, "Yes"), (NOBODY, "No"))
        feedback(client, (one, "No"))
    assert [(each.id, each.label, each.status, each.replaces) for each in heard] == [
        (one, "Yes", "recorded", None),
        (NOBODY, "No", "unknown", None),
        (one, "No", "corrected", "Yes"),
    ]
    answer = reply.json()["predictions"][0]
    assert heard[0].answer["output"]["prediction"] == answer["prediction"]
    assert heard[1].answer is None


# -- by kind of answer

REGRESSION = Output("regression", "integer")
PARTS = Output(
    "classification",
    "string",
    parts=(Part("rain", "boolean", (False, True)), Part("wind", "string", ("N", "S"))),
)


def taken(output, label):
    body = json.dumps({"id": NOBODY, "label": label}).encode()
    ((_, value),) = labels_of_body({}, body, label_signature(output))
    return value


@pytest.mark.parametrize(
    ("output", "label"),
    [
        (REGRESSION, 2.5),
        (Output("classification", "integer", classes=(0, 1)), 1),
        (Output("classification", "boolean", classes=(False, True)), True),
        (Output("clustering", "integer"), 4),
        (PARTS, [True, "S"]),
    ],
)
def test_a_label_is_of_the_kind_of_the_answer(output, label):
    assert taken(output, label) == label


@pytest.mark.parametrize(
    ("output", "label", "field"),
    [
        (REGRESSION, "2.5", "label"),
        (REGRESSION, True, "label"),
        (Output("classification", "integer", classes=(0, 1)), 2, "label"),
        (Output("classification", "boolean", classes=(False, True)), 1, "label"),
        (PARTS, [True, "E"], "label[1]"),
        (PARTS, [True], "label"),
        (PARTS, True, "label"),
    ],
)
def test_a_label_of_another_kind_is_refused(output, label, field):
    with pytest.raises(InvalidRows) as refused:
        taken(output, label)
    assert [fault.field for fault in refused.value.faults] == [field]


# -- against the document


def validator(document, name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema.Draft202012Validator(schema)


def test_the_document_describes_it(serving, row):
    with serving() as client:
        document = client.get("/openapi.json").json()
        (one,) = ids_of(client.predict(json=row))
        good = {"id": one, "label": "Yes"}
        validator(document, "Label").validate(good)
        validator(document, "Labelled").validate(feedback(client, json=good).json())
        for change in ({"label": "Maybe"}, {"label": None}, {"id": "x"}, {"more": 1}):
            assert not validator(document, "Label").is_valid(good | change)
            reply = feedback(client, json=good | change)
            assert reply.status_code == 422
            validator(document, "Faults").validate(reply.json())
    assert {"404", "503"} & document["paths"]["/feedback"]["post"]["responses"].keys() == {"503"}


@pytest.fixture(scope="module")
def fuzzed(model, tmp_path_factory):
    from cellmark_runtime.service import create_app
    from cellmark_runtime.service.settings import Settings

    from .conftest import Caller

    audit = AuditSettings(tmp_path_factory.mktemp("audit"))
    with Caller(create_app(model, Settings(audit=audit))) as client:
        yield client


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
labels = st.fixed_dictionaries(
    {"id": st.just(NOBODY) | values, "label": st.sampled_from(["Yes", "No"]) | values}
)


@given(st.binary(max_size=99) | (labels | values | st.lists(labels)).map(json.dumps))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_body_whatever_gets_a_500(fuzzed, body):
    reply = feedback(fuzzed, content=body)
    assert reply.status_code in (200, 400, 422), reply.text
