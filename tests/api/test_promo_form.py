"""The form of a promo: times by the clock of the store, errors at their fields, and only what may be changed."""

import re
from typing import Any

import pytest

from tests.api.browsing import flashed, sent
from tests.api.console_promos import PAGE, at, filled, local
from tests.api.made import product, stock, store
from tests.api.made_customers import customer, segment
from tests.api.made_promos import BERLIN, PROMOS, after, drafted, promo, state
from tests.callers import Caller

SPRING, AUTUMN = "2030-03-31", "2030-10-27"


def errors(answer: Any) -> dict[str, str]:
    """What a refused form says at which field."""
    found = re.findall(r'id="(\w+)-error">.*?</svg>(.*?)</p>', answer.text, re.DOTALL)
    return {name: text.strip() for name, text in found}


def planned(staff: Caller, answer: Any) -> Any:
    """The promo that a form made, as the API shows it."""
    assert answer.status_code == 303, answer.text
    return staff.get(f"{PROMOS}/{answer.headers['Location'].rsplit('/', 1)[1]}").json


def test_a_draft_is_saved_by_the_clock_of_the_store(staff: Caller) -> None:
    there = product(staff, store_id=store(staff, timezone="America/New_York")["id"])["id"]
    times = {"starts_at": "2030-01-31T18:00", "ends_at": "2030-01-31T19:30"}
    made = planned(staff, sent(staff.client, PAGE, **filled(there, **times)))
    assert (made["starts_at"], made["ends_at"]) == ("2030-01-31T23:00:00.000Z", "2030-02-01T00:30:00.000Z")
    assert (made["status"], made["quantity"], made["max_distance_km"]) == ("draft", 2, None)


def test_it_is_saved_and_activated_by_one_button(staff: Caller, tea: int) -> None:
    made = planned(staff, sent(staff.client, PAGE, **filled(tea), act="activate"))
    assert (made["status"], stock(staff, tea)) == ("scheduled", (5, 3, 2))
    assert flashed(staff.client, PAGE) == "Green tea is activated."


def test_what_cannot_be_activated_is_not_saved_either(staff: Caller, tea: int) -> None:
    answer = sent(staff.client, PAGE, **filled(tea, quantity="6"), act="activate")
    assert (answer.status_code, list(errors(answer))) == (422, ["quantity"])
    assert "5 are available" in errors(answer)["quantity"]
    assert staff.get(PROMOS).json["data"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"product_id": ""}, "product_id"),
        ({"product_id": "999999"}, "product_id"),
        ({"product_id": "9" * 30}, "product_id"),
        ({"promo_price": "19.90"}, "promo_price"),
        ({"promo_price": "cheap"}, "promo_price"),
        ({"promo_price": "0"}, "promo_price"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"per_customer_limit": ""}, "per_customer_limit"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59"}, "starts_at"),
        ({"starts_at": "2030-01-01T00:00+02:00"}, "starts_at"),
        ({"ends_at": ""}, "ends_at"),
        ({"ends_at": "2020-01-01T00:00", "starts_at": "2019-01-01T00:00"}, "ends_at"),
        ({"starts_at": "2030-01-01T10:00", "ends_at": "2030-01-01T10:00"}, "ends_at"),
        ({"anywhere": ""}, "max_distance_km"),
        ({"anywhere": "", "max_distance_km": "far"}, "max_distance_km"),
        ({"anywhere": "", "max_distance_km": "nan"}, "max_distance_km"),
        ({"anywhere": "", "max_distance_km": "-1"}, "max_distance_km"),
        ({"audience": "segments"}, "segment_ids"),
        ({"audience": "segments", "segment_ids": "999999"}, "segment_ids"),
        ({"audience": "nobody"}, "audience"),
        ({"priority": "10"}, "priority"),
    ],
)
@pytest.mark.parametrize("act", ["save", "activate"])
def test_a_wrong_field_is_told_at_the_field(
    staff: Caller, tea: int, changes: dict[str, str], field: str, act: str
) -> None:
    answer = sent(staff.client, PAGE, **filled(tea, **changes), act=act)
    assert (answer.status_code, list(errors(answer))) == (422, [field])
    assert staff.get(PROMOS).json["data"] == []


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_time_that_the_clocks_jump_over_is_refused_at_its_field(staff: Caller, tea: int, field: str) -> None:
    times = {"starts_at": f"{SPRING}T01:00", "ends_at": f"{SPRING}T04:00"} | {field: f"{SPRING}T02:30"}
    answer = sent(staff.client, PAGE, **filled(tea, **times))
    assert answer.status_code == 422
    assert errors(answer) == {
        field: "This time does not exist in Europe/Berlin: the clocks jump over it. Take another one."
    }


def test_a_time_that_comes_twice_is_the_first_and_is_told(staff: Caller, tea: int) -> None:
    times = {"starts_at": f"{AUTUMN}T02:30", "ends_at": f"{AUTUMN}T03:30"}
    made = planned(staff, sent(staff.client, PAGE, **filled(tea, **times)))
    assert (made["starts_at"], made["ends_at"]) == (f"{AUTUMN}T00:30:00.000Z", f"{AUTUMN}T02:30:00.000Z")
    assert flashed(staff.client, PAGE).endswith("The time of its start comes twice that night; the first one is taken.")


def test_an_untouched_time_keeps_its_moment_to_the_microsecond_and_in_the_second_hour(staff: Caller) -> None:
    times = {"starts_at": f"{AUTUMN}T01:30:00.123Z", "ends_at": f"{AUTUMN}T05:00:00Z"}
    made = drafted(staff, **times).json
    text = staff.client.get(at(made, "/edit")).text
    assert f'value="{AUTUMN}T02:30:00"' in text
    form = filled(made["product_id"], starts_at=f"{AUTUMN}T02:30:00", ends_at=f"{AUTUMN}T06:00", quantity="3")
    sent(staff.client, at(made), **form, version="1")
    after_it = staff.get(f"{PROMOS}/{made['id']}").json
    assert (after_it["starts_at"], after_it["quantity"]) == (made["starts_at"], 3)


def test_the_same_times_at_another_store_are_other_moments(staff: Caller, tea: int) -> None:
    times = {"starts_at": "2030-01-31T17:00:00Z", "ends_at": "2030-01-31T18:00:00Z"}
    made = drafted(staff, product_id=tea, **times).json
    far = product(staff, sku="FAR", store_id=store(staff, timezone="Asia/Tokyo")["id"])["id"]
    form = filled(far, starts_at="2030-01-31T18:00", ends_at="2030-01-31T19:00")
    moved = planned(staff, sent(staff.client, at(made), **form, version="1"))
    assert (moved["product_id"], moved["starts_at"]) == (far, "2030-01-31T09:00:00.000Z")


def test_a_stale_edit_shows_both_values_and_keeps_what_was_typed(staff: Caller, tea: int) -> None:
    made = drafted(staff, product_id=tea, starts_at=after(3600), ends_at=after(7200), quantity=1).json
    staff.patch(f"{PROMOS}/{made['id']}", json={"quantity": 4})
    answer = sent(staff.client, at(made), **filled(tea, quantity="3"), version="1")
    assert answer.status_code == 409
    values = re.findall(r'data-(yours|theirs)="quantity">(\d+)<', answer.text)
    assert values == [("yours", "3"), ("theirs", "4")]
    assert 'name="version" value="2"' in answer.text
    assert staff.get(f"{PROMOS}/{made['id']}").json["quantity"] == 4


def test_while_it_runs_only_what_may_be_changed_can_be_typed_into(staff: Caller, tea: int) -> None:
    made = promo(staff, product_id=tea, quantity=2)
    text = staff.client.get(at(made, "/edit")).text
    disabled = set(re.findall(r'<(?:input|select)[^>]*name="(\w+)"[^>]*\bdisabled', text, re.DOTALL))
    assert disabled == {"product_id", "promo_price", "per_customer_limit", "starts_at", "priority"}
    sent(staff.client, at(made), quantity="4", ends_at=local(9000), audience="all", version=str(1))
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version
    sent(staff.client, at(made), quantity="4", ends_at=local(9000), audience="all", version=version[1])
    changed = staff.get(f"{PROMOS}/{made['id']}").json
    assert (changed["quantity"], changed["promo_price"], stock(staff, tea)) == (4, "9.90", (5, 1, 4))


def test_a_price_that_was_typed_before_it_began_is_refused_and_not_lost_in_silence(staff: Caller, tea: int) -> None:
    made = promo(staff, product_id=tea)
    version = str(staff.get(f"{PROMOS}/{made['id']}").headers["ETag"]).strip('W/"')
    answer = sent(staff.client, at(made), **filled(tea, promo_price="1.00"), version=version)
    assert answer.status_code == 422
    assert "It began while you were typing" in answer.text
    assert staff.get(f"{PROMOS}/{made['id']}").json["promo_price"] == "9.90"


def test_units_and_the_end_are_changed_on_the_page_and_refused_there(staff: Caller, tea: int, anna: Caller) -> None:
    made = promo(staff, product_id=tea, quantity=2)
    version = re.search(r'name="version" value="(\d+)"', staff.client.get(at(made)).text)
    assert version
    answer = sent(staff.client, at(made, "/change"), quantity="9", version=version[1])
    assert (answer.status_code, list(errors(answer))) == (422, ["quantity"])
    assert sent(staff.client, at(made, "/change"), quantity="3", version=version[1]).status_code == 303
    assert state(staff, made["id"]) == ("running", 0, 0, 3)
    answer = sent(staff.client, at(made, "/change"), ends_at=local(9000), version=version[1])
    assert (answer.status_code, "changed" in answer.text) == (409, True)
    assert staff.get(f"{PROMOS}/{made['id']}").json["ends_at"] == made["ends_at"]


def test_the_preview_counts_whom_the_form_would_reach(staff: Caller, tea: int) -> None:
    customer(staff, username="near", **BERLIN)
    customer(staff, username="far", latitude=48.1, longitude=11.6)
    group = segment(staff, "Spenders", {"type": "spent", "at_least": "100"})["id"]

    def counted(**changes: Any) -> str:
        text = sent(staff.client, f"{PAGE}/preview", **filled(tea, **changes)).text
        found = re.search(r"<strong>([\d,]+)</strong>\s*customer", text)
        return found[1] if found else ""

    assert counted() == "2"
    assert counted(anywhere="", max_distance_km="5") == "1"
    assert counted(anywhere="", max_distance_km="0") == "1"
    assert counted(audience="segments", segment_ids=str(group)) == "0"
    assert counted(anywhere="", max_distance_km="x") == ""
    assert counted(product_id="") == ""


@pytest.mark.parametrize("km", ["0", "0.001", "2", "20038"])
@pytest.mark.parametrize(("latitude", "longitude"), [(0, 0), (90, 0), (-90, 180), (52.5, 179.999)])
def test_the_map_is_drawn_at_every_place_and_radius(staff: Caller, km: str, latitude: float, longitude: float) -> None:
    where = store(staff, latitude=latitude, longitude=longitude)["id"]
    store(staff, name="Neighbour", latitude=max(-90, latitude - 0.01), longitude=-longitude)
    form = filled(product(staff, store_id=where)["id"], anywhere="", max_distance_km=km)
    answer = sent(staff.client, f"{PAGE}/preview", **form)
    assert answer.status_code == 200
    assert ("data-reach" in answer.text) == (km != "0")


def test_the_preview_names_the_discount_and_the_time_that_does_not_exist(staff: Caller, tea: int) -> None:
    text = sent(staff.client, f"{PAGE}/preview", **filled(tea, starts_at=f"{SPRING}T02:30", promo_price="9,95")).text
    assert "50% off" in text
    assert "does not exist in Europe/Berlin" in text
    assert "is not below" in sent(staff.client, f"{PAGE}/preview", **filled(tea, promo_price="20")).text


def test_a_search_for_a_product_keeps_the_chosen_one(staff: Caller, tea: int) -> None:
    product(staff, sku="CUP", name="Cup")
    text = staff.client.get(f"{PAGE}/products?find=cu&product_id={tea}").text
    assert re.findall(r'value="\d+"\s+(selected)?\s*>(\w+)', text) == [("", "Cup"), ("selected", "Green")]
    again = sent(staff.client, f"{PAGE}/draft", **filled(tea, quantity="x"), find="cu").text
    assert ("Cup ·" in again, 'value="x"' in again) == (True, True)
