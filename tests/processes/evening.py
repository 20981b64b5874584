"""An evening in the shop: customers order, pay, activate offers, hold units of promos, and shops tell of buys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from app.operations.demo.buyers import Buyer
from tests.devstack.partnered import partner
from tests.devstack.simulated import simulator
from tests.processes.crew import AT_REST_AFTER, HEAVY_WORKER, SCHEDULER, WORKER, crew_of
from tests.processes.kiosk import QUICK, Kiosk
from tests.processes.load import MEMBERS
from tests.processes.market import shops
from tests.processes.post_office import open_catcher
from tests.processes.sale import Sale
from tests.processes.shelf import PATIENT, at_once, shelf_of, told
from tests.processes.stack import Stack, serving_beside
from tests.processes.streaming import Live, live_beside
from tests.processes.till import LIMITS, NOBODY, OPEN, Till
from tests.processes.till import QUICK as QUICK_TO_PAY

SEGMENT = "INSERT INTO segments (name) VALUES (%s) RETURNING id"
TOLD = "SELECT ended_at IS NOT NULL FROM promo_announcements WHERE promo_id = %s"


@dataclass(frozen=True)
class Evening:
    """All of it."""

    till: Till
    kiosk: Kiosk
    sale: Sale
    live: Live

    @property
    def web(self) -> Stack:
        """The web processes."""
        return self.till.web

    def begins(self) -> None:
        """Everybody is at work."""
        for role in (SCHEDULER, WORKER, HEAVY_WORKER):
            self.till.crew.keep(*role)

    def goes_on(self) -> None:
        """Everything that can happen happens some more, and is settled."""
        with shops(self.web, 2):
            self._pay()
            self._activate()
            self._hold()
        self.till.crew.until(lambda: not self.web.sql(OPEN), "nothing is open", AT_REST_AFTER)

    def _pay(self) -> None:
        """Six order, four of them pay and one gets the money back; a seventh comes too late."""
        orders = self.till.ordered(6)
        (late,) = self.till.shelf.buyers(1)
        assert self.till.order(late, orders[0]["items"][0]["product_id"]).status_code == 409
        self.till.pay(orders[:4])
        self.till.until_settled(orders[:4])
        self.till.give_back(orders[0])

    def _activate(self) -> None:
        """Three activate an offer; then the partner refuses one."""
        offer = self.kiosk.offer()
        *glad, sad = self.kiosk.customers(4)
        self.kiosk.until_ended(self.kiosk.asked(glad, offer))
        self.kiosk.partner.behave(success_rate=0)
        self.kiosk.until_ended(self.kiosk.asked([sad], offer))
        self.kiosk.partner.behave_well()

    def _hold(self) -> None:
        """Five are told of a promo of three units and want one; one buys. With that the product runs low."""
        shelf, buyers = self.sale.shelf, self.sale.shelf.buyers(5)
        audience = {"audience": "segments", "segment_ids": [self._segment(buyers)]}
        promo = self.sale.promo(3, product_id=shelf.product(3, low_stock_threshold=3), **audience)
        answers = at_once(lambda buyer: self.sale.hold(buyer, promo), buyers, lanes=2)
        held = [(buyer, answer.json()["id"]) for buyer, answer in zip(buyers, answers, strict=True) if answer.ok]
        assert told(answers) == {(201, ""): 3, (409, "held_by_others"): 2}
        assert self.sale.complete(*held[0]).ok
        assert self.sale.release(*held[1]).ok
        self.till.crew.until(lambda: self.web.sql(TOLD, promo) == [(True,)], "all have heard of it", AT_REST_AFTER)

    def _segment(self, members: list[Buyer]) -> int:
        ((segment_id,),) = self.web.sql(SEGMENT, f"evening-{uuid4().hex}")
        self.web.sql(MEMBERS, segment_id, [member.id for member in members])
        return int(segment_id)


@contextmanager
def evening_of(stack: Stack, folder: Path, **changes: str) -> Iterator[Evening]:
    """An evening that has not begun; whoever works in the background counts in the folder of the live process."""
    with (
        open_catcher(folder / "mails") as (smtp, mailbox),
        simulator(folder / "payments", NOBODY) as provider,
        partner(folder / "partner") as there,
    ):
        there.behave_well()
        environ = {"SMTP_PORT": str(smtp), "NOTIFICATIONS_PER_DAY": "100"} | provider.settings | there.settings
        environ |= QUICK | QUICK_TO_PAY | LIMITS | PATIENT | changes
        with (
            serving_beside(stack, **environ) as web,
            shelf_of(web) as shelf,
            ended(Sale(shelf)) as sale,
            live_beside(web) as live,
            crew_of(
                web, folder, **environ, PROMETHEUS_MULTIPROC_DIR=live.environment["PROMETHEUS_MULTIPROC_DIR"]
            ) as crew,
        ):
            provider.tells(web.port)
            yield Evening(Till(shelf, provider, crew, mailbox), Kiosk(shelf, there, crew), sale, live)


@contextmanager
def ended(sale: Sale) -> Iterator[Sale]:
    """The promos of a sale are over after the block."""
    try:
        yield sale
    finally:
        sale.over()
