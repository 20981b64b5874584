"""Pages joined are the list, whatever is inserted or deleted while somebody reads."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from sqlalchemy import BigInteger, Column, MetaData, Numeric, String, Table, Uuid, delete, func, insert, select
from sqlalchemy.dialects.postgresql import TIMESTAMP

from app.core import db
from app.core.errors import BadCursor
from app.core.pagination import Ordering, Page, page_of, paged
from app.core.web import HoldfastApp
from tests.unit.plans import WAITS

METADATA = MetaData(schema="pages")
THINGS = Table(
    "things",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("name", String(20), nullable=False),
    Column("at", TIMESTAMP(timezone=True), nullable=False),
    Column("price", Numeric(12, 2), nullable=False),
    Column("code", Uuid, nullable=False, unique=True),
)
COLUMNS = {
    "name": (func.lower(THINGS.c.name), THINGS.c.id),
    "at": (THINGS.c.at, THINGS.c.id),
    "price": (THINGS.c.price, THINGS.c.id),
    "code": (THINGS.c.code,),
}
ORDERINGS = [
    Ordering(f"{'-' * down}{name}", columns, ("sort", "id")[-len(columns) :] if name != "code" else ("code",), down)
    for name, columns in COLUMNS.items()
    for down in (False, True)
]
NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
# Few different values, so that ties are common; microseconds, so that a cursor that rounds them repeats or skips.
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["a", "A", "b", "Ä", "é", "z'", '"', "%"]),
            "at": st.integers(0, 3).map(lambda micro: NOON + timedelta(microseconds=micro)),
            "price": st.sampled_from([Decimal("0.01"), Decimal("0.10"), Decimal("9999999999.99")]),
        }
    ),
    max_size=25,
)


@pytest.fixture(scope="module", autouse=True)
def things(app: HoldfastApp) -> Iterator[None]:
    """A table beside those of the application."""
    with app.app_context():
        with db.db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA pages")
            METADATA.create_all(connection)
        yield
        with db.db.engine.begin() as connection:
            connection.exec_driver_sql(f"{WAITS}; DROP SCHEMA pages CASCADE")


def add(rows: list[dict[str, Any]], first: int = 0) -> None:
    numbered = [row | {"id": id_, "code": UUID(int=id_ * 7919 % 10_007)} for id_, row in enumerate(rows, first)]
    if numbered:
        db.session().execute(insert(THINGS), numbered)


def start_with(rows: list[dict[str, Any]]) -> None:
    db.session().execute(delete(THINGS))
    add(rows)


def page(ordering: Ordering, limit: int, cursor: str | None) -> Page:
    statement = select(*THINGS.c, ordering.columns[0].label("sort"))
    return page_of(db.session().execute(paged(statement, ordering, limit=limit, cursor=cursor)).all(), ordering, limit)


def walk(ordering: Ordering, limit: int, meanwhile: Callable[[], None] = lambda: None) -> list[int]:
    """The ids that a reader sees, page by page."""
    seen, cursor = [], None
    while True:
        shown = page(ordering, limit, cursor)
        seen += [row.id for row in shown.rows]
        assert len(shown.rows) <= limit
        if shown.next_cursor is None:
            return seen
        assert len(shown.rows) == limit
        assert len(seen) < 100
        cursor = shown.next_cursor
        meanwhile()


def whole(ordering: Ordering) -> list[int]:
    direction = [column.desc() if ordering.descending else column.asc() for column in ordering.columns]
    return list(db.session().scalars(select(THINGS.c.id).order_by(*direction)))


@pytest.mark.parametrize("ordering", ORDERINGS, ids=lambda ordering: ordering.name)
@settings(max_examples=15, suppress_health_check=[HealthCheck.differing_executors])
@given(rows=ROWS, limit=st.integers(1, 7))
def test_pages_joined_are_the_whole_list_in_order(ordering: Ordering, rows: list[dict[str, Any]], limit: int) -> None:
    with db.statement():
        start_with(rows)
        assert walk(ordering, limit) == whole(ordering)


@pytest.mark.parametrize("ordering", ORDERINGS, ids=lambda ordering: ordering.name)
@settings(max_examples=15, suppress_health_check=[HealthCheck.differing_executors])
@given(rows=ROWS, new=ROWS, gone=st.sets(st.integers(0, 24)), limit=st.integers(1, 4))
def test_nothing_is_shown_twice_and_no_old_row_is_skipped(
    ordering: Ordering, rows: list[dict[str, Any]], new: list[dict[str, Any]], gone: set[int], limit: int
) -> None:
    arriving, leaving = iter(enumerate(new, 100)), iter(sorted(gone))

    def meanwhile() -> None:
        for id_, row in [next(arriving, (0, None))]:
            add([row] if row else [], id_)
        db.session().execute(delete(THINGS).where(THINGS.c.id == next(leaving, -1)))

    with db.statement():
        start_with(rows)
        seen = walk(ordering, limit, meanwhile)
        stayed = [id_ for id_ in whole(ordering) if id_ < 100]
    assert len(seen) == len(set(seen))
    assert [id_ for id_ in seen if id_ in set(stayed)] == stayed


@pytest.fixture
def cursor(app: HoldfastApp) -> Iterator[str]:
    """A cursor of the list ordered by name."""
    with app.app_context(), db.statement():
        start_with([{"name": name, "at": NOON, "price": Decimal(1)} for name in "abc"])
        made = page(ORDERINGS[0], 1, None).next_cursor
        assert made
        yield made


def test_a_cursor_leads_on(cursor: str) -> None:
    assert [row.name for row in page(ORDERINGS[0], 1, cursor).rows] == ["b"]


def test_a_cursor_of_another_ordering_is_refused(cursor: str) -> None:
    for ordering in ORDERINGS[1:]:
        with pytest.raises(BadCursor):
            page(ordering, 1, cursor)


def test_a_cursor_with_any_character_changed_is_refused(cursor: str) -> None:
    for place, character in enumerate(cursor[:-1]):  # the last one holds bits that mean nothing
        changed = "B" if character == "A" else "A"
        with pytest.raises(BadCursor):
            page(ORDERINGS[0], 1, cursor[:place] + changed + cursor[place + 1 :])


@pytest.mark.parametrize("garbage", ["", " ", ".", "x", "a.b", "=" * 100, "ä", "\0", "\ud800", "W10.", "A" * 5000])
def test_garbage_is_refused(cursor: str, garbage: str) -> None:
    with pytest.raises(BadCursor):
        page(ORDERINGS[0], 1, garbage)


def test_a_cursor_signed_with_another_key_is_refused(cursor: str) -> None:
    forged = URLSafeSerializer("another key", salt="cursor:name").dumps(["a", 1])
    with pytest.raises(BadCursor):
        page(ORDERINGS[0], 1, str(forged))


@pytest.mark.parametrize("values", [["a"], ["a", 1, 2], [], ["no time", 1]], ids=str)
def test_a_cursor_of_a_release_that_sorted_by_other_columns_is_refused(app: HoldfastApp, values: list[Any]) -> None:
    sealed = URLSafeSerializer(app.config["SECRET_KEY"], salt="cursor:at").dumps(values)
    with app.app_context(), db.statement(), pytest.raises(BadCursor):
        page(ORDERINGS[2], 1, str(sealed))
