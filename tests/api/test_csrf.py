"""No page of another site changes anything, whatever it sends along."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.browsing import csrf_token
from tests.api.made import BERLIN, STORES, store
from tests.api.problem import assert_problem
from tests.callers import Caller

FORM = {name: str(value) for name, value in BERLIN.items()}
HERE = "http://localhost"
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": HERE},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://localhost.evil.example"},
]
OURS: list[dict[str, str]] = [
    {},
    {"Origin": HERE},
    {"Sec-Fetch-Site": "same-origin", "Origin": HERE},
    {"Sec-Fetch-Site": "none"},
]


def stores(sql: Any) -> int:
    sql.execute("SELECT count(*) FROM stores")
    return int(sql.fetchone()[0])


def sent(client: FlaskClient, headers: dict[str, str], **options: Any) -> Any:
    form = {"data": FORM | {"csrf_token": csrf_token(client, "/console/stores/new")}} | options
    return client.post("/console/stores", headers=headers, **form)


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_another_site_changes_nothing_even_with_a_good_token(staff: Caller, sql: Any, headers: dict[str, str]) -> None:
    answer = sent(staff.client, headers)
    assert (answer.status_code, stores(sql)) == (400, 0)
    assert "CSRF" in answer.text


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_our_own_page_does(staff: Caller, sql: Any, headers: dict[str, str]) -> None:
    assert (sent(staff.client, headers).status_code, stores(sql)) == (303, 1)


@pytest.mark.parametrize("token", ["", "x", "null", "a.b.c"])
def test_a_made_up_token_changes_nothing(staff: Caller, sql: Any, token: str) -> None:
    for sending in ({"data": FORM | {"csrf_token": token}}, {"data": FORM, "headers": {"X-CSRFToken": token}}):
        csrf_token(staff.client, "/console/stores/new")
        assert staff.client.post("/console/stores", **sending).status_code == 400
    assert stores(sql) == 0


def test_a_token_of_another_browser_changes_nothing(staff: Caller, client: FlaskClient, sql: Any) -> None:
    foreign = csrf_token(client)
    csrf_token(staff.client, "/console/stores/new")
    assert staff.client.post("/console/stores", data=FORM | {"csrf_token": foreign}).status_code == 400
    assert stores(sql) == 0


def test_a_token_in_the_address_is_none(staff: Caller, sql: Any) -> None:
    token = csrf_token(staff.client, "/console/stores/new")
    assert staff.client.post(f"/console/stores?csrf_token={token}", data=FORM).status_code == 400
    assert stores(sql) == 0


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/vnd.shop+json"])
def test_the_console_reads_forms_only(staff: Caller, sql: Any, kind: str) -> None:
    token = csrf_token(staff.client, "/console/stores/new")
    body: dict[str, Any] = {"data": '{"name": "Berlin"}', "content_type": kind}
    assert staff.client.post("/console/stores", **body).status_code == 400
    assert staff.client.post("/console/stores", **body, headers={"X-CSRFToken": token}).status_code == 422
    assert stores(sql) == 0


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_the_api_reads_no_form(staff: Caller, sql: Any, kind: str) -> None:
    assert_problem(staff.post(STORES, data='{"name": "x"}', content_type=kind), 415, "unsupported_type")
    assert stores(sql) == 0


@pytest.mark.parametrize(
    "sending",
    [
        {"headers": {"X-HTTP-Method-Override": "DELETE"}},
        {"headers": {"X-HTTP-Method": "DELETE"}},
        {"headers": {"X-Method-Override": "DELETE"}},
        {"query_string": {"_method": "DELETE"}},
    ],
    ids=str,
)
def test_no_header_and_no_field_stands_for_a_method(staff: Caller, sql: Any, sending: dict[str, Any]) -> None:
    path = f"{STORES}/{store(staff)['id']}"
    assert staff.get(path, **{"query_string": {}} | sending).status_code in {200, 422}
    assert_problem(staff.post(path, json={"_method": "DELETE"}, **sending), 405, "method_not_allowed")
    assert stores(sql) == 1
