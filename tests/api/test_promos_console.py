"""Promos in the console: the list is that of the filter, and many are moved at once as far as the table lets them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.browsing import exported, flashed, sent
from tests.api.conftest import AsRole
from tests.api.console_promos import PAGE, at, told
from tests.api.made import product, stock, store
from tests.api.made_customers import segment
from tests.api.made_promos import PROMOS, after, breaches, complete, drafted, hold, promo, state
from tests.api.worked import tick, work_off
from tests.callers import Caller

PARTS = ("/edit", "/preflight", "/change")


@pytest.fixture
def four(staff: Caller) -> dict[str, Any]:
    """A draft, a running one, one that is to come (for a segment), and one that has ended."""
    named = {name: product(staff, sku=f"SKU-{name}", name=name)["id"] for name in ("Apple", "Beet", "Corn", "Dill")}
    group = segment(staff)["id"]
    times = {"starts_at": after(7200), "ends_at": after(9000)}
    made = {
        "draft": drafted(staff, product_id=named["Apple"], starts_at=after(100)).json,
        "running": promo(staff, product_id=named["Beet"], quantity=3),
        "scheduled": promo(staff, product_id=named["Corn"], audience="segments", segment_ids=[group], **times),
        "ended": promo(staff, product_id=named["Dill"], starts_at=after(-50)),
    }
    staff.post(f"{PROMOS}/{made['ended']['id']}/end")
    return made | {"segment": group}


@pytest.fixture
def books(app: HoldfastApp) -> Iterator[None]:
    """Whatever a test does, the books are right afterwards."""
    yield
    assert breaches(app) == []


def rows(staff: Caller, query: str) -> list[int]:
    """The ids of the rows on a page."""
    text = staff.client.get(f"{PAGE}?{query}").text
    return [int(number) for number in re.findall(r'row-link"\s+href="/console/promos/(\d+)"', text)]


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("", ["scheduled", "draft", "running", "ended"]),
        ("ordering=starts_at", ["ended", "running", "draft", "scheduled"]),
        ("ordering=newest", ["ended", "scheduled", "running", "draft"]),
        ("status=draft", ["draft"]),
        ("status=ended", ["ended"]),
        ("status=archived", []),
        ("q=bee", ["running"]),
        ("q=sku-corn", ["scheduled"]),
        ("status=x&ordering=x&store_id=x&segment_id=-1", ["scheduled", "draft", "running", "ended"]),
    ],
)
def test_the_list_and_its_export_are_those_of_the_filter(
    staff: Caller, four: dict[str, Any], query: str, which: list[str]
) -> None:
    ids = [four[name]["id"] for name in which]
    assert rows(staff, query) == ids
    assert [int(row["id"]) for row in exported(staff.client, f"{PAGE}/export.csv?{query}")] == ids


@pytest.mark.parametrize("ordering", ["ends_at", "-ends_at"])
def test_promos_are_paged_by_their_end(staff: Caller, four: dict[str, Any], ordering: str) -> None:
    ids, path = list[int](), f"{PROMOS}?ordering={ordering}&limit=1"
    while path:
        page = staff.get(path).json
        ids += [row["id"] for row in page["data"]]
        path = f"{PROMOS}?ordering={ordering}&limit=1&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    by_end = [four[name]["id"] for name in ("ended", "running", "draft", "scheduled")]
    running_and_draft = {by_end[1], by_end[2]}
    ascending = ids if ordering == "ends_at" else ids[::-1]
    assert (ascending[0], {*ascending[1:3]}, ascending[3]) == (by_end[0], running_and_draft, by_end[3])


def test_the_list_is_filtered_by_segment_store_and_product(staff: Caller, four: dict[str, Any]) -> None:
    assert rows(staff, f"segment_id={four['segment']}") == [four["scheduled"]["id"]]
    assert rows(staff, f"store_id={four['draft']['store_id']}") == [four["draft"]["id"]]
    assert rows(staff, f"product_id={four['running']['product_id']}") == [four["running"]["id"]]


def test_the_tabs_count_what_the_other_filters_find(staff: Caller, four: dict[str, Any]) -> None:
    text = staff.client.get(f"{PAGE}?q=sku").text
    counts = re.findall(r'>([A-Z][a-z ]+) <span class="tab-count">(\d+)</span>', text)
    assert dict(counts) == {
        "All": "4", "Draft": "1", "Scheduled": "1", "Running": "1", "Sold out": "0", "Paused": "0", "Ended": "1",
        "Put away": "0",
    }  # fmt: skip


def test_a_window_stands_in_the_zone_of_its_store_with_utc_in_the_title(staff: Caller) -> None:
    there = store(staff, timezone="Pacific/Fiji")["id"]
    times = {"starts_at": "2030-01-31T18:00:00Z", "ends_at": "2030-01-31T19:00:00Z"}
    made = drafted(staff, product_id=product(staff, store_id=there)["id"], **times).json
    for path in (PAGE, at(made)):
        text = staff.client.get(path).text
        assert re.search(r'title="2030-01-31 18:00:00 UTC[^"]*">01 Feb 2030, 06:00<', text), path


def test_an_export_runs_nothing_in_a_spreadsheet(staff: Caller) -> None:
    drafted(staff, product_id=product(staff, name="=cmd()")["id"])
    row = exported(staff.client, f"{PAGE}/export.csv")[0]
    assert (row["product_name"], row["status"], row["promo_price"]) == ("'=cmd()", "draft", "9.90")


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("verb", "said", "after_it"),
    [
        ("activate", "1 done, 3 skipped: 1 running, 1 scheduled, 1 ended.", ["running", "scheduled"]),
        ("pause", "2 done, 2 skipped: 1 draft, 1 ended.", ["paused", "paused"]),
        ("resume", "0 done, 4 skipped: 1 draft, 1 running, 1 scheduled, 1 ended.", ["running", "scheduled"]),
        ("end", "2 done, 2 skipped: 1 draft, 1 ended.", ["ended", "ended"]),
        ("duplicate", "4 done.", ["running", "scheduled"]),
    ],
)
def test_all_of_a_filter_are_moved_as_far_as_the_table_lets_them(
    staff: Caller, four: dict[str, Any], verb: str, said: str, after_it: list[str]
) -> None:
    assert told(staff, f"{PAGE}/bulk", do=verb, all="true") == said
    assert [state(staff, four[name]["id"])[0] for name in ("running", "scheduled")] == after_it
    assert len(rows(staff, "")) == (8 if verb == "duplicate" else 4)


def test_only_the_ticked_ones_of_the_filter_are_moved(staff: Caller, four: dict[str, Any]) -> None:
    ticked = [four["running"]["id"], four["scheduled"]["id"]]
    assert told(staff, f"{PAGE}/bulk?status=running", do="pause", row=ticked) == "1 done."
    assert state(staff, four["scheduled"]["id"])[0] == "scheduled"


@pytest.mark.usefixtures("books")
def test_what_one_is_refused_leaves_the_others_done(staff: Caller) -> None:
    scarce, ample = (product(staff, sku=f"SKU-{n}", total_stock=n)["id"] for n in (1, 9))
    for at_once in (scarce, ample):
        drafted(staff, product_id=at_once, quantity=5)
    assert told(staff, f"{PAGE}/bulk", do="activate", all="true") == "1 done, 1 skipped: 1 insufficient stock."
    assert (stock(staff, scarce), stock(staff, ample)) == ((1, 1, 0), (9, 4, 5))


def test_an_unknown_verb_and_no_choice_are_refused(staff: Caller, four: dict[str, Any]) -> None:
    assert sent(staff.client, f"{PAGE}/bulk", do="explode", all="true").status_code == 409
    assert sent(staff.client, f"{PAGE}/bulk", do="pause").status_code == 409
    assert state(staff, four["running"]["id"])[0] == "running"


def test_each_button_moves_the_promo_and_the_second_press_says_how_it_stands(staff: Caller) -> None:
    made = drafted(staff).json
    name = made["product_name"]
    for verb, said in (("activate", "is activated"), ("pause", "is paused"), ("resume", "goes on")):
        assert told(staff, at(made, f"/{verb}")) == f"{name} {said}."
    assert told(staff, at(made, "/resume")).endswith("Nothing was changed; it is running now.")


def test_a_promo_ends_only_for_who_types_its_product(staff: Caller) -> None:
    made = promo(staff)
    assert told(staff, at(made, "/end"), name="Something").startswith("Nothing was ended.")
    assert state(staff, made["id"])[0] == "running"
    assert told(staff, at(made, "/end"), name=f" {made['product_name']} ") == f"{made['product_name']} is ended."
    assert state(staff, made["id"])[0] == "ended"


def test_a_draft_is_deleted_and_what_has_ended_is_put_away(staff: Caller) -> None:
    draft, ended = drafted(staff).json, promo(staff)
    assert "end it first" in told(staff, at(ended, "/delete"))
    staff.post(f"{PROMOS}/{ended['id']}/end")
    assert told(staff, at(draft, "/delete")) == "The draft is deleted."
    assert "is put away" in told(staff, at(ended, "/delete"))
    assert (rows(staff, ""), rows(staff, "status=archived")) == ([], [ended["id"]])
    assert staff.client.get(at(draft)).status_code == 404
    assert staff.client.get(at(ended)).status_code == 200


def test_a_copy_is_a_draft_of_the_next_week(staff: Caller) -> None:
    made = promo(staff)
    answer = sent(staff.client, at(made, "/duplicate"))
    copy = int(answer.headers["Location"].split("/")[-2])
    assert answer.headers["Location"] == f"{PAGE}/{copy}/edit"
    assert state(staff, copy)[0] == "draft"


def test_the_page_tells_what_came_of_a_promo(staff: Caller, anna: Caller, bert: Caller) -> None:
    made = promo(staff, quantity=2)
    order = complete(anna, hold(anna, made["id"])).json
    staff.post(f"/api/v1/orders/{order['id']}/payments", json={"note": "cash"})
    staff.post(f"/api/v1/orders/{order['id']}/refunds", json={"amount": "1.90", "reason": "scratched"})
    released = hold(bert, made["id"]).json
    bert.delete(f"/api/v1/promo-reservations/{released['id']}")
    hold(bert, made["id"])
    text = staff.client.get(at(made, "/figures")).text
    figures = dict(re.findall(r"<dt>([\w ]+)</dt>\s*<dd>\s*([^\s<]+)", text))
    assert "<strong>1</strong> held" in text
    assert figures == {
        "Refused": "0", "Completed": "1", "Conversion": "50%", "Lapsed": "0", "Released": "1", "Revenue": "€8.00",
        "Announcement": "Not", "Planned": "\N{EN DASH}", "Told": "0", "Not told": "0",
    }  # fmt: skip
    assert order["reference"] in staff.client.get(at(made)).text


def test_the_page_tells_who_was_told_and_who_was_not_for_which_reason(
    app: HoldfastApp, staff: Caller, anna: Caller, bert: Caller, sql: Any
) -> None:
    sql.execute("UPDATE customers SET in_app_opt_in = false WHERE id = %s", [bert.user_id])
    made = promo(staff)
    tick(app, "promos.announce_starts")
    work_off(app)
    tick(app, "promos.announce_starts")
    page = staff.client.get(f"/console/promos/{made['id']}/figures").text
    assert "Done" in page
    assert "1 in the shop, 0 by mail" in " ".join(page.split())
    assert "no channel (1)" in " ".join(page.split())


def test_promo_reservations_are_listed_and_released(staff: Caller, anna: Caller, bert: Caller) -> None:
    made, other = promo(staff, quantity=3), promo(staff)
    held = [hold(caller, made["id"]).json["id"] for caller in (anna, bert)]
    hold(anna, other["id"])
    here = "/console/reservations/promos"
    mine = f"promo_id={made['id']}"
    assert [row["id"] for row in exported(staff.client, f"{here}/export.csv?{mine}")] == held[::-1]
    assert [row["id"] for row in exported(staff.client, f"{here}/export.csv?{mine}&customer=ANNA")] == held[:1]
    assert sent(staff.client, f"{here}/{held[0]}/release?{mine}&page=promo").headers["Location"] == at(made)
    sent(staff.client, f"{here}/release?{mine}", row=held)
    assert flashed(staff.client, here) == "1 done, 1 skipped: 1 released already."
    outside = exported(staff.client, f"{here}/export.csv?promo_id={other['id']}")[0]["id"]
    sent(staff.client, f"{here}/release?{mine}", row=outside)
    assert (state(staff, made["id"])[1], state(staff, other["id"])[1]) == (0, 1)
    assert here in staff.client.get("/console/reservations").text


def test_only_live_ones_of_the_filter_are_released_at_once(staff: Caller, anna: Caller) -> None:
    made, other = promo(staff), promo(staff)
    for each in (made, other):
        hold(anna, each["id"])
    sent(staff.client, f"/console/reservations/promos/release?promo_id={made['id']}", all="true")
    assert (state(staff, made["id"])[1], state(staff, other["id"])[1]) == (0, 1)


def test_the_home_page_names_what_is_paused_sold_out_or_cannot_start(staff: Caller, anna: Caller, sql: Any) -> None:
    paused, sold, soon = promo(staff), promo(staff), drafted(staff, starts_at=after(600), quantity=99).json
    fine = drafted(staff, starts_at=after(600)).json
    staff.post(f"{PROMOS}/{paused['id']}/pause")
    complete(anna, hold(anna, sold["id"]))
    text = staff.client.get("/console/").text
    assert "Green tea is paused" in text
    assert "Green tea is sold out" in text
    assert "Green tea cannot start as it is" in text
    assert "It is to start in 9 min" in text
    assert (f'href="{at(soon)}"' in text, f'href="{at(fine)}"' in text) == (True, False)


def test_names_are_inert_text_on_every_page(staff: Caller, as_role: AsRole) -> None:
    evil = "<img src=x onerror=alert(1)>"
    shop = store(staff, name=evil)["id"]
    group = segment(staff, evil)["id"]
    item = product(staff, name=evil, store_id=shop)["id"]
    made = promo(staff, product_id=item, audience="segments", segment_ids=[group])
    for path in (
        "",
        "/calendar",
        "/new",
        at(made).removeprefix(PAGE),
        *(at(made, v).removeprefix(PAGE) for v in PARTS),
    ):
        text = staff.client.get(PAGE + path).text
        assert "<img" not in text, path
        assert "&lt;img" in text, path


def test_a_viewer_reads_and_changes_nothing(as_role: AsRole, staff: Caller) -> None:
    made, viewer = promo(staff), as_role("viewer")
    for path in (PAGE, at(made), at(made, "/preflight"), f"{PAGE}/calendar", "/console/reservations/promos"):
        text = viewer.client.get(path)
        assert text.status_code == 200
        assert 'method="post"\n              action="/console/promos' not in text.text
    assert viewer.client.get(f"{PAGE}/new").status_code == 403
