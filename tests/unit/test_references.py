"""What is referred to is not deleted, and who refers to it is counted."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKey, Integer, Table, insert

from app.core import db
from app.core.db import Base
from app.core.errors import InUse
from app.core.references import refuse_if_used
from app.core.web import HoldfastApp
from app.stores.models import Store
from app.stores.service import create_store
from tests.unit.plans import WAITS

PLACE = {"latitude": 0.0, "longitude": 0.0, "timezone": "UTC"}


@pytest.fixture
def shelves(app: HoldfastApp, clean: None) -> Iterator[Table]:
    """A table that refers to stores in every way."""
    made = Table(
        "made_shelves",
        Base.metadata,
        Column("id", Integer, primary_key=True),
        Column("store_id", ForeignKey("stores.id")),
        Column("spare_id", ForeignKey("stores.id", ondelete="RESTRICT")),
        Column("gone_with_id", ForeignKey("stores.id", ondelete="CASCADE")),
        Column("forgets_id", ForeignKey("stores.id", ondelete="SET NULL")),
    )
    with app.app_context():
        with db.db.engine.begin() as connection:
            connection.exec_driver_sql(WAITS)
            made.create(connection)
        yield made
        with db.db.engine.begin() as connection:
            connection.exec_driver_sql(WAITS)
            made.drop(connection)
        Base.metadata.remove(made)


def store(name: str) -> int:
    return create_store(name=name, **PLACE).id  # type: ignore[arg-type]


def test_what_nobody_refers_to_may_go(shelves: Table) -> None:
    with db.transaction() as session:
        used, free = store("used"), store("free")
        session.execute(insert(shelves).values(store_id=used))
        refuse_if_used(Store, free)


def test_rows_that_refer_to_it_are_counted_by_table(shelves: Table) -> None:
    with db.transaction() as session:
        used, other = store("used"), store("other")
        for store_id, spare_id in ((used, None), (other, used), (used, other)):
            session.execute(insert(shelves).values(store_id=store_id, spare_id=spare_id))
        with pytest.raises(InUse) as refused:
            refuse_if_used(Store, used)
    assert refused.value.figures == {"references": {"made_shelves": 3}}


def test_rows_that_go_with_it_or_forget_it_do_not_hold_it_back(shelves: Table) -> None:
    with db.transaction() as session:
        used = store("used")
        session.execute(insert(shelves).values(gone_with_id=used, forgets_id=used))
        refuse_if_used(Store, used)
