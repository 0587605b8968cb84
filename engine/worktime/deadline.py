"""Deadlines: a term, the moment it ends, and the ledger of a clock that was stopped, started again and extended.

It must never ask the clock, round a day into hours or write a sentence: a statement is data.

Source: Lei 9.784/1999 art. 66. The term runs from the official notice; (1) the first day is excluded, (2) the last is
included; (3) ending on a day without service, or closed early, it goes on to the next working day; (4) days run without
a break; (5) months and years run from date to date, (6) a missing day being the last of the month. The law, unlike CPC
art. 224 §3, does not put off the *beginning*: a notice given on a Saturday is counted from the Sunday. Nor does a late
opening put off the end, for art. 66 §1 speaks of closing only.

The arithmetic of the ledger, for terms in days:

- A stretch that runs from day a to day b uses the days of the unit after a, up to and including b; so does every
  stretch that stands still. Each day thus belongs to one stretch, and stopping and starting in one day changes nothing.
- What is left is counted from the day the clock resumed, that day excluded. A stop of k days moves the last day by k
  days of the unit; only then is it put off to a working day. Where nothing was left (stopped on the last day itself, or
  while the term was put off), the term ends at the first close of service after the clock resumed.
- Months and years become days when the cycle begins: the days from its first day to the date they name.
- Extensions follow on from the term's last day before it is put off (30 and 30 days are 60). They belong to the cycle
  in course: a clock that is interrupted or restarted has again the term and whatever extensions the caller then gives.
- A term that ended while running has lapsed: a later stop changes nothing, an interruption or a restart opens a new
  cycle.

Terms in hours count elapsed time to the microsecond and are never put off.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Literal

from engine.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.worktime.calendar import Calendar, DayOff

Unit = Literal["uteis", "corridos", "meses", "anos", "horas"]
State = Literal["corre", "suspenso", "interrompido", "reiniciado"]
Reason = Literal["counted", "first-day", "weekend", "day-off", "put-off", "stopped"]

# Ten years of each: the longest term that a diagram may ask for.
LONGEST: Mapping[str, int] = {"uteis": 3660, "corridos": 3660, "meses": 120, "anos": 10, "horas": 87840}
DURATION = re.compile(r"P(?:([0-9]{1,5})([YMWD])|T([0-9]{1,6})H)")
_SPAN = re.compile(r"P(?:([0-9]{1,5})D)?(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,9})S)?)?")
LETTERS: Mapping[str, Unit] = {"Y": "anos", "M": "meses", "W": "corridos"}
SECOND = timedelta(seconds=1)
RUNNING = ("corre", "reiniciado")


@dataclass(frozen=True)
class Term:
    """So many days (working or running), months, years or clock hours; at least one, at most ten years."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in LONGEST:
            raise BadInput(errors={"unit": ["unknown"]})
        if not 1 <= self.amount <= LONGEST[self.unit]:
            raise BadInput(errors={"amount": ["out-of-range"]})


@dataclass(frozen=True)
class Interval:
    """A stretch of a clock's life, as the rows of its ledger give it. Only the last may still be open."""

    began_at: datetime
    ended_at: datetime | None
    state: State


@dataclass(frozen=True)
class Line:
    """One line of a statement: days, both ends included, of which the same is to be said.

    `counted` and `left` (after the line; None while interrupted) are days of the term's units; of a term in hours,
    whole seconds. `elapsed` is False for days still to come. `day_off` is the row or holiday that falls on the day,
    counted or not.
    """

    began_on: date
    ended_on: date
    state: State
    reason: Reason
    counted: int
    left: int | None
    elapsed: bool
    day_off: DayOff | None = None


@dataclass(frozen=True)
class Left:
    """How a deadline stands: working days to its last day (0 on it, negative after), and the share used, 0 to 100."""

    working_days: int
    overdue: bool
    used_percent: int | None


def parse_term(text: str, *, days: Literal["uteis", "corridos"]) -> Term:
    """Read P5D, P1W, P2M, P1Y or PT24H: one unit, for the law adds no months to hours. A week is seven running days.

    Raises: BadInput when it is not so written or is out of bounds. Source: ISO 8601-1 §5.5.2.
    """
    found = DURATION.fullmatch(text)
    if found is None:
        raise BadInput(errors={"duration": ["not-a-duration"]}, text=text[:80])
    amount, letter, hours = found.groups()
    if hours is not None:
        return Term(int(hours), "horas")
    return Term(int(amount) * (7 if letter == "W" else 1), LETTERS.get(letter, days))


def clock_span(text: str) -> timedelta | None:
    """Return the length of a duration in several units of the clock (PT10S, P1DT2H), which no calendar bends.

    None for a term (see `parse_term`), for any other text, and for more than ten years. Source: ISO 8601-1 §5.5.2.
    """
    found = _SPAN.fullmatch(text)
    if found is None or DURATION.fullmatch(text) or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return span if span <= timedelta(days=LONGEST["corridos"]) else None


def due_at(start: datetime, term: Term, calendar: Calendar) -> datetime:
    """Return the UTC moment when `term`, counted from the day of `start`, ends: the close of service of its last day.

    Working days are those of the calendar given (of the sector that owes the act). Hours are clock hours, exactly.
    """
    assert start.tzinfo is not None, "moments are aware"
    if term.unit == "horas":
        return start.astimezone(UTC) + timedelta(hours=term.amount)
    return calendar.closing(calendar.put_off(_end(calendar.local_day(start), term, calendar)))


def due_of_ledger(
    term: Term, intervals: Sequence[Interval], calendar: Calendar, extensions: Sequence[Term] = ()
) -> datetime | None:
    """Return the UTC moment when the term ends by this ledger; None before it runs and while it stands still.

    A clock that was closed while running keeps the moment that it ran against.
    Raises: BadInput for intervals that run backwards or do not begin where the one before ended, and for extensions
    that mix hours with days.
    """
    due = None
    for stretch in _stretches((term, *extensions), intervals, calendar):
        due = stretch.due
    return due


def extrato(
    term: Term, intervals: Sequence[Interval], calendar: Calendar, now: datetime, extensions: Sequence[Term] = ()
) -> list[Line]:
    """Return the account of a deadline, every day from the first to its last (to that of `now` while it stands still).

    The counted days of the cycle in course add up to the term, once it has run out. Raises: as `due_of_ledger`.
    """
    terms = (term, *extensions)
    lines: list[Line] = []
    for stretch in _stretches(terms, intervals, calendar):
        if stretch.lapsed_before:
            continue
        if isinstance(stretch.allowance, _Hours):
            lines.append(_hours_line(stretch, stretch.allowance, calendar, now))
        else:
            days = _days_of(stretch, calendar, now)
            lines += [_merged(list(group)) for _, group in groupby(days, key=_sameness)]
    return lines


def left(due: datetime, now: datetime, calendar: Calendar, *, since: datetime | None = None) -> Left:
    """Say how a deadline stands at `now`. The share used is of the time from `since`; without it, None."""
    share = None
    if since is not None:
        whole = max(due - since, timedelta(microseconds=1))
        share = min(100, max(0, (now - since) * 100 // whole))
    return Left(calendar.working_days_between(calendar.local_day(now), calendar.local_day(due)), now > due, share)


@dataclass(frozen=True)
class _Hours:
    """What a clock of hours still has to run."""

    span: timedelta

    def due(self, since: datetime) -> datetime:
        return since.astimezone(UTC) + self.span

    def after(self, since: datetime, until: datetime) -> _Hours:
        return _Hours(max(timedelta(0), self.span - (until - since)))


@dataclass(frozen=True)
class _Days:
    """What a clock of days still has to run."""

    parts: tuple[tuple[bool, int], ...]  # (whether in working days, how many), one after the other; none is 0
    calendar: Calendar

    def due(self, since: datetime) -> datetime:
        day = self.calendar.local_day(since)
        for working, amount in self.parts:
            day = _onward(day, amount, self.calendar, working=working)
        due = self.calendar.closing(self.calendar.put_off(day))
        if due <= since and not self.parts:
            due = self.calendar.closing(self.calendar.put_off(day + timedelta(days=1)))
        return due

    def after(self, since: datetime, until: datetime) -> _Days:
        day, last = self.calendar.local_day(since), self.calendar.local_day(until)
        parts: list[tuple[bool, int]] = []
        for working, amount in self.parts:
            passed = self.calendar.working_days_between(day, last) if working else (last - day).days
            if passed < amount:
                parts.append((working, amount - passed))
            day = last if passed < amount else _onward(day, amount, self.calendar, working=working)
        return _Days(tuple(parts), self.calendar)


@dataclass(frozen=True)
class _Stretch:
    """An interval, with what the clock had left as it began and the due moment as it stood after it."""

    interval: Interval
    allowance: _Hours | _Days | None  # None while interrupted
    due: datetime | None
    first: bool  # of the ledger
    lapsed_before: bool

    @property
    def running(self) -> bool:
        return self.interval.state in RUNNING


def _stretches(terms: Sequence[Term], intervals: Sequence[Interval], calendar: Calendar) -> Iterator[_Stretch]:
    _check(terms, intervals)
    allowance: _Hours | _Days | None = None
    due: datetime | None = None
    lapsed = False
    for place, interval in enumerate(intervals):
        if interval.state in ("interrompido", "reiniciado"):
            allowance, due, lapsed = None, None, False
        if interval.state in RUNNING and allowance is None:
            allowance = _allowance(terms, interval.began_at, calendar)
        if not lapsed:
            due = allowance.due(interval.began_at) if allowance and interval.state in RUNNING else None
        yield _Stretch(interval, allowance, due, place == 0, lapsed)
        if due is not None and allowance is not None and interval.ended_at is not None:
            lapsed = due <= interval.ended_at
            allowance = allowance.after(interval.began_at, interval.ended_at)


def _check(terms: Sequence[Term], intervals: Sequence[Interval]) -> None:
    if len({term.unit == "horas" for term in terms}) > 1:
        raise BadInput(errors={"extensions": ["mixed-units"]})
    if any(one.ended_at is not None and one.ended_at < one.began_at for one in intervals):
        raise BadInput(errors={"intervals": ["backwards"]})
    if any(one.ended_at != other.began_at for one, other in pairwise(intervals)):
        raise BadInput(errors={"intervals": ["not-contiguous"]})


def _allowance(terms: Sequence[Term], since: datetime, calendar: Calendar) -> _Hours | _Days:
    if terms[0].unit == "horas":
        return _Hours(timedelta(hours=sum(term.amount for term in terms)))
    parts, day = [], calendar.local_day(since)
    for term in terms:
        end = _end(day, term, calendar)
        working = term.unit == "uteis"
        parts.append((working, term.amount if working else (end - day).days))
        day = end
    return _Days(tuple(parts), calendar)


def _end(day: date, term: Term, calendar: Calendar) -> date:
    """The last day of a term before it is put off: rules 1, 2, 4, 5 and 6."""
    if term.unit in ("uteis", "corridos"):
        return _onward(day, term.amount, calendar, working=term.unit == "uteis")
    months = day.year * 12 + day.month - 1 + term.amount * (12 if term.unit == "anos" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _onward(day: date, amount: int, calendar: Calendar, *, working: bool) -> date:
    return calendar.add_working_days(day, amount) if working else day + timedelta(days=amount)


def _days_of(stretch: _Stretch, calendar: Calendar, now: datetime) -> Iterator[Line]:
    """One line for each day of a stretch in days: those after the day it began on, up to the day it ended on."""
    today = calendar.local_day(now)
    first, last = _span(stretch, calendar, today)
    state = stretch.interval.state
    parts = list(stretch.allowance.parts) if isinstance(stretch.allowance, _Days) else []
    if stretch.first:
        yield Line(first, first, state, "first-day", 0, _sum(stretch, parts), first <= today, calendar.day_off(first))
    for offset in range(1, (last - first).days + 1):
        day = first + timedelta(days=offset)
        reason = _reason(day, parts, calendar) if stretch.running else "stopped"
        if reason == "counted":
            working, amount = parts[0]
            parts[:1] = [(working, amount - 1)] if amount > 1 else []
        counted, remaining = int(reason == "counted"), _sum(stretch, parts)
        yield Line(day, day, state, reason, counted, remaining, day <= today, calendar.day_off(day))


def _span(stretch: _Stretch, calendar: Calendar, today: date) -> tuple[date, date]:
    first = calendar.local_day(stretch.interval.began_at)
    ends = [calendar.local_day(moment) for moment in (stretch.interval.ended_at, stretch.due) if moment is not None]
    return first, min(ends, default=max(first, today))


def _reason(day: date, parts: list[tuple[bool, int]], calendar: Calendar) -> Reason:
    if not parts:
        return "put-off"
    if not parts[0][0] or calendar.is_working(day):
        return "counted"
    return "day-off" if day.weekday() in calendar.weekdays else "weekend"


def _sum(stretch: _Stretch, parts: list[tuple[bool, int]]) -> int | None:
    return None if stretch.allowance is None else sum(amount for _, amount in parts)


def _sameness(line: Line) -> tuple[Reason, bool, DayOff | None]:
    return line.reason, line.elapsed, line.day_off


def _merged(lines: list[Line]) -> Line:
    first, last = lines[0], lines[-1]
    counted = sum(line.counted for line in lines)
    return Line(
        first.began_on, last.ended_on, first.state, first.reason, counted, last.left, last.elapsed, last.day_off
    )


def _hours_line(stretch: _Stretch, allowance: _Hours, calendar: Calendar, now: datetime) -> Line:
    """One line for a whole stretch of a term in hours."""
    began = stretch.interval.began_at
    ends = [moment for moment in (stretch.interval.ended_at, stretch.due) if moment is not None]
    ended = min(ends, default=max(began, now))
    rest = allowance.after(began, ended) if stretch.running else allowance
    before, after = allowance.span // SECOND, rest.span // SECOND
    reason: Reason = "counted" if stretch.running else "stopped"
    days = calendar.local_day(began), calendar.local_day(ended)
    return Line(*days, stretch.interval.state, reason, before - after, after, ended <= now)
