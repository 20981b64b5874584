"""Orders move on and are undone.

Whoever may move money holds the gate of the payment first, then the order's row; of two who move the same order, the
second finds what the first left and is refused by the table of rules.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update

from app.audit import service as audit
from app.core import db, versions
from app.core.context import principal
from app.core.events import publish
from app.orders import queries, rules
from app.orders.errors import IllegalTransition, OrderNotFound
from app.orders.events import OrdersCancelled, OrdersLockedToCancel
from app.orders.models import Order, OrderNote
from app.payments import queries as payment_queries
from app.payments.service import captures, refunds

_WRITE = text("SELECT orders_write(:ids, :kind, :cause, :who)")
_ASK_MAIL = text("SELECT orders_ask_mail(:ids, :kind, :who)")
_CANCEL = text("SELECT orders_cancel(:ids, :cause, :who)")
_DUE = text("SELECT * FROM orders_due(:most)")
_UNCOUNT = text(
    "SELECT customers_count(CAST(:user_ids AS bigint[]), CAST(:minus AS integer[]), CAST(:nothing AS numeric[]), NULL)"
)
SWEPT_AT_ONCE = 200
UNDONE = "cancelled"


def move(*, order_id: UUID, status: str, expected: Collection[int] | None = None) -> None:
    """Bring an order to its next status; a payment alone confirms it."""
    if status == "CANCELLED":
        cancel(order_id=order_id, expected=expected)
        return
    order = locked(order_id)
    versions.refuse_stale(order, expected)
    _refuse_illegal(order, status, rules.BY_HAND[order.status])
    order.status = status
    step(order, status.lower(), cause="operator")
    ask_mail([order_id], status.lower())


def cancel(
    *, order_id: UUID, user_id: int | None = None, cause: str = "operator", expected: Collection[int] | None = None
) -> None:
    """Undo an order, give its units back, and what was paid; a customer only their own before it is paid."""
    captures.lock([queries.order(order_id, user_id=user_id).reference])
    order = locked(order_id)
    versions.refuse_stale(order, expected)
    allowed = rules.NEXT[order.status]
    if user_id is not None and order.status != "PENDING":
        allowed = ()
    _refuse_illegal(order, "CANCELLED", allowed)
    undo([order], cause=cause)


def undo(orders: Sequence[Any], *, cause: str) -> None:
    """Undo orders whose gates and rows are locked and that may be undone: units, money and counters go back."""
    ids, paid = [order.id for order in orders], [order.user_id for order in orders if order.paid_at is not None]
    publish(OrdersLockedToCancel(tuple(ids)))
    db.session().execute(_CANCEL, {"ids": ids, "cause": cause, "who": audit.surroundings()})
    db.session().execute(_UNCOUNT, {"user_ids": paid, "minus": [-1] * len(paid), "nothing": [0] * len(paid)})
    _after_cancelling(orders)


def expire_unpaid() -> int:
    """Undo the orders whose time to pay is over, the oldest first."""
    due = db.session().execute(_DUE, {"most": SWEPT_AT_ONCE}).all()
    if due:
        undo(due, cause="unpaid")
    return len(due)


def note(*, order_id: UUID, words: str) -> OrderNote:
    """Write something on an order for the next operator."""
    queries.order(order_id)
    who = principal()
    written = OrderNote(
        order_id=order_id,
        text=words,
        author_id=who.user_id if who else 0,
        author_name=who.username if who else "system",
    )
    db.session().add(written)
    db.flush()
    db.session().refresh(written)
    audit.record("order.noted", object_type="order", object_id=order_id, new={"note": written.id})
    return written


def locked(order_id: UUID) -> Order:
    """The order, which nobody else moves meanwhile."""
    order = db.session().scalar(
        select(Order).where(Order.id == order_id).with_for_update().execution_options(populate_existing=True)
    )
    if order is None:
        raise OrderNotFound(order_id=order_id)
    return order


def step(order: Order, kind: str, *, cause: str) -> None:
    """Write the present state of an order down as its newest step."""
    order.steps += 1
    order.updated_at = func.clock_timestamp()  # the database's clock
    db.flush()
    write([order.id], kind, cause)


def write(order_ids: list[UUID], kind: str, cause: str) -> None:
    """Write the newest step of these orders into their history and the audit log."""
    told = {"ids": order_ids, "kind": kind, "cause": cause, "who": audit.surroundings()}
    db.session().execute(_WRITE, told)


def ask_mail(order_ids: list[UUID], kind: str) -> None:
    """Let a job write the mail about this."""
    db.session().execute(_ASK_MAIL, {"ids": order_ids, "kind": kind, "who": audit.surroundings()})


def mark(references: tuple[str, ...], payment_status: str, *, kind: str, cause: str) -> None:
    """Write down how the payment of those that wait for it stands."""
    waiting = update(Order).where(
        Order.reference.in_(references), Order.status == "PENDING", Order.payment_status != payment_status
    )
    change = {"payment_status": payment_status, "steps": Order.steps + 1, "updated_at": func.clock_timestamp()}
    marked = list(db.session().scalars(waiting.values(change).returning(Order.id)))
    if marked:
        write(marked, kind, cause)


def _after_cancelling(undone: Any) -> None:
    if not undone:
        return
    for reference in payment_queries.with_money([order.reference for order in undone]):
        refunds.give_back(reference=reference, cause=UNDONE, reason="the order is cancelled")
    publish(OrdersCancelled(tuple(order.id for order in undone)))


def _refuse_illegal(order: Order, wanted: str, allowed: tuple[str, ...]) -> None:
    if wanted not in allowed:
        raise IllegalTransition(order_status=order.status, wanted=wanted, allowed=list(allowed))
