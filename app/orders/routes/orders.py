"""`/orders`: placed, listed, shown, cancelled."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, url_for

from app.core import jsons
from app.core.access import caller, requires, whose
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.edge import unit
from app.core.errors import BadCursor, Stale, ValidationFailed
from app.core.etags import expected_versions
from app.core.idempotency import idempotent
from app.core.ratelimit import count_tries
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.core.web import settings_of
from app.customers.errors import CustomerNotFound
from app.customers.queries import customers
from app.inventory.errors import InsufficientStock, ProductNotFound, ReservationEnded, ReservationNotFound
from app.orders import queries
from app.orders.errors import IllegalTransition, OrderNotFound, OrderNotPayable, OrderRateLimited, TooManyUnpaid
from app.orders.queries import OrderFilter
from app.orders.routes.answers import answer, shown_as
from app.orders.schemas import CheckoutOut, OrderIn, OrderOut, OrderQuery
from app.orders.service import paying, placing, steps
from app.payments.errors import NoPaymentProvider, PaymentProviderUnavailable

blp = Blueprint("orders", __name__, url_prefix="/api/v1/orders", description="From the cart to the door.")

EXAMPLE = {"items": [{"product_id": 1, "quantity": 2}]}


@blp.route("", methods=["POST"])
@blp.arguments(OrderIn, example=EXAMPLE)
@blp.response(201, OrderOut)
@blp.refuses(
    ProductNotFound,
    CustomerNotFound,
    InsufficientStock,
    ReservationNotFound,
    ReservationEnded,
    TooManyUnpaid,
    OrderRateLimited,
    ValidationFailed,
)
@requires(Role.OPERATOR, or_customer=True)
@idempotent
@unit("verb")
def create_order(body: dict[str, Any]) -> Response:
    """Place an order; its units are yours until it has to be paid."""
    user_id = _buyer(body.pop("customer_id", None))
    settings = settings_of(current_app)
    count_tries(f"orders:{user_id}", settings.order_attempts_per_minute)
    place = placing.place if "items" in body else placing.place_held
    made = place(user_id=user_id, settings=settings, **body)
    response = shown_as(made, status=201)
    response.headers["Location"] = url_for("orders.get_order", order_id=made.id)
    return response


@blp.route("")
@blp.arguments(OrderQuery, location="query")
@blp.response(200, page_schema(OrderOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_orders(query: dict[str, Any]) -> Response:
    """List orders: a customer's own, staff all."""
    names = ("status", "start_date", "end_date", "min_total", "max_total")
    which = OrderFilter(user_id=whose(query["customer_id"]), **{name: query[name] for name in names})
    place = {name: query[name] for name in ("ordering", "limit", "cursor")}
    page = queries.page(which, zone=settings_of(current_app).business_zone, **place)
    return linked(json_response(page_body(page, shown(OrderOut, query["fields_"]))), page.next_cursor)


@blp.route("/<uuid:order_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, OrderOut)
@blp.refuses(OrderNotFound, ValidationFailed)
@requires(Role.VIEWER, or_customer=True)
def get_order(query: dict[str, Any], order_id: UUID) -> Response:
    """Show an order."""
    return answer(order_id, user_id=whose(None), schema=shown(OrderOut, query["fields_"]))


@blp.route("/<uuid:order_id>/cancel", methods=["POST"])
@blp.response(200, OrderOut)
@blp.refuses(OrderNotFound, IllegalTransition, Stale)
@requires(Role.OPERATOR, or_customer=True)
@idempotent
def cancel_order(order_id: UUID) -> Response:
    """Undo an order: customers before it is paid, operators before it is packed; what was paid goes back."""
    mine = whose(None)
    steps.cancel(
        order_id=order_id, user_id=mine, cause="customer" if mine else "operator", expected=expected_versions()
    )
    return answer(order_id)


@blp.route("/<uuid:order_id>/payment", methods=["POST"])
@blp.response(200, CheckoutOut)
@blp.refuses(OrderNotFound, OrderNotPayable, NoPaymentProvider, PaymentProviderUnavailable)
@requires(Role.OPERATOR, or_customer=True)
@unit("own")
def open_checkout(order_id: UUID) -> Response:
    """Get the page of the payment provider on which this order is paid."""
    page = paying.checkout(order_id=order_id, user_id=whose(None), settings=settings_of(current_app))
    return json_response(jsons.dump(shown(CheckoutOut, None).dump(page)))


def _buyer(customer_id: int | None) -> int:
    """Who orders: customers for themselves, staff for an active customer."""
    user_id = whose(customer_id) or caller().user_id
    if caller().role is not Role.CUSTOMER:
        customers.refuse_unknown(user_id)
    return user_id
