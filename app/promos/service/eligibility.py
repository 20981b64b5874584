"""Every rule that decides whether a customer may have a unit now, with its figures, in the order of the refusals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.settings import Settings
from app.customers.errors import CustomerNotFound
from app.customers.queries import audience
from app.promos import queries
from app.promos.errors import PromoNotFound

WHAT_OTHERS_DO = {"held_by_others"}


@dataclass(frozen=True)
class Rule:
    """A rule by the code of its refusal, whether it lets the customer pass, and by what."""

    rule: str
    passed: bool
    figures: dict[str, Any]


@dataclass(frozen=True)
class Eligibility:
    """What every rule says of a customer and a promo."""

    promo_id: int
    customer_id: int
    rules: list[Rule]
    server_time: datetime

    @property
    def eligible(self) -> bool:
        """Whether nothing is in the way but what others hold at this moment."""
        return all(rule.passed for rule in self.rules if rule.rule not in WHAT_OTHERS_DO)

    @property
    def can_hold_now(self) -> bool:
        """Whether nothing is in the way."""
        return all(rule.passed for rule in self.rules)


def explain(*, promo_id: int, user_id: int, settings: Settings) -> Eligibility:
    """Ask every rule; none of it holds anything."""
    found = queries.facts(promo_id, user_id)
    if found is None:
        raise PromoNotFound(promo_id=promo_id)
    if not found.known:
        raise CustomerNotFound(customer_id=user_id)
    member = found.audience == "all" or audience.matches(user_id, queries.segment_ids(promo_id))
    return Eligibility(promo_id, user_id, list(_rules(found, settings, member=member)), found.now)


def _rules(found: Any, settings: Settings, *, member: bool) -> Iterator[Rule]:
    window = {"promo_status": found.status, "starts_at": found.starts_at, "ends_at": found.ends_at}
    yield Rule("promo_not_running", found.status in {"running", "sold_out"}, window)
    held = {"reservation_id": found.hold_id, "expires_at": found.hold_until}
    yield Rule("held_by_you", found.hold_id is None, held)
    limit = {"bought": found.taken, "limit": found.per_customer_limit}
    yield Rule("limit_reached", found.taken < found.per_customer_limit, limit)
    sold = found.sold or 0
    yield Rule("sold_out", found.allotted is None or sold < found.allotted, {"sold": sold, "quantity": found.allotted})
    reach = {"max_distance_km": found.max_distance_km}
    anywhere = found.max_distance_km is None
    yield Rule("location_unknown", anywhere or found.located, reach)
    yield Rule("not_in_segment", member, {"audience": found.audience})
    near = anywhere or (found.distance_km is not None and found.distance_km <= found.max_distance_km)
    yield Rule("outside_radius", near, reach | {"distance_km": _rounded(found.distance_km)})
    yield _held_by_others(found)
    yield _cooldown(found, settings)


def _held_by_others(found: Any) -> Rule:
    lapsed = found.next_due is not None and found.next_due <= found.now
    free = found.free is None or found.free > 0 or lapsed
    return Rule("held_by_others", free, {"available_now": found.free, "next_free_at": found.next_due})


def _cooldown(found: Any, settings: Settings) -> Rule:
    full = found.lapsed > 0 and found.lapsed % settings.cooldown_after == 0
    until = found.lapsed_at + timedelta(seconds=settings.cooldown_seconds) if full else None
    return Rule("hold_cooldown", until is None or until <= found.now, {"lapsed": found.lapsed, "until": until})


def _rounded(distance_km: float | None) -> float | None:
    return None if distance_km is None else round(distance_km, 3)
