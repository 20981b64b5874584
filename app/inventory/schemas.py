"""What inventory takes and gives in JSON."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core.schemas import Flag, Integer, ListQuery, Moment, Money, QueryFlag, QueryInteger, Schema, Text
from app.inventory.rules import MOST_UNITS

CHEAPEST = validate.Range(min=Decimal("0.01"))
UNITS = validate.Range(0, MOST_UNITS)
MONEY: dict[str, Any] = {"type": "string", "example": "19.90"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
IDS_AT_ONCE = 100


class ProductPatch(Schema):
    """What to change of a product; its stock has verbs of its own."""

    store_id = Integer(validate=validate.Range(min=1))
    sku = Text(validate=validate.Length(1, 64))
    name = Text(validate=validate.Length(1, 255))
    description = Text(validate=validate.Length(max=10_000))
    price = Money(validate=CHEAPEST, metadata=MONEY)
    low_stock_threshold = Integer(validate=UNITS)
    is_active = Flag()


class ProductIn(ProductPatch):
    """A product to sell."""

    store_id = Integer(required=True, validate=validate.Range(min=1))
    sku = Text(
        required=True, validate=validate.Length(1, 64), metadata={"description": "Unique; case makes no difference."}
    )
    name = Text(required=True, validate=validate.Length(1, 255))
    description = Text(load_default="", validate=validate.Length(max=10_000))
    price = Money(required=True, validate=CHEAPEST, metadata=MONEY)
    total_stock = Integer(load_default=0, validate=UNITS, metadata={"description": "Units there are at first."})
    low_stock_threshold = Integer(load_default=10, validate=UNITS)
    is_active = Flag(load_default=True)


class ProductForm(ProductIn):
    """A product as the form that changes one holds it: all of it but the stock."""

    class Meta(ProductIn.Meta):
        """The stock has verbs of its own."""

        exclude = ("total_stock",)


class ProductShelf(Schema):
    """What of a product changes rarely, and may be kept."""

    id = Integer()
    store_id = Integer()
    sku = Text()
    name = Text()
    description = Text()
    price = Money(metadata=MONEY)
    low_stock_threshold = Integer()
    is_active = Flag()
    created_at = Moment(metadata=MOMENT)
    updated_at = Moment(metadata=MOMENT)


class ProductOut(ProductShelf):
    """A product and what there is of it at this moment."""

    total_stock = Integer()
    available_stock = Integer()
    reserved_stock = Integer()


class Ids(fields.Field[tuple[int, ...]]):
    """Ids in a query string, separated by commas."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[int, ...]:
        one = QueryInteger(validate=validate.Range(min=1))
        parts = str(value).split(",")
        if len(parts) > IDS_AT_ONCE:
            raise ValidationError(f"At most {IDS_AT_ONCE} ids at once.")
        return tuple(one.deserialize(part.strip()) for part in parts)


class ProductChoice(Schema):
    """Which products."""

    q = Text(load_default=None, validate=validate.Length(max=100), metadata={"description": "Part of name or SKU."})
    store_id = QueryInteger(load_default=None, validate=validate.Range(min=1))
    ids = Ids(load_default=(), metadata={"type": "string", "description": "These products only, such as `1,5,9`."})
    low_stock = QueryFlag(load_default=None, metadata={"description": "Fewer available than the threshold, or not."})
    is_active = QueryFlag(load_default=None, metadata={"description": "Staff only; others see what is sold."})


class ProductQuery(ListQuery, ProductChoice):
    """Which products, in which order."""

    ordering = Text(load_default="name", validate=validate.OneOf(["name", "-name", "newest", "oldest"]))


class AdjustmentIn(Schema):
    """A change of the total stock: by `delta`, or to `set_to` if it still is `expected`."""

    delta = Integer(validate=validate.Range(-MOST_UNITS, MOST_UNITS))
    set_to = Integer(validate=UNITS)
    expected = Integer(validate=UNITS)
    reason = Text(required=True, validate=validate.Length(1, 200))

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        asked = {"delta", "set_to", "expected"} & data.keys()
        if asked not in ({"delta"}, {"set_to", "expected"}):
            raise ValidationError("Send either delta, or set_to together with expected.", "delta")
        if data.get("delta") == 0:
            raise ValidationError("A change by 0 is none.", "delta")


class CountIn(Schema):
    """A new total, if the present one still is what was seen."""

    set_to = Integer(required=True, validate=UNITS)
    expected = Integer(required=True, validate=UNITS)
    reason = Text(required=True, validate=validate.Length(1, 200))

    @validates_schema
    def _a_change(self, data: dict[str, Any], **_: Any) -> None:
        if data["set_to"] == data["expected"]:
            raise ValidationError("That is what there is.", "set_to")


class StockOut(Schema):
    """What there is of a product."""

    product_id = Integer()
    total_stock = Integer(attribute="total")
    available_stock = Integer(attribute="available")
    reserved_stock = Integer(attribute="reserved")


class MovementOut(Schema):
    """A change of a product's counters."""

    id = Integer()
    at = Moment(metadata=MOMENT)
    available_delta = Integer()
    reserved_delta = Integer()
    kind = Text()
    cause = Text(metadata={"description": "What made it, such as `hold:<id>`."})
    reason = Text()
    actor_id = Integer(allow_none=True)
    actor_name = Text()


class StockImportQuery(Schema):
    """How a stock file is taken."""

    dry_run = QueryFlag(load_default=False, metadata={"description": "Only say what the file would do."})


class StockChangeOut(Schema):
    """A row that changes the total of a product."""

    line = Integer()
    sku = Text()
    product_id = Integer()
    old = Integer(metadata={"description": "The total before."})
    new = Integer(metadata={"description": "The total after."})


class StockFaultOut(Schema):
    """What is wrong with a row."""

    line = Integer(metadata={"description": "Where the row begins; the header is line 1."})
    column = Text(metadata={"description": "Empty when it is the row as a whole."})
    code = Text(
        metadata={
            "description": "`required`, `invalid`, `too_long`, `wrong_cells`, `duplicate`, `unknown_sku`, "
            "`stale_stock`, `insufficient_stock` or `row_key_reused`."
        }
    )
    detail = Text()


class StockImportOut(Schema):
    """What a stock file did, or in a dry run would do: `rows` = `changed` + `unchanged` + `skipped` + `failed`."""

    dry_run = Flag()
    rows = Integer()
    changed = Integer()
    unchanged = Integer(metadata={"description": "Rows that ask for no change: `set_to` is `expected`."})
    skipped = Integer(metadata={"description": "Rows whose `row_key` was applied before."})
    failed = Integer(metadata={"description": "Rows that are not applied; `errors` says why."})
    changes = fields.List(fields.Nested(StockChangeOut))
    errors = fields.List(fields.Nested(StockFaultOut))


class ReservationIn(Schema):
    """Units to hold."""

    product_id = Integer(required=True, validate=validate.Range(min=1))
    quantity = Integer(required=True, validate=validate.Range(1, MOST_UNITS))
    customer_id = Integer(
        validate=validate.Range(min=1),
        metadata={"description": "Operators only: for whom. A customer holds for themselves."},
    )


class ReservationOut(Schema):
    """Units that are held."""

    id = fields.UUID()
    product_id = Integer()
    customer_id = Integer(attribute="user_id")
    quantity = Integer()
    status = Text(validate=validate.OneOf(["held", "completed", "expired", "released"]))
    expires_at = Moment(metadata=MOMENT)
    created_at = Moment(metadata=MOMENT)
    server_time = Moment(metadata=MOMENT | {"description": "The clock that decides; count down against it."})


class ReservationQuery(ListQuery):
    """Which reservations."""

    customer_id = QueryInteger(load_default=None, validate=validate.Range(min=1))
    product_id = QueryInteger(load_default=None, validate=validate.Range(min=1))
    status = Text(load_default=None, validate=validate.OneOf(["held", "completed", "expired", "released"]))
