"""What was sold on a business day: reckoned from the orders, and kept when the day is over."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.core import db, jsons, money
from app.core.settings import Settings
from app.identity import queries as identity_queries
from app.mail import service as mail
from app.orders import queries
from app.orders.models import DailyReport


def figures_of(day: date, settings: Settings) -> dict[str, Any]:
    """The report of a day: the kept one, or as it stands now."""
    kept = queries.report(day)
    if kept is not None:
        return {**kept.figures, "is_final": True}
    return {**_reckoned(day, settings), "is_final": False}


def keep_yesterday(settings: Settings) -> bool:
    """Keep the report of the business day that is over, and tell those who answer for the shop; once."""
    day = queries.business_day(settings.business_zone) - timedelta(days=1)
    figures = jsons.parse(jsons.dump(_reckoned(day, settings)))
    kept = insert(DailyReport).values(day=day, figures=figures).on_conflict_do_nothing()
    if not db.rows_of(db.session().execute(kept)):
        return False
    for admin in identity_queries.active_admins():
        mail.write(
            key=f"daily_report:{day}:{admin.id}",
            template="daily_report",
            recipient=admin.email,
            day=day.isoformat(),
            show=lambda amount: money.show(money.parse_money(amount), settings.currency),
            address=f"{settings.base_url}/console/orders",
            **figures,
        )
    return True


def _reckoned(day: date, settings: Settings) -> dict[str, Any]:
    sums = queries.sums_of(day, settings.business_zone)
    best = queries.best_of(day, settings.business_zone)
    return {
        "date": day.isoformat(),
        "currency": settings.currency,
        "orders": sums.orders,
        "units": sums.units,
        "revenue": money.whole(sums.revenue),
        "refunds": money.whole(sums.refunds),
        "net": money.whole(sums.revenue - sums.refunds),
        "top_products": [row._asdict() for row in best],
    }
