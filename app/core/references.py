"""What still refers to a row: foreign keys are RESTRICT, and this walks them all."""

from collections import Counter
from typing import Any

from sqlalchemy import ForeignKeyConstraint, FromClause, Table, func, inspect, select

from app.core.db import Base, session
from app.core.errors import InUse

KEPT = (None, "RESTRICT")


def refuse_if_used(model: type[Base], key: Any) -> None:
    """Raise InUse with a count by table unless nothing refers to the row."""
    table = inspect(model).local_table
    counts: Counter[str] = Counter()
    for other, link in _links(table):
        counts[str(other.name)] += _count(other, link, key)
    if used := dict(+counts):
        raise InUse(references=used)


def _links(table: FromClause) -> list[tuple[Table, ForeignKeyConstraint]]:
    constraints = ((other, link) for other in Base.metadata.tables.values() for link in other.foreign_key_constraints)
    return [(other, link) for other, link in constraints if link.referred_table is table and link.ondelete in KEPT]


def _count(other: Table, link: ForeignKeyConstraint, key: Any) -> int:
    column = next(iter(link.columns))
    return session().scalar(select(func.count()).select_from(other).where(column == key)) or 0
