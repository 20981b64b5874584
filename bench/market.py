"""What holds and orders are measured with: shelves that never run out, and buyers who ask in turn."""

import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg2

from app.core import context, db, jsons, settings
from app.factory import create_app
from app.operations.demo import buyers, seed
from app.operations.demo.buyers import Buyer
from bench.stack import Stack

MANY_BUYERS, MANY_PRODUCTS, PLENTY = 5_000, 200, 500_000_000
WHO = "jsonb_build_object('name', 'bench', 'request_id', 'bench', 'source', 'cli')"
SHELVES = """
    WITH made AS (
        INSERT INTO products (store_id, sku, name, price) SELECT 1, 'BENCH-' || n, 'Bench ' || n, 10
        FROM generate_series(0, %s) AS n RETURNING id
    )
    INSERT INTO product_stock (product_id, total, available) SELECT id, 0, 0 FROM made RETURNING product_id
"""
# One unit of a product, by the SQL function alone.
PLACE = (
    "orders_place(gen_random_uuid(), 'ORD-' || upper(right(gen_random_uuid()::text, 12)), {buyer},"
    " jsonb_build_array(jsonb_build_object('product_id', {product}::bigint, 'quantity', 1)), 'EUR', 3600, 10000,"
    f" 1000000, {WHO})"
)
RESTOCK = f"""
    TRUNCATE stock_holds; TRUNCATE stock_movements; TRUNCATE jobs;
    UPDATE product_stock SET total = {PLENTY}, available = {PLENTY}, reserved = 0
    WHERE product_id = ANY (%s)
"""  # noqa: S608 - a number of ours


def shelves(stack: Stack) -> list[int]:
    """An empty product, and those that never run out."""
    return sorted(product for (product,) in rows(stack, SHELVES, [MANY_PRODUCTS]))


def restock(stack: Stack, products: Sequence[int]) -> None:
    """Nothing is held, and there is plenty of all of these."""
    rows(stack, RESTOCK, [products])


def place(stack: Stack, who: Sequence[Buyer], products: Sequence[int], many: int) -> list[tuple[str, str]]:
    """So many orders of these buyers that wait for their payment: the reference and the total of each."""
    buyer, product = "(%s::bigint[])[1 + n %% %s]", "(%s::bigint[])[1 + n %% %s]"
    placed = PLACE.format(buyer=buyer, product=product)
    sql = f"SELECT (made).reference, (made).total::text FROM generate_series(1, %s) AS n, LATERAL {placed}"  # noqa: S608 - constants
    return rows(stack, sql, [many, [each.id for each in who], len(who), list(products), len(products)])


def rows(stack: Stack, sql: str, given: Sequence[Any] = ()) -> list[Any]:
    """What a statement answers, in a transaction of its own."""
    with closing(psycopg2.connect(stack.database_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall() if cursor.description else []


def crowd(stack: Stack, scale: str, many: int = MANY_BUYERS) -> list[Buyer]:
    """Customers with a session each, beside demo data of this scale."""
    app = create_app(settings.load(stack.environment))
    with app.app_context(), context.surroundings(source="cli"), db.transaction():
        for line in seed.grow(scale):
            print(line, file=sys.stderr)
        return buyers.signed_in(many)


def asked(file: Path, who: Iterable[Buyer], wishes: Iterable[object]) -> str:
    """A file of requests: each buyer sends the next wish."""
    lines = (
        f"Authorization: Bearer {buyer.token}\t{jsons.dump(wish).decode() if wish else ''}\n"
        for buyer, wish in zip(who, cycle(wishes), strict=False)
    )
    file.write_text("".join(lines), encoding="utf-8")
    return str(file)
