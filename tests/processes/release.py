"""A copy of the tree that is served, and the next version of it: migrations of the usual kinds, and other code."""

import shutil
from pathlib import Path

from tests.processes.stack import ROOT

PARTS = ("app", "deploy", "migrations", "static", "templates", "wsgi.py")
# Each kind of change that a release makes to tables on which orders are placed; one table at a time.
ORDERS = """
    op.add_column("orders", sa.Column("gift_note", sa.String(200)))
    op.execute("ALTER TABLE orders ADD CONSTRAINT ck_orders_gift_note CHECK (gift_note <> '') NOT VALID")
"""
HOLDS = """
    op.add_column("stock_holds", sa.Column("channel", sa.String(20), nullable=False, server_default="web"))
"""
PRODUCTS = """
    op.add_column("products", sa.Column("brand", sa.String(80)))
"""
STOCK = """
    op.add_column("product_stock", sa.Column("shelf", sa.String(20)))
    op.execute("CREATE FUNCTION orders_gifts() RETURNS bigint LANGUAGE sql AS 'SELECT count(gift_note) FROM orders'")
"""
BESIDE = """
    with beside_others():
        op.drop_index("ix_orders_gifts", "orders", if_exists=True, postgresql_concurrently=True)
        op.create_index("ix_orders_gifts", "orders", ["gift_note"], postgresql_concurrently=True)
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_gift_note")
"""
MIGRATION = '''"""Of the next version."""

import sqlalchemy as sa
from alembic import op

from app.core.expanding import beside_others

revision, down_revision, branch_labels, depends_on = "{number}", "{before}", None, None


def upgrade() -> None:
    """Expand."""
    {acts}
'''
# The master has read app.core.logging itself: what it says shows whether workers have read it anew.
RELEASE = '\n\nRELEASE = "next"\n'
SHOWN = """
from pathlib import Path
from threading import Event
from app.core import logging

@app.after_request
def show_release(response):
    response.headers["X-Release"] = logging.RELEASE
    return response

while not Path("may-start").exists():
    Event().wait(0.05)
"""


def copied(folder: Path) -> Path:
    """What a deployer has on the machine."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    return folder


def add_migrations(tree: Path) -> str:
    """The migrations of the next version; the answer is the number of the last."""
    before = max(path.name[:4] for path in (tree / "migrations" / "versions").glob("0*.py"))
    kinds = (("9001", ORDERS), ("9002", HOLDS), ("9003", PRODUCTS), ("9004", STOCK), ("9005", BESIDE))
    for number, acts in kinds:
        text = MIGRATION.format(number=number, before=before, acts=acts.strip())
        (tree / "migrations" / "versions" / f"{number}_next.py").write_text(text)
        before = number
    return before


def add_code(tree: Path) -> None:
    """The next version, which starts when there is a file `may-start`."""
    for name, more in (("app/core/logging.py", RELEASE), ("wsgi.py", SHOWN)):
        with (tree / name).open("a") as file:
            file.write(more)
