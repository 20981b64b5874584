"""A list is kept with its filter under a name; it is its owner's, or everybody's when an operator shares it."""

import re
from html import unescape
from typing import Any

import pytest

from app.console.errors import TooManyViews
from app.console.service import views as service
from app.console.service.views import MOST_OF_A_LIST
from app.core import db
from app.core.roles import Role
from app.core.web import HoldfastApp
from tests.api.browsing import csrf_token, flashed
from tests.api.conftest import AsRole
from tests.api.parallel import at_once
from tests.callers import Caller

STORES, VIEWS = "/console/stores", "/console/views"
FILTERED = f"{STORES}?is_active=false&q=quay"
LINK = re.compile(
    r'<a href="(/console/[^"]+)"\s*(?:aria-current="true")?\s*>\s*([^<]+?)\s*'
    r'(?:<span class="hint">(.*?)</span>)?\s*</a>'
)
DELETE = re.compile(r'action="(/console/views/\d+/delete)"')


def sent(caller: Caller, path: str = VIEWS, **form: str) -> Any:
    return caller.client.post(path, data=form | {"csrf_token": csrf_token(caller.client, STORES)})


def save(caller: Caller, name: str, query: str = "q=quay&is_active=false", **form: str) -> Any:
    return sent(caller, **{"list": STORES, "query": query, "name": name} | form)


def rows(sql: Any, statement: str) -> list[Any]:
    sql.execute(statement)
    return list(sql.fetchall())


def kept(caller: Caller, path: str = STORES) -> dict[str, tuple[str, str]]:
    """The views in the menu of a list: where each leads, and whose it is."""
    menu = caller.client.get(path).text.partition('class="views-menu"')[2].partition("</details>")[0]
    return {unescape(name): (unescape(url), whose) for url, name, whose in LINK.findall(menu)}


@pytest.fixture
def ben(as_role: AsRole) -> Caller:
    return as_role(Role.VIEWER, "ben")


def test_a_kept_view_leads_back_to_the_same_filter(ben: Caller) -> None:
    answer = save(ben, "Closed quays")
    assert (answer.status_code, answer.headers["Location"]) == (303, FILTERED)
    assert flashed(ben.client, FILTERED) == "The view “Closed quays” is saved."
    assert kept(ben) == {"Closed quays": (FILTERED, "")}
    assert "Closed quays</span>" in ben.client.get(f"{STORES}?q=quay&ordering=&is_active=false").text


def test_the_menu_offers_to_keep_what_is_filtered_and_nothing_else(ben: Caller) -> None:
    assert "Save view" not in ben.client.get(STORES).text
    assert "Save view" in ben.client.get(FILTERED).text
    save(ben, "Closed quays")
    assert "Save view" not in ben.client.get(FILTERED).text


def test_a_view_is_of_one_list_and_of_one_person(ben: Caller, as_role: AsRole) -> None:
    save(ben, "Closed quays")
    assert kept(ben, "/console/products") == {}
    assert kept(as_role(Role.VIEWER, "cleo")) == {}


def test_the_place_in_a_list_is_not_kept(ben: Caller) -> None:
    save(ben, "Quays", "cursor=abc&q=quay")
    assert kept(ben) == {"Quays": (f"{STORES}?q=quay", "")}


def test_the_same_name_takes_the_place_of_the_old_view(ben: Caller) -> None:
    save(ben, "Quays")
    save(ben, "QUAYS", "q=harbour")
    assert kept(ben) == {"QUAYS": (f"{STORES}?q=harbour", "")}


def test_a_filter_that_the_list_does_not_know_any_more_breaks_nothing(ben: Caller) -> None:
    save(ben, "Old", "colour=blue&ordering=by_moon&q=quay")
    [(url, _)] = kept(ben).values()
    assert ben.client.get(url).status_code == 200


def test_an_operator_shares_a_view_and_a_viewer_does_not(as_role: AsRole, ben: Caller, sql: Any) -> None:
    olga, cleo = as_role(Role.OPERATOR, "olga"), as_role(Role.VIEWER, "cleo")
    save(olga, "For all", is_shared="true")
    save(ben, "Not for all", is_shared="true")
    assert kept(cleo) == {"For all": (FILTERED, "shared by olga")}
    assert rows(sql, "SELECT action, actor_name, new ->> 'name' FROM audit_log WHERE object_type = 'view'") == [
        ("view.saved", "olga", "For all")
    ]


def test_only_its_owner_deletes_a_view_and_an_admin_a_shared_one(as_role: AsRole, ben: Caller, sql: Any) -> None:
    olga, amy = as_role(Role.OPERATOR, "olga"), as_role(Role.ADMIN, "amy")
    save(olga, "For all", is_shared="true")
    save(olga, "Mine")
    of = dict(rows(sql, "SELECT name, id FROM saved_views"))
    for caller, name in ((ben, "For all"), (ben, "Mine"), (amy, "Mine")):
        assert sent(caller, f"{VIEWS}/{of[name]}/delete").status_code == 404
    assert DELETE.findall(ben.client.get(STORES).text) == []
    assert sent(amy, f"{VIEWS}/{of['For all']}/delete").headers["Location"] == STORES
    assert sent(olga, f"{VIEWS}/{of['Mine']}/delete").status_code == 303
    assert kept(olga) == {}
    assert sent(olga, f"{VIEWS}/{of['Mine']}/delete").status_code == 404
    assert rows(sql, "SELECT actor_name FROM audit_log WHERE action = 'view.deleted'") == [("amy",)]


def test_so_many_views_of_a_list_are_kept_and_no_more_by_two_at_once(app: HoldfastApp, ben: Caller, sql: Any) -> None:
    facts: dict[str, Any] = {"user_id": ben.user_id, "path": STORES, "query": "q=x", "is_shared": False}

    def one(number: int) -> str:
        try:
            with db.transaction():
                service.save(name=f"View {number}", **facts)
        except TooManyViews:
            return "refused"
        return "kept"

    for number in range(MOST_OF_A_LIST - 1):
        assert save(ben, f"View {number}").status_code == 303
    assert sorted(at_once(app, 2, lambda number: one(90 + number))) == ["kept", "refused"]
    assert "Delete one first" in save(ben, "Too late").text
    assert rows(sql, "SELECT count(*) FROM saved_views") == [(MOST_OF_A_LIST,)]
    assert save(ben, "View 0", "q=other").status_code == 303
    assert kept(ben)["View 0"] == (f"{STORES}?q=other", "")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("https://evil.example/console/stores", "q=x"),
        ("//evil.example/console/stores", "q=x"),
        ("/console/nowhere", "q=x"),
        ("/console/stores/1", "q=x"),
        ("/api/v1/stores", "q=x"),
        ("/console/logout", "q=x"),
        (STORES, "cursor=abc"),
        (STORES, "q="),
        (STORES, ""),
        (STORES, "q=" + "é" * 900),
    ],
)
def test_only_a_filtered_list_of_the_console_is_kept(ben: Caller, sql: Any, path: str, query: str) -> None:
    assert sent(ben, list=path, query=query, name="Bad").status_code == 422
    assert rows(sql, "SELECT count(*) FROM saved_views") == [(0,)]


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_view_needs_a_short_name(ben: Caller, name: str) -> None:
    assert save(ben, name).headers["Location"] == FILTERED
    assert flashed(ben.client, FILTERED) == "A view needs a name of at most 40 letters."
    assert kept(ben) == {}


def test_a_name_with_markup_stays_text(ben: Caller) -> None:
    save(ben, "<img src=x onerror=1>")
    assert "<img" not in ben.client.get(STORES).text
    assert list(kept(ben)) == ["<img src=x onerror=1>"]


def test_a_list_that_is_a_part_of_another_page_offers_no_views(ben: Caller) -> None:
    around = {"HX-Request": "true", "HX-Current-URL": "http://localhost/console/customers/1"}
    assert 'class="views"' in ben.client.get("/console/orders").text
    assert 'class="views"' not in ben.client.get("/console/orders?customer_id=1", headers=around).text
