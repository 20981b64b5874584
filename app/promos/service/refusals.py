"""Refusals are counted for each promo, minute and code; written down together each second (core.tallies)."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, func, text

from app.core import db
from app.core.tallies import Tally
from app.promos.models import PromoRefusal

_ADD = text("""
    INSERT INTO promo_refusals AS r (promo_id, minute, code, refusals)
    SELECT promo_id, date_trunc('minute', clock_timestamp()), code, n
    FROM unnest(CAST(:promo_ids AS bigint[]), CAST(:codes AS text[]), CAST(:counts AS int[])) AS a (promo_id, code, n)
    ORDER BY promo_id, code
    ON CONFLICT (promo_id, minute, code) DO UPDATE SET refusals = r.refusals + excluded.refusals
""")


def _write(counts: Mapping[tuple[int, str], int]) -> None:
    promo_ids, codes = zip(*counts, strict=True)
    asked = {"promo_ids": list(promo_ids), "codes": list(codes), "counts": list(counts.values())}
    db.session().execute(_ADD, asked)


TALLY: Tally[tuple[int, str]] = Tally(_write)


def count(promo_id: int, code: str) -> None:
    """Count that a promo refused somebody."""
    TALLY.add((promo_id, code))


def forget(*, days: int) -> int:
    """Forget the refusals of long ago."""
    old = delete(PromoRefusal).where(PromoRefusal.minute < func.clock_timestamp() - timedelta(days=days))
    return db.rows_of(db.session().execute(old))
