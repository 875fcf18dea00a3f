import re

import jsonschema
import pytest


@pytest.fixture
def document(caller):
    return caller.get("/openapi.json").json()


def validator(document, name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema.Draft202012Validator(schema)


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_is_an_openapi_document(document):
    """OpenAPI 3.1, 4.8: what must be there; its schemas are JSON Schema 2020-12."""
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(document["info"])
    for path, operations in document["paths"].items():
        assert path.startswith("/")
        assert set(re.findall(r"{(\w+)}", path)) == {
            each["name"] for each in operations.pop("parameters", [])
        }
        for operation in operations.values():
            assert operation["responses"]
            assert all(reply["description"] for reply in operation["responses"].values())
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in references(document):
        assert reference.rpartition("/")[2] in document["components"]["schemas"]


def routes_of(app):
    while not hasattr(app, "routes"):
        app = app._app
    return {route.path: route.methods for route in app.routes}


def test_the_routes_of_the_app_are_those_described(document, caller):
    described = set(document["paths"])
    assert described == routes_of(caller.app.current.app).keys() - {"/feedback"}
    for path, operations in document["paths"].items():
        sent = operations.pop("parameters", [])
        named = {each["name"]: each["schema"]["enum"][0] for each in sent}
        for method in operations:
            assert caller(method.upper(), path.format(**named)).status_code not in (404, 405)


def test_tensors_and_their_replies_fit_it(document, caller):
    request = document["components"]["schemas"]["InferRequest"]["example"]
    validator(document, "InferRequest").validate(request)
    reply = caller("POST", "/v2/models/churn/infer", json=request)
    assert reply.status_code == 200
    validator(document, "InferAnswer").validate(reply.json())
    about = caller.get("/v2/models/churn")
    validator(document, "ModelMetadata").validate(about.json())
    bad = caller("POST", "/v2/models/churn/infer", json={"inputs": []})
    validator(document, "InferError").validate(bad.json())


def test_golden_rows_and_their_answers_fit_it(document, caller, model):
    for row in model.golden.rows:
        validator(document, "Row").validate(row)
    reply = caller.predict(json=list(model.golden.rows))
    validator(document, "Answer").validate(reply.json())


@pytest.mark.parametrize(
    "change",
    [
        {"plan": "other"},
        {"plan": None},
        {"age": "1"},
        {"visits": 1.5},
        {"visits": None},
        {"active": 1},
    ],
)
def test_it_refuses_what_the_service_refuses(document, caller, row, change):
    assert not validator(document, "Row").is_valid(row | change)
    reply = caller.predict(json=row | change)
    assert reply.status_code == 422
    validator(document, "Faults").validate(reply.json())


@pytest.mark.parametrize("change", [{"age": None}, {"age": 3}, {"visits": 3.0}, {"more": []}])
def test_it_takes_what_the_service_takes(document, caller, row, change):
    assert validator(document, "Row").is_valid(row | change)
    assert caller.predict(json=row | change).status_code == 200


def test_problems_fit_it(document, caller):
    validator(document, "Problem").validate(caller.predict(content=b"{").json())


def test_mlflows_bodies_and_replies_fit_it(document, caller, row):
    for body in (
        {"dataframe_records": [row]},
        {"dataframe_split": {"columns": list(row), "data": [list(row.values())]}},
        {"instances": [row]},
        {"inputs": {name: [value] for name, value in row.items()}},
    ):
        validator(document, "Invocation").validate(body)
        reply = caller("POST", "/invocations", json=body)
        validator(document, "Predictions").validate(reply.json())
    bad = caller("POST", "/invocations", json={"instances": [dict(row, plan=1)]})
    validator(document, "MlflowError").validate(bad.json())


def test_a_token_is_asked_for_only_where_one_is_set(caller_of, model):
    guarded = caller_of(model, token="t").get(
        "/openapi.json", headers={"authorization": "Bearer t"}
    )
    assert guarded.json()["security"] == [{"token": []}]
    assert guarded.json()["paths"]["/live"]["get"]["security"] == []
    assert "security" not in caller_of(model).get("/openapi.json").json()
