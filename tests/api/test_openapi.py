"""The OpenAPI document says what the routes do."""

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core import openapi
from tests.api.conftest import AsRole
from tests.api.made import store
from tests.api.routes import Route, api_routes, walked

TEMPLATE = "{{{}}}"
PARAMETER = re.compile(r"<(?:\w+:)?")
Node = dict[str, Any]


@pytest.fixture
def document(client: FlaskClient) -> Node:
    answer = client.get("/api/openapi.json")
    assert answer.mimetype == "application/json"
    found: Node = json.loads(answer.data)
    return found


def operation(document: Node, route: Route) -> Node:
    """What the document says about a route."""
    path = PARAMETER.sub("{", route.rule.rule).replace(">", "}")
    found: Node = document["paths"][path][route.method.lower()]
    return found


def references(node: Any) -> set[str]:
    """Every $ref below a node."""
    if isinstance(node, list):
        return {found for child in node for found in references(child)}
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own | references(list(node.values()))


def resolved(document: Node, reference: str) -> Any:
    """What a reference names; KeyError when it names nothing."""
    node: Any = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_it_holds_every_route_of_the_api_and_no_other(document: Node) -> None:
    told = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
        if method in openapi.METHODS
    }
    there = {f"{route.method} {PARAMETER.sub('{', route.rule.rule).replace('>', '}')}" for route in api_routes()}
    assert told == there


def test_every_reference_names_something(document: Node) -> None:
    found = references(document)
    assert found
    assert [reference for reference in found if not resolved(document, reference)] == []


def test_parameters_are_unique_typed_and_those_of_the_path_are_required(document: Node) -> None:
    for path, operations in document["paths"].items():
        shared = operations.get("parameters", [])
        for method in openapi.METHODS & operations.keys():
            parameters = shared + operations[method].get("parameters", [])
            named = [(parameter["in"], parameter["name"]) for parameter in parameters]
            assert len(named) == len(set(named)), (method, path)
            assert all("schema" in parameter for parameter in parameters)
            in_path = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
            assert all(TEMPLATE.format(name) in path for name in in_path)
            assert path.count("{") == len(in_path)
            assert all(parameter["required"] for parameter in parameters if parameter["in"] == "path")


@pytest.mark.parametrize("route", api_routes(), ids=str)
def test_it_says_who_may_call_and_what_is_refused(document: Node, route: Route) -> None:
    told = operation(document, route)
    assert told["x-role"] == str(route.access)
    assert bool(told.get("security")) == (route.access.kind != "public")
    statuses = set(told["responses"])
    assert {"401", "429", "503"} <= statuses
    assert ("403" in statuses) == (route.access.role is not None)
    assert not route.body or {"400", "413", "415", "422"} <= statuses
    assert not route.ids or "404" in statuses
    keyed = {parameter["name"] for parameter in told["parameters"]} & {"Idempotency-Key"}
    assert bool(keyed) == getattr(route.view, "idempotent", False)


def test_the_server_and_its_version_are_named(document: Node) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"].keys() >= {"title", "version", "description", "license"}
    assert document == json.loads(openapi.as_response(walked()).data)


@pytest.mark.parametrize("route", [route for route in api_routes() if route.body], ids=str)
def test_every_documented_example_is_accepted(document: Node, route: Route, as_role: AsRole) -> None:
    made = store(as_role("operator"))
    body = operation(document, route)["requestBody"]["content"]["application/json"]["example"]
    answer = as_role(route.role).call(route.method, route.path(made["id"]), json=body)
    assert answer.status_code not in {400, 413, 415, 422, 500}, answer.text


def test_the_error_body_is_documented_as_it_is_sent(document: Node, client: FlaskClient) -> None:
    sent = client.get("/api/v1/stores?limit=0").json
    assert sent is not None
    schemas = document["components"]["schemas"]
    assert sent.keys() <= schemas["Problem"]["properties"].keys()
    assert sent["errors"][0].keys() <= schemas["Fault"]["properties"].keys()
