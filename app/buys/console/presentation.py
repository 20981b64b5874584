"""Analytics in the words of the console."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from markupsafe import Markup

from app.buys.console import asking, charts
from app.buys.queries import Span
from app.buys.service import analytics
from app.core import clock
from app.core.errors import CATALOGUE
from app.core.money import show
from app.core.web import settings_of

RANGES = {"today": "Today", "7": "7 days", "28": "28 days"}
GRAINS = {"": "Fitting", "minute": "Minute", "hour": "Hour", "day": "Day"}
SOURCES = {"": "Own sales", "tracker": "What shops told"}
COMPARISONS = {"": "Days before", "week": "Same weekdays", "none": "Nothing"}
STEPS = {
    "notified": "Told",
    "held": "Held a unit",
    "completed": "Ordered",
    "paid": "Paid",
    "kept": "Kept it",
    "lapsed": "Let the hold lapse",
    "released": "Gave the hold back",
    "unpaid": "Ordered, never paid",
}
# What a narrow screen goes without.
SECONDARY = ("store", "refunds", "spend_ever", "held_by_others", "sold_out")
# The way of a customer; what stands below ended on it.
WAY = ("notified", "held", "completed", "paid", "kept")
MONEY, NUMBER, TEXT = "money", "number", "text"
_SOLD = (("units", "Units", NUMBER), ("refunds", "Went back", MONEY), ("net", "Revenue", MONEY))
_TOLD = (("units", "Units", NUMBER), ("purchases", "Buys", NUMBER))
BUCKETS = {"minute": "%H:%M", "hour": "%a %d %b, %H:%M", "day": "%a %d %b %Y"}


@dataclass(frozen=True)
class Sheet:
    """A table of the page: its title, what to know about it, and its columns as (name, label, kind)."""

    title: str
    says: str
    columns: tuple[tuple[str, str, str], ...]


OWN_SHEETS = {
    "promos": Sheet("By promo", "", (("product", "Promo", "promo"), ("store", "Store", TEXT), *_SOLD)),
    "products": Sheet("Top products", "", (("product", "Product", "product"), *_SOLD)),
    "stores": Sheet("By store", "", (("store", "Store", "store"), *_SOLD)),
    "segments": Sheet(
        "By segment",
        "The segments that promos are for. A promo for several counts in each.",
        (("segment", "Segment", "segment"), *_SOLD),
    ),
    "buyers": Sheet(
        "Top buyers", "", (("username", "Customer", "customer"), ("units", "Units", NUMBER), ("net", "Revenue", MONEY))
    ),
    "lost_demand": Sheet(
        "Lost demand",
        "Each try when nothing was left, at the promo's price: the most that was lost, not the least.",
        (
            ("product", "Promo", "promo"),
            ("sold_out", "Sold out", NUMBER),
            ("held_by_others", "All held", NUMBER),
            ("value", "Worth up to", MONEY),
        ),
    ),
    "customers": Sheet(
        "Customers worth most",
        "Over all sales of these days, from the shelf too; filters of promos do not matter here.",
        (
            ("username", "Customer", "customer"),
            ("orders", "Orders", NUMBER),
            ("net", "These days", MONEY),
            ("spend_ever", "Ever", MONEY),
        ),
    ),
}
TRACKER_SHEETS = {
    "products": Sheet("Top products", "By days of UTC.", (("product_id", "Product", TEXT), *_TOLD)),
    "buyers": Sheet("Top buyers", "By days of UTC.", (("user_id", "Buyer", TEXT), *_TOLD)),
}
SHEETS = {analytics.OWN: OWN_SHEETS, analytics.TRACKER: TRACKER_SHEETS}
SERIES = {analytics.OWN: _SOLD, analytics.TRACKER: _TOLD}
COMPARED = (
    ("store", "Store", TEXT),
    ("price", "Price", MONEY),
    ("quantity", "Quantity", NUMBER),
    ("notified", "Told", NUMBER),
    ("held", "Held", NUMBER),
    ("completed", "Ordered", NUMBER),
    ("paid", "Paid", NUMBER),
    ("kept", "Kept", NUMBER),
    ("refused", "Refused", NUMBER),
    ("buyers", "Buyers", NUMBER),
    ("refunds", "Went back", MONEY),
    ("net", "Revenue", MONEY),
    ("seconds_to_last", "Last one paid after", "lasting"),
)
_LINKS = {
    "promo": ("promos_console.promos.detail", "promo_id"),
    "product": ("inventory_console.products.detail", "product_id"),
    "store": ("stores_console.detail", "store_id"),
    "segment": ("customers_console.segments.detail", "segment_id"),
    "customer": ("customers_console.customers.detail", "customer_id"),
}
LINKED = tuple(_LINKS)
_SHOWS: dict[str, Any] = {NUMBER: "{:,}".format, "share": "{:.0%}".format, "lasting": clock.lasting}


def days(span: Span) -> str:
    """The days of a span."""
    if span.days == 1:
        return f"{span.last:%A, %d %B %Y}"
    return f"{span.first:%d %b %Y} to {span.last:%d %b %Y}"


def headline(asked: asking.Asked) -> str:
    """Which days are shown, and what they stand beside."""
    until = asked.span.until and asked.span.until.astimezone(ZoneInfo(asked.span.zone))
    now = days(asked.span) + (f" until {until:%H:%M}" if until else "")
    if asked.earlier is None:
        return now
    return f"{now}, beside {days(asked.earlier)}{' up to the same time' if until else ''}"


def bucket(at: str, grain: str, zone: str) -> Markup:
    """When a bucket begins, by the clock of the business; UTC in the title."""
    moment = asking.moment_of(at)
    local = moment.astimezone(ZoneInfo(zone))
    utc = f"{clock.rfc3339(moment)[:16].replace('T', ' ')} UTC · {local.tzname()}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at, utc, local.strftime(BUCKETS[grain]))


def shown(value: Any, kind: str) -> str:
    """A cell as a person reads it."""
    if value is None:
        return "\N{EN DASH}"
    if kind == MONEY:
        return show(Decimal(value), settings_of(current_app).currency)
    return str(_SHOWS[kind](value)) if kind in _SHOWS else str(value)


def change(now: Any, before: Any) -> str:
    """By how much a figure changed."""
    was, is_ = Decimal(str(before or 0)), Decimal(str(now or 0))
    if not was:
        return "new" if is_ else "as before"
    share = (is_ - was) / was
    return "as before" if not share else f"{share:+.0%}".replace("-", "\N{MINUS SIGN}")


def link(kind: str, row: dict[str, Any]) -> str:
    """Where the object of a row has its page."""
    endpoint, name = _LINKS[kind]
    key = row.get("user_id" if kind == "customer" else name)
    return url_for(endpoint, **{name: key}) if key else ""


def refusal(code: str) -> str:
    """A refusal's code as a title."""
    return CATALOGUE[code].title() if code in CATALOGUE else code


def empty(found: analytics.Analysis) -> bool:
    """Whether nothing happened."""
    asked = (row.get("count", 1) for name, rows in found.tables.items() if name != "customers" for row in rows)
    return not any(asked)


hours = charts.hours
