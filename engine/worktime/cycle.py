"""Repeating intervals: when the instants of `R3/PT10S` or `R5/2026-01-31T08:00/P1M` fall. Source: ISO 8601-1 §5.6.

Instants are counted from one anchor, never from one another, so that months do not drift: 31 January, 28 February, 31
March. Years, months, weeks and days are those of the city's wall clock; hours, minutes and seconds pass evenly.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.errors import BadInput

MOST_TIMES = 10_000
_LONGEST_DAYS = 3_660
_CYCLE = re.compile(r"R(?P<times>\d*|-1)/(?:(?P<start>\d[^/]*)/)?(?P<every>P[^/]+)")
_EVERY = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(frozen=True)
class Period:
    """A length of time: months by the calendar, then days of the wall clock, then time that passes."""

    months: int
    days: int
    span: timedelta

    @property
    def longest(self) -> timedelta:
        """The longest that it can last."""
        return timedelta(days=self.months * 31 + self.days, hours=1 if self.months or self.days else 0) + self.span

    @property
    def shortest(self) -> timedelta:
        """The shortest that it can last."""
        calendar = timedelta(days=self.months * 28 + self.days)
        return max(calendar - timedelta(hours=1), timedelta()) + self.span if calendar else self.span


@dataclass(frozen=True)
class Cycle:
    """A repeating interval: `times` instants (None: without end), a period apart, from `start` or from a beginning."""

    every: str
    period: Period
    times: int | None
    start: str | None


def parse_cycle(text: str, *, shortest: timedelta = timedelta()) -> Cycle:
    """Read a repeating interval. Raises: BadInput when it is not so written, or too often, too many or too long."""
    found = _CYCLE.fullmatch(text.strip())
    if found is None:
        raise BadInput(errors={"cycle": ["not-a-cycle"]}, text=text[:80])
    times = int(found["times"]) if found["times"] not in {"", "-1"} else None
    period = _period(found["every"])
    if times is not None and not 1 <= times <= MOST_TIMES:
        raise BadInput(errors={"cycle": ["times"]}, text=text[:80], limit=MOST_TIMES)
    if period.longest > timedelta(days=_LONGEST_DAYS):
        raise BadInput(errors={"cycle": ["too-long"]}, text=text[:80])
    if period.shortest < max(shortest, timedelta(seconds=1)):
        raise BadInput(errors={"cycle": ["too-often"]}, text=text[:80], seconds=int(shortest.total_seconds()))
    if found["start"] is not None:
        _moment(found["start"], "UTC")
    return Cycle(found["every"], period, times, found["start"])


def _period(text: str) -> Period:
    found = _EVERY.fullmatch(text)
    if found is None or not any(found.groups()) or text.endswith("T"):
        raise BadInput(errors={"cycle": ["not-a-cycle"]}, text=text[:80])
    if any(len(part or "") > 6 for part in found.groups()):
        raise BadInput(errors={"cycle": ["too-long"]}, text=text[:80])
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return Period(12 * years + months, 7 * weeks + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _moment(text: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(errors={"cycle": ["not-a-moment"]}, text=text[:80]) from None


@dataclass(frozen=True)
class Round:
    """Where a running cycle stands: the instant it counts from, its period, which instant is next, which is the last.

    It travels in a case's state as `kept`, a list of JSON values.
    """

    anchor: datetime
    every: str
    place: int
    last: int | None

    @property
    def kept(self) -> list[Any]:
        return [self.anchor.isoformat(), self.every, self.place, self.last]

    @classmethod
    def of(cls, kept: list[Any]) -> Round:
        return cls(datetime.fromisoformat(kept[0]), kept[1], kept[2], kept[3])

    def due(self, zone: str) -> datetime:
        """Return the next instant, in UTC. Raises: BadInput when it lies beyond the years that a calendar has."""
        return _instant(self.anchor, _period(self.every), self.place, ZoneInfo(zone))


def begin(cycle: Cycle, at: datetime, zone: str) -> Round:
    """Return the round of a cycle that begins at `at`; of instants before that the last counts, if all are past."""
    if cycle.start is None:
        return Round(at.astimezone(UTC), cycle.every, 1, cycle.times)
    last = None if cycle.times is None else cycle.times - 1
    first = Round(_moment(cycle.start, zone), cycle.every, 0, last)
    if first.due(zone) >= at:
        return first
    place = _after(first, at, zone)
    return Round(first.anchor, first.every, place if last is None else min(place, last), last)


def passed(standing: Round, at: datetime, zone: str) -> tuple[int, Round | None]:
    """Return how many further instants went by until `at` unfired, and the round that then waits, None after the last.

    `standing`: the round whose instant fires now.
    """
    place = _after(standing, at, zone)
    last = standing.last
    missed = (place if last is None else min(place, last + 1)) - standing.place - 1
    if last is not None and place > last:
        return missed, None
    return missed, Round(standing.anchor, standing.every, place, last)


def _after(standing: Round, at: datetime, zone: str) -> int:
    """Return the place of the first instant after `at` and after that of the round."""
    period, city = _period(standing.every), ZoneInfo(zone)
    here = _instant(standing.anchor, period, standing.place, city)
    place = standing.place + max(0, (at - here) // period.longest) + 1  # never past the one that is sought
    while _instant(standing.anchor, period, place, city) <= at:
        place += 1
    return place


def _instant(anchor: datetime, period: Period, place: int, city: ZoneInfo) -> datetime:
    try:
        wall = anchor.astimezone(city)
        months = wall.month - 1 + period.months * place
        year, month = wall.year + months // 12, months % 12 + 1
        day = date(year, month, min(wall.day, monthrange(year, month)[1])) + timedelta(days=period.days * place)
        local = datetime.combine(day, wall.timetz().replace(tzinfo=city, fold=wall.fold))
        return local.astimezone(UTC) + period.span * place
    except (ValueError, OverflowError):
        raise BadInput(errors={"cycle": ["too-long"]}, text=str(place)) from None
