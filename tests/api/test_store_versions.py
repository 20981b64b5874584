"""ETag, If-None-Match and If-Match on stores."""

from typing import Any

import pytest

from tests.api.made import place, store
from tests.api.problem import assert_problem
from tests.callers import Caller


@pytest.fixture
def second(staff: Caller) -> dict[str, Any]:
    """A store in its second version."""
    made = store(staff)
    answer = staff.patch(place(made), json={"name": "Second"})
    assert answer.headers["ETag"] == '"v2"'
    changed: dict[str, Any] = answer.json
    return changed


@pytest.mark.parametrize("tag", ['"v2"', 'W/"v2"', '"v1", "v2"', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_reader_who_has_this_version_gets_304(staff: Caller, second: Any, tag: str, method: str) -> None:
    answer = staff.call(method, place(second), headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"v2"')


@pytest.mark.parametrize("tag", ['"v1"', '"v22"', '"x"', ""])
def test_a_reader_who_has_another_version_gets_the_store(staff: Caller, second: Any, tag: str) -> None:
    answer = staff.get(place(second), headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json) == (200, second)


@pytest.mark.parametrize("tags", ['"v2"', "*", '"v1", "v2"', ' "v2" ', 'W/"v2", "v2"'])
def test_a_change_by_somebody_who_saw_this_version_is_made(staff: Caller, second: Any, tags: str) -> None:
    answer = staff.patch(place(second), json={"name": "Third"}, headers={"If-Match": tags})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"v3"')


@pytest.mark.parametrize("tags", ['"v1"', '"v3"', 'W/"v2"', '"v1", "v3"', "v2", '"x"', ""])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_by_somebody_who_saw_another_version_is_stale(
    staff: Caller, second: Any, tags: str, method: str
) -> None:
    body = {"json": {"name": "Third"}} if method == "PATCH" else {}
    problem = assert_problem(staff.call(method, place(second), headers={"If-Match": tags}, **body), 412, "stale")
    assert problem["version"] == 2
    assert staff.get(place(second)).json == second


def test_a_delete_by_somebody_who_saw_this_version_is_made(staff: Caller, second: Any) -> None:
    assert staff.delete(place(second), headers={"If-Match": '"v2"'}).status_code == 204
