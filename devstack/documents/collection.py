"""A Postman 2.1 collection, which Bruno imports too, from the OpenAPI document: a folder for each tag."""

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
PARAMETER = re.compile(r"{(\w+)}")
# Signing in keeps the tokens for the requests that follow.
KEEPS_TOKENS = (
    "const answer = pm.response.json();",
    "if (answer.access_token) { pm.collectionVariables.set('token', answer.access_token); }",
    "if (answer.refresh_token) { pm.collectionVariables.set('refresh_token', answer.refresh_token); }",
)
VARIABLES = {"base": "http://127.0.0.1:8000", "token": "", "refresh_token": ""}


def text(document: dict[str, Any]) -> str:
    """The collection as a file."""
    info = {"name": document["info"]["title"], "schema": SCHEMA, "_postman_id": _id(document["info"]["title"])}
    made = {
        "info": info | {"description": document["info"]["description"]},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [{"key": key, "value": value, "type": "string"} for key, value in VARIABLES.items()],
        "item": [_folder(tag, document) for tag in document["tags"]],
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"holdfast/{name}"))


def _folder(tag: dict[str, str], document: dict[str, Any]) -> dict[str, Any]:
    items = [_item(*each, document) for each in _operations(document) if each[2]["tags"] == [tag["name"]]]
    return {"name": tag["name"], "description": tag["description"], "item": items}


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        yield from ((path, method, found) for method, found in methods.items() if method != "parameters")


def _item(path: str, method: str, operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    parameters = document["paths"][path].get("parameters", []) + operation.get("parameters", [])
    request: dict[str, Any] = {
        "method": method.upper(),
        "description": f"{operation.get('summary', '')}\n\nWho: {operation['x-role']}.",
        "url": _url(path, parameters),
        "header": [_header(each) for each in parameters if each["in"] == "header"],
    }
    request |= {} if "security" in operation else {"auth": {"type": "noauth"}}
    request |= _body(operation, request["header"])
    made = {
        "name": f"{method.upper()} {path.removeprefix('/api/v1')}",
        "id": _id(operation["operationId"]),
        "request": request,
    }
    script = {"listen": "test", "script": {"type": "text/javascript", "exec": list(KEEPS_TOKENS)}}
    return made | ({"event": [script]} if path.endswith(("/auth/login", "/auth/refresh")) else {})


def _url(path: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    raw = PARAMETER.sub(r":\1", path)
    query = [
        {"key": each["name"], "value": _value(each)}
        | {"description": each.get("description", ""), "disabled": not each.get("required")}
        for each in parameters
        if each["in"] == "query"
    ]
    variables = [{"key": name, "value": ""} for name in PARAMETER.findall(path)]
    return {
        "raw": f"{{{{base}}}}{raw}",
        "host": ["{{base}}"],
        "path": raw.strip("/").split("/"),
        "query": query,
        "variable": variables,
    }


def _value(parameter: dict[str, Any]) -> str:
    default = parameter["schema"].get("default")
    return "" if default is None else json.dumps(default).strip('"')


def _header(parameter: dict[str, Any]) -> dict[str, Any]:
    value = "{{$guid}}" if parameter["name"] == "Idempotency-Key" else ""
    return {
        "key": parameter["name"],
        "value": value,
        "description": parameter.get("description", ""),
        "disabled": not value,
    }


def _body(operation: dict[str, Any], headers: list[dict[str, Any]]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    for kind, taken in content.items():
        headers.append({"key": "Content-Type", "value": kind})
        example = taken.get("example", "")
        raw = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
        return {
            "body": {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json" if "json" in kind else "text"}}}
        }
    return {}
