"""What payments mean for orders."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text

from app.audit import service as audit
from app.core import db
from app.core.ids import uuid7
from app.orders import measures, queries, rules
from app.orders.errors import AmountMismatch, OrderNotPayable
from app.orders.models import Order, OrderEvent
from app.orders.service import steps
from app.payments import queries as payment_queries
from app.payments.errors import NothingToRefund
from app.payments.events import RefundFailed, RefundSucceeded
from app.payments.service import captures, refunds

_PAID = text("SELECT * FROM orders_paid(:references, :cause, :who)")
_SPEND = text("SELECT customers_count(ARRAY[:user_id], ARRAY[0], ARRAY[:amount], NULL)")
LATE = "paid after it was cancelled"


def record(*, order_id: UUID, amount: Decimal | None, note: str) -> None:
    """Take down that an operator received the money for an order."""
    reference = queries.order(order_id).reference
    captures.lock([reference])
    order = steps.locked(order_id)
    if order.status != "PENDING":
        raise OrderNotPayable(order_status=order.status, payment_status=order.payment_status)
    if amount is not None and amount != order.total:
        raise AmountMismatch(total=str(order.total), amount=str(amount))
    captures.take(reference=reference, amount=order.total, currency=order.currency, provider=refunds.MANUAL, note=note)


def pay_back(*, order_id: UUID, amount: Decimal | None, reason: str, asked: UUID | None = None) -> Decimal:
    """Give a part of what was paid for an order back, or all that is left; `asked` names a wish that counts once."""
    reference = queries.order(order_id).reference
    cause = f"asked:{(asked or uuid7()).hex}"
    promised = refunds.give_back(reference=reference, cause=cause, reason=reason, amount=amount)
    if not promised and cause not in {refund.cause for refund in payment_queries.refunds(reference)}:
        raise NothingToRefund
    return promised


def accepted(references: tuple[str, ...], cause: str) -> None:
    """Confirm those that wait for their money; what came in for a cancelled one goes back."""
    told = {"references": list(references), "cause": cause, "who": audit.surroundings()}
    for order in db.session().execute(_PAID, told).all():
        measures.worth("paid", order.total)
        if order.status == "CANCELLED":
            refunds.give_back(reference=order.reference, cause=steps.UNDONE, reason=LATE)


def mismatched(references: tuple[str, ...], cause: str) -> None:
    """Somebody has to look at those that wait; what came in for a cancelled one goes back."""
    steps.mark(references, "review", kind="payment_review", cause=cause)
    for order in queries.orders_of(references):
        if order.status == "CANCELLED":
            refunds.give_back(reference=order.reference, cause=steps.UNDONE, reason=LATE)


def paid_back(event: RefundSucceeded) -> None:
    """Money went back: what the order counts as, what the customer spent, and a mail about it."""
    order = _of(event.reference)
    if order is None:
        return
    _recount(order)
    if order.paid_at is None and order.status == "CANCELLED":
        order.payment_status = "refunded"
    steps.step(order, "refunded", cause=f"refund:{event.refund_id}")
    measures.worth("refunded", event.amount)
    steps.ask_mail([order.id], f"refunded:{event.refund_id}")


def not_paid_back(event: RefundFailed) -> None:
    """A refund failed, perhaps one that counted as gone: the order shows it, and counts what is really gone."""
    order = _of(event.reference)
    if order is None:
        return
    _recount(order)
    if order.payment_status == "refunded" and order.paid_at is None:
        order.payment_status = "review"
    steps.step(order, "refund_failed", cause=f"refund:{event.refund_id}")


def _recount(order: Order) -> None:
    before = order.refunded
    order.refunded = payment_queries.paid_back([order.reference]).get(order.reference, Decimal(0))
    if order.paid_at is not None:
        order.payment_status = rules.payment_status_of(total=order.total, refunded=order.refunded)
    if order.refunded != before and _was_counted(order.id):
        db.session().execute(_SPEND, {"user_id": order.user_id, "amount": before - order.refunded})


def _was_counted(order_id: UUID) -> bool:
    """Whether its customer counts as having spent it: what came in after the cancellation never did."""
    paid = select(OrderEvent.step).where(OrderEvent.order_id == order_id, OrderEvent.kind == "paid")
    return db.session().scalar(paid.where(OrderEvent.status == "CONFIRMED")) is not None


def _of(reference: str) -> Order | None:
    order_id = db.session().scalar(select(Order.id).where(Order.reference == reference))
    return steps.locked(order_id) if order_id else None
