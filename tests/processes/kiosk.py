"""A shop that runs, the partner at which its offers are activated, and workers who go there."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from app.operations.demo.buyers import Buyer
from tests.api.made_offers import ACTIVATION, OFFERS
from tests.api.made_wallet import ACCOUNT, BOOKS, TRANSACTIONS
from tests.devstack.partnered import Partner, partner
from tests.processes.crew import HEAVY_WORKER, SCHEDULER, WORKER, Crew, Member, crew_of
from tests.processes.post_office import open_catcher
from tests.processes.shelf import Shelf, at_once, shelf_of
from tests.processes.stack import FLASK, Stack, serving_beside

WHO = '{"id": null, "name": "system", "role": null, "request_id": "", "source": "cli"}'
FILL = """
    WITH had AS MATERIALIZED (SELECT u AS user_id, coalesce(balance, 0) AS balance FROM unnest(%s) AS u
        LEFT JOIN accounts ON accounts.user_id = u),
    emptied AS MATERIALIZED (SELECT wallet_by_hand('payout', gen_random_uuid(), user_id, balance, 'EUR', '', %s)
        FROM had WHERE balance > 0)
    SELECT (SELECT count(*) FROM emptied), (wallet_by_hand('deposit', gen_random_uuid(), user_id, %s, 'EUR', '', %s)).id
    FROM had
"""
STATES = "SELECT id::text, status FROM activations WHERE id = ANY (%s::uuid[])"
MOVED = """
    SELECT substr(subject, 12), kind FROM transfers
    WHERE subject = ANY (SELECT 'activation:' || id FROM unnest(%s) AS id) AND kind <> 'debit'
"""
MAILS = (
    "SELECT count(*)::int FROM emails WHERE key LIKE ANY (SELECT 'activation:' || id || ':%%' FROM unnest(%s) AS id)"
)
OPEN = "SELECT name, args, state, error FROM jobs WHERE state IN ('queued', 'running')"
# Everything that a second message brings about, while the first one is under way and after it.
TWICE = """
    INSERT INTO jobs (name, args, request_id) SELECT name, args, request_id FROM jobs
    WHERE name = 'offers.activate' AND args ->> 'transaction_id' = ANY (%s)
"""
BROKEN = tuple(f"BROKEN  {book}" for book in BOOKS)
QUICK = {
    "PARTNER_TIMEOUT_SECONDS": "0.6",
    "ACTIVATION_BACKOFF_SECONDS": "0.05",
    "ACTIVATION_ABSENT_SECONDS": "1.5",
    "JOBS_ATTEMPTS": "100",
}


@dataclass
class Kiosk:
    """All of it, and what a test does with it."""

    shelf: Shelf
    partner: Partner
    crew: Crew

    @property
    def web(self) -> Stack:
        """The web processes."""
        return self.shelf.web

    def offer(self, price: str = "1.00", days: int = 30) -> int:
        """The id of a new offer."""
        wish = {"name": "Premium", "price": price, "duration_days": days}
        answer = self.web.patiently("POST", OFFERS, token=self.shelf.token, json=wish)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def customers(self, many: int, money: str = "1.00") -> list[Buyer]:
        """So many customers who have exactly this much."""
        made = self.shelf.buyers(many)
        self.web.sql(FILL, [buyer.id for buyer in made], WHO, money, WHO)
        return made

    def wish(self, buyer: Buyer, offer_id: int, *, repeat: bool = False) -> requests.Response:
        """The answer to the wish to activate an offer."""
        body = {"offer_id": offer_id, "repeat": repeat}
        return self.web.call("POST", ACTIVATION, token=buyer.token, json=body, timeout=60)

    def asked(self, buyers: Iterable[Buyer], offer_id: int) -> list[str]:
        """An activation for each of them."""
        answers = at_once(lambda buyer: self.wish(buyer, offer_id), buyers, lanes=4)
        assert {answer.status_code for answer in answers} == {202}
        return [answer.json()["transaction_id"] for answer in answers]

    def status(self, buyer: Buyer, name: str) -> requests.Response:
        """The answer to the question how far it is."""
        return self.web.call("GET", f"{ACTIVATION}/status/{name}", token=buyer.token)

    def transaction(self, buyer: Buyer, name: str) -> requests.Response:
        """The same with all there is to know of it."""
        return self.web.call("GET", f"{TRANSACTIONS}/{name}", token=buyer.token)

    def balance(self, buyer: Buyer) -> str:
        """What a customer has."""
        shown: str = self.web.patiently("GET", ACCOUNT, token=buyer.token).json()["balance"]
        return shown

    def states(self, names: list[str]) -> dict[str, str]:
        """How far each is."""
        return dict(self.web.sql(STATES, names))

    def until_ended(self, names: list[str]) -> None:
        """All of them have succeeded or failed."""
        self.crew.until(lambda: set(self.states(names).values()) <= {"SUCCESS", "FAILED"}, "all have ended", 75)

    def are_exact(self, names: list[str]) -> Counter[str]:
        """The same, and the books are right."""
        found = self.have_one_end(names)
        self.books_are_right()
        return found

    def books_are_right(self) -> None:
        """No invariant of money is broken."""
        checked = self.web.run(*FLASK, "invariants").stdout
        assert "ok      ledger.balance" in checked
        assert not [line for line in checked.splitlines() if line.startswith(BROKEN)], checked

    def have_one_end(self, names: list[str]) -> Counter[str]:
        """At rest each has ended once, the money moved once, and the partner acted once or never."""
        self.until_ended(names)
        self.crew.until(lambda: not self.web.sql(OPEN), "nothing is open", 75)
        states, effects = self.states(names), self.partner.effects()
        ends = {"SUCCESS": ("settle", 1), "FAILED": ("refund", 0)}
        moved: Counter[tuple[Any, ...]] = Counter(self.web.sql(MOVED, names))
        assert moved == Counter((name, ends[state][0]) for name, state in states.items())
        assert {name: effects.get(name, 0) for name in names} == {name: ends[states[name]][1] for name in names}
        assert self.web.sql(MAILS, names) == [(len(names),)]
        return Counter(states.values())

    def twice(self, names: list[str]) -> None:
        """Every job of these is delivered once more."""
        self.web.sql(TWICE, names)

    def people(self, **first: str) -> Member:
        """A scheduler and a worker, who has these variables in its first life."""
        self.crew.keep(*SCHEDULER)
        self.crew.keep(*HEAVY_WORKER)
        return self.crew.keep(*WORKER, **first)


@contextmanager
def kiosk_of(stack: Stack, folder: Path) -> Iterator[Kiosk]:
    """A kiosk with nobody in its crew yet, and a partner who does well."""
    with open_catcher(folder / "mails") as (smtp, _), partner(folder / "partner") as there:
        there.behave_well()
        environ = there.settings | {"SMTP_PORT": str(smtp)} | QUICK
        with serving_beside(stack, **environ) as web, shelf_of(web) as shelf, crew_of(web, folder, **environ) as crew:
            yield Kiosk(shelf, there, crew)
