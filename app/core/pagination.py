"""Keyset pages: a cursor is the sort key of the last row shown, signed, so that it cannot be made up.

A page asks for one row more than it shows; rows inserted meanwhile move nothing that was already shown.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from app.core import replica
from app.core.errors import BadCursor

COUNTED_TO = 10_000
EXPORTED_AT_ONCE = 1000
# What JSON has no value for stands in a cursor as text.
FROM_TEXT: dict[type, Callable[[str], Any]] = {datetime: datetime.fromisoformat, Decimal: Decimal, UUID: UUID}


@dataclass(frozen=True)
class Ordering:
    """A named order of a list: its columns, the last one unique, all in one direction."""

    name: str
    columns: tuple[Any, ...]
    keys: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True)
class Page:
    """Rows and where the next ones begin."""

    rows: Sequence[Any]
    next_cursor: str | None


def paged(statement: Select[Any], ordering: Ordering, *, limit: int, cursor: str | None) -> Select[Any]:
    """The statement of one page."""
    direction = [column.desc() if ordering.descending else column.asc() for column in ordering.columns]
    if cursor is not None:
        statement = statement.where(_after(ordering, _opened(ordering, cursor)))
    return statement.order_by(*direction).limit(limit + 1)


def page_of(rows: Sequence[Any], ordering: Ordering, limit: int) -> Page:
    """The page in what the statement found."""
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], _sealed(ordering, [getattr(last, key) for key in ordering.keys]))


def all_of(page: Callable[[int, str | None], Page]) -> Iterator[Any]:
    """Every row of a list, for an export that is sent while it is read: each part is a unit of its own."""
    cursor: str | None = None
    while True:
        part = replica.report(partial(page, EXPORTED_AT_ONCE, cursor))
        yield from part.rows
        cursor = part.next_cursor
        if cursor is None:
            return


def counted(statement: Select[Any], most: int | None = COUNTED_TO) -> Select[int]:
    """How many rows a list has, counted to so many at most; None is to the end, as an export has to know."""
    return select(func.count()).select_from(statement.limit(most).subquery())


def capped(count: int) -> str:
    """A count as text; beyond 10,000 it is not exact."""
    return f"{COUNTED_TO:,}+" if count >= COUNTED_TO else f"{count:,}"


def _after(ordering: Ordering, values: list[Any]) -> ColumnElement[bool]:
    left = tuple_(*ordering.columns)
    right = tuple_(*(literal(value, column.type) for value, column in zip(values, ordering.columns, strict=True)))
    return left < right if ordering.descending else left > right


def _sealed(ordering: Ordering, values: list[Any]) -> str:
    plain = [str(value) if isinstance(value, tuple(FROM_TEXT)) else value for value in values]
    sealed: str | bytes = _signer(ordering).dumps(plain)
    return sealed if isinstance(sealed, str) else sealed.decode()


def _opened(ordering: Ordering, cursor: str) -> list[Any]:
    try:
        values = _signer(ordering).loads(cursor)
        return [_read(value, column) for value, column in zip(values, ordering.columns, strict=True)]
    except (BadSignature, ValueError) as error:  # a ValueError: an earlier release sorted by other columns
        raise BadCursor from error


def _read(value: Any, column: Any) -> Any:
    read = FROM_TEXT.get(column.type.python_type)
    return read(value) if read else value


def _signer(ordering: Ordering) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"cursor:{ordering.name}")
