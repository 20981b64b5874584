"""One activation in the console: everything that came of it, and what an operator does about it, once."""

import re
from typing import Any

import pytest

from app.core.ids import uuid7
from app.core.web import HoldfastApp
from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.api.console_offers import PAGE, at, four_activations
from tests.api.console_orders import HTMX, flashed, sent
from tests.api.letters import told
from tests.api.made_offers import offer, partner, steps
from tests.api.made_wallet import balance, wrong_books
from tests.api.worked import work_off
from tests.callers import Caller

STEP = re.compile(r'name="step" value="(\d+)"')


@pytest.fixture(autouse=True)
def exact(app: HoldfastApp, clean: None) -> Any:
    yield
    assert wrong_books(app) == []


@pytest.fixture
def four(app: HoldfastApp, staff: Caller, anna: Caller, bert: Caller) -> dict[str, Any]:
    return four_activations(app, staff, anna, bert)


def text_of(staff: Caller, name: str) -> str:
    """The page of an activation, in one line."""
    answer = staff.client.get(at(name))
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def shown_step(staff: Caller, name: str) -> str:
    """The step that the page asks about."""
    found = STEP.search(text_of(staff, name))
    assert found
    return found[1]


def actions(app: HoldfastApp, name: str) -> list[tuple[str, str]]:
    """What operators did about an activation, by the audit log."""
    statement = "SELECT action, actor_name FROM audit_log WHERE object_id = %s AND source = 'console' ORDER BY id"
    return [tuple(row) for row in told(app, statement, name)]


def test_the_page_tells_everything(staff: Caller, four: dict[str, Any]) -> None:
    for name, words in {
        "done": (
            "Premium</h1>", "For anna, at €9.90", "It was activated", "R-1", "-€9.90", "+€9.90", "Revenue", "Settled",
            "€40.10", "30 days", "Running", "Premium is activated", "Send again", "See it in the audit log",
        ),
        "failed": ("Music</h1>", "It was refused", ">no</p>", "Given back", "€45.00", "€50.00", "Failed", "1 day"),
        "stuck": ("Stuck", "It waits for you since", "Nothing definite", "HTTP 503", "Not begun", "Next step"),
        "new": ("Pending", "It was not asked yet", "0 times", "No mail about it was written yet."),
    }.items():  # fmt: skip
        text = text_of(staff, four[name])
        for word in words:
            assert word in text, (name, word)


@pytest.mark.parametrize(
    ("name", "verbs"),
    [("done", set()), ("failed", set()), ("new", {"ask"}), ("stuck", {"ask", "settle", "refund"})],
)
def test_only_what_is_legal_is_offered(
    staff: Caller, as_role: AsRole, four: dict[str, Any], name: str, verbs: set[str]
) -> None:
    place = at(four[name])
    assert set(re.findall(rf'action="{place}/(ask|settle|refund)"', staff.client.get(place).text)) == verbs
    viewer = as_role("viewer").client
    text = viewer.get(place).text
    assert (f'action="{place}' in text, "Send again" in text) == (False, False)
    token = csrf_token(viewer, "/console/")
    for verb in ("ask", "settle", "refund", "mails/1/resend"):
        assert viewer.post(f"{place}/{verb}", data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize(
    ("verb", "done", "has", "status"),
    [
        ("settle", "It is settled; the customer's time runs.", "35.10", "activated"),
        ("refund", "The money is back in the customer's account.", "40.10", "failed"),
    ],
)
def test_a_stuck_one_is_ended_once_by_whoever_comes_first(
    app: HoldfastApp, staff: Caller, anna: Caller, four: dict[str, Any], *, verb: str, done: str, has: str, status: str
) -> None:
    place = at(four["stuck"])
    answer = sent(staff.client, f"{place}/{verb}", headers=HTMX, note="<b>on the phone</b>")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, place)
    assert flashed(staff.client, place).replace("&#39;", "'") == done
    for other in ("settle", "refund", "ask"):
        sent(staff.client, f"{place}/{other}", note="again", step="1")
        assert f"Nothing was changed; it is {status} now." in flashed(staff.client, place)
    assert balance(anna) == has
    end = {"settle": "activation.succeeded", "refund": "activation.failed"}[verb]
    assert actions(app, four["stuck"]) == [(end, "operator")]
    text = text_of(staff, four["stuck"])
    assert "&lt;b&gt;on the phone&lt;/b&gt;" in text
    assert "<b>on" not in text
    work_off(app, "offers.write_mail")
    assert len(told(app, "SELECT id FROM emails WHERE key LIKE %s", f"activation:{four['stuck']}:%")) == 1


def test_an_end_needs_a_word_on_how_it_is_known(staff: Caller, anna: Caller, four: dict[str, Any]) -> None:
    place = at(four["stuck"])
    for verb in ("settle", "refund"):
        for note in ("", " ", "x" * 201):
            assert sent(staff.client, f"{place}/{verb}", note=note).status_code == 303
            assert flashed(staff.client, place).startswith("Nothing was done. Say how you know it:")
    assert balance(anna) == "35.10"


def test_what_is_not_stuck_is_not_ended(staff: Caller, bert: Caller, four: dict[str, Any]) -> None:
    place = at(four["new"])
    for verb in ("settle", "refund"):
        sent(staff.client, f"{place}/{verb}", note="I think so")
        assert "Nothing was changed; it is pending now." in flashed(staff.client, place)
    assert balance(bert) == "40.10"


def test_the_partner_is_asked_again_once_for_each_step_that_was_shown(
    app: HoldfastApp, staff: Caller, anna: Caller, four: dict[str, Any]
) -> None:
    place, step = at(four["stuck"]), shown_step(staff, four["stuck"])
    sent(staff.client, f"{place}/ask", step=step)
    assert flashed(staff.client, place) == "The partner is asked again in a moment."
    sent(staff.client, f"{place}/ask", step=step)
    assert "went on since you looked at it. Nothing was changed; it is stuck now." in flashed(staff.client, place)
    assert actions(app, four["stuck"]) == [("activation.asked_again", "operator")]
    with partner(app, "succeeded") as speaker:
        steps(app, 2)
    assert speaker.heard.count(("GET", four["stuck"])) == 1
    assert "Activated" in text_of(staff, four["stuck"])
    assert balance(anna) == "35.10"


def test_a_mail_is_sent_again_only_from_its_own_activation(
    app: HoldfastApp, staff: Caller, four: dict[str, Any]
) -> None:
    [row] = told(app, "SELECT id FROM emails WHERE key = %s", f"activation:{four['done']}:activated")
    sent(staff.client, f"{at(four['failed'])}/mails/{row.id}/resend")
    assert "There is no mail" in flashed(staff.client, at(four["failed"]))
    sent(staff.client, f"{at(four['done'])}/mails/{row.id}/resend")
    assert flashed(staff.client, at(four["done"])) == "The mail is queued again, as a mail of its own."
    assert len(told(app, "SELECT id FROM emails WHERE resend_of = %s", row.id)) == 1


def test_a_customer_has_their_subscriptions_with_their_periods(
    app: HoldfastApp, staff: Caller, anna: Caller, four: dict[str, Any]
) -> None:
    with partner(app, "succeeded"):
        anna.post("/api/v1/activation", json={"offer_id": four["premium"]})
        work_off(app)
    place = f"/console/customers/{anna.user_id}/subscriptions"
    assert f'hx-get="{place}"' in staff.client.get(f"/console/customers/{anna.user_id}").text
    part = staff.client.get(place, headers=HTMX).text
    assert re.findall(r'<span class="badge[^>]*>([\w ]+)</span>', part) == ["Begins later", "Running", "Running"]
    periods = "SELECT starts_at, ends_at FROM subscriptions WHERE user_id = %s AND offer_id = %s ORDER BY starts_at"
    first, second = told(app, periods, anna.user_id, four["premium"])
    assert first.ends_at == second.starts_at
    assert part.count(f'datetime="{first.ends_at:%Y-%m-%dT%H:%M:%S}') == 3
    assert at(four["stuck"]) in part
    assert f"{PAGE}?customer_id={anna.user_id}" in part


def test_the_statement_of_a_customer_leads_to_the_activation(staff: Caller, anna: Caller, four: dict[str, Any]) -> None:
    text = staff.client.get(f"/console/customers/{anna.user_id}/wallet").text
    assert f'href="{at(four["done"])}">Activation</a>' in text


def test_who_bought_nothing_and_what_is_not_there_say_so(staff: Caller, anna: Caller) -> None:
    assert "No subscriptions" in staff.client.get(f"/console/customers/{anna.user_id}/subscriptions").text
    assert staff.client.get("/console/customers/999999/subscriptions").status_code == 404
    assert staff.client.get(at(str(uuid7()))).status_code == 404
    for verb in ("ask", "settle", "refund"):
        assert sent(staff.client, f"{at(str(uuid7()))}/{verb}", note="x").status_code == 404


def test_names_and_what_the_partner_says_are_never_markup(
    app: HoldfastApp, staff: Caller, anna: Caller, four: dict[str, Any]
) -> None:
    owned = "<img src=x onerror=alert(1)>"
    made = offer(staff, name=owned)["id"]
    with partner(app, "succeeded"):
        name = anna.post("/api/v1/activation", json={"offer_id": made}).json["transaction_id"]
    told(app, "UPDATE activations SET reason = %s, reference = %s WHERE id = %s", owned, owned, name)
    paths = (
        PAGE,
        at(name),
        f"/console/customers/{anna.user_id}/subscriptions",
        f"/console/customers/{anna.user_id}/wallet",
    )
    for path in paths:
        text = staff.client.get(path).text
        assert ("&lt;img src=x" in text, "<img" in text) == (True, False), path
