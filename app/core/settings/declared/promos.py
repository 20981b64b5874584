"""Promos, their holds, and who is told of them."""

from dataclasses import dataclass
from datetime import time

from app.core.settings.parsing import hours, seconds, setting, url, whole


@dataclass(frozen=True, kw_only=True)
class Promos:
    """Promos, their holds, and who is told of them."""

    promo_hold_seconds: float = setting(
        "PROMO_HOLD_SECONDS", seconds(0.1, 3600), "60", "How long a unit of a promo is held for a buyer."
    )
    promo_pay_minutes: int = setting(
        "PROMO_PAY_MINUTES", whole(1, 10080), "10", "How long an order of a promo waits for its payment."
    )
    cooldown_after: int = setting(
        "HOLD_COOLDOWN_AFTER", whole(1, 1000), "3", "Lapsed holds of one customer on one promo before a pause."
    )
    cooldown_seconds: float = setting("HOLD_COOLDOWN_SECONDS", seconds(0, 86400), "300", "How long that pause is.")
    refusal_retention_days: int = setting(
        "REFUSAL_RETENTION_DAYS", whole(1, 3650), "90", "How long the refusals of promos are kept."
    )
    tally_seconds: float = setting(
        "TALLY_SECONDS", seconds(0.05, 3600), "1", "How long counts are gathered in a process before they are written."
    )
    notifications_per_day: int = setting(
        "NOTIFICATIONS_PER_DAY",
        whole(1, 1000),
        "1",
        "How often a customer is told of promos on a business day at most.",
    )
    quiet_hours: tuple[time, time] | None = setting(
        "QUIET_HOURS", hours, "", "Hours of the business day in which nobody is told of promos, such as 22:00-07:00."
    )
    notification_retention_days: int = setting(
        "NOTIFICATION_RETENTION_DAYS", whole(8, 3650), "90", "How long what customers were told is kept."
    )
    promo_page_url: str = setting(
        "PROMO_PAGE_URL",
        url("http", "https"),
        "",
        "A page of the shop that shows a promo, `?promo_id=` is added. Empty: what the API says of the promo.",
    )
    profile_page_url: str = setting(
        "PROFILE_PAGE_URL",
        url("http", "https"),
        "",
        "A page of the shop on which customers choose what they are told. Empty: mails only say that there is one.",
    )
