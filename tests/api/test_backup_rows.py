"""A table with fewer or more rows than its dump is named."""

from typing import Any

from app.core.settings import Settings
from app.operations.backups.place import place_of
from app.operations.backups.restored import rows
from tests.api.made import store
from tests.callers import Caller


def test_rows_that_are_not_those_of_the_dump_are_bad(chosen: Settings, staff: Caller, sql: Any) -> None:
    store(staff)
    place = place_of(chosen)
    [right] = rows(place, {"public.stores": 1, "public.products": 0})
    assert (right.level, right.fact) == ("ok", "1 in 2 tables, as the dump has them.")
    [wrong] = rows(place, {"public.stores": 2, "public.products": 0})
    assert (wrong.level, wrong.fact) == ("bad", "public.stores has 1, the dump has 2.")
    [empty] = rows(place, {})
    assert empty.level == "bad"
