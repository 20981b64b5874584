"""Lists of stores: filters, orderings, pages, and never an old answer."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.redis import Doorbell
from app.core.web import HoldfastApp, settings_of
from tests.api.conftest import AsRole
from tests.api.made import STORES, names, place, store
from tests.api.problem import assert_problem
from tests.callers import Caller


@pytest.fixture
def four(staff: Caller) -> list[dict[str, Any]]:
    """Four stores; one is inactive, two differ only by case."""
    return [store(staff, name=name, is_active=name != "delta") for name in ("beta", "Alpha", "delta", "ALPHA")]


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("name", ["Alpha", "ALPHA", "beta"]),
        ("-name", ["beta", "ALPHA", "Alpha"]),
        ("oldest", ["beta", "Alpha", "ALPHA"]),
        ("newest", ["ALPHA", "Alpha", "beta"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.usefixtures("four")
def test_every_ordering_holds_over_all_pages(
    client: FlaskClient, ordering: str, expected: list[str], limit: int
) -> None:
    found = [name for page in _pages(client, f"{STORES}?ordering={ordering}&limit={limit}") for name in names(page)]
    assert found == expected


def test_stores_of_one_name_are_all_shown_once(staff: Caller, client: FlaskClient) -> None:
    made = [store(staff, name="Twin")["id"] for _ in range(7)]
    pages = list(_pages(client, f"{STORES}?limit=2"))
    assert [row["id"] for page in pages for row in page.json["data"]] == made
    assert [len(page.json["data"]) for page in pages] == [2, 2, 2, 1]


def test_a_page_ends_with_the_link_and_cursor_of_the_next(client: FlaskClient, four: list[Any]) -> None:
    first = client.get(f"{STORES}?limit=2&q=a&fields=name")
    assert first.get_json()["next_cursor"] in first.headers["Link"]
    link = first.headers["Link"]
    assert link.startswith(f"<{STORES}?limit=2&q=a&fields=name&cursor=")
    assert link.endswith('>; rel="next"')
    last = client.get(link[1 : link.index(">")])
    assert last.json == {"data": [{"name": "beta"}], "next_cursor": None}
    assert "Link" not in last.headers


def test_pages_stand_still_while_stores_are_opened_and_deleted(staff: Caller, client: FlaskClient) -> None:
    made = [store(staff, name=f"m{number}") for number in range(4)]
    first = client.get(f"{STORES}?limit=2").get_json()
    store(staff, name="a before all")
    staff.delete(place(made[1]))
    second = client.get(f"{STORES}?limit=2&cursor={first['next_cursor']}")
    assert names(second) == ["m2", "m3"]


@pytest.mark.usefixtures("four")
def test_a_cursor_is_bound_to_its_ordering_and_cannot_be_changed(client: FlaskClient) -> None:
    cursor = client.get(f"{STORES}?limit=1").get_json()["next_cursor"]
    assert client.get(f"{STORES}?cursor={cursor}").status_code == 200
    for ordering in ("-name", "oldest", "newest"):
        assert_problem(client.get(f"{STORES}?ordering={ordering}&cursor={cursor}"), 400, "bad_cursor")
    for end in (cursor[:-1], cursor + "x", cursor[1:], cursor.swapcase()):
        assert_problem(client.get(f"{STORES}?cursor={end}"), 400, "bad_cursor")


@pytest.mark.usefixtures("four")
def test_everybody_but_staff_sees_only_active_stores(client: FlaskClient, staff: Caller, as_role: AsRole) -> None:
    for query in ("", "?is_active=false", "?is_active=true"):
        assert len(names(client.get(STORES + query))) == 3
        assert len(names(as_role("customer").get(STORES + query))) == 3
    assert len(names(as_role("viewer").get(STORES))) == 4
    assert names(staff.get(f"{STORES}?is_active=false")) == ["delta"]
    assert "delta" not in names(staff.get(f"{STORES}?is_active=true"))


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("ALP", {"Alpha", "ALPHA"}),
        ("%25", {"100% cotton"}),
        ("_", {"under_score"}),
        ("%5C", set()),
        ("  beta ", {"beta"}),
        ("%27", set()),
    ],
)
@pytest.mark.usefixtures("four")
def test_a_search_finds_parts_of_names_literally(staff: Caller, q: str, expected: set[str]) -> None:
    store(staff, name="100% cotton")
    store(staff, name="under_score")
    assert set(names(staff.get(f"{STORES}?q={q}"))) == expected


def test_fields_narrow_lists_and_objects(staff: Caller, client: FlaskClient) -> None:
    made = store(staff)
    only = {"id": made["id"], "name": "Berlin"}
    assert client.get(f"{STORES}?fields=name,%20id").get_json()["data"] == [only]
    assert client.get(f"{place(made)}?fields=id,name,id").json == only


@pytest.fixture(params=["redis answers", "redis is gone"])
def fresh(request: pytest.FixtureRequest, app: HoldfastApp, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application with its Redis, or with one where nobody listens."""
    if request.param == "redis is gone":
        monkeypatch.setitem(app.extensions, "holdfast.redis", Doorbell(replace(settings_of(app), redis_url="")))


CHANGES: dict[str, Callable[[Caller, str], Any]] = {
    "opened": lambda staff, _: store(staff, name="Another"),
    "renamed": lambda staff, path: staff.patch(path, json={"name": "Bremen"}),
    "hidden": lambda staff, path: staff.patch(path, json={"is_active": False}),
    "deleted": lambda staff, path: staff.delete(path),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.usefixtures("fresh")
def test_a_list_shows_every_change_at_once(staff: Caller, client: FlaskClient, sql: Any, change: str) -> None:
    made = store(staff)
    assert names(client.get(STORES)) == names(client.get(STORES)) == ["Berlin"]
    CHANGES[change](staff, place(made))
    sql.execute("SELECT name FROM stores WHERE is_active ORDER BY lower(name)")
    assert names(client.get(STORES)) == names(client.get(STORES)) == [name for (name,) in sql.fetchall()]


def test_a_list_is_right_when_redis_goes_between_a_change_and_a_read(
    staff: Caller, client: FlaskClient, app: HoldfastApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = store(staff)
    assert names(client.get(STORES)) == ["Berlin"]
    with monkeypatch.context() as gone:
        gone.setitem(app.extensions, "holdfast.redis", Doorbell(replace(settings_of(app), redis_url="")))
        staff.patch(place(made), json={"name": "Bremen"})
        assert names(client.get(STORES)) == ["Bremen"]
    assert names(client.get(STORES)) == ["Bremen"]


def test_a_list_that_was_read_is_kept_in_redis(staff: Caller, client: FlaskClient, app: HoldfastApp) -> None:
    store(staff)
    client.get(STORES)
    assert len(app.extensions["holdfast.redis"].client.keys("cache:stores:1:*")) == 1


def test_a_change_that_is_refused_leaves_the_kept_list_valid(staff: Caller, client: FlaskClient, sql: Any) -> None:
    made = store(staff)
    staff.patch(place(made), json={"name": "x"}, headers={"If-Match": '"v7"'})
    sql.execute("SELECT version FROM cache_versions WHERE name = 'stores'")
    assert sql.fetchone() == (1,)


def _pages(client: FlaskClient, path: str) -> Iterator[Any]:
    """Every page, each found by the Link of the one before."""
    while path:
        page = client.get(path)
        yield page
        link = page.headers.get("Link", "")
        assert bool(link) == bool(page.get_json()["next_cursor"])
        path = link[1 : link.index(">")] if link else ""
