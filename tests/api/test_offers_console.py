"""Offers in the console: made, changed, shown and hidden, deleted while nobody bought them; and how many did."""

import re

import pytest

from app.core.web import HoldfastApp
from tests.api.browsing import csrf_token, exported
from tests.api.conftest import AsRole
from tests.api.console_offers import OFFERS_PAGE as PAGE
from tests.api.console_offers import four_activations
from tests.api.console_orders import flashed, sent
from tests.api.letters import told
from tests.api.made_offers import OFFERS, PREMIUM, offer, partner
from tests.callers import Caller

FORM = {"name": "Premium", "price": "9,90", "duration_days": "30", "description": "", "is_active": "true"}
ROW = re.compile(r'class="row-link"\s+href="/console/offers/\d+">([^<]+)<')


@pytest.fixture
def three(staff: Caller) -> dict[str, int]:
    """Three offers, one of them inactive."""
    offers = (("Premium", "9.90", True), ("Music", "5.00", False), ("=Film", "7.00", True))
    return {name: offer(staff, name=name, price=price, is_active=active)["id"] for name, price, active in offers}


def states(staff: Caller) -> dict[str, bool]:
    """Which offers are active."""
    return {row["name"]: row["is_active"] for row in staff.get(OFFERS).json["data"]}


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["=Film", "Music", "Premium"]),
        ("ordering=-name", ["Premium", "Music", "=Film"]),
        ("ordering=cheapest", ["Music", "=Film", "Premium"]),
        ("ordering=dearest", ["Premium", "=Film", "Music"]),
        ("q=mus", ["Music"]),
        ("q=%25", []),
        ("is_active=true", ["=Film", "Premium"]),
        ("is_active=false", ["Music"]),
        ("is_active=x&ordering=x", ["=Film", "Music", "Premium"]),
    ],
)
def test_the_list_and_its_export_show_the_rows_of_the_filter(staff: Caller, query: str, names: list[str]) -> None:
    assert ROW.findall(staff.client.get(f"{PAGE}?{query}").text) == names
    rows = exported(staff.client, f"{PAGE}/export.csv?{query}")
    assert [row["name"].removeprefix("'") for row in rows] == names
    assert not any(row["name"].startswith("=") for row in rows)


def test_an_offer_is_made_and_changed_by_a_form(staff: Caller, app: HoldfastApp) -> None:
    answer = sent(staff.client, PAGE, **FORM)
    made = staff.get(OFFERS).json["data"][0]
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}/{made['id']}")
    assert (made["name"], made["price"], made["duration_days"]) == ("Premium", "9.90", 30)
    assert 'value="9.90"' in staff.client.get(f"{PAGE}/{made['id']}/edit").text
    sent(staff.client, f"{PAGE}/{made['id']}", **FORM | {"price": "8", "version": "1"})
    assert staff.get(f"{OFFERS}/{made['id']}").json["price"] == "8.00"
    audited = told(app, "SELECT action, source FROM audit_log WHERE object_type = 'offer' ORDER BY id")
    assert [tuple(row) for row in audited] == [("offer.created", "console"), ("offer.updated", "console")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "Fill this in."),
        ({"price": "0"}, "Must be greater than or equal to 0.01."),
        ({"price": "x"}, "Write an amount such as"),
        ({"duration_days": "0"}, "Must be greater than or equal to 1 and less than or equal to 3660."),
        ({"duration_days": "1.5"}, "integer"),
    ],
)
def test_what_is_wrong_stands_at_its_field(staff: Caller, change: dict[str, str], words: str) -> None:
    answer = sent(staff.client, PAGE, **FORM | change)
    assert (answer.status_code, words in answer.text) == (422, True), re.findall("</svg>([^<]+)<", answer.text)
    assert staff.get(OFFERS).json["data"] == []


def test_who_saves_second_sees_both_values(staff: Caller) -> None:
    made = offer(staff)
    staff.call("PATCH", f"{OFFERS}/{made['id']}", json={"price": "7.00"})
    answer = sent(staff.client, f"{PAGE}/{made['id']}", **FORM | {"price": "8.00", "version": "1"})
    assert answer.status_code == 409
    for side, price in (("yours", "8.00"), ("theirs", "7.00")):
        assert re.search(rf'data-{side}="price">{price}<', answer.text)
    assert staff.get(f"{OFFERS}/{made['id']}").json["price"] == "7.00"


def test_the_page_of_an_offer_says_how_many_bought_it(
    app: HoldfastApp, staff: Caller, anna: Caller, bert: Caller
) -> None:
    made = four_activations(app, staff, anna, bert)

    def figures(name: str) -> dict[str, str]:
        text = staff.client.get(f"{PAGE}/{made[name]}").text
        return dict(re.findall(r"<span>([\w ]+)</span>\s*<strong>(\d+)</strong>", text))

    nothing = {"Pending": "0", "Processing": "0", "Activated": "0", "Failed": "0", "Running now": "0"}
    assert figures("premium") == nothing | {"Pending": "1", "Activated": "1", "Running now": "1"}
    assert figures("music") == nothing | {"Processing": "1", "Failed": "1"}
    told(
        app,
        "UPDATE subscriptions SET starts_at = starts_at - interval '30 days', ends_at = ends_at - interval '30 days'",
    )
    assert figures("premium")["Running now"] == "0"


def test_an_offer_is_hidden_and_shown_again(staff: Caller) -> None:
    made = offer(staff)
    for verb, word in (("deactivate", "inactive"), ("activate", "active")):
        assert sent(staff.client, f"{PAGE}/{made['id']}/{verb}").status_code == 303
        assert flashed(staff.client) == f"Premium is {word}."
        assert states(staff) == {"Premium": word == "active"}


def test_only_what_nobody_bought_is_deleted(app: HoldfastApp, staff: Caller, anna: Caller, bert: Caller) -> None:
    made = four_activations(app, staff, anna, bert)
    answer = sent(staff.client, f"{PAGE}/{made['premium']}/delete")
    assert (answer.status_code, "still referred to" in answer.text) == (409, True)
    spare = offer(staff, name="Spare")["id"]
    assert sent(staff.client, f"{PAGE}/{spare}/delete").headers["Location"] == PAGE
    assert set(states(staff)) == {"Premium", "Music"}


def test_many_are_switched_and_the_others_are_counted(staff: Caller, three: dict[str, int], app: HoldfastApp) -> None:
    answer = sent(staff.client, f"{PAGE}/bulk?q=m", all="true", do="activate")
    assert answer.headers["Location"] == f"{PAGE}?q=m&ordering=name"
    assert flashed(staff.client) == "1 done, 2 skipped: 2 active already."
    assert all(states(staff).values())
    sent(staff.client, f"{PAGE}/bulk", row=[three["Music"], three["=Film"], 999], do="deactivate")
    assert flashed(staff.client) == "2 done, 1 skipped: 1 gone."
    assert states(staff) == {"Premium": True, "Music": False, "=Film": False}
    audited = told(app, "SELECT count(*) AS made FROM audit_log WHERE action = 'offer.updated' AND source = 'console'")
    assert audited[0].made == 3
    for form in ({}, {"row": "x"}):
        assert sent(staff.client, f"{PAGE}/bulk", do="activate", **form).status_code == 409
    assert sent(staff.client, f"{PAGE}/bulk", all="true", do="burn").status_code == 409
    assert states(staff)["Premium"] is True


def test_who_may_not_change_offers_is_offered_nothing(as_role: AsRole, three: dict[str, int]) -> None:
    viewer = as_role("viewer").client
    place = f"{PAGE}/{three['Premium']}"
    text = viewer.get(PAGE).text + viewer.get(place).text
    assert [word in text for word in ('name="row"', "New offer", "Edit</a>", "Delete", "Deactivate")] == [False] * 5
    token = csrf_token(viewer, "/console/")
    for path in (PAGE, place, f"{place}/delete", f"{place}/deactivate", f"{PAGE}/bulk"):
        assert viewer.post(path, data={"csrf_token": token}).status_code == 403
    assert viewer.get(f"{PAGE}/999999").status_code == 404


def test_a_shop_without_a_partner_is_told_so(app: HoldfastApp, staff: Caller) -> None:
    made = offer(staff, **PREMIUM)
    for path in (PAGE, f"{PAGE}/{made['id']}"):
        with partner(app, "succeeded"):
            assert "No partner is configured" not in staff.client.get(path).text
        with partner(app, "succeeded", partner_url=""):
            assert "No partner is configured" in staff.client.get(path).text


def test_names_are_never_markup(staff: Caller) -> None:
    made = offer(staff, name="<img src=x onerror=alert(1)>", description="<script>alert(1)</script>")
    for path in (PAGE, f"{PAGE}/{made['id']}", f"{PAGE}/{made['id']}/edit"):
        text = staff.client.get(path).text
        assert "&lt;img src=x" in text
        assert ("<img" in text, "<script>" in text) == (False, False)
