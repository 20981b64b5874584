"""Stores that exist."""

from typing import Any

from tests.callers import Caller

STORES = "/api/v1/stores"
BERLIN = {"name": "Berlin", "latitude": 52.52, "longitude": 13.405, "timezone": "Europe/Berlin"}


def store(staff: Caller, **changes: Any) -> dict[str, Any]:
    """A store that was just opened."""
    answer = staff.post(STORES, json=BERLIN | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def place(made: dict[str, Any]) -> str:
    """Its address."""
    return f"{STORES}/{made['id']}"


def names(answer: Any) -> list[str]:
    """The names on a page."""
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json["data"]]


PRODUCTS, RESERVATIONS = "/api/v1/products", "/api/v1/reservations"
TEA = {"sku": "TEA-250", "name": "Green tea", "price": "19.90", "total_stock": 5}


def product(staff: Caller, **changes: Any) -> dict[str, Any]:
    """A product that was just put on the shelf of a new store."""
    at = changes.pop("store_id", None) or store(staff)["id"]
    answer = staff.post(PRODUCTS, json=TEA | {"store_id": at} | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def stock(caller: Caller, product_id: int) -> tuple[int, int, int]:
    """Total, available and reserved."""
    shown = caller.get(f"{PRODUCTS}/{product_id}").json
    return shown["total_stock"], shown["available_stock"], shown["reserved_stock"]


def held(caller: Caller, product_id: int, quantity: int = 1, **options: Any) -> Any:
    """The answer to a reservation."""
    return caller.post(RESERVATIONS, json={"product_id": product_id, "quantity": quantity}, **options)


def shelf(staff: Caller) -> dict[str, int]:
    """Four products of two stores by name; Beet is off sale, Apple and Beet are low."""
    here, there = (store(staff, name=name)["id"] for name in ("Here", "There"))
    facts: dict[str, Any] = {
        "Apple": {"store_id": here},
        "Beet": {"store_id": here, "is_active": False},
        "Corn": {"store_id": there, "total_stock": 50},
        "Dill": {"store_id": there, "low_stock_threshold": 0},
    }
    return {name: product(staff, name=name, sku=f"SKU-{name}", **more)["id"] for name, more in facts.items()}
