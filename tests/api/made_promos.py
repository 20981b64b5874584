"""Promos that exist."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.web import HoldfastApp
from app.operations import service as operations
from tests.api.made import product, store
from tests.callers import Caller

PROMOS, HOLDS = "/api/v1/flash-promos", "/api/v1/promo-reservations"
BOOKS = ("inventory.", "orders.", "payments.", "promos.", "stock.")
BERLIN = {"latitude": 52.52, "longitude": 13.405}


def after(seconds: float) -> str:
    """The moment so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def drafted(staff: Caller, **changes: Any) -> Any:
    """The answer to a plan: running for an hour, for all, anywhere."""
    if "product_id" not in changes:
        changes["product_id"] = product(staff, sku=f"SKU-{after(0)}", total_stock=10)["id"]
    facts = {"promo_price": "9.90", "starts_at": after(-1), "ends_at": after(3600), "audience": "all"}
    return staff.post(PROMOS, json=facts | {"max_distance_km": None} | changes)


def promo(staff: Caller, **changes: Any) -> dict[str, Any]:
    """A promo that was just activated."""
    answer = drafted(staff, **{"is_active": True} | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def at_place(staff: Caller, latitude: float, longitude: float, **changes: Any) -> dict[str, Any]:
    """A running promo of a store there."""
    where = store(staff, latitude=latitude, longitude=longitude)["id"]
    return promo(staff, product_id=product(staff, sku=f"SKU-{after(0)}", store_id=where)["id"], **changes)


def hold(caller: Caller, promo_id: int, **options: Any) -> Any:
    """The answer to somebody who wants a unit."""
    return caller.post(HOLDS, json={"promo_id": promo_id}, **options)


def complete(caller: Caller, held: Any, **options: Any) -> Any:
    """The answer to somebody who buys what they hold."""
    return caller.post(f"{HOLDS}/{held.json['id']}/complete", **options)


def state(staff: Caller, promo_id: int) -> tuple[str, int, int, int]:
    """Status, units held, sold, and free."""
    shown = staff.get(f"{PROMOS}/{promo_id}").json
    return shown["status"], shown["held"], shown["sold"], shown["available_now"]


def breaches(app: HoldfastApp) -> list[Any]:
    """What breaks an invariant of stock, promos, orders or money."""
    with app.app_context():
        found = [finding for finding in operations.check_invariants() if finding.rows]
    return [(each.invariant.name, each.rows) for each in found if each.invariant.name.startswith(BOOKS)]
