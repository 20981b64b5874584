"""Promos are listed, shown, copied and put away; what they need is in use."""

from typing import Any

from tests.api.made import PRODUCTS
from tests.api.made_customers import segment
from tests.api.made_promos import HOLDS, PROMOS, after, complete, drafted, hold, promo
from tests.api.problem import assert_problem
from tests.callers import Caller


def test_a_copy_runs_in_the_next_week_at_the_same_time_or_when_it_is_told(operator: Caller) -> None:
    made = promo(operator, quantity=3, starts_at=after(-5), ends_at=after(100))
    copy = operator.post(f"{PROMOS}/{made['id']}/duplicate").json
    assert (copy["status"], copy["quantity"], copy["id"] != made["id"]) == ("draft", 3, True)
    assert copy["starts_at"] > made["ends_at"]
    times = {"starts_at": after(500), "ends_at": after(900)}
    assert (
        operator.post(f"{PROMOS}/{made['id']}/duplicate", json=times).json["starts_at"][:16] == times["starts_at"][:16]
    )


def test_a_draft_is_deleted_and_what_has_a_history_is_put_away(operator: Caller) -> None:
    draft, made = drafted(operator).json, promo(operator)
    assert operator.delete(f"{PROMOS}/{draft['id']}").status_code == 204
    assert_problem(operator.get(f"{PROMOS}/{draft['id']}"), 404, "promo_not_found")
    assert_problem(operator.delete(f"{PROMOS}/{made['id']}"), 409, "promo_active", promo_status="running")
    operator.post(f"{PROMOS}/{made['id']}/end")
    assert operator.delete(f"{PROMOS}/{made['id']}").status_code == 204
    assert operator.get(PROMOS).json["data"] == []
    assert [row["id"] for row in operator.get(f"{PROMOS}?archived=true").json["data"]] == [made["id"]]


def test_what_a_promo_needs_is_in_use(operator: Caller) -> None:
    named = segment(operator)
    draft = drafted(operator, audience="segments", segment_ids=[named["id"]]).json
    assert_problem(operator.delete(f"/api/v1/segments/{named['id']}"), 409, "in_use", references={"promo_segments": 1})
    answer = operator.delete(f"{PRODUCTS}/{draft['product_id']}")
    assert_problem(answer, 409, "in_use", references={"promos": 1})


def test_a_change_of_an_older_version_is_refused(operator: Caller) -> None:
    made = promo(operator)
    old = operator.get(f"{PROMOS}/{made['id']}").headers["ETag"]
    operator.post(f"{PROMOS}/{made['id']}/pause")
    answer = operator.patch(f"{PROMOS}/{made['id']}", json={"quantity": 2}, headers={"If-Match": old})
    assert_problem(answer, 412, "stale")
    answer = operator.post(f"{PROMOS}/{made['id']}/resume", headers={"If-Match": old})
    assert_problem(answer, 412, "stale")


def test_the_list_is_filtered_and_paged(operator: Caller) -> None:
    made = [promo(operator) for _ in range(3)]
    draft = drafted(operator).json
    ids = [row["id"] for row in operator.get(f"{PROMOS}?status=running&ordering=oldest").json["data"]]
    assert ids == [one["id"] for one in made]
    assert [row["id"] for row in operator.get(f"{PROMOS}?status=draft").json["data"]] == [draft["id"]]
    page = operator.get(f"{PROMOS}?limit=2&ordering=oldest")
    rest = operator.get(f"{PROMOS}?limit=2&ordering=oldest&cursor={page.json['next_cursor']}")
    assert [row["id"] for row in page.json["data"] + rest.json["data"]] == [*ids, draft["id"]]


def test_everybody_sees_what_runs_and_nobody_sees_a_draft(anna: Caller, operator: Caller, client: Any) -> None:
    made, draft = promo(operator), drafted(operator).json
    running = client.get(f"{PROMOS}/running").json["data"]
    assert [row["id"] for row in running] == [made["id"]]
    assert not {"held", "sold", "segment_ids"} & running[0].keys()
    assert client.get(f"{PROMOS}/{made['id']}").json["promo_price"] == "9.90"
    assert_problem(client.get(f"{PROMOS}/{draft['id']}"), 404, "promo_not_found")
    complete(anna, hold(anna, made["id"]))
    assert client.get(f"{PROMOS}/running").json["data"] == []


def test_what_was_put_away_is_there_for_staff_who_look_back_and_for_nobody_else(
    anna: Caller, operator: Caller, client: Any
) -> None:
    made = promo(operator)
    place = f"{PROMOS}/{made['id']}"
    assert operator.post(f"{place}/end").status_code == 200
    assert client.get(place).json["status"] == "ended"
    assert operator.delete(place).status_code == 204
    for answer in (
        client.get(place),
        anna.get(place),
        anna.get(f"{place}/eligibility"),
        hold(anna, made["id"]),
        operator.patch(place, json={"quantity": 2}),
        operator.post(f"{place}/activate"),
        operator.delete(place),
    ):
        assert_problem(answer, 404, "promo_not_found", promo_id=made["id"])
    shown = operator.get(place).json
    assert (shown["status"], shown["archived_at"] is not None) == ("ended", True)
    assert operator.post(f"{place}/duplicate").json["status"] == "draft"


def test_a_promo_that_lasts_for_centuries_can_be_copied(operator: Caller) -> None:
    wish = {"starts_at": "1970-01-02T00:00:00Z", "ends_at": "2999-12-30T23:59:59Z"}
    made = drafted(operator, **wish).json
    copy = operator.post(f"{PROMOS}/{made['id']}/duplicate")
    assert (copy.status_code, copy.json["status"]) == (201, "draft")
    problem = assert_problem(drafted(operator, ends_at="3000-01-01T00:00:00Z"), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/ends_at"]


def test_lists_of_what_runs_and_of_holds_are_paged(anna: Caller, bert: Caller, operator: Caller, client: Any) -> None:
    made = [promo(operator, ends_at=after(3600 + number))["id"] for number in range(3)]
    for path, caller in ((f"{PROMOS}/running", client), (f"{PROMOS}/eligible", anna)):
        first = caller.get(f"{path}?limit=2&fields=id")
        assert first.json["data"] == [{"id": made[0]}, {"id": made[1]}]
        assert f"cursor={first.json['next_cursor']}" in first.headers["Link"]
        assert [row["id"] for row in caller.get(f"{path}?limit=2&cursor={first.json['next_cursor']}").json["data"]] == [
            made[2]
        ]
        assert_problem(caller.get(f"{path}?cursor={first.json['next_cursor'][:-1]}x"), 400, "bad_cursor")
    held = [hold(anna, each).json["id"] for each in made]
    first = anna.get(f"{HOLDS}?limit=2")
    rest = anna.get(f"{HOLDS}?limit=2&cursor={first.json['next_cursor']}")
    assert [row["id"] for row in first.json["data"] + rest.json["data"]] == held[::-1]
    assert bert.get(f"{HOLDS}?customer_id={anna.user_id}").json["data"] == []
