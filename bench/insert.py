"""The least that keeps a buy: Flask, psycopg2 and one INSERT that is committed before the answer."""

import os
from threading import local

import psycopg2
from flask import Flask, request

app = Flask(__name__)
TABLE = """
    CREATE TABLE IF NOT EXISTS bare_buys (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
        user_id bigint NOT NULL, promotion_id bigint NOT NULL, product_id bigint NOT NULL, quantity int NOT NULL
    )
"""
INSERT = """
    INSERT INTO bare_buys (user_id, promotion_id, product_id, quantity)
    VALUES (%(user_id)s, %(promotion_id)s, %(product_id)s, %(product_quantity)s)
"""
mine = local()


def line() -> "psycopg2.extensions.connection":
    """The connection of this thread."""
    if not hasattr(mine, "line"):
        mine.line = psycopg2.connect(os.environ["DATABASE_URL"])
        mine.line.autocommit = True
    return mine.line  # type: ignore[no-any-return]  # put there above


@app.get("/")
def ready() -> dict[str, bool]:
    """The table is there."""
    with line().cursor() as cursor:
        cursor.execute(TABLE)
    return {"success": True}


@app.post("/")
def buy() -> dict[str, bool]:
    """Keep a buy."""
    with line().cursor() as cursor:
        cursor.execute(INSERT, request.get_json())
    return {"success": True}
