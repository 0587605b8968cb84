"""Making and reading dates, times and durations. Source: DMN 1.5 sections 10.3.4.1, 10.3.4.8 and 10.3.4.9."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import temporal
from engine.feel.registry import Library
from engine.feel.values import Months, whole

if TYPE_CHECKING:
    from engine.feel.budget import Budget

TIMES = Library()
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]  # the standard's own words: results to compare with, not sentences to show


@TIMES.add("date", "from: string")
def _date(budget: Budget, text: str) -> date | None:  # noqa: ARG001  # all built-ins take the budget
    return temporal.read_date(text)


@TIMES.add("date", "from: day")
def _date_of(budget: Budget, day: date) -> date:  # noqa: ARG001  # all built-ins take the budget
    return day.date() if isinstance(day, datetime) else day


@TIMES.add("date", "year: number, month: number, day: number")
def _date_from_parts(budget: Budget, year: Any, month: Any, day: Any) -> date | None:  # noqa: ARG001  # all built-ins take the budget
    return date(whole(year), whole(month), whole(day))


@TIMES.add("time", "from: string")
def _time(budget: Budget, text: str) -> time | None:  # noqa: ARG001  # all built-ins take the budget
    return temporal.read_time(text)


@TIMES.add("time", "from: moment")
def _time_of(budget: Budget, moment: time | datetime) -> time:  # noqa: ARG001  # all built-ins take the budget
    return moment.timetz() if isinstance(moment, datetime) else moment


@TIMES.add("time", "from: date")
def _time_of_date(budget: Budget, day: date) -> time:  # noqa: ARG001  # a date counts as midnight UTC
    return time(0, tzinfo=UTC)


@TIMES.add("time", "hour: number, minute: number, second: number, offset: days and time duration?")
def _time_from_parts(budget: Budget, hour: Any, minute: Any, second: Any, offset: timedelta | None) -> time:  # noqa: ARG001  # all built-ins take the budget
    micro = int((Decimal(second) - whole(second)) * 1_000_000)
    return time(whole(hour), whole(minute), whole(second), micro, tzinfo=None if offset is None else timezone(offset))


@TIMES.add("date and time", "from: string")
def _moment(budget: Budget, text: str) -> datetime | None:  # noqa: ARG001  # all built-ins take the budget
    return temporal.read_moment(text)


@TIMES.add("date and time", "from: date and time")
def _moment_itself(budget: Budget, moment: datetime) -> datetime:  # noqa: ARG001  # all built-ins take the budget
    return moment


@TIMES.add("date and time", "date: day, time: time")
def _moment_from_parts(budget: Budget, day: date, clock: time) -> datetime:  # noqa: ARG001  # all built-ins take the budget
    return datetime.combine(day.date() if isinstance(day, datetime) else day, clock)


@TIMES.add("duration", "from: string")
def _duration(budget: Budget, text: str) -> timedelta | Months | None:  # noqa: ARG001  # all built-ins take the budget
    return temporal.read_duration(text)


@TIMES.add("duration", "from: duration")
def _duration_itself(budget: Budget, span: Any) -> Any:  # noqa: ARG001  # all built-ins take the budget
    return span


@TIMES.add("years and months duration", "from: day, to: day")
def _months_between(budget: Budget, start: date, end: date) -> Months:  # noqa: ARG001  # all built-ins take the budget
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return Months(months)


@TIMES.add("day of week", "date: day")
def _day_of_week(budget: Budget, day: date) -> str:  # noqa: ARG001  # all built-ins take the budget
    return _DAYS[day.weekday()]


@TIMES.add("month of year", "date: day")
def _month_of_year(budget: Budget, day: date) -> str:  # noqa: ARG001  # all built-ins take the budget
    return _MONTHS[day.month - 1]


@TIMES.add("day of year", "date: day")
def _day_of_year(budget: Budget, day: date) -> Decimal:  # noqa: ARG001  # all built-ins take the budget
    return Decimal(day.timetuple().tm_yday)


@TIMES.add("week of year", "date: day")
def _week_of_year(budget: Budget, day: date) -> Decimal:  # noqa: ARG001  # all built-ins take the budget
    return Decimal(day.isocalendar().week)


@TIMES.add("last day of month", "date: day")
def _last_day(budget: Budget, day: date) -> Decimal:  # noqa: ARG001  # all built-ins take the budget
    first = date(day.year + day.month // 12, day.month % 12 + 1, 1) if (day.year, day.month) != (9999, 12) else None
    return Decimal(31 if first is None else (first - timedelta(days=1)).day)
