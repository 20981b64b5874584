"""`/customers`. A customer's answers carry no more than their ETag: what is counted of them moves without it."""

from typing import Any

from flask import Response, url_for

from app.core import jsons
from app.core.access import requires
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, Stale, ValidationFailed
from app.core.etags import expected_versions, tag
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.customers.errors import CustomerGone, CustomerNotFound
from app.customers.queries import audience
from app.customers.queries import customers as queries
from app.customers.queries.customers import CustomerFilter
from app.customers.schemas.customers import CustomerIn, CustomerOut, CustomerPatch, CustomerQuery, CustomerWholeOut
from app.customers.service import customers
from app.identity.errors import EmailTaken, UsernameTaken
from app.wallet.errors import MoneyLeft

blp = Blueprint(
    "customers",
    __name__,
    url_prefix="/api/v1/customers",
    description="Users who buy. One who is deleted leaves an empty row: orders and the ledger refer to it.",
)

EXAMPLE = {"username": "ada", "email": "ada@shop.example", "latitude": 52.52, "longitude": 13.405, "segment_ids": []}


@blp.route("")
@blp.arguments(CustomerQuery, location="query")
@blp.response(200, page_schema(CustomerOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER)
def list_customers(query: dict[str, Any]) -> Response:
    """List customers."""
    which = CustomerFilter(q=query["q"], segment_id=query["segment_id"], is_active=query["is_active"])
    schema = shown(CustomerOut, query["fields_"])
    page = queries.page(which, ordering=query["ordering"], limit=query["limit"], cursor=query["cursor"])
    return linked(json_response(page_body(page, schema)), page.next_cursor)


@blp.route("", methods=["POST"])
@blp.arguments(CustomerIn, example=EXAMPLE)
@blp.response(201, CustomerWholeOut)
@blp.refuses(UsernameTaken, EmailTaken, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def create_customer(body: dict[str, Any]) -> Response:
    """Make a customer, who sets a password by the mail for a forgotten one."""
    customer_id = customers.create_customer(**body)
    response = _answer(customer_id, status=201)
    response.headers["Location"] = url_for("customers.get_customer", customer_id=customer_id)
    return response


@blp.route("/<id:customer_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, CustomerWholeOut)
@blp.refuses(CustomerNotFound, ValidationFailed)
@requires(Role.VIEWER)
def get_customer(query: dict[str, Any], customer_id: int) -> Response:
    """Show a customer."""
    return _answer(customer_id, fields=query["fields_"])


@blp.route("/<id:customer_id>", methods=["PATCH"])
@blp.arguments(CustomerPatch, example={"latitude": 52.52, "longitude": 13.405, "email_opt_in": True})
@blp.response(200, CustomerWholeOut)
@blp.refuses(CustomerNotFound, CustomerGone, Stale, ValidationFailed)
@requires(Role.OPERATOR)
def update_customer(body: dict[str, Any], customer_id: int) -> Response:
    """Change a customer."""
    customers.update_customer(customer_id=customer_id, changes=body, expected=expected_versions())
    return _answer(customer_id)


@blp.route("/<id:customer_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(CustomerNotFound, MoneyLeft, Stale)
@requires(Role.OPERATOR)
def delete_customer(customer_id: int) -> str:
    """Delete what is personal of a customer who has no money left here; earlier entries of the audit log stay."""
    customers.anonymise_customer(customer_id=customer_id, expected=expected_versions())
    return ""


def _answer(customer_id: int, *, fields: str | None = None, status: int = 200) -> Response:
    schema = shown(CustomerWholeOut, fields)
    row = queries.customer(customer_id)
    found = {"matching_segment_ids": audience.ruled_segments_of(customer_id)}
    response = json_response(jsons.dump(schema.dump(row._asdict() | found)), status)
    response.headers["ETag"] = tag(row.version)
    return response
