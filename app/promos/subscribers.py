"""Promos' reactions: undone orders give units back, and nothing changes under an activated promo."""

from app.core.events import subscribe
from app.customers.events import CustomerAnonymised
from app.inventory.events import ProductChanged
from app.orders.events import OrdersCancelled, OrdersLockedToCancel
from app.promos.service import guards, holds, returns
from app.stores.events import StoreMoved, StoreSwitched


@subscribe(OrdersLockedToCancel)
def orders_locked_to_cancel(event: OrdersLockedToCancel) -> None:
    """The counters of promos are taken before those of the shelf."""
    returns.lock(event.order_ids)


@subscribe(OrdersCancelled)
def orders_cancelled(event: OrdersCancelled) -> None:
    """Their units come back."""
    returns.take_back(event.order_ids)


@subscribe(CustomerAnonymised)
def customer_anonymised(event: CustomerAnonymised) -> None:
    """What a deleted customer holds is free for others."""
    holds.release_all(user_id=event.customer_id)


@subscribe(ProductChanged)
def product_changed(event: ProductChanged) -> None:
    """Its price and its place are those that a promo was activated with."""
    guards.refuse_product(product_id=event.product_id, changed=event.changed)


@subscribe(StoreMoved)
def store_moved(event: StoreMoved) -> None:
    """The distance to a promo's store does not change while it runs."""
    guards.refuse_store(store_id=event.store_id, reason="The store cannot be moved meanwhile.")


@subscribe(StoreSwitched)
def store_switched(event: StoreSwitched) -> None:
    """A store with an activated promo stays open."""
    guards.refuse_store(store_id=event.store_id, reason="The store cannot be switched meanwhile.")
