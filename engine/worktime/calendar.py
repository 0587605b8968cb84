"""The working days of a city hall and of each of its sectors: holidays by law, and the city's own dated rows.

It must never know a deadline; it only says which days have service and until what hour.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holidays import country_holidays

from engine.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UFS = "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO"
STATES = frozenset(UFS.split())
LONGEST_CLOSURE = timedelta(days=366)
YEARS_SEARCHED = 40


@dataclass(frozen=True, kw_only=True)
class DayOff:
    """A dated row of the city's calendar: `on` to `until`, both included; never "every year".

    With neither hour the day has no service at all; `closes_at` is *encerramento antecipado*, `opens_at` a late opening
    (a *ponto facultativo* of the morning). `sector` None means the whole city hall. `norm` is the decree.
    """

    on: date
    until: date | None = None
    name: str
    closes_at: time | None = None
    opens_at: time | None = None
    sector: str | None = None
    norm: str | None = None

    def __post_init__(self) -> None:
        if not self.on <= self.last <= self.on + LONGEST_CLOSURE:
            raise BadInput(errors={"until": ["out-of-range"]})

    @property
    def last(self) -> date:
        return self.until or self.on


@dataclass(frozen=True)
class _Year:
    """What one year of one calendar comes to. Days are ordinals, so that counting is a search in a sorted tuple."""

    off: Mapping[date, DayOff]
    hours: Mapping[date, tuple[time, time]]  # only days whose hours are not the usual ones
    working: tuple[int, ...]
    full: tuple[int, ...]  # working days that do not close early


@lru_cache(maxsize=512)
def public_holidays(state: str, year: int) -> Mapping[date, str]:
    """National and state holidays, with their Portuguese names.

    Only the category "public" of the library: what federal and state *law* makes a holiday (Lei 662/1949, Lei
    6.802/1980, Lei 14.759/2023, Lei 9.093/1995 art. 1 II). Its category "optional" (Carnival, Ash Wednesday, Corpus
    Christi, 28 October, 24 and 31 December) is the *ponto facultativo* of a federal ordinance, which binds no city:
    such a day counts as worked unless the city's own decree, a DayOff row, says otherwise. Where a state made one of
    them a holiday (Carnival Tuesday in Rio de Janeiro, Lei 5.243/2008), the library has it as public, and so have we.
    """
    return dict(country_holidays("BR", subdiv=state, years=year, categories=("public",), language="pt_BR").items())


@dataclass(frozen=True)
class Calendar:
    """The days on which a city hall (or, by `for_sector`, one of its sectors) serves the public. Hashable."""

    zone: str = "America/Sao_Paulo"
    state: str = "SP"
    days_off: tuple[DayOff, ...] = ()
    weekdays: frozenset[int] = frozenset(range(5))  # Monday is 0
    opens: time = time(8)
    closes: time = time(17)
    sectors: frozenset[str] = frozenset()  # whose rows are in force, besides the city's

    def __post_init__(self) -> None:
        errors = {}
        if self.state not in STATES:
            errors["state"] = ["unknown"]
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            errors["weekdays"] = ["out-of-range"]
        if self.opens >= self.closes:
            errors["closes"] = ["before-opening"]
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            errors["zone"] = ["unknown"]
        if errors:
            raise BadInput(errors=errors)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.zone, self.state, self.days_off, self.weekdays, self.opens, self.closes, self.sectors))

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _years(self) -> dict[int, _Year]:
        return {}

    @cached_property
    def _narrowed(self) -> dict[frozenset[str], Calendar]:
        return {}

    def for_sector(self, *codes: str) -> Calendar:
        """Give the calendar of a sector (and of the sectors above it, when named): city rows and theirs."""
        sectors = frozenset(codes)
        if sectors not in self._narrowed:
            self._narrowed[sectors] = replace(self, sectors=sectors)
        return self._narrowed[sectors]

    def is_working(self, day: date) -> bool:
        """Whether there is any service that day."""
        return _has(self._year(day.year).working, day.toordinal())

    def closes_early(self, day: date) -> bool:
        """Whether the service of a working day ends before the usual hour."""
        return self.is_working(day) and not _has(self._year(day.year).full, day.toordinal())

    def day_off(self, day: date) -> DayOff | None:
        """The row or the national or state holiday that explains an unusual day; None on a common day or weekend."""
        return self._year(day.year).off.get(day)

    def hours(self, day: date) -> tuple[time, time] | None:
        """Opening and closing hours in the city's zone; None when there is no service."""
        if not self.is_working(day):
            return None
        return self._year(day.year).hours.get(day, (self.opens, self.closes))

    def next_working(self, day: date) -> date:
        """The day itself if there is service, else the first after it that has."""
        return self._nth(day - timedelta(days=1), 1)

    def put_off(self, day: date) -> date:
        """Where a term that ends on `day` ends in law: there, or on the next day of whole service (art. 66 §1)."""
        return self._nth(day - timedelta(days=1), 1, full=True)

    def add_working_days(self, day: date, n: int) -> date:
        """The nth working day after `day` (before it, when n is negative); `day` itself when n is 0."""
        return self._nth(day, n) if n > 0 else self._nth_before(day, -n) if n else day

    def working_days_between(self, a: date, b: date) -> int:
        """Working days after `a` up to and including `b`; negative when b is before a."""
        if b < a:
            return -self.working_days_between(b, a)
        counts = (self._year(year).working for year in range(a.year, b.year + 1))
        return sum(bisect_right(days, b.toordinal()) - bisect_right(days, a.toordinal()) for days in counts)

    def local_day(self, moment: datetime) -> date:
        """The date that the wall of the city hall shows at an aware moment."""
        assert moment.tzinfo is not None, "moments are aware"
        return moment.astimezone(self._zone).date()

    def closing(self, day: date) -> datetime:
        """The UTC moment when service ends on a working day."""
        hours = self.hours(day)
        assert hours is not None, "only a working day closes"
        # fold=1: where the hour comes twice, as on the night that summer time ended, the citizen has the later one
        return datetime.combine(day, hours[1], self._zone).replace(fold=1).astimezone(UTC)

    def _nth(self, day: date, n: int, *, full: bool = False) -> date:
        after = day.toordinal()
        for year in range(day.year, day.year + YEARS_SEARCHED):
            days = self._year(year).full if full else self._year(year).working
            first = bisect_right(days, after)
            if first + n <= len(days):
                return date.fromordinal(days[first + n - 1])
            n -= len(days) - first
        raise BadInput(errors={"days_off": ["no-working-day"]})

    def _nth_before(self, day: date, n: int) -> date:
        before = day.toordinal()
        for year in range(day.year, day.year - YEARS_SEARCHED, -1):
            days = self._year(year).working
            end = bisect_left(days, before)
            if n <= end:
                return date.fromordinal(days[end - n])
            n -= end
        raise BadInput(errors={"days_off": ["no-working-day"]})

    def _year(self, year: int) -> _Year:
        if year not in self._years:
            self._years[year] = self._count_year(year)
        return self._years[year]

    def _count_year(self, year: int) -> _Year:
        off = {day: DayOff(on=day, name=name) for day, name in public_holidays(self.state, year).items()}
        hours = dict.fromkeys(off, (self.closes, self.closes))
        for row, day in self._rows(year):
            opens, closes = hours.get(day, (self.opens, self.closes))
            whole = row.opens_at is None and row.closes_at is None
            hours[day] = (
                max(opens, row.opens_at or opens),
                self.opens if whole else min(closes, row.closes_at or closes),
            )
            if day not in off or _shut(hours[day]) > _shut((opens, closes)):
                off[day] = row
        first = date(year, 1, 1).toordinal()
        every = range(first, date(year, 12, 31).toordinal() + 1)
        shut = {day.toordinal() for day, span in hours.items() if _shut(span)}
        early = {day.toordinal() for day, span in hours.items() if span[1] < self.closes}
        working = tuple(day for day in every if (day + 6) % 7 in self.weekdays and day not in shut)
        return _Year(off, hours, working, tuple(day for day in working if day not in early))

    def _rows(self, year: int) -> Iterator[tuple[DayOff, date]]:
        for row in self.days_off:
            if row.sector is None or row.sector in self.sectors:
                first, last = max(row.on, date(year, 1, 1)), min(row.last, date(year, 12, 31))
                for ordinal in range(first.toordinal(), last.toordinal() + 1):
                    yield row, date.fromordinal(ordinal)


def _shut(hours: tuple[time, time]) -> bool:
    return hours[0] >= hours[1]


def _has(days: tuple[int, ...], ordinal: int) -> bool:
    place = bisect_left(days, ordinal)
    return place < len(days) and days[place] == ordinal
