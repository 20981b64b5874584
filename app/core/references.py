"""What still refers to a row: foreign keys are RESTRICT, and this walks them all."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ForeignKeyConstraint, FromClause, Table, func, inspect, select

from app.core.db import Base, session
from app.core.errors import InUse

KEPT = (None, "RESTRICT")


def refuse_if_used(model: type[Base], key: Any) -> None:
    """Raise InUse with a count by table unless nothing refers to the row."""
    if used := used_by(model, [key])[key]:
        raise InUse(references=used)


def used_by(model: type[Base], keys: Collection[Any]) -> dict[Any, dict[str, int]]:
    """How many rows of which tables refer to each of these rows."""
    found: dict[Any, Counter[str]] = {key: Counter() for key in keys}
    for other, link in _links(inspect(model).local_table):
        for key, count in _counts(other, link, keys):
            found[key][str(other.name)] += count
    return {key: dict(counts) for key, counts in found.items()}


def _links(table: FromClause) -> list[tuple[Table, ForeignKeyConstraint]]:
    constraints = ((other, link) for other in Base.metadata.tables.values() for link in other.foreign_key_constraints)
    return [(other, link) for other, link in constraints if link.referred_table is table and link.ondelete in KEPT]


def _counts(other: Table, link: ForeignKeyConstraint, keys: Collection[Any]) -> Sequence[Any]:
    column = next(iter(link.columns))
    counts = select(column, func.count()).select_from(other).where(column.in_(keys)).group_by(column)
    return session().execute(counts).all()
