"""FEEL values to values of a JSON document. Must never let a function, a range or a cycle into case data."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from engine.errors import ExpressionRefused
from engine.feel.temporal import iso
from engine.feel.values import Months, kind_of, number

_DEEPEST, _MOST = 40, 100_000
_WHOLE_BELOW = 15  # digits: such an int passes through every JSON reader unharmed


def jsonable(value: Any) -> Any:
    """Give what case data may hold: Decimal stays, a whole number of up to 15 digits is an int, dates are ISO texts.

    Raises: ExpressionRefused(reason="not-data") for functions and ranges, (reason="budget") for what is too deep or
    large.
    """
    return _Writer().written(value, 0)


class _Writer:
    def __init__(self) -> None:
        self.left = _MOST

    def written(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if self.left < 0 or depth > _DEEPEST:
            raise ExpressionRefused(reason="budget", limit="items" if self.left < 0 else "depth")
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, list):
            return [self.written(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {str(name): self.written(item, depth + 1) for name, item in value.items()}
        return _flat(value)


def _flat(value: Any) -> Any:
    if isinstance(value, (date, time, timedelta, Months)):
        return iso(value)
    amount = number(value)
    if amount is None:
        raise ExpressionRefused(reason="not-data", kind=kind_of(value))
    if isinstance(amount, Decimal) and amount.adjusted() < _WHOLE_BELOW and amount == amount.to_integral_value():
        return int(amount)
    return amount
