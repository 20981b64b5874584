"""The registry of what must never be found: a name and a query that finds no row."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, text

from app.core import db

INVARIANTS: list["Invariant"] = []
SHOWN_ROWS = 20


@dataclass(frozen=True)
class Invariant:
    """A rule and the query for its breaches."""

    name: str
    rule: str
    breaches: str


@dataclass(frozen=True)
class Finding:
    """What one invariant found."""

    invariant: Invariant
    rows: list[dict[str, Any]]

    def facts(self) -> dict[str, Any]:
        """What a program reads."""
        rows = [{name: _plain(value) for name, value in row.items()} for row in self.rows]
        return {"name": self.invariant.name, "rule": self.invariant.rule, "holds": not rows, "rows": rows}


def _plain(value: Any) -> Any:
    """What JSON has no form for stands as Python shows it."""
    return value if value is None or isinstance(value, str | int | float | Decimal | datetime) else str(value)


def never(name: str, rule: str, breaches: str) -> None:
    """Enter an invariant."""
    INVARIANTS.append(Invariant(name, rule, breaches))


def check(prefix: str = "", *, engine: Engine | None = None) -> list[Finding]:
    """Every invariant whose name begins so and the rows that break it, all seen at the same instant."""
    snapshot = (engine or db.db.engine).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    asked = sorted((each for each in INVARIANTS if each.name.startswith(prefix)), key=lambda each: each.name)
    with snapshot.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = on"))
        found = ((each, connection.execute(text(each.breaches)).fetchmany(SHOWN_ROWS)) for each in asked)
        return [Finding(invariant, [row._asdict() for row in rows]) for invariant, rows in found]
