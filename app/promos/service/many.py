"""Many promos at once, each in a transaction of its own: its counters are locked for one promo's time, not for all.

What becomes of one changes nothing for the others. Dying between two leaves the first ones done, and their history says
so; asked again, they are skipped by the table of rules.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from app.core import db
from app.core.bulk import Outcome
from app.core.errors import AppError
from app.promos import queries, rules
from app.promos.queries import PromoFilter
from app.promos.service import lifecycle, planning

AT_ONCE = 200
ACTS: Mapping[str, Callable[..., Any]] = {
    "activate": lifecycle.activate,
    "pause": lifecycle.pause,
    "resume": lifecycle.resume,
    "end": lifecycle.end,
    "duplicate": planning.duplicate_promo,
}


def do_many(*, which: PromoFilter, ids: Collection[int] | None, verb: str) -> Outcome:
    """Do the same to the promos that are named, or to all of a filter, as far as their status allows it."""
    with db.statement():
        rows = queries.matching(which, ids, limit=AT_ONCE + 1)
    skipped: Counter[str] = Counter({"left for another time": max(0, len(rows) - AT_ONCE)})
    done = 0
    for row in rows[:AT_ONCE]:
        refusal = _refused(verb, row)
        skipped[refusal] += bool(refusal)
        done += not refusal
    return Outcome(done, skipped)


def _refused(verb: str, row: Any) -> str:
    """Why it was not done; nothing when it was."""
    if verb != "duplicate" and verb not in rules.VERBS[row.status]:
        return str(row.status).replace("_", " ")
    try:
        with db.refusing(), db.transaction():
            ACTS[verb](promo_id=row.id)
    except AppError as refusal:
        return refusal.title().lower()
    return ""
