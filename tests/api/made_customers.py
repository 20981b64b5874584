"""Customers and segments that exist."""

from typing import Any

from tests.callers import Caller

CUSTOMERS, SEGMENTS = "/api/v1/customers", "/api/v1/segments"
ADA = {"username": "ada", "email": "ada@shop.example", "first_name": "Ada", "last_name": "Byron"}
BERLIN = {"latitude": 52.52, "longitude": 13.405}


def customer(staff: Caller, **facts: Any) -> dict[str, Any]:
    """A customer who was just made; a username alone gives the address too."""
    body = ADA | facts
    if "username" in facts and "email" not in facts:
        body["email"] = f"{facts['username']}@shop.example"
    answer = staff.post(CUSTOMERS, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def whose(made: dict[str, Any]) -> str:
    """The address of a customer."""
    return f"{CUSTOMERS}/{made['id']}"


def segment(staff: Caller, name: str = "Regulars", *rules: dict[str, Any], match: str = "all") -> dict[str, Any]:
    """A segment that was just made: by these rules, or by hand."""
    body = {"name": name, "rules": {"match": match, "rules": list(rules)} if rules else None}
    answer = staff.post(SEGMENTS, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def at(made: dict[str, Any], verb: str = "") -> str:
    """The address of a segment."""
    return f"{SEGMENTS}/{made['id']}{verb}"


def ids(answer: Any) -> list[int]:
    """The ids on a page."""
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json["data"]]


def previewed(staff: Caller, *rules: dict[str, Any], match: str = "all") -> list[int]:
    """Whom rules find, by the sample of a preview whose count agrees."""
    answer = staff.post(f"{SEGMENTS}/preview", json={"rules": {"match": match, "rules": list(rules)}})
    assert answer.status_code == 200, answer.text
    sample = [row["id"] for row in answer.json["sample"]]
    assert answer.json["count"] == len(sample)
    return sample
