"""Promos are activated, paused, resumed and ended.

The activation takes the allotment from the shelf; from then on the units are the promo's, and the database refuses a
second activated promo of the product at the same time. Pausing takes the counter row, so no hold is younger than the
pause. The end closes the counters and gives back what is neither sold nor held; units that are held come back when
their holds resolve (sql/promos.sql, promos_drain). Nobody has to notice that a window is over: holds are refused by the
clock, and the sweep gives the rest back within its interval. Dying before the commit changes nothing; twice the same
verb is refused by the table of rules.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, insert, select, text, update

from app.audit import service as audit
from app.core import db
from app.inventory.models import Product
from app.promos import queries, rules
from app.promos.errors import PriceNotBelow, PromoIllegalTransition, PromoNotActivatable
from app.promos.models import Promo, PromoStock
from app.promos.service.planning import locked, reach_of, refuse_over
from app.stores.models import Store

CLOSED_AT_ONCE = 200
_TAKE = text("SELECT inventory_take(:product_id, :quantity, 'allotted', :cause, :who)")
_DRAIN = text("SELECT promos_drain(CAST(:ids AS bigint[]), :who)")


def activate(*, promo_id: int, expected: Collection[int] | None = None) -> Promo:
    """Open a draft for its window: from here on its units are its own."""
    promo, _ = _refusing_illegal("activate", promo_id, expected)
    product = _sellable(promo.product_id)
    refuse_over(promo)
    if promo.promo_price >= product.price:
        raise PriceNotBelow(price=str(product.price), promo_price=str(promo.promo_price))
    reach = reach_of(promo, product)
    promo.activated_at = func.clock_timestamp()  # the database's clock
    for name, value in reach.items():
        setattr(promo, name, value)
    _moved_on(promo)
    db.session().execute(insert(PromoStock).values(promo_id=promo_id, allotted=promo.quantity))
    units = {"product_id": promo.product_id, "quantity": promo.quantity, "cause": f"promo:{promo_id}"}
    with db.refusing():
        db.session().execute(_TAKE, units | {"who": audit.surroundings()})
    audit.record("promo.activated", object_type="promo", object_id=promo_id, new={"quantity": promo.quantity})
    return promo


def pause(*, promo_id: int, expected: Collection[int] | None = None) -> Promo:
    """Hold no more units; what is held can still be bought."""
    promo, _ = _refusing_illegal("pause", promo_id, expected)
    promo.paused_at = func.clock_timestamp()  # the database's clock
    _set_state(promo, "paused")
    audit.record("promo.paused", object_type="promo", object_id=promo_id)
    return promo


def resume(*, promo_id: int, expected: Collection[int] | None = None) -> Promo:
    """Go on with what was paused."""
    promo, _ = _refusing_illegal("resume", promo_id, expected)
    promo.paused_at = None
    _set_state(promo, "open")
    audit.record("promo.resumed", object_type="promo", object_id=promo_id)
    return promo


def end(*, promo_id: int, expected: Collection[int] | None = None) -> Promo:
    """End a promo before its time; its units go back to the shelf."""
    promo, row = _refusing_illegal("end", promo_id, expected)
    promo.ended_at = func.clock_timestamp()  # the database's clock
    _moved_on(promo)
    db.session().execute(_DRAIN, {"ids": [promo_id], "who": audit.surroundings()})
    audit.record("promo.ended", object_type="promo", object_id=promo_id, old={"status": row.status})
    return promo


def switch(*, promo_id: int, is_active: bool, expected: Collection[int] | None = None) -> None:
    """What `is_active` asks for: a draft is activated, a paused one goes on, an active one pauses; else nothing."""
    status = queries.promo(promo_id).status
    wanted = (
        {"draft": activate, "paused": resume}
        if is_active
        else {"scheduled": pause, "running": pause, "sold_out": pause}
    )
    if status in wanted:
        wanted[status](promo_id=promo_id, expected=expected)
    elif status == "ended" and is_active:
        _refuse("activate", status)


def close_over() -> int:
    """Close the promos whose time is over; how many."""
    ids = queries.to_close(limit=CLOSED_AT_ONCE)
    return db.session().scalar(_DRAIN, {"ids": list(ids), "who": audit.surroundings()}) or 0 if ids else 0


def _refusing_illegal(verb: str, promo_id: int, expected: Collection[int] | None) -> tuple[Promo, Any]:
    promo, row = locked(promo_id, expected)
    if verb not in rules.VERBS[row.status]:
        _refuse(verb, row.status)
    return promo, row


def _refuse(verb: str, status: str) -> None:
    raise PromoIllegalTransition(promo_status=status, wanted=verb, allowed=list(rules.VERBS[status]))


def _set_state(promo: Promo, state: str) -> None:
    db.session().execute(update(PromoStock).where(PromoStock.promo_id == promo.id).values(state=state))
    _moved_on(promo)


def _moved_on(promo: Promo) -> None:
    promo.version += 1
    promo.updated_at = func.clock_timestamp()  # the database's clock
    db.flush()
    db.session().refresh(promo)


def _sellable(product_id: int) -> Any:
    """The product, whose price and place nobody changes until the commit."""
    statement = select(Product.id, Product.price, Product.store_id, Product.is_active, Store.is_active.label("is_open"))
    joined = statement.join(Store, Store.id == Product.store_id).where(Product.id == product_id)
    product = db.session().execute(joined.with_for_update(read=True)).one()
    if not product.is_active:
        raise PromoNotActivatable(reason=f"Product {product_id} is not on sale.")
    if not product.is_open:
        raise PromoNotActivatable(reason=f"Store {product.store_id} is not open.")
    return product
