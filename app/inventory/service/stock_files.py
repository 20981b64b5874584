"""A file of counted stock is checked, then applied: the rows that can be, each once, and every other one is told.

One SQL function judges and applies all rows (sql/stock.sql), so a dry run says what the same file would do at that
moment. A row is remembered by its `row_key`; sent again it changes nothing. Crash before the commit: nothing happened.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from app.audit import service as audit
from app.core import db, jsons
from app.core.ids import uuid7
from app.inventory import rules
from app.inventory.rules import COLUMNS, Fault

__all__ = ["COLUMNS", "Change", "Report", "as_rows", "take"]

# Ten thousand rows are one statement, which may take longer than a page.
_SECONDS = 30
_IMPORT = text("SELECT inventory_import(:rows, :apply, :who)")
# The column and the words for each reason for which a sound row cannot be applied.
REFUSALS = {
    "unknown_sku": ("sku", "There is no product with this SKU. Mend it, or create the product first."),
    "duplicate": ("sku", "Another row means the same product. Keep one of them."),
    "row_key_reused": ("row_key", "This key was applied with another SKU or number. Give the row a new key."),
    "stale_stock": ("expected", "The total is {old} now, not {expected}. Look at it again, then write {old} here."),
    "insufficient_stock": ("set_to", "{reserved} are reserved, so the total cannot be {set_to}."),
}


@dataclass(frozen=True)
class Change:
    """A row that changes the total of a product."""

    line: int
    sku: str
    product_id: int
    old: int
    new: int


@dataclass(frozen=True)
class Report:
    """What a file did, or would do."""

    dry_run: bool
    changes: list[Change]
    unchanged: int
    skipped: int
    errors: list[Fault]

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return len(self.changes) + self.unchanged + self.skipped + self.failed

    @property
    def changed(self) -> int:
        """How many rows change something."""
        return len(self.changes)

    @property
    def failed(self) -> int:
        """How many rows cannot be applied; one may have several faults."""
        return len({fault.line for fault in self.errors})


def take(*, content: bytes, dry_run: bool) -> Report:
    """Apply the rows of a file that can be, or only say which those are."""
    rows, faults = rules.read(content)
    asked = {"rows": jsons.dump([asdict(row) for row in rows]).decode(), "apply": not dry_run}
    db.take_longer(_SECONDS)
    told = db.session().scalar(_IMPORT, asked | {"who": audit.surroundings()}) or []
    outcomes = [row["outcome"] for row in told]
    errors = sorted([*faults, *_refused(told)], key=lambda fault: fault.line)
    changes = [_change(row) for row in told if row["outcome"] == "changed"]
    return Report(dry_run, changes, outcomes.count("unchanged"), outcomes.count("skipped"), errors)


def _refused(told: list[dict[str, Any]]) -> Iterator[Fault]:
    for row in told:
        if row["outcome"] in REFUSALS:
            column, words = REFUSALS[row["outcome"]]
            yield Fault(row["line"], column, row["outcome"], words.format(**row))


def _change(row: dict[str, Any]) -> Change:
    return Change(row["line"], row["sku"], row["product_id"], row["old"], row["set_to"])


def as_rows(counted: Iterable[Any]) -> Iterator[tuple[str, int, int, str, str]]:
    """What there is as the rows of a file: to be edited in `set_to` and sent back; the others then ask for nothing."""
    file = uuid7().hex
    return ((row.sku, row.total, row.total, "stock count", f"{file}-{row.id}") for row in counted)
