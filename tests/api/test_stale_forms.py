"""Every form that edits a row that others edit too: who saves second sees both values, keeps theirs, and decides."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import AsRole
from tests.api.made import product, store
from tests.api.made_customers import customer, segment
from tests.api.made_offers import offer
from tests.api.made_promos import drafted, promo
from tests.api.opened_forms import form_to
from tests.callers import Caller

TEMPLATES = Path(__file__).parents[2] / "templates"


@dataclass(frozen=True)
class Edited:
    """A row that two people edit: where its form is and goes, what one and the other write into which field."""

    make: Callable[[Caller], dict[str, Any]]
    api: str
    page: str
    action: str
    field: str
    mine: str
    theirs: Any


def some_user(staff: Caller) -> dict[str, Any]:
    body = {"username": "ben", "email": "ben@example.test", "password": "a long enough one", "role": "operator"}
    answer = staff.post("/api/v1/users", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def some_draft(staff: Caller) -> dict[str, Any]:
    made: dict[str, Any] = drafted(staff).json
    return made


EDITED = {
    "customers": Edited(customer, "customers/{}", "customers/{}/edit", "customers/{}", "first_name", "Mine", "Theirs"),
    "offers": Edited(offer, "offers/{}", "offers/{}/edit", "offers/{}", "name", "Mine", "Theirs"),
    "products": Edited(product, "products/{}", "products/{}/edit", "products/{}", "name", "Mine", "Theirs"),
    "promos": Edited(some_draft, "flash-promos/{}", "promos/{}/edit", "promos/{}", "quantity", "2", 3),
    "promos in place": Edited(promo, "flash-promos/{}", "promos/{}", "promos/{}/change", "quantity", "2", 3),
    "segments": Edited(segment, "segments/{}", "segments/{}/edit", "segments/{}", "name", "Mine", "Theirs"),
    "stores": Edited(store, "stores/{}", "stores/{}/edit", "stores/{}", "name", "Mine", "Theirs"),
    "users": Edited(
        some_user, "users/{}", "settings/users/{}/edit", "settings/users/{}", "first_name", "Mine", "Theirs"
    ),
}


@pytest.fixture
def admin(as_role: AsRole) -> Caller:
    return as_role("admin")


def saved_by_another(admin: Caller, edited: Edited, number: int, **changes: Any) -> None:
    """Somebody else changes the row by the API."""
    answer = admin.patch(f"/api/v1/{edited.api.format(number)}", json=changes)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("edited", EDITED.values(), ids=EDITED)
def test_who_saves_second_sees_both_values_and_may_save_again(admin: Caller, edited: Edited) -> None:
    number = edited.make(admin)["id"]
    page, action = f"/console/{edited.page.format(number)}", f"/console/{edited.action.format(number)}"
    form = form_to(admin.client.get(page).text, action)
    saved_by_another(admin, edited, number, **{edited.field: edited.theirs})
    form[edited.field] = edited.mine
    refused = admin.client.post(action, data=form)
    assert refused.status_code == 409
    assert re.findall(r'data-(yours|theirs)="(\w+)">([^<]*)<', refused.text) == [
        ("yours", edited.field, edited.mine),
        ("theirs", edited.field, str(edited.theirs)),
    ]
    now = admin.get(f"/api/v1/{edited.api.format(number)}").json
    assert now[edited.field] == edited.theirs
    again = form_to(refused.text, action)
    assert again[edited.field] == edited.mine
    assert admin.client.post(action, data=again).status_code == 303
    assert str(admin.get(f"/api/v1/{edited.api.format(number)}").json[edited.field]) == edited.mine


def test_a_change_of_what_the_form_does_not_have_is_told_too(admin: Caller) -> None:
    edited = EDITED["promos in place"]
    number = edited.make(admin)["id"]
    action = f"/console/{edited.action.format(number)}"
    form = form_to(admin.client.get(f"/console/{edited.page.format(number)}").text, action)
    saved_by_another(admin, edited, number, audience="segments", segment_ids=[segment(admin)["id"]])
    refused = admin.client.post(action, data=form)
    assert refused.status_code == 409
    assert "What was changed is not among the fields of this form." in refused.text


def test_every_form_that_knows_a_version_is_tried_here() -> None:
    versioned = {path.parent.name for path in TEMPLATES.glob("*/*.html") if "form.version" in path.read_text("utf-8")}
    assert versioned == {name.partition(" ")[0] for name in EDITED}
