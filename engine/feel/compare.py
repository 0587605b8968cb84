"""Equality, order and membership, with null where FEEL gives null. Must never raise for a pair of values.

Source: DMN 1.5 section 10.3.2.13 (tables 50 to 53) and 10.3.2.9 (ranges).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from engine.feel.values import Months, Range, kind_of, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.budget import Budget

_EPOCH = date(2000, 1, 1)


def comparable(value: Any) -> Any:
    """Give a form of a date, time or duration that Python can order against another of the same FEEL type."""
    if isinstance(value, time):
        # A named zone has no offset without a date; the standard compares times of a day, so any fixed date will do.
        moment = datetime.combine(_EPOCH, value)
        return moment if value.tzinfo is None else moment.astimezone(UTC)
    if isinstance(value, datetime):
        return value if value.tzinfo is None else value.astimezone(UTC)
    return int(value) if isinstance(value, Months) else value


def equal(left: Any, right: Any, budget: Budget) -> bool | None:
    """Compare two values: null equals only null, and different types give null."""
    if left is None or right is None:
        return left is right
    if type(left) is type(right) and type(left) in _PLAIN:
        return bool(left == right)
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    deep = _DEEP.get(kind)
    if deep is not None:
        return deep(left, right, budget)
    return _flat_equal(left, right, kind)


_PLAIN = frozenset({str, bool, Decimal, int, date, timedelta, Months})


def _flat_equal(left: Any, right: Any, kind: str) -> bool | None:
    if kind == "number":
        return number(left) == number(right)
    if kind in {"time", "date and time"}:
        if (left.tzinfo is None) != (right.tzinfo is None):
            return False if kind == "time" else None
        return bool(comparable(left) == comparable(right))
    return left is right if kind == "function" else bool(left == right)


def _lists_equal(left: list[Any], right: list[Any], budget: Budget) -> bool | None:
    if len(left) != len(right):
        return False
    budget.spend(len(left))
    return all(equal(a, b, budget) is True for a, b in zip(left, right, strict=True))


def _contexts_equal(left: dict[str, Any], right: dict[str, Any], budget: Budget) -> bool | None:
    if left.keys() != right.keys():
        return False
    budget.spend(len(left))
    return all(equal(value, right[name], budget) is True for name, value in left.items())


def _ranges_equal(left: Range, right: Range, budget: Budget) -> bool | None:
    if (left.low_in, left.high_in, left.half) != (right.low_in, right.high_in, right.half):
        return False
    return equal(left.low, right.low, budget) is True and equal(left.high, right.high, budget) is True


_DEEP: dict[str, Callable[[Any, Any, Budget], bool | None]] = {
    "list": _lists_equal,
    "context": _contexts_equal,
    "range": _ranges_equal,
}
_ORDERED = frozenset(
    {"number", "string", "date", "time", "date and time", "days and time duration", "years and months duration"}
)


def ordered(operator: Callable[[Any, Any], bool], left: Any, right: Any) -> bool | None:
    """Apply `operator.lt`, `le`, `gt` or `ge`; null for values that have no order between them."""
    kind = kind_of(left)
    if kind not in _ORDERED or kind != kind_of(right):
        return None
    try:
        if kind == "number":
            low, high = number(left), number(right)
            return None if low is None or high is None else operator(low, high)
        return operator(comparable(left), comparable(right))
    except (TypeError, InvalidOperation, OverflowError):
        return None  # a moment with a zone against one without, or a moment at the edge of the calendar


def within(value: Any, span: Range) -> bool | None:
    """Say whether a value lies in a range; null when it cannot be compared with an end of it."""
    above = span.half or None if span.low is None else ordered(ge if span.low_in else gt, value, span.low)
    below = span.half or None if span.high is None else ordered(le if span.high_in else lt, value, span.high)
    if above is None or below is None:
        return None
    return above and below


def member(value: Any, test: Any, budget: Budget) -> bool | None:
    """Say whether a value satisfies a test given as a value: lies in a range, is in a list, or equals it."""
    if type(test) is Range:
        return True if equal(value, test, budget) else within(value, test)
    if type(test) is list:
        return _in_list(value, test, budget)
    return equal(value, test, budget)


def _in_list(value: Any, tests: list[Any], budget: Budget) -> bool:
    budget.spend(len(tests))
    if type(value) is list and equal(value, tests, budget) is True:
        return True
    return any(
        within(value, test) is True if type(test) is Range else equal(value, test, budget) is True for test in tests
    )
