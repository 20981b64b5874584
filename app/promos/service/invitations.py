"""What customers are told when a promo starts: the same words for all, in the time of its store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.core import money
from app.core.settings import Settings
from app.mail import service as mail

TEMPLATE = "flash_promo"


@dataclass(frozen=True)
class Invitation:
    """The words of the inbox, and the mail as SQL takes it."""

    title: str
    body: str
    mail: str


def invitation(promo: Any, settings: Settings) -> Invitation:
    """To buy from this promo."""
    prices = {name: money.show(getattr(promo, name), settings.currency) for name in ("price", "promo_price")}
    until = _local(promo.over_at, promo.timezone)
    values = {
        "product": promo.product_name,
        **prices,
        "store": promo.store_name,
        "starts": _local(promo.starts_at, promo.timezone),
        "until": until,
        "zone": promo.timezone,
        "address": address(promo.id, settings),
        "profile": settings.profile_page_url,
    }
    title = f"{promo.product_name} for {prices['promo_price']} instead of {prices['price']}"
    body = f"At {promo.store_name} until {until} ({promo.timezone}), while there are any."
    return Invitation(title, body, mail.drafted(template=TEMPLATE, **values))


def address(promo_id: int, settings: Settings) -> str:
    """Where the promo is shown."""
    page = settings.promo_page_url
    if not page:
        return f"{settings.base_url}/api/v1/flash-promos/{promo_id}"
    return f"{page}{'&' if '?' in page else '?'}promo_id={promo_id}"


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %B %H:%M}"
