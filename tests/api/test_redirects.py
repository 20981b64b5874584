"""Wherever a link wants to send somebody who signs in, the way ends inside the console of this very site."""

from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask.testing import FlaskClient

from app.core.roles import Role
from app.core.web import HoldfastApp
from tests.api.browsing import csrf_token
from tests.callers import PASSWORD, Caller, make_user

OTHER_SITES = [
    "//evil.example",
    "///evil.example",
    "////evil.example/console/",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "https:///evil.example/console/",
    "HTTPS://EVIL.EXAMPLE/console/",
    "ftp://evil.example/console/",
    "https://user:word@evil.example/console/",
    "//localhost@evil.example/console/",
    "//evil.example\\@localhost/console/",
    "//evil.example:80/console/",
    "//[::1]/console/",
    "http://[",
    "//evil。example/console/",
    "//evil.example/console/",
    "//%65vil.example/console/",
    "\t//evil.example/console/",
    " //evil.example/console/",
    "/\t/evil.example/console/",
    "/\n/evil.example/console/",
    "\r\n//evil.example/console/",
    "\x00//evil.example/console/",
    "\u200b//evil.example/console/",
]
OTHER_PLACES = [
    "%2f%2fevil.example",
    "%5c%5cevil.example",
    "/%2fevil.example",
    "/console/..//evil.example",
    "/console/../..//evil.example",
    "/console/%2e%2e//evil.example",
    "/console/.%2E/%2e./evil",
    "/console/.\t./evil",
    "/console\\..\\..\\evil.example",
    "/console/..%2f..%2fevil",
    "/console/%252e%252e/evil",
    "/console/..;/evil",
    "/console/\uff0e\uff0e/evil",
    "/console//evil.example",
    "/console/@evil.example",
    "/console@evil.example",
    "/console.evil.example",
    "/consol\u0435/",
    "/api/v1/stores",
    "/metrics?x=/console/",
    "?next=/console/",
    "#/console/",
]
SCRIPTS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//console/",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://localhost/console/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:http://localhost/console/",
]
NESTED = [
    "/console/login?next=//evil.example",
    "/console/login?next=%2f%2fevil.example",
    "/console/login?next=/console/login?next=https://evil.example",
    "/console/stores\r\nSet-Cookie: a=b",
    "/console/stores%0d%0aLocation:%20//evil.example",
]
HOSTILE = [*OTHER_SITES, *OTHER_PLACES, *SCRIPTS, *NESTED]


def as_a_browser_reads(address: str) -> str:
    """The address that a browser goes to: it drops tabs and line ends and takes \\ for /."""
    plain = "".join(mark for mark in address.strip() if mark not in "\t\r\n").replace("\\", "/")
    return urljoin("http://localhost/console/login", plain)


def assert_stays(client: FlaskClient, answer: Any) -> None:
    """The redirect, and those after it, end in the console of this site, and set no cookie that was asked for."""
    for _ in range(5):
        assert answer.headers.get("Set-Cookie", "").partition("=")[0] != "a"
        if answer.status_code != 303:
            assert answer.status_code in {200, 400, 404}
            return
        gone_to = urlsplit(as_a_browser_reads(answer.headers["Location"]))
        assert (gone_to.scheme, gone_to.netloc) == ("http", "localhost")
        assert f"{gone_to.path}/".startswith("/console/")
        answer = client.get(answer.headers["Location"])
    raise AssertionError("the way has no end")


@pytest.mark.parametrize("address", HOSTILE, ids=ascii)
def test_who_is_signed_in_already_stays(staff: Caller, address: str) -> None:
    answer = staff.client.get(f"/console/login?next={quote(address, safe='')}")
    assert answer.status_code == 303
    assert_stays(staff.client, answer)


@pytest.mark.parametrize("address", HOSTILE, ids=ascii)
def test_who_chooses_a_theme_stays(staff: Caller, address: str) -> None:
    form = {"theme": "dark", "next": address, "csrf_token": csrf_token(staff.client, "/console/stores")}
    answer = staff.client.post("/console/theme", data=form)
    assert answer.status_code == 303
    assert_stays(staff.client, answer)
    scripted = staff.client.post("/console/theme", data=form, headers={"HX-Request": "true"})
    assert scripted.headers["HX-Redirect"] == answer.headers["Location"]


@pytest.mark.parametrize("address", [OTHER_SITES[0], OTHER_SITES[3], OTHER_PLACES[4], SCRIPTS[0], NESTED[0]])
def test_who_signs_in_stays(app: HoldfastApp, client: FlaskClient, address: str) -> None:
    make_user(app, Role.OPERATOR, "anna")
    page = f"/console/login?next={quote(address, safe='')}"
    form = {"username": "anna", "password": PASSWORD, "csrf_token": csrf_token(client, page), "next": address}
    answer = client.post("/console/login", data=form)
    assert answer.status_code == 303
    assert_stays(client, answer)


@pytest.mark.parametrize("before", ["https://evil.example/console/stores", "//evil.example/console/", "javascript:1"])
def test_a_refused_form_leads_back_to_no_other_site(staff: Caller, sql: Any, before: str) -> None:
    done = (
        "INSERT INTO jobs (name, args, request_id, state, finished_at) VALUES ('mail.purge', '{}', 'x', 'done', now())"
    )
    sql.execute(f"{done} RETURNING id")
    path = f"/console/ops/jobs/{sql.fetchone()[0]}/cancel"
    form = {"csrf_token": csrf_token(staff.client, "/console/stores")}
    told = staff.client.post(path, data=form, headers={"Referer": "http://localhost/console/stores"})
    assert (told.status_code, told.headers["Location"]) == (303, "/console/stores")
    refused = staff.client.post(path, data=form, headers={"Referer": before, "HX-Current-URL": before})
    assert refused.status_code == 409
    assert "Location" not in refused.headers
