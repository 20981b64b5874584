"""`/reports/daily`: what was sold on a business day."""

from datetime import timedelta
from typing import Any

from flask import Response, current_app
from marshmallow import fields

from app.core import jsons
from app.core.access import requires
from app.core.api import Blueprint, json_response
from app.core.edge import unit
from app.core.errors import ValidationFailed
from app.core.roles import Role
from app.core.schemas import Day, Flag, Integer, Money, Schema, Text
from app.core.web import settings_of
from app.orders import queries
from app.orders.schemas import MONEY
from app.orders.service import reports

blp = Blueprint("reports", __name__, url_prefix="/api/v1/reports", description="What was sold.")


class ReportQuery(Schema):
    """Which day."""

    date = Day(load_default=None, metadata={"description": "A business day; left out: yesterday."})


class BestOut(Schema):
    """A product and what was paid for it."""

    product_id = Integer()
    name = Text()
    quantity = Integer()
    revenue = Money(metadata=MONEY)


class ReportOut(Schema):
    """What was paid for on a day. Until it is final, refunds and late payments change it."""

    date = Text()
    currency = Text()
    orders = Integer()
    units = Integer()
    revenue = Money(metadata=MONEY)
    refunds = Money(metadata=MONEY | {"description": "What of this revenue went back."})
    net = Money(metadata=MONEY)
    top_products = fields.List(fields.Nested(BestOut))
    is_final = Flag()


@blp.route("/daily")
@blp.arguments(ReportQuery, location="query")
@blp.response(200, ReportOut)
@blp.refuses(ValidationFailed)
@requires(Role.VIEWER)
@unit("report")
def daily_report(query: dict[str, Any]) -> Response:
    """Show what was sold on a day."""
    settings = settings_of(current_app)
    day = query["date"] or queries.business_day(settings.business_zone) - timedelta(days=1)
    return json_response(jsons.dump(ReportOut().dump(reports.figures_of(day, settings))))
