"""A shop that runs, the provider at which its orders are paid, workers that settle, and a catcher of its mails."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from app.operations.demo.buyers import Buyer
from devstack.mailcatcher.mailbox import Mailbox
from tests.api.made_orders import BOOKS, ORDERS, WEBHOOK, signed
from tests.devstack.simulated import Simulator, simulator
from tests.processes.crew import HEAVY_WORKER, SCHEDULER, WORKER, Crew, Member, crew_of
from tests.processes.post_office import open_catcher
from tests.processes.shelf import Shelf, at_once, shelf_of
from tests.processes.stack import FLASK, Stack, eventually, serving_beside

STATES = "SELECT status, payment_status, count(*)::int FROM orders WHERE reference = ANY (%s) GROUP BY 1, 2"
CAPTURES = "SELECT reference, count(*)::int FROM captures WHERE reference = ANY (%s) GROUP BY 1"
STOCK = "SELECT total, available, reserved FROM product_stock WHERE product_id = %s"
QUIET = """
    SELECT count(*) FROM payments
    WHERE checkout_id IS NOT NULL AND captured = 0 AND asked_at < clock_timestamp() - interval '0.5 s'
      AND reference = ANY (%s)
"""
BROKEN = tuple(f"BROKEN  {book}" for book in BOOKS)
OPEN = "SELECT id FROM jobs WHERE state IN ('queued', 'running')"
NOBODY = "http://127.0.0.1:9/"
QUICK = {"RECONCILE_AFTER_SECONDS": "0.5", "PAYMENT_TIMEOUT_SECONDS": "2", "JOBS_ATTEMPTS": "100"}
LIMITS = {"ORDERS_PER_MINUTE": "10000", "ORDER_ATTEMPTS_PER_MINUTE": "10000", "UNPAID_ORDERS": "10000"}


@dataclass
class Till:
    """All of it, and what a test does with it."""

    shelf: Shelf
    provider: Simulator
    crew: Crew
    mailbox: Mailbox

    @property
    def web(self) -> Stack:
        """The web processes."""
        return self.shelf.web

    def order(self, buyer: Buyer, *lines: int, key: str = "") -> requests.Response:
        """The answer to an order of one unit of each of these products."""
        wish = {"items": [{"product_id": product_id, "quantity": 1} for product_id in lines]}
        headers = {"Idempotency-Key": key} if key else {}
        return self.web.patiently("POST", ORDERS, token=buyer.token, json=wish, headers=headers)

    def ordered(self, many: int) -> list[dict[str, Any]]:
        """So many orders, each of a customer of its own, with a page on which it is paid."""
        product = self.shelf.product(many)
        return at_once(lambda buyer: self._begun(buyer, product), self.shelf.buyers(many), lanes=2)

    def _begun(self, buyer: Buyer, product: int) -> dict[str, Any]:
        made = self.order(buyer, product)
        assert made.status_code == 201, made.text
        order: dict[str, Any] = made.json()
        eventually(lambda: self.checkout(buyer, order).status_code == 200, "there is a page on which it is paid")
        return order

    def checkout(self, buyer: Buyer, order: dict[str, Any]) -> requests.Response:
        """The answer to the wish to pay."""
        return self.web.call("POST", f"{ORDERS}/{order['id']}/payment", token=buyer.token, timeout=60)

    def pay(self, orders: list[dict[str, Any]]) -> None:
        """Each is paid at the provider."""
        at_once(lambda order: self.provider.pay(order["reference"]), orders, lanes=4)

    def tell(self, event_id: str, order: dict[str, Any], status: str = "success", **more: Any) -> requests.Response:
        """The answer to a message about an order that is signed as the provider's are."""
        event = {"event_id": event_id, "reference": order["reference"], "status": status, "amount": order["total"]}
        return self.web.patiently("POST", WEBHOOK, **signed(event | more))

    def give_back(self, order: dict[str, Any]) -> None:
        """An operator pays all of it back."""
        place, token = f"{ORDERS}/{order['id']}/refunds", self.shelf.token
        answer = self.web.patiently("POST", place, token=token, json={"reason": "a test"})
        assert answer.status_code == 201, answer.text

    def until_settled(self, orders: list[dict[str, Any]], status: str = "CONFIRMED", paid: str = "paid") -> None:
        """All of them are so."""
        names = [order["reference"] for order in orders]
        wanted = [(status, paid, len(names))]
        self.crew.until(lambda: self.web.sql(STATES, names) == wanted, f"all are {status} and {paid}", 75)

    def until_quiet(self, within: float = 75) -> None:
        """Nothing is open any more, and the books of stock, orders and money are right."""
        self.crew.until(lambda: not self.web.sql(OPEN), "nothing is open", within)
        checked = self.web.run(*FLASK, "invariants").stdout
        assert "ok      payments.sums" in checked
        assert not [line for line in checked.splitlines() if line.startswith(BROKEN)], checked

    def captures(self, orders: list[dict[str, Any]]) -> Counter[str]:
        """How often money came in for each."""
        return Counter(dict(self.web.sql(CAPTURES, [order["reference"] for order in orders])))

    def mails(self, reference: str) -> Counter[str]:
        """The subjects of the mails that speak of an order."""
        subjects = (mail.subject for mail in self.mailbox.summaries(limit=100_000))
        return Counter(subject for subject in subjects if reference in subject)

    def due_for_questions(self, orders: list[dict[str, Any]]) -> int:
        """How many of these payments were begun half a second ago or earlier, and nothing was heard of them."""
        ((many,),) = self.web.sql(QUIET, [order["reference"] for order in orders])
        return int(many)

    def stock(self, product_id: int) -> tuple[int, ...]:
        """Total, available and reserved."""
        (row,) = self.web.sql(STOCK, product_id)
        return row

    def people(self, **first: str) -> Member:
        """A scheduler and a worker, who has these variables in its first life."""
        self.crew.keep(*SCHEDULER)
        self.crew.keep(*HEAVY_WORKER)
        return self.crew.keep(*WORKER, **first)


@contextmanager
def till_of(stack: Stack, folder: Path, **changes: str) -> Iterator[Till]:
    """A till with nobody in its crew yet; its orders are forgotten at the end."""
    with open_catcher(folder / "mails") as (smtp, mailbox), simulator(folder / "payments", NOBODY) as provider:
        environ = provider.settings | {"SMTP_PORT": str(smtp)} | QUICK | LIMITS | changes
        with serving_beside(stack, **environ) as web, shelf_of(web) as shelf, crew_of(web, folder, **environ) as crew:
            provider.tells(web.port)
            yield Till(shelf, provider, crew, mailbox)
