"""What every refusal of the API looks like."""

from typing import Any

from werkzeug.test import TestResponse

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def assert_problem(answer: TestResponse, status: int, code: str | None = None, **figures: Any) -> dict[str, Any]:
    """The refusal has this status, all members, these figures, and a `type` made of its code."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    problem: dict[str, Any] = answer.json or {}
    assert problem.keys() >= MEMBERS
    assert problem["status"] == status
    assert problem["instance"] == answer.request.path
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert code is None or problem["code"] == code
    assert problem | figures == problem
    assert problem["type"] == f"/docs/problems/{problem['code']}"
    return problem
