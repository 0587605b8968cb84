"""The five operators and negation over numbers, texts, dates and durations; null where the standard has no meaning.

Source: DMN 1.5 tables 45 to 49. Must never raise anything but ExpressionRefused(reason="budget").
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel.values import ARITHMETIC_FAULT, DECIMAL, Months, kind_of, number, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.budget import Budget

_SPAN, _MONTHS = "days and time duration", "years and months duration"
_MICRO = timedelta(microseconds=1)


def computed(work: Callable[..., Any], *args: Any) -> Any:
    """Give the result of a calculation, or null where decimal, calendar or duration overflow or have no result."""
    try:
        result = work(*args)
    except (ARITHMETIC_FAULT, OverflowError, ValueError, TypeError, ZeroDivisionError):
        return None
    return result


def seconds(span: timedelta) -> Decimal:
    """Give a duration in seconds, exactly."""
    return DECIMAL.divide(Decimal(span // _MICRO), Decimal(1_000_000))


def span_of(amount: Decimal | int) -> timedelta:
    """Give the duration of so many seconds, cut to the microsecond. Raises: OverflowError."""
    return timedelta(microseconds=whole(DECIMAL.multiply(amount, Decimal(1_000_000))))


def months_later(day: date, months: int) -> date:
    """Move a date or moment by whole months, cut to the last day of the month. Raises: ValueError beyond the
    calendar.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(year)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _clock_moved(clock: time, span: timedelta) -> time:
    moved = datetime.combine(date(2000, 1, 1), clock.replace(tzinfo=None)) + timedelta(
        seconds=span.seconds, microseconds=span.microseconds
    )
    return moved.time().replace(tzinfo=clock.tzinfo)


def instant(moment: datetime) -> datetime:
    """Give a moment with a zone in UTC: Python counts by the wall clock within one zone, FEEL by what has passed."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _moment_difference(left: date, right: date) -> timedelta:
    """Raises: TypeError for a moment with a zone against one without; a date counts as midnight UTC."""
    first = instant(left) if isinstance(left, datetime) else _midnight(left)
    second = instant(right) if isinstance(right, datetime) else _midnight(right)
    return first - second


def _moment_moved(moment: datetime, span: timedelta) -> datetime:
    moved = instant(moment) + span
    return moved if moment.tzinfo is None else moved.astimezone(moment.tzinfo)


def _time_difference(left: time, right: time) -> timedelta:
    day = date(2000, 1, 1)
    return datetime.combine(day, left) - datetime.combine(day, right)


def _day_moved(day: date, span: timedelta) -> date:
    return (_midnight(day) + span).date()


_PLUS: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    (_SPAN, _SPAN): lambda a, b: a + b,
    (_MONTHS, _MONTHS): lambda a, b: Months(int(a) + int(b)),
    ("date", _MONTHS): lambda a, b: months_later(a, int(b)),
    ("date and time", _MONTHS): lambda a, b: months_later(a, int(b)),
    ("date", _SPAN): _day_moved,
    ("date and time", _SPAN): _moment_moved,
    ("time", _SPAN): _clock_moved,
}


def _swapped(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: work(b, a)


_PLUS.update({(right, left): _swapped(work) for (left, right), work in list(_PLUS.items())})
_MINUS: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    (_SPAN, _SPAN): lambda a, b: a - b,
    (_MONTHS, _MONTHS): lambda a, b: Months(int(a) - int(b)),
    ("date", _MONTHS): lambda a, b: months_later(a, -int(b)),
    ("date and time", _MONTHS): lambda a, b: months_later(a, -int(b)),
    ("date", _SPAN): lambda a, b: _day_moved(a, -b),
    ("date and time", _SPAN): lambda a, b: _moment_moved(a, -b),
    ("time", _SPAN): lambda a, b: _clock_moved(a, -b),
    ("time", "time"): _time_difference,
    ("date", "date"): _moment_difference,
    ("date", "date and time"): _moment_difference,
    ("date and time", "date"): _moment_difference,
    ("date and time", "date and time"): _moment_difference,
}


def _months_scaled(months: Months, factor: Decimal) -> Months:
    return Months(whole(DECIMAL.multiply(Decimal(int(months)), factor)))


_TIMES: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    (_SPAN, "number"): lambda a, b: span_of(DECIMAL.multiply(seconds(a), b)),
    ("number", _SPAN): lambda a, b: span_of(DECIMAL.multiply(seconds(b), a)),
    (_MONTHS, "number"): lambda a, b: _months_scaled(a, Decimal(b)),
    ("number", _MONTHS): lambda a, b: _months_scaled(b, Decimal(a)),
}
_OVER: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    (_SPAN, "number"): lambda a, b: span_of(DECIMAL.divide(seconds(a), b)),
    (_MONTHS, "number"): lambda a, b: Months(whole(DECIMAL.divide(Decimal(int(a)), b))),
    (_SPAN, _SPAN): lambda a, b: DECIMAL.divide(seconds(a), seconds(b)),
    (_MONTHS, _MONTHS): lambda a, b: DECIMAL.divide(Decimal(int(a)), Decimal(int(b))),
}


def _by_kind(table: dict[tuple[str, str], Callable[[Any, Any], Any]], left: Any, right: Any) -> Any:
    work = table.get((kind_of(left), kind_of(right)))
    if work is None:
        return None
    first, second = number(left), number(right)
    return computed(work, left if first is None else first, right if second is None else second)


def _of_numbers(work: Callable[[Any, Any], Decimal], left: Any, right: Any) -> tuple[bool, Any]:
    first, second = number(left), number(right)
    if first is None or second is None:
        return False, None
    return True, computed(work, first, second)


def plus(left: Any, right: Any, budget: Budget) -> Any:
    """Add numbers, join texts, move a date, time or moment by a duration."""
    if type(left) is str and type(right) is str:
        budget.room(len(left) + len(right))
        return left + right
    done, result = _of_numbers(DECIMAL.add, left, right)
    return result if done else _by_kind(_PLUS, left, right)


def minus(left: Any, right: Any, budget: Budget) -> Any:  # noqa: ARG001  # all operators have one shape
    """Subtract numbers or durations, or take the distance between two moments."""
    done, result = _of_numbers(DECIMAL.subtract, left, right)
    return result if done else _by_kind(_MINUS, left, right)


def times(left: Any, right: Any, budget: Budget) -> Any:  # noqa: ARG001  # all operators have one shape
    """Multiply numbers, or a duration by a number."""
    done, result = _of_numbers(DECIMAL.multiply, left, right)
    return result if done else _by_kind(_TIMES, left, right)


def over(left: Any, right: Any, budget: Budget) -> Any:  # noqa: ARG001  # all operators have one shape
    """Divide numbers, a duration by a number, or two durations of a kind; by zero is null."""
    done, result = _of_numbers(DECIMAL.divide, left, right)
    return result if done else _by_kind(_OVER, left, right)


def power(left: Any, right: Any, budget: Budget) -> Any:
    """Raise a number to a number. The result has 34 digits at most, so a huge exponent costs no more than a small
    one.
    """
    budget.spend(20)
    return _of_numbers(DECIMAL.power, left, right)[1]


def negated(value: Any) -> Any:
    """Turn the sign of a number or a duration."""
    amount = number(value)
    if amount is not None:
        return computed(DECIMAL.minus, amount)
    if isinstance(value, Months):
        return Months(-int(value))
    return computed(timedelta.__neg__, value) if isinstance(value, timedelta) else None
