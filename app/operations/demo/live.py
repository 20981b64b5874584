"""`flask demo live`: a sale with simulated shoppers, so that its sale room moves.

Over the API of the stack that runs, as customers around the store; orders are paid by its payment simulator. The promo
is the one that is named, or the demo's own: one that runs, or a new one. Stopped at any moment, what is held lapses and
what is not paid comes back, as with real shoppers.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from signal import SIGINT, default_int_handler, signal
from threading import Event
from typing import Any, cast

import click
import requests
from flask.cli import ScriptInfo, pass_script_info

from app.core import cli, logging
from app.core.ids import uuid7
from app.core.settings import Settings
from app.core.web import HoldfastApp, settings_of
from app.inventory.service import products
from app.operations import queries
from app.operations.demo import buyers, people
from app.operations.demo.allowed import refuse_elsewhere
from app.operations.demo.pay import NO_STACK, settle
from app.operations.demo.places import places
from app.operations.demo.shoppers import Crowd
from app.promos import queries as promos
from app.promos.queries import PromoFilter
from app.promos.service import lifecycle, planning
from app.stores import queries as store_queries
from app.stores import service as stores
from app.stores.queries import StoreFilter

PREFIX, MARK = "shopper-", "LIVE-"
MANY, UNITS, LASTS, KM = 400, 300, timedelta(minutes=30), 5.0
PATIENCE = 10


@click.command("live", cls=cli.Command)
@click.argument("promo_id", type=click.IntRange(1), required=False, metavar="[PROMO]")
@click.option("--rate", type=click.FloatRange(0.1, 500), default=4, show_default=True, help="Shoppers a second.")
@click.option("--seconds", type=click.FloatRange(1), help="For how long; left out: until Ctrl-C.")
@click.option("--force", is_flag=True, help="Also into a database that no `make run` made.")
@cli.as_json
@pass_script_info
def live(
    script: ScriptInfo, *, promo_id: int | None, rate: float, seconds: float | None, force: bool, as_json: bool
) -> None:
    """Let simulated shoppers hold, buy, pay and dither, so that the sale room moves."""
    app = cast("HoldfastApp", script.load_app())
    settings = settings_of(app)
    refuse_elsewhere(settings, force=force)
    logging.configure(level="error", fmt="console")
    _refuse_without_stack(settings)
    with app.app_context(), cli.work():
        promo = _promo(promo_id)
        crowd = _crowd(promo, settings)
    told: Callable[[str], None] = _silent if as_json else click.echo
    told(f"Promo {promo.id}, {promo.product_name}: http://127.0.0.1:{settings.port}/console/live/{promo.id}")
    _until_stopped(crowd, rate, seconds, told)
    with app.app_context(), cli.work():
        buyers.sign_out(crowd.buyers)
    facts = {"promo_id": promo.id, "outcomes": dict(crowd.outcomes)}
    cli.tell(facts, f"{crowd.line()}. What is still held lapses by itself.", as_json=as_json)


def _silent(_: str) -> None:
    """A program waits for the end."""


def _until_stopped(crowd: Crowd, rate: float, seconds: float | None, told: Callable[[str], None]) -> None:
    stop = Event()
    # A shell that starts it in the background lets it ignore SIGINT; whoever sends it means it all the same.
    signal(SIGINT, default_int_handler)
    try:
        crowd.shop(rate=rate, seconds=seconds, stop=stop, told=told)
    except KeyboardInterrupt:
        stop.set()


def _refuse_without_stack(settings: Settings) -> None:
    try:
        requests.get(f"http://127.0.0.1:{settings.port}/health", timeout=PATIENCE).raise_for_status()
    except requests.RequestException as error:
        raise click.ClickException("No shop answers: start the stack by `make run`.") from error
    if settings.payment_provider != "generic":
        raise click.ClickException(NO_STACK)


def _promo(promo_id: int | None) -> Any:
    """The promo that is named, the demo's own that runs, or a new one."""
    if promo_id is not None:
        return promos.promo(promo_id)
    which = PromoFilter(status="running", q=MARK)
    found = promos.page(which, ordering="newest", limit=1, cursor=None).rows
    return found[0] if found else promos.promo(_opened())


def _opened() -> int:
    shown = store_queries.page(StoreFilter(is_active=True), ordering="oldest", limit=1, cursor=None).rows
    at = next(places(range(1)))
    where: dict[str, Any] = {"latitude": at.latitude, "longitude": at.longitude, "timezone": at.timezone}
    store_id = shown[0].id if shown else stores.create_store(name=at.name, **where).id
    facts: dict[str, Any] = {
        "sku": f"{MARK}{uuid7().hex[-12:]}",
        "name": "Night market teapot",
        "price": Decimal("39.90"),
    }
    product = products.create_product(store_id=store_id, total_stock=UNITS, **facts, description="By flask demo live.")
    now = queries.now()
    window: dict[str, Any] = {"starts_at": now, "ends_at": now + LASTS}
    terms: dict[str, Any] = {"audience": "all", "max_distance_km": KM, "quantity": UNITS, "per_customer_limit": 2}
    promo = planning.draft_promo(product_id=product.id, promo_price=Decimal("19.90"), **window, **terms)
    lifecycle.activate(promo_id=promo.id)
    return promo.id


def _crowd(promo: Any, settings: Settings) -> Crowd:
    """Customers around the store; some of them too far from it."""
    known = buyers.signed_in(MANY, prefix=PREFIX)
    chance = Random()  # noqa: S311 - shoppers come by chance, that is all
    people.scatter([buyer.id for buyer in known], promo.store_latitude, promo.store_longitude, chance)
    return Crowd(promo.id, known, partial(_ask, settings.port), partial(_pay, settings), chance)


def _ask(port: int, token: str, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    place = f"http://127.0.0.1:{port}/api/v1{path}"
    answer = requests.request(method, place, json=body, headers=headers, timeout=PATIENCE)
    return answer.status_code, answer.json() if answer.content else {}


def _pay(settings: Settings, reference: str) -> None:
    settle(settings, reference, {"status": "success", "duplicates": 0})
