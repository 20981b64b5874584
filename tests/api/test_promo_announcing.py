"""The start of a promo is told to everyone whom it is for, once, range by range, while the promo runs."""

from itertools import pairwise
from typing import Any

import pytest

from app.core import db
from app.core.web import HoldfastApp
from app.promos.service import announcing
from tests.api.letters import told
from tests.api.made import product, store
from tests.api.made_customers import segment
from tests.api.made_promos import PROMOS, after, drafted, promo
from tests.api.parallel import at_once
from tests.api.told import PLAN, RANGE, again, announced, breaches, people, planned, progress, reasons, tell
from tests.api.worked import work_off
from tests.callers import Caller

RANGES = "SELECT after_id, to_id FROM promo_announcement_ranges WHERE promo_id = %s ORDER BY after_id"
HERE, FAR = (52.52, 13.405), (48.1, 11.5)


@pytest.fixture
def sale(operator: Caller) -> dict[str, Any]:
    """A running promo for all."""
    return promo(operator, quantity=5)


def test_everyone_is_told_once_by_ranges_of_a_thousand(
    app: HoldfastApp, sql: Any, operator: Caller, sale: dict[str, Any]
) -> None:
    ids = people(sql, 2500)
    announced(app)
    assert reasons(app, sale["id"]) == dict.fromkeys(ids)
    cuts = [0, ids[999], ids[1999], 2**63 - 1]
    assert [tuple(row) for row in told(app, RANGES, sale["id"])] == list(pairwise(cuts))
    shown = progress(operator, sale["id"])
    assert (shown["state"], shown["planned"], shown["told"]) == ("done", 2500, 2500)
    assert (shown["ranges"], shown["ranges_done"]) == (3, 3)
    assert (shown["by_channel"], shown["suppressed"]) == ({"in_app": 2500, "email": 0}, {})
    assert shown["ended_at"] is not None
    assert breaches(app) == []


def test_a_promo_tells_nobody_before_it_starts_and_an_edit_moves_that(
    app: HoldfastApp, anna: Caller, operator: Caller, sql: Any
) -> None:
    sale = promo(operator, starts_at=after(600))
    announced(app)
    assert (reasons(app, sale["id"]), progress(operator, sale["id"])["state"]) == ({}, "none")
    assert operator.patch(f"{PROMOS}/{sale['id']}", json={"starts_at": after(-1)}).status_code == 200
    announced(app)
    assert reasons(app, sale["id"]) == {anna.user_id: None}


def test_a_draft_and_an_ended_promo_tell_nobody(app: HoldfastApp, anna: Caller, operator: Caller) -> None:
    draft, over = drafted(operator).json, promo(operator)
    operator.post(f"{PROMOS}/{over['id']}/end")
    announced(app)
    assert told(app, "SELECT id FROM notifications") == []
    assert {progress(operator, each["id"])["state"] for each in (draft, over)} == {"none"}


def test_only_the_audience_is_told(app: HoldfastApp, sql: Any, operator: Caller) -> None:
    near, far, nowhere, other = people(sql, 4)
    regulars = segment(operator)
    for customer_id, place in ((near, HERE), (far, FAR), (other, HERE)):
        sql.execute("UPDATE customers SET latitude = %s, longitude = %s WHERE id = %s", [*place, customer_id])
    for customer_id in (near, far, nowhere):
        sql.execute("INSERT INTO memberships VALUES (%s, %s)", [regulars["id"], customer_id])
    sale = promo(operator, audience="segments", segment_ids=[regulars["id"]], max_distance_km=2.0)
    announced(app)
    assert reasons(app, sale["id"]) == {near: None}


def test_planned_twice_and_by_two_clocks_there_is_one_plan(app: HoldfastApp, sql: Any, sale: dict[str, Any]) -> None:
    ids = people(sql, 3)
    at_once(app, 4, lambda _: _ticked())
    assert len(told(app, "SELECT id FROM jobs WHERE name = %s", PLAN)) == 1
    sql.execute("INSERT INTO jobs (name, args, request_id) SELECT name, args, '' FROM jobs WHERE name = %s", [PLAN])
    assert {outcome[1:] for outcome in work_off(app, PLAN)} == {("done", 1)}
    assert len(told(app, RANGES, sale["id"])) == 1
    at_once(app, 4, lambda _: _ticked())
    assert len(told(app, "SELECT id FROM jobs WHERE name = %s", RANGE)) == 1
    announced(app)
    assert reasons(app, sale["id"]) == dict.fromkeys(ids)


def _ticked() -> None:
    with db.transaction():
        announcing.tick()


def test_a_range_that_is_told_again_tells_nobody_again(app: HoldfastApp, sql: Any, sale: dict[str, Any]) -> None:
    ids = people(sql, 3, email=True)
    announced(app)
    assert again(app) == [None]
    sql.execute("UPDATE promo_announcement_ranges SET done_at = NULL, outcome = NULL")
    assert again(app) == [{"told": 0, "in_app": 0, "email": 0}]
    assert len(told(app, "SELECT id FROM emails")) == len(ids)
    assert breaches(app) == []


def test_two_workers_at_one_range_tell_once_and_count_once(
    app: HoldfastApp, sql: Any, operator: Caller, sale: dict[str, Any]
) -> None:
    people(sql, 50, email=True)
    planned(app)
    sql.execute("INSERT INTO jobs (name, args, request_id) SELECT name, args, '' FROM jobs WHERE name = %s", [RANGE])
    at_once(app, 3, lambda _: work_off(app, RANGE))
    work_off(app, RANGE)
    assert len(told(app, "SELECT id FROM emails")) == 50
    assert progress(operator, sale["id"])["by_channel"] == {"in_app": 50, "email": 50}
    assert breaches(app) == []


@pytest.mark.usefixtures("ten_at_once")
def test_who_comes_or_goes_between_the_plan_and_its_range_counts(app: HoldfastApp, sql: Any, operator: Caller) -> None:
    first, regulars = people(sql, 12), segment(operator)
    for customer_id in first:
        sql.execute("INSERT INTO memberships VALUES (%s, %s)", [regulars["id"], customer_id])
    sale = promo(operator, audience="segments", segment_ids=[regulars["id"]])
    planned(app)
    sql.execute("DELETE FROM memberships WHERE customer_id = %s", [first[0]])
    late = people(sql, 30, name="late")
    for customer_id in late:
        sql.execute("INSERT INTO memberships VALUES (%s, %s)", [regulars["id"], customer_id])
    announced(app)
    assert reasons(app, sale["id"]) == dict.fromkeys([*first[1:], *late])
    shown = progress(operator, sale["id"])
    assert (shown["planned"], shown["told"], shown["ranges"]) == (12, 41, 5)
    assert breaches(app) == []


def test_a_change_of_the_audience_counts_for_the_ranges_that_are_left(
    app: HoldfastApp, sql: Any, operator: Caller, ten_at_once: None
) -> None:
    people(sql, 25)
    sale = promo(operator)
    planned(app)
    [first, *_] = told(app, "SELECT id FROM jobs WHERE name = %s ORDER BY id LIMIT 1", RANGE)
    sql.execute(
        "UPDATE jobs SET state = 'cancelled', finished_at = now() WHERE name = %s AND id <> %s", [RANGE, *first]
    )
    announced(app)
    nobody = segment(operator)
    changed = {"audience": "segments", "segment_ids": [nobody["id"]]}
    assert operator.patch(f"{PROMOS}/{sale['id']}", json=changed).status_code == 200
    sql.execute("UPDATE promo_announcement_ranges SET asked_at = NULL WHERE done_at IS NULL")
    announced(app)
    assert len(reasons(app, sale["id"])) == 10
    assert progress(operator, sale["id"])["state"] == "done"


def test_the_words_name_product_price_store_and_the_time_of_the_store(
    app: HoldfastApp, anna: Caller, operator: Caller, sql: Any
) -> None:
    sql.execute("UPDATE users SET email_verified_at = clock_timestamp() WHERE id = %s", [anna.user_id])
    sql.execute("UPDATE customers SET email_opt_in = true")
    where = store(operator, name="Tokyo <b>", timezone="Asia/Tokyo")["id"]
    tea = product(operator, store_id=where, name="Green & tea")["id"]
    sale = promo(operator, product_id=tea, starts_at=after(-1), ends_at="2031-01-31T16:30:00Z")
    announced(app)
    [row] = anna.get("/api/v1/notifications").json["data"]
    assert row["title"] == "Green & tea for €9.90 instead of €19.90"
    assert row["body"] == "At Tokyo <b> until 1 February 01:30 (Asia/Tokyo), while there are any."
    [(subject, text, html)] = told(app, "SELECT subject, text, html FROM emails")
    assert subject == "Green & tea for €9.90 at Tokyo <b>"
    for part in ("instead of €19.90", "1 February 01:30 (Asia/Tokyo)", f"/api/v1/flash-promos/{sale['id']}"):
        assert part in text
        assert part in html
    assert "your profile" in text
    assert "Tokyo &lt;b&gt;" in html
    assert "Tokyo <b>" not in html


def test_a_range_whose_lease_is_lost_has_told_nobody(app: HoldfastApp, sql: Any, sale: dict[str, Any]) -> None:
    ids = people(sql, 3)
    planned(app)
    sql.execute("""
        CREATE OR REPLACE FUNCTION takes_the_lease() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE jobs SET epoch = epoch + 1 WHERE state = 'running'; RETURN NULL; END $$;
        CREATE TRIGGER takes_the_lease AFTER INSERT ON notifications EXECUTE FUNCTION takes_the_lease()
    """)
    try:
        assert work_off(app, RANGE) == [(RANGE, "lost", 1)]
    finally:
        sql.execute("DROP TRIGGER takes_the_lease ON notifications; DROP FUNCTION takes_the_lease")
    assert reasons(app, sale["id"]) == {}
    assert tell(app, sale["id"], ids)["told"] == 3
