"""Orders in the console: forms that are sent, what the next page says, and four orders to look at."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.api.browsing import csrf_token
from tests.api.made import product
from tests.api.made_orders import ORDERS, brought_to, placed
from tests.callers import Caller

PAGE = "/console/orders"
HTMX = {"HX-Request": "true"}


def sent(client: FlaskClient, path: str, *, headers: Any = None, **form: Any) -> Any:
    """The answer to a form."""
    values = MultiDict(form)
    values["csrf_token"] = csrf_token(client, "/console/products/new")
    return client.post(path, data=values, headers=headers)


def flashed(client: FlaskClient, path: str = PAGE) -> str:
    """What the next page says."""
    found = re.search(r'<div class="toast.*?<p>(.*?)</p>', client.get(path).text, re.DOTALL)
    return found[1] if found else ""


def at(order: dict[str, Any]) -> str:
    """The page of an order."""
    return f"{PAGE}/{order['id']}"


def refunded(staff: Caller, order: dict[str, Any]) -> str:
    """How much of an order went back."""
    return str(staff.get(f"{ORDERS}/{order['id']}").json["refunded"])


def four_orders(staff: Caller, anna: Caller, bert: Caller, tea: int, sql: Any) -> dict[str, Any]:
    """Four orders: one unpaid, one paid, one packed of bert, one cancelled long ago."""
    cup = product(staff, sku="CUP", price="50", total_stock=9)["id"]
    made = {"new": placed(anna, (tea, 1)), "paid": placed(anna, (cup, 1))}
    made |= {"packed": placed(bert, (cup, 2)), "old": placed(anna, (tea, 2))}
    orders = {name: answer.json for name, answer in made.items()}
    for name, status in (("paid", "CONFIRMED"), ("packed", "PROCESSING"), ("old", "CANCELLED")):
        brought_to(staff, orders[name], status)
    sql.execute("UPDATE orders SET created_at = '2026-03-10T23:30:00Z' WHERE id = %s", [orders["old"]["id"]])
    return orders
