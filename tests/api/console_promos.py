"""Promos in the console: the fields of their form, and what the next page says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.api.browsing import flashed, sent
from tests.callers import Caller

PAGE = "/console/promos"
ZONE = "Europe/Berlin"


def local(seconds: float, zone: str = ZONE) -> str:
    """So many seconds from now, as a wall in the zone shows it."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="seconds")


def filled(product_id: Any, /, **changes: Any) -> dict[str, Any]:
    """The form of a promo of an hour, for everybody, anywhere."""
    form = {"product_id": str(product_id), "promo_price": "9.90", "quantity": "2", "per_customer_limit": "1"}
    form |= {"starts_at": local(3600), "ends_at": local(7200), "audience": "all", "anywhere": "true", "priority": "0"}
    return form | changes


def at(promo: Any, verb: str = "") -> str:
    """The address of a promo."""
    return f"{PAGE}/{promo['id']}{verb}"


def told(staff: Caller, path: str, **form: Any) -> str:
    """What is said after a form."""
    assert sent(staff.client, path, **form).status_code == 303
    return flashed(staff.client, PAGE)
