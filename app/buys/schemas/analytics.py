"""The analytics of promos as JSON: each table has the columns that it has as a file."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from app.buys.service import analytics
from app.core.schemas import BIGINT, WHOLE, Day, Integer, Number, QueryInteger, Schema, Text

MONEY: dict[str, Any] = {"type": "string", "example": "19.90"}
POSITIVE = validate.Range(min=1)
TEXTS = ("at", "step", "code", "product", "store", "segment", "username", "last_order_at")
MONIES = ("revenue", "refunds", "net", "price", "value", "spend_ever")


class AnalyticsQuery(Schema):
    """Which days, which promos, whose figures."""

    start_date = Day(load_default=None, metadata={"description": "The first business day; left out: the last one."})
    end_date = Day(load_default=None, metadata={"description": "The last business day; left out: today."})
    grain = Text(
        load_default=None,
        validate=validate.OneOf(("minute", "hour", "day")),
        metadata={"description": "`minute` for one day, `hour` for up to 31, `day` for up to 366."},
    )
    source = Text(
        load_default=analytics.OWN,
        validate=validate.OneOf((analytics.OWN, analytics.TRACKER)),
        metadata={"description": "`own`: this shop's paid promo orders. `tracker`: what shops told by `POST /buy`."},
    )
    promo_id = QueryInteger(load_default=None, validate=POSITIVE)
    store_id = QueryInteger(load_default=None, validate=POSITIVE, metadata={"description": "Own sales only."})
    segment_id = QueryInteger(
        load_default=None,
        validate=POSITIVE,
        metadata={"description": "The promos that are for it; own sales only."},
    )


class ExportQuery(AnalyticsQuery):
    """Which table of it."""

    table = Text(
        required=True,
        validate=validate.OneOf(tuple(analytics.OWN_TABLES)),
        metadata={"description": "The tracker has `series`, `hours`, `products` and `buyers`."},
    )


class PromoIds(fields.Field[list[int]]):
    """A few ids, separated by commas."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[int]:
        parts = value.split(",") if isinstance(value, str) else []
        if not all(WHOLE.fullmatch(part) and 0 < int(part) <= BIGINT for part in parts):
            raise ValidationError("Write ids, separated by commas.")
        if not 1 <= len(parts) <= analytics.COMPARED_AT_MOST:
            raise ValidationError(f"Write 1 to {analytics.COMPARED_AT_MOST} ids.")
        return list(dict.fromkeys(map(int, parts)))


class ComparedQuery(Schema):
    """Which promos."""

    ids = PromoIds(required=True, metadata={"type": "string", "example": "17,21", "description": "Up to six promos."})


def _field(column: str) -> Any:
    if column in TEXTS:
        return fields.String(allow_none=True)
    if column in MONIES:
        return fields.String(allow_none=True, metadata=MONEY)
    return Number(allow_none=True) if column == "seconds_to_last" else Integer(allow_none=True)


def _table(name: str) -> type[Schema]:
    """The rows of a table, whichever source they are of."""
    columns = dict.fromkeys([*analytics.OWN_TABLES[name], *analytics.TRACKER_TABLES.get(name, ())])
    title = "".join(part.capitalize() for part in name.split("_"))
    return _schema(f"Analytics{title}Out", f"A row of `{name}`.", {column: _field(column) for column in columns})


def _schema(name: str, says: str, members: dict[str, Any]) -> type[Schema]:
    return type(name, (Schema,), members | {"__doc__": says})


class TotalsOut(Schema):
    """All of it; money and conversion only of own sales, net of what went back."""

    units = Integer()
    purchases = Integer()
    buyers = Integer()
    revenue = fields.String(metadata=MONEY)
    refunds = fields.String(metadata=MONEY)
    net = fields.String(metadata=MONEY)
    conversion = Number(allow_none=True, metadata={"description": "Which share of the holds that ended was bought."})


_FACTS: dict[str, Any] = {
    "source": fields.String(),
    "grain": fields.String(),
    "timezone": fields.String(),
    "currency": fields.String(),
    "start_date": fields.String(),
    "end_date": fields.String(),
    "totals": fields.Nested(TotalsOut),
}
AnalyticsOut = _schema(
    "AnalyticsOut",
    "Totals, and tables of ten rows at most; `series` has every bucket that is not empty.",
    _FACTS | {name: fields.List(fields.Nested(_table(name))) for name in analytics.OWN_TABLES},
)
ComparedOut = _schema("ComparedOut", "One promo.", {column: _field(column) for column in analytics.COMPARISON})
ComparisonOut = _schema("ComparisonOut", "Promos side by side.", {"data": fields.List(fields.Nested(ComparedOut))})
SOLD = {"units": 118, "revenue": "1168.20", "refunds": "9.90", "net": "1158.30"}
EXAMPLE = {
    "source": "own",
    "grain": "hour",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "start_date": "2026-11-27",
    "end_date": "2026-11-27",
    "totals": SOLD | {"buyers": 97, "conversion": 0.71},
    "series": [{"at": "2026-11-27T19:00:00.000Z"} | SOLD],
    "hours": [{"hour": 20} | SOLD],
    "funnel": [{"step": "notified", "count": 1200}, {"step": "held", "count": 340}, {"step": "paid", "count": 119}],
    "refusals": [{"code": "sold_out", "refusals": 4120}],
    "promos": [{"promo_id": 17, "product": "Green tea", "store": "Harbour"} | SOLD],
}
