"""What a dot reaches: entries of contexts, and the properties that the standard gives to dates, durations and ranges.

Must never reach into a Python object: anything that is not listed here is null. Source: DMN 1.5 table 65.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from engine.feel.temporal import iso
from engine.feel.values import Months, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.budget import Budget


def _offset(value: time | datetime) -> timedelta | None:
    if isinstance(value, datetime):
        return value.utcoffset()
    return value.utcoffset() or (datetime.combine(date(2000, 1, 1), value).utcoffset() if value.tzinfo else None)


def _zone(value: time | datetime) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _sign(value: timedelta | Months) -> int:
    return -1 if iso(value).startswith("-") else 1


def _part(size: int, whole: int) -> Callable[[timedelta], int]:
    """Give a reader of one part of a duration, with the duration's sign."""

    def read(value: timedelta) -> int:
        seconds = abs(value) // timedelta(seconds=1)
        return _sign(value) * (seconds // size % whole if whole else seconds // size)

    return read


_DATE: dict[str, Callable[[Any], Any]] = {
    "year": lambda v: v.year,
    "month": lambda v: v.month,
    "day": lambda v: v.day,
    "weekday": lambda v: v.isoweekday(),
}
_TIME: dict[str, Callable[[Any], Any]] = {
    "hour": lambda v: v.hour,
    "minute": lambda v: v.minute,
    "second": lambda v: v.second,
    "time offset": _offset,
    "timezone": _zone,
}
_PROPERTIES: dict[str, dict[str, Callable[[Any], Any]]] = {
    "date": _DATE,
    "time": _TIME,
    "date and time": _DATE | _TIME,
    "days and time duration": {
        "days": _part(86400, 0),
        "hours": _part(3600, 24),
        "minutes": _part(60, 60),
        "seconds": _part(1, 60),
    },
    "years and months duration": {
        "years": lambda v: _sign(v) * (abs(int(v)) // 12),
        "months": lambda v: _sign(v) * (abs(int(v)) % 12),
    },
    "range": {
        "start": lambda v: v.low,
        "end": lambda v: v.high,
        "start included": lambda v: v.low_in,
        "end included": lambda v: v.high_in,
    },
}
NAMES = frozenset(name for properties in _PROPERTIES.values() for name in properties)


def reach(value: Any, name: str, budget: Budget) -> Any:
    """Give what stands behind a dot; on a list, the list of what stands behind it in each element; else null."""
    if type(value) is dict:
        found = value.get(name)
        return Decimal(repr(found)) if type(found) is float else found
    if type(value) is list:
        budget.many(len(value))
        return [reach(item, name, budget) for item in value]
    read = _PROPERTIES.get(kind_of(value), {}).get(name)
    if read is None:
        return value.get(name) if isinstance(value, dict) else None
    result = read(value)
    return Decimal(result) if type(result) is int else result
