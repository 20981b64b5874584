"""A counter row is never the target of a foreign key: sharing its lock costs four fifths of the throughput."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table

from app.core.db import Base


def keys_to_counters(metadata: MetaData) -> Iterator[str]:
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.info.get("counter"):
                yield f"{table.name}.{key.parent.name} points at the counter table {key.column.table.name}"


@pytest.mark.usefixtures("app")
def test_no_foreign_key_points_at_a_counter_table() -> None:
    assert list(keys_to_counters(Base.metadata)) == []


def test_a_foreign_key_to_a_counter_table_is_found() -> None:
    metadata = MetaData()
    Table("product_stock", metadata, Column("product_id", Integer, primary_key=True), info={"counter": True})
    assert not list(keys_to_counters(metadata))
    Table("holds", metadata, Column("product_id", ForeignKey("product_stock.product_id")))
    assert len(list(keys_to_counters(metadata))) == 1
