"""One search finds objects, pages and actions by how they begin; nothing that is typed is code."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app.core.panels import PANELS, Finder
from app.core.roles import Role
from tests.api.conftest import AsRole
from tests.api.made import product, store
from tests.api.made_customers import customer, segment
from tests.api.made_offers import offer
from tests.api.made_orders import placed
from tests.callers import Caller

HERE = "/console/search"
OPTION = re.compile(r'role="option".*?href="([^"]+)".*?palette-label">(.*?)</span>', re.DOTALL)


def found(client: FlaskClient, text: str) -> dict[str, str]:
    """The palette's options and where they lead."""
    answer = client.get(HERE, query_string={"q": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return {unescape(label): href for href, label in OPTION.findall(answer.text)}


@pytest.fixture
def ben(as_role: AsRole) -> Caller:
    return as_role(Role.VIEWER, "ben")


def test_an_order_is_found_by_the_beginning_of_its_reference(ben: Caller, anna: Caller, tea: int) -> None:
    order = placed(anna, (tea, 1)).json
    where = {order["reference"]: f"/console/orders/{order['id']}"}
    letters = order["reference"].removeprefix("ORD-")
    for text in (order["reference"], order["reference"][:7], letters, letters[:4].lower(), f"  {order['reference']} "):
        assert where.items() <= found(ben.client, text).items(), text
    assert order["reference"] not in found(ben.client, letters[1:])


def test_a_customer_is_found_by_name_and_address_until_deleted(ben: Caller, staff: Caller) -> None:
    made = customer(staff, username="quinn77", email="q@shop.example", first_name="Quincy", last_name="Zhang")
    for text in ("quinn", "QUINN77", "q@shop", "quincy", "zhan"):
        assert found(ben.client, text).get("quinn77") == f"/console/customers/{made['id']}", text
    assert staff.delete(f"/api/v1/customers/{made['id']}").status_code == 204
    assert "quinn77" not in found(ben.client, "quinn")


@pytest.mark.parametrize("text", ["green", "TEA", "tea gre", "spec-77", "77", "SPEC 77"])
def test_a_product_is_found_by_any_word_of_its_name_or_sku(ben: Caller, staff: Caller, text: str) -> None:
    made = product(staff, name="Fine green tea", sku="SPEC-77")
    assert found(ben.client, text).get("Fine green tea") == f"/console/products/{made['id']}"


def test_a_promo_is_found_by_its_product_and_by_its_number(ben: Caller, staff: Caller) -> None:
    made = product(staff, name="Copper kettle", sku="KET-1", price="20.00")
    soon = datetime.now(UTC) + timedelta(hours=1)
    body = {"product_id": made["id"], "promo_price": "9.00", "quantity": 2, "audience": "all", "max_distance_km": None}
    times = {"starts_at": soon.isoformat(), "ends_at": (soon + timedelta(hours=1)).isoformat()}
    promo = staff.post("/api/v1/flash-promos", json=body | times).json
    for text in ("kett", "copper", str(promo["id"]), f"#{promo['id']}"):
        assert f"/console/promos/{promo['id']}" in found(ben.client, text).values(), text


def test_a_store_a_page_and_an_action_are_found(ben: Caller, staff: Caller) -> None:
    made = store(staff, name="Lisboa Baixa")
    assert found(ben.client, "baix") == {"Lisboa Baixa": f"/console/stores/{made['id']}"}
    assert found(ben.client, "heal") == {"Health": "/console/ops/health"}
    assert found(staff.client, "new sto") == {"New store": "/console/stores/new"}


def test_segments_and_offers_are_found_by_the_words_of_their_names(ben: Caller, staff: Caller) -> None:
    ours = segment(staff, "Harbour regulars")
    theirs = offer(staff, name="Evening delivery pass")
    hidden = offer(staff, name="Harbour pass", is_active=False)
    assert found(ben.client, "regu") == {"Harbour regulars": f"/console/segments/{ours['id']}"}
    assert found(ben.client, "pass eve") == {"Evening delivery pass": f"/console/offers/{theirs['id']}"}
    assert set(found(ben.client, "harb")) == {"Harbour regulars", "Harbour pass"}
    page = ben.client.get(HERE, query_string={"q": "pass"}).text
    assert f'<a href="/console/offers/{hidden["id"]}">Harbour pass</a>' in page
    assert ("30 days" in page, "inactive" in page) == (True, True)
    assert not found(ben.client, "egulars")


def test_nobody_is_offered_what_they_may_not_do(as_role: AsRole) -> None:
    offered = {role: found(as_role(role).client, "") for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN)}
    assert "New store" not in offered[Role.VIEWER]
    assert "New store" in offered[Role.OPERATOR]
    assert {"Users", "New user"}.isdisjoint(offered[Role.OPERATOR])
    assert {"Users", "New user"} <= offered[Role.ADMIN].keys()


def test_a_customer_searches_nothing(as_role: AsRole) -> None:
    assert as_role(Role.CUSTOMER, "carl").client.get(HERE).status_code == 403


def test_everything_that_is_offered_can_be_opened(as_role: AsRole) -> None:
    for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN):
        client = as_role(role).client
        assert {href: client.get(href).status_code for href in found(client, "").values()} == dict.fromkeys(
            found(client, "").values(), 200
        )


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "a'; DROP TABLE users; --",
        "a:* | b & !c <-> (",
        *("%", "_", "\\", "\0", "ORD-%", "ORD-_", "🛍️", "é̂", "1e400", "{{ 7 * 7 }}"),
        *("x" * 5000, "'" * 50, "9" * 40),
    ],
)
def test_hostile_text_stays_text(ben: Caller, anna: Caller, tea: int, text: str) -> None:
    placed(anna, (tea, 1))
    assert not [label for label in found(ben.client, text) if label.startswith("ORD-")]
    page = ben.client.get(HERE, query_string={"q": text})
    assert page.status_code == 200
    assert "<img" not in page.text
    assert "49" not in re.findall(r'value="([^"]*)"', page.text)


def test_a_stored_name_with_markup_stays_text(ben: Caller, staff: Caller) -> None:
    store(staff, name="Evil <img src=x onerror=alert(1)> store")
    for headers in ({}, {"HX-Request": "true"}):
        answer = ben.client.get(HERE, query_string={"q": "evil"}, headers=headers)
        assert "&lt;img src=x" in answer.text
        assert "<img" not in answer.text


def test_without_script_the_same_is_found_on_a_page(ben: Caller, staff: Caller) -> None:
    made = store(staff, name="Lisboa Baixa")
    page = ben.client.get(HERE, query_string={"q": "lisboa"}).text
    assert f'<a href="/console/stores/{made["id"]}">Lisboa Baixa</a>' in page
    assert 'value="lisboa"' in page
    assert 'role="option"' not in page


def test_a_kind_that_cannot_be_read_says_so_and_the_others_stay(
    ben: Caller, staff: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(_text: str) -> Any:
        raise OperationalError("SELECT", {}, Exception("canceled"))

    store(staff, name="Lisboa Baixa")
    monkeypatch.setitem(PANELS.finders, "products", Finder("Products", "box", 30, unread))
    page = ben.client.get(HERE, query_string={"q": "lisboa"}).text
    assert "This could not be read" in page
    assert "Lisboa Baixa" in page
