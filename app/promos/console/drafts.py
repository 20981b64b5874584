"""What was typed into the form of a promo, what it means by the clock of its store, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from app.core import clock, filters, forms
from app.core.schemas import FIRST_DAY, LAST_DAY
from app.promos import queries, rules
from app.promos.console import presentation
from app.promos.schemas import PromoForm

NAMES = tuple(PromoForm().load_fields)
TIMES = ("starts_at", "ends_at")
TOO_LATE = "It began while you were typing: some of these fields cannot be changed any more, and are as they were."
MOST_SEGMENTS = 100
EMPTY = dict.fromkeys(NAMES, "") | {"quantity": "1", "per_customer_limit": "1", "priority": "0", "audience": "all"}


@dataclass(frozen=True)
class Draft:
    """The form as it was typed; `offer` is the product that it names, `facts` what it means when nothing is wrong."""

    typed: dict[str, str]
    offer: Any = None
    walls: dict[str, rules.WallTime] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def segment_ids(self) -> list[int]:
        """The segments that are ticked."""
        return [int(number) for number in self.typed["segment_ids"].split()]

    @property
    def notes(self) -> list[str]:
        """What has to be said of its times."""
        words = {"starts_at": "start", "ends_at": "end"}
        twice = [name for name, wall in self.walls.items() if wall.twice]
        return [f"The time of its {words[name]} comes twice that night; the first one is taken." for name in twice]


def empty(product_id: int | None) -> Draft:
    """A form that nobody typed into yet: an hour of the coming day, by the clock of the store."""
    offer = queries.offer(product_id) if product_id else None
    typed = EMPTY | {"max_distance_km": "2", "anywhere": "", "segment_ids": "", "version": ""}
    typed["product_id"] = str(offer.id) if offer else ""
    if offer:
        next_hour = clock.utcnow().replace(minute=0, second=0) + timedelta(hours=1)
        typed |= {"starts_at": _shown(next_hour, offer.timezone)}
        typed |= {"ends_at": _shown(next_hour + timedelta(hours=1), offer.timezone)}
    return _read(typed)


def saved(row: Any) -> Draft:
    """A promo as the form would hold it."""
    typed = {name: str(getattr(row, name)) for name in NAMES} | {"version": str(row.version)}
    anywhere = row.max_distance_km is None
    typed |= {"max_distance_km": "" if anywhere else f"{row.max_distance_km:g}", "anywhere": "true" if anywhere else ""}
    typed |= {name: _shown(getattr(row, name), row.timezone) for name in TIMES}
    return _read(typed | {"segment_ids": " ".join(map(str, row.segment_ids))})


def drafted(source: MultiDict[str, str], row: Any = None) -> Draft:
    """The promo of a form; what its status does not let anybody change stays as it is."""
    typed = {name: source.get(name, "") for name in (*NAMES, "anywhere")}
    ticked = {number for text in source.getlist("segment_ids") if (number := filters.number(text))}
    typed["segment_ids"] = " ".join(map(str, sorted(ticked))) if typed["audience"] == "segments" else ""
    fixed = _fixed(row) if row is not None else {}
    lost = [name for name in NAMES if name in source and fixed.get(name, typed[name]) != typed[name]]
    typed |= fixed
    if typed["anywhere"]:
        typed["max_distance_km"] = ""
    draft = _read(typed | {"version": source.get("version", "")})
    return replace(draft, errors=draft.errors | {"status": TOO_LATE}) if lost else draft


def changes(draft: Draft, row: Any) -> dict[str, Any]:
    """What the form changes; a time is as it was when its text is, and means another moment in another zone."""
    before = saved(row).typed
    moved = draft.offer.timezone != row.timezone
    return {
        name: draft.facts[name]
        for name in presentation.editable(row)
        if draft.typed[name] != before[name] or (moved and name in TIMES)
    }


def _fixed(row: Any) -> dict[str, str]:
    """What nobody may change now; its fields are not sent, unless the promo began while its form was open."""
    before, may = saved(row).typed, presentation.editable(row)
    fixed = {name: before[name] for name in (*NAMES, "segment_ids") if name not in may}
    return fixed if "max_distance_km" in may else fixed | {"anywhere": before["anywhere"]}


def _read(typed: dict[str, str]) -> Draft:
    product_id = filters.number(typed["product_id"])
    offer = queries.offer(product_id) if product_id else None
    form = forms.read(PromoForm, typed)
    walls = dict(_walls(typed, offer.timezone)) if offer else {}
    errors = form.errors | dict(_faults(typed, offer, walls))
    if errors:
        return Draft(typed, offer, walls, errors)
    facts = form.values | {name: walls[name].moment for name in TIMES}
    facts |= {"segment_ids": [int(number) for number in typed["segment_ids"].split()]}
    facts["max_distance_km"] = None if typed["anywhere"] else form.values["max_distance_km"]
    return Draft(typed, offer, walls, {}, facts)


def _walls(typed: Mapping[str, str], zone: str) -> Iterator[tuple[str, rules.WallTime]]:
    for name in TIMES:
        local = local_time(typed[name])
        if local is not None:
            yield name, rules.by_the_clock(local, zone)


def _faults(typed: Mapping[str, str], offer: Any, walls: Mapping[str, rules.WallTime]) -> Iterator[tuple[str, str]]:
    if offer is None:
        yield "product_id", "Choose a product."
    for name in TIMES:
        if typed[name] and local_time(typed[name]) is None:
            yield name, "Write a date and a time, such as 2030-01-31 18:00."
        elif name in walls and walls[name].moment is None:
            yield name, f"This time does not exist in {offer.timezone}: the clocks jump over it. Take another one."
    if not typed["anywhere"] and not typed["max_distance_km"].strip():
        yield "max_distance_km", "Write a distance, or let everybody buy from anywhere."
    if typed["audience"] == "segments" and not typed["segment_ids"]:
        yield "segment_ids", "Tick the segments that the promo is for."
    elif len(typed["segment_ids"].split()) > MOST_SEGMENTS:
        yield "segment_ids", f"Tick {MOST_SEGMENTS} segments at most."


def local_time(text: str) -> datetime | None:
    """The time on a wall that a text names, if it names one of our times."""
    try:
        named = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return named if named.tzinfo is None and FIRST_DAY <= named.date() <= LAST_DAY else None


def _shown(moment: datetime, zone: str) -> str:
    """A moment as a field for a time holds it: to the second when it has seconds."""
    local = moment.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second or local.microsecond else "minutes")
