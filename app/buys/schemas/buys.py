"""Buys and their figures as JSON. A buy is the one body that may hold more than is known here."""

from marshmallow import EXCLUDE, fields, validate

from app.core.schemas import Integer, Moment, Money, Number, QueryNumber, Schema, Text

GRAINS = ("second", "minute", "hour", "day")
POSITIVE = validate.Range(min=1)


class BuyIn(Schema):
    """A buy; ids are those of the shop that tells of it."""

    class Meta(Schema.Meta):
        """Shops send what they have."""

        unknown = EXCLUDE

    user_id = Integer(required=True, validate=POSITIVE)
    promotion_id = Integer(required=True, validate=POSITIVE)
    product_id = Integer(required=True, validate=POSITIVE)
    product_quantity = Integer(required=True, validate=validate.Range(1, 100_000))
    event_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Told again within 7 days, it counts once."}
    )


class BuyOut(Schema):
    """That it is counted, and kept."""

    success = fields.Boolean()
    buy_count = Integer(metadata={"description": "The units of all buys."})
    message = Text()


class StatsQuery(Schema):
    """How far back recent buys go."""

    timeframe_hours = QueryNumber(load_default=24.0, validate=validate.Range(0.1, 168))


class StatsOut(Schema):
    """How long the service is up, and how much was bought."""

    server_status = Text()
    current_time = Moment()
    uptime_seconds = Number()
    uptime_formatted = Text()
    total_buys = Integer(metadata={"description": "Units."})
    total_purchases = Integer(metadata={"description": "Records."})
    n_recent_buys = Integer(metadata={"description": "Records that happened within the timeframe."})
    timeframe_hours = Number()


class PromotionStatsQuery(Schema):
    """Whose figures, and how fine."""

    source = Text(
        load_default="tracker",
        validate=validate.OneOf(("tracker", "own")),
        metadata={"description": "`tracker`: what shops told by `POST /buy`. `own`: paid orders of this shop's promo."},
    )
    grain = Text(load_default="hour", validate=validate.OneOf(GRAINS))


class BucketOut(Schema):
    """How much in a stretch of time; `at` is its beginning."""

    at = fields.String()
    units = Integer()
    purchases = Integer()
    net = fields.String()


class HourOut(Schema):
    """How much in this hour of all days, by the clock of the business."""

    hour = Integer()
    units = Integer()
    purchases = Integer()


class ProductShareOut(Schema):
    """How much of a product."""

    product_id = Integer()
    units = Integer()
    purchases = Integer()


class BuyerShareOut(Schema):
    """How much one buyer bought."""

    user_id = Integer()
    units = Integer()
    purchases = Integer()


class PromotionStatsOut(Schema):
    """The figures of a promotion; money only for own sales, net of what went back."""

    promotion_id = Integer()
    source = Text()
    grain = Text()
    units = Integer()
    purchases = Integer()
    buyers = Integer()
    currency = Text()
    revenue = Money()
    refunds = Money()
    net = Money()
    series = fields.List(fields.Nested(BucketOut), metadata={"description": "The last 1,000 that are not empty."})
    hours = fields.List(fields.Nested(HourOut))
    top_products = fields.List(fields.Nested(ProductShareOut))
    top_buyers = fields.List(fields.Nested(BuyerShareOut))
