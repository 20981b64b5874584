"""The list of activations in the console: the rows of the filter, stuck ones first of all, many asked about at once."""

import re
from typing import Any

import pytest

from app.core import db
from app.core.web import HoldfastApp
from app.offers.queries.activations import ActivationFilter
from app.offers.service import cases
from tests.api.browsing import csrf_token, exported
from tests.api.conftest import AsRole
from tests.api.console_offers import PAGE, at, four_activations, stuck
from tests.api.console_orders import flashed, sent
from tests.api.letters import told
from tests.api.made_offers import offer, partner, steps
from tests.api.made_wallet import rich, wrong_books
from tests.api.parallel import at_once
from tests.callers import Caller

ROW = re.compile(r'class="row-link"\s+href="/console/activations/([0-9a-f-]+)">')


@pytest.fixture(autouse=True)
def exact(app: HoldfastApp, clean: None) -> Any:
    yield
    assert wrong_books(app) == []


@pytest.fixture
def four(app: HoldfastApp, staff: Caller, anna: Caller, bert: Caller) -> dict[str, Any]:
    return four_activations(app, staff, anna, bert)


def asked_about(app: HoldfastApp) -> list[str]:
    """About which activations the partner was asked again, by the audit log."""
    rows = told(app, "SELECT object_id FROM audit_log WHERE action = 'activation.asked_again' ORDER BY id")
    return [row.object_id for row in rows]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["new", "stuck", "failed", "done"]),
        ("ordering=oldest", ["done", "failed", "stuck", "new"]),
        ("status=SUCCESS", ["done"]),
        ("status=FAILED", ["failed"]),
        ("status=PENDING", ["new"]),
        ("status=PROCESSING", ["stuck"]),
        ("status=stuck", ["stuck"]),
        ("customer=BER", ["new", "failed"]),
        ("customer=anna@exam&status=SUCCESS", ["done"]),
        ("customer=nobody", []),
        ("offer=mus", ["stuck", "failed"]),
        ("offer=mus&customer=anna", ["stuck"]),
        ("offer=nothing", []),
        ("q=zzz", []),
        ("status=x&ordering=x&customer_id=x&offer_id=x", ["new", "stuck", "failed", "done"]),
    ],
)
def test_the_list_and_its_export_show_the_rows_of_the_filter(
    staff: Caller, four: dict[str, Any], query: str, names: list[str]
) -> None:
    wanted = [four[name] for name in names]
    answer = staff.client.get(f"{PAGE}?{query}")
    assert (answer.status_code, ROW.findall(answer.text)) == (200, wanted)
    rows = exported(staff.client, f"{PAGE}/export.csv?{query}")
    assert [row["transaction_id"] for row in rows] == wanted


def test_an_activation_is_found_by_the_beginning_of_its_id_its_customer_and_its_offer(
    staff: Caller, anna: Caller, four: dict[str, Any]
) -> None:
    def found(query: str) -> list[str]:
        return ROW.findall(staff.client.get(f"{PAGE}?{query}").text)

    name = four["failed"]
    for text in (name, name.upper(), name.replace("-", ""), name[:-1]):
        assert name in found(f"q={text}"), text
    assert found(f"q={name}") == [name]
    assert len(found(f"q={name[:2]}")) == 4
    assert found(f"customer_id={anna.user_id}") == [four["stuck"], four["done"]]
    assert found(f"offer_id={four['music']}") == [four["stuck"], four["failed"]]


def test_each_tab_counts_its_activations_under_the_other_filters(staff: Caller, four: dict[str, Any]) -> None:
    def tabs(query: str) -> dict[str, str]:
        text = staff.client.get(f"{PAGE}?{query}").text
        return dict(re.findall(r'>(\w+) <span class="tab-count">([\d,+]+)<', text))

    counts = {"All": "4", "Stuck": "1", "Pending": "1", "Processing": "1", "Activated": "1", "Failed": "1"}
    assert tabs("status=stuck") == tabs("status=FAILED") == counts
    assert tabs("customer=bert&status=stuck") == counts | {
        "All": "2",
        "Stuck": "0",
        "Processing": "0",
        "Activated": "0",
    }


def test_reason_age_and_refund_stand_in_the_row_and_in_the_export(
    app: HoldfastApp, staff: Caller, four: dict[str, Any]
) -> None:
    told(app, "UPDATE activations SET created_at = created_at - interval '3 hours' WHERE status = 'PENDING'")
    text = staff.client.get(f"{PAGE}?status=FAILED").text
    assert re.search(r'<p class="why">no</p>', text)
    assert text.count("€5.00") == 2
    assert staff.client.get(f"{PAGE}?status=SUCCESS").text.count("€9.90") == 1
    assert "3 h" in staff.client.get(f"{PAGE}?status=PENDING").text
    rows = {row["transaction_id"]: row for row in exported(staff.client, f"{PAGE}/export.csv")}
    told_of = ("status", "username", "offer_name", "amount", "refunded", "said", "reason", "sends")
    assert [[rows[four[name]][field] for field in told_of] for name in ("done", "failed", "new")] == [
        ["SUCCESS", "anna", "Premium", "9.90", "", "succeeded", "", "1"],
        ["FAILED", "bert", "Music", "5.00", "5.00", "refused", "no", "1"],
        ["PENDING", "bert", "Premium", "9.90", "", "", "", "0"],
    ]


def test_too_many_customers_or_offers_are_told_and_not_guessed(
    staff: Caller, four: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.offers.console.presentation.MOST_FOUND", 1)
    offer(staff, name="Music too")
    for query in ("offer=music", "offer=Music&customer=anna"):
        text = staff.client.get(f"{PAGE}?{query}").text
        assert ("Too many are meant" in text, ROW.findall(text)) == (True, [])
        sent(staff.client, f"{PAGE}/bulk?{query}", all="true")
        assert flashed(staff.client) == "0 done."
    assert ROW.findall(staff.client.get(f"{PAGE}?customer=anna").text) == [four["stuck"], four["done"]]


def test_the_home_page_tells_of_stuck_activations_until_they_are_ended(staff: Caller, four: dict[str, Any]) -> None:
    text = staff.client.get("/console/").text
    assert "1 activation is stuck" in text
    assert f'href="{PAGE}?status=stuck"' in text
    sent(staff.client, f"{at(four['stuck'])}/refund", note="they say so")
    assert "stuck" not in staff.client.get("/console/").text


def test_many_are_asked_about_and_those_that_ended_are_counted(
    app: HoldfastApp, staff: Caller, four: dict[str, Any]
) -> None:
    answer = sent(staff.client, f"{PAGE}/bulk?ordering=oldest", all="true")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?ordering=oldest")
    assert flashed(staff.client) == "2 done, 2 skipped: 1 activated, 1 failed."
    assert sorted(asked_about(app)) == sorted([four["stuck"], four["new"]])
    with partner(app, "succeeded"):
        steps(app, 2)
    sent(staff.client, f"{PAGE}/bulk", row=[four["stuck"], four["failed"]])
    assert flashed(staff.client) == "0 done, 2 skipped: 1 activated, 1 failed."
    sent(staff.client, f"{PAGE}/bulk?status=stuck", all="true")
    assert flashed(staff.client) == "0 done."
    for form in ({}, {"row": "x"}):
        assert sent(staff.client, f"{PAGE}/bulk", **form).status_code == 409


def test_the_oldest_are_asked_about_first_and_the_rest_is_told(
    app: HoldfastApp, staff: Caller, anna: Caller, four: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "ASKED_AT_ONCE", 2)
    stuck(app, rich(staff, anna), four["music"])
    sent(staff.client, f"{PAGE}/bulk?status=stuck", all="true")
    assert flashed(staff.client) == "2 done, 1 skipped: 1 left for another time."
    assert sorted(asked_about(app)) == sorted([four["stuck"], four["new"]])


def test_of_operators_who_ask_about_many_at_once_nothing_happens_twice(app: HoldfastApp, four: dict[str, Any]) -> None:
    def ask(_: int) -> int:
        with db.transaction():
            return cases.ask_many(which=ActivationFilter(), ids=None).done

    at_once(app, 4, ask)
    with partner(app, "succeeded") as speaker:
        steps(app, 3)
    assert sorted(name for method, name in speaker.heard if method == "POST") == [four["new"]]
    ends = told(app, "SELECT status FROM activations WHERE id IN (%s, %s)", four["stuck"], four["new"])
    assert [row.status for row in ends] == ["SUCCESS", "SUCCESS"]


def test_a_viewer_reads_and_asks_nothing(as_role: AsRole, four: dict[str, Any]) -> None:
    viewer = as_role("viewer").client
    text = viewer.get(PAGE).text
    assert four["stuck"] in text
    assert ('name="row"' in text, "Ask again" in text) == (False, False)
    token = csrf_token(viewer, "/console/")
    assert viewer.post(f"{PAGE}/bulk", data={"csrf_token": token, "all": "true"}).status_code == 403


def test_each_kind_of_empty_list_says_why(as_role: AsRole, staff: Caller) -> None:
    for query, words in (
        ("", "No activations yet"),
        ("status=stuck", "No activation is stuck"),
        ("status=FAILED", "No activation is failed"),
        ("q=0", "No activation matches"),
    ):
        assert words in staff.client.get(f"{PAGE}?{query}").text
