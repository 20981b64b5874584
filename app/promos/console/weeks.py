"""A week of promos laid out: each day as long as it is in its zone, promos at one time side by side."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core import clock

# In percent of a day's height: what a block needs to be read and hit.
LEAST_HEIGHT = 5.0
MARKS = (3, 6, 9, 12, 15, 18, 21)


@dataclass(frozen=True)
class Block:
    """A promo on a day: where it stands, in percent of the column."""

    promo: Any
    top: float
    height: float
    left: float = 0.0
    width: float = 100.0


@dataclass(frozen=True)
class Day:
    """A day of the week: its hours in the zone, and what runs on it."""

    day: date
    hours: float
    marks: list[tuple[int, float]]
    blocks: list[Block]
    now: float | None = None


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def week(first: date, promos: Sequence[Any], zone: str, now: datetime) -> list[Day]:
    """Seven days with what runs on each, and where in them it is now."""
    return [_day(first + timedelta(days=number), promos, zone, now) for number in range(7)]


def _day(day: date, promos: Sequence[Any], zone: str, now: datetime) -> Day:
    begins, ends = clock.beginning(day, zone), clock.beginning(day + timedelta(days=1), zone)
    marks = [(hour, _percent(_at(day, hour, zone), begins, ends)) for hour in MARKS]
    there = [promo for promo in promos if promo.starts_at < ends and begins < promo.over_at]
    blocks = [_block(promo, begins, ends) for promo in there]
    at = _percent(now, begins, ends) if begins <= now < ends else None
    return Day(day, (ends - begins) / timedelta(hours=1), marks, list(side_by_side(blocks)), at)


def _block(promo: Any, begins: datetime, ends: datetime) -> Block:
    top = _percent(max(promo.starts_at, begins), begins, ends)
    height = max(LEAST_HEIGHT, _percent(min(promo.over_at, ends), begins, ends) - top)
    return Block(promo, min(top, 100 - height), height)


def side_by_side(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks in lanes, so that none covers another; a group that overlaps shares the width."""
    group: list[tuple[Block, int]] = []
    reach = 0.0
    for block in sorted(blocks, key=lambda each: (each.top, -each.height, each.promo.id)):
        if group and block.top >= reach:
            yield from _shared(group)
            group = []
        lane = _free_lane(block, group)
        group.append((block, lane))
        reach = max(reach, block.top + block.height) if len(group) > 1 else block.top + block.height
    yield from _shared(group)


def _free_lane(block: Block, group: Iterable[tuple[Block, int]]) -> int:
    taken = {lane for other, lane in group if block.top < other.top + other.height}
    return next(lane for lane in range(len(taken) + 1) if lane not in taken)


def _shared(group: Sequence[tuple[Block, int]]) -> Iterator[Block]:
    width = 100 / (max((lane for _, lane in group), default=0) + 1)
    for block, lane in group:
        yield Block(block.promo, block.top, block.height, lane * width, width)


def _percent(moment: datetime, begins: datetime, ends: datetime) -> float:
    return (moment - begins) / (ends - begins) * 100


def _at(day: date, hour: int, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone))
