"""What a schema shows of a row is what marshmallow itself would show, value by value."""

from collections import namedtuple
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from marshmallow import Schema as Plain
from marshmallow import fields

from app.core import jsons
from app.core.clock import rfc3339
from app.core.schemas import Flag, Integer, Moment, Money, Number, Schema, Text

MOMENT = datetime(2030, 1, 31, 9, 0, 0, 123456, UTC)


class LineOut(Schema):
    """A nested row."""

    product_id = Integer()
    price = Money()


class RowOut(Schema):
    """Every kind of field that an answer has."""

    id = fields.UUID()
    name = Text()
    customer_id = Integer(attribute="user_id")
    share = Number()
    is_sold = Flag()
    total = Money(data_key="sum")
    created_at = Moment()
    paid_at = Moment(allow_none=True)
    day = fields.Date()
    lines = fields.List(fields.Nested(LineOut))
    figures = fields.Dict()
    secret = Text(load_only=True)


class WithDefault(Schema):
    """Something stands in for what is not there."""

    kind = Text(dump_default="none")


class Reckoned(Schema):
    """What is shown is no attribute."""

    double = fields.Function(lambda row: row["count"] * 2)


class Inside(Schema):
    """An attribute of an attribute."""

    city = Text(attribute="store.city")


ROW: dict[str, Any] = {
    "id": UUID(int=7),
    "name": "Tea",
    "user_id": 5,
    "share": Decimal("0.5"),
    "is_sold": True,
    "total": Decimal("19.90"),
    "created_at": MOMENT,
    "paid_at": None,
    "day": MOMENT.date(),
    "lines": [{"product_id": 1, "price": Decimal("9.95")}, {"product_id": 2, "price": None}],
    "figures": {"a": 1},
    "secret": "x",
}
ODD = ROW | {"name": 5, "user_id": True, "is_sold": None, "lines": None, "total": 3, "share": None}
PART = {"name": None, "user_id": "12"}
KINDS: dict[str, Any] = {
    "a mapping": dict,
    "a mapping that is no dict": MappingProxyType,
    "a named tuple": lambda row: namedtuple("Row", row)(**row),  # noqa: PYI024 - as the database's rows are
    "an object": lambda row: SimpleNamespace(**row),
}


def expected(schema: Schema, row: Any) -> Any:
    """Marshmallow's own way."""
    return Plain._serialize(schema, row)  # noqa: SLF001 - the one that ours stands in for


@pytest.mark.parametrize("row", [ROW, ODD, PART], ids=["a usual row", "odd values", "a part of a row"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_shown_as_marshmallow_shows_it(kind: str, row: dict[str, Any]) -> None:
    given = KINDS[kind](row)
    assert jsons.dump(RowOut().dump(given)) == jsons.dump(expected(RowOut(), given))


def test_a_row_is_shown_with_its_names_and_without_secrets() -> None:
    shown = RowOut().dump(ROW)
    assert (shown["customer_id"], shown["sum"], shown["id"]) == (5, "19.90", str(UUID(int=7)))
    assert shown["lines"] == [{"product_id": 1, "price": "9.95"}, {"product_id": 2, "price": None}]
    assert "secret" not in shown


def test_many_rows_and_chosen_fields_are_shown_too() -> None:
    assert RowOut(only=("name", "lines")).dump([ROW, PART], many=True) == [
        {"name": "Tea", "lines": RowOut().dump(ROW)["lines"]},
        {"name": None},
    ]
    assert RowOut(many=True, only=("name",)).dump([ROW]) == [{"name": "Tea"}]


def test_what_is_not_simple_is_left_to_marshmallow() -> None:
    assert WithDefault().dump({}) == {"kind": "none"}
    assert Reckoned().dump({"count": 2}) == {"double": 4}
    assert Inside().dump({"store": {"city": "Berlin"}}) == {"city": "Berlin"}


@pytest.mark.parametrize(
    "moment", [MOMENT, MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30))), MOMENT.replace(microsecond=0)]
)
def test_a_moment_is_shown_in_utc_wherever_it_was_told(moment: datetime) -> None:
    assert rfc3339(moment) == f"2030-01-31T09:00:00.{moment.microsecond // 1000:03}Z"
