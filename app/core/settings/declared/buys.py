"""Buys that shops tell of, and how long they are kept."""

from dataclasses import dataclass

from app.core.settings.parsing import seconds, setting, whole


@dataclass(frozen=True, kw_only=True)
class Buys:
    """Buys that shops tell of, and how long they are kept."""

    buys_per_minute: int = setting(
        "BUYS_PER_MINUTE",
        whole(1, 100000000),
        "600000",
        "Buys that one address may tell of in a minute, in each web process.",
    )
    buy_retention_days: int = setting(
        "BUY_RETENTION_DAYS", whole(8, 3650), "90", "How long buys are kept one by one, and figures by the minute."
    )
    buy_figures_retention_days: int = setting(
        "BUY_FIGURES_RETENTION_DAYS",
        whole(8, 36500),
        "1100",
        "How long the figures of promotions by hour, day, buyer and product are kept.",
    )
    buy_partitions_ahead: int = setting(
        "BUY_PARTITIONS_AHEAD", whole(1, 60), "14", "Days for which partitions of buys are made ahead."
    )
    presence_seconds: float = setting(
        "PRESENCE_SECONDS",
        seconds(0.05, 3600),
        "5",
        "How often a web process says that it is here; after three times as long the service counts as gone.",
    )
