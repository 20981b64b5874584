"""Whatever is done in whatever order, promos and the shelf are what the model of a night says they are."""

from typing import Any

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.made import store
from tests.api.promo_night import World, play
from tests.callers import Caller


def test_promos_are_what_the_model_says_they_are(app: HoldfastApp, staff: Caller, as_role: AsRole, sql: Any) -> None:
    customers = [as_role("customer", name) for name in ("anna", "bert", "cleo")]
    play(World(app, staff, customers, store(staff)["id"], sql), nights=20, acts=30)
