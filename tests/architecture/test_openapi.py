"""The OpenAPI document is one that programs can be written from."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

VERBS = {"get", "post", "put", "patch", "delete"}
PROBLEM = "application/problem+json"

Document = dict[str, Any]


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, item in document["paths"].items():
        for verb in item.keys() & VERBS:
            yield f"{verb.upper()} {path}", item[verb]


def repeated_ids(document: Document) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name, operation in operations(document):
        given = operation.get("operationId")
        if not given:
            yield f"{name} has no operationId"
        elif given in seen:
            yield f"{name} has the operationId of {seen[given]}"
        else:
            seen[given] = name


def undescribed(document: Document) -> Iterator[str]:
    for name, operation in operations(document):
        if not operation.get("summary"):
            yield f"{name} has no summary"
        refusals = {status: answer for status, answer in operation["responses"].items() if str(status)[0] in "45d"}
        if not refusals:
            yield f"{name} does not say what it refuses"
        for status, answer in refusals.items():
            if PROBLEM not in _resolved(document, answer).get("content", {}):
                yield f"{name} answers {status} with something else than a problem"


def without_example(document: Document) -> Iterator[str]:
    for name, operation in operations(document):
        body = _resolved(document, operation.get("requestBody", {}))
        for content in body.get("content", {}).values():
            if not content.get("example") and not content.get("examples"):
                yield f"{name} shows no example of its body"


def _resolved(document: Document, node: Document) -> Document:
    if "$ref" not in node:
        return node
    found = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


@pytest.fixture
def document(client: FlaskClient) -> Document:
    answer: Document = json.loads(client.get("/api/openapi.json").data)
    return answer


def test_it_is_openapi_3_1_with_operations(document: Document) -> None:
    assert document["openapi"].startswith("3.1")
    assert len(list(operations(document))) > 5


def test_operation_ids_are_unique(document: Document) -> None:
    assert list(repeated_ids(document)) == []


def test_every_operation_has_a_summary_and_documents_its_refusals_as_problems(document: Document) -> None:
    assert list(undescribed(document)) == []


def test_every_request_body_has_an_example(document: Document) -> None:
    assert list(without_example(document)) == []


def test_each_weakness_is_found() -> None:
    answers: Document = {"200": {}, "404": {"content": {"application/json": {}}}}
    bad: Document = {
        "paths": {
            "/a": {"get": {"operationId": "a", "responses": {"200": {}}}},
            "/b": {
                "post": {"operationId": "a", "summary": "B", "responses": answers, "requestBody": {"$ref": "#/x/body"}}
            },
            "/c": {"parameters": [], "get": {"summary": "C", "responses": {"default": {"$ref": "#/x/problem"}}}},
        },
        "x": {"body": {"content": {"application/json": {}}}, "problem": {"content": {PROBLEM: {}}}},
    }
    assert list(repeated_ids(bad)) == ["POST /b has the operationId of GET /a", "GET /c has no operationId"]
    assert list(undescribed(bad)) == [
        "GET /a has no summary",
        "GET /a does not say what it refuses",
        "POST /b answers 404 with something else than a problem",
    ]
    assert list(without_example(bad)) == ["POST /b shows no example of its body"]
