"""Functions over numbers, and the logical ones that take single values. Source: DMN 1.5 sections 10.3.4.2 and
10.3.4.5.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.feel.registry import Library
from engine.feel.values import DECIMAL, whole

if TYPE_CHECKING:
    from datetime import timedelta

    from engine.feel.budget import Budget

NUMERIC = Library()
_ROUNDINGS = {
    "decimal": ROUND_HALF_EVEN,
    "round": ROUND_HALF_EVEN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
    "round up": ROUND_UP,
    "round down": ROUND_DOWN,
    "round half up": ROUND_HALF_UP,
    "round half down": ROUND_HALF_DOWN,
    "round half even": ROUND_HALF_EVEN,
}


def rounded(value: Decimal | int, scale: Decimal | int, rounding: str) -> Decimal | None:
    """Round to `scale` places after the point (negative: before it); null for a scale out of reach."""
    places = whole(scale)
    if not -6111 < places <= 6176:
        return None
    exact = Decimal(value)
    if places >= -int(exact.as_tuple().exponent):
        return exact  # nothing to cut; padding with zeros could need more than 34 digits
    return exact.quantize(Decimal((0, (1,), -places)), rounding=rounding, context=DECIMAL)


def _register_roundings() -> None:
    for name, rounding in _ROUNDINGS.items():

        def work(budget: Budget, n: Any, scale: Any, rounding: str = rounding) -> Any:  # noqa: ARG001  # one shape
            return rounded(n, scale, rounding)

        NUMERIC.add(name, "n: number, scale: number")(work)
        if name in {"floor", "ceiling", "round"}:
            NUMERIC.add(name, "n: number")(partial(work, scale=0))


_register_roundings()


@NUMERIC.add("abs", "n: number")
def _abs(budget: Budget, n: Any) -> Any:  # noqa: ARG001  # all built-ins take the budget
    return DECIMAL.abs(n)


@NUMERIC.add("abs", "n: days and time duration")
def _abs_days(budget: Budget, n: timedelta) -> timedelta:  # noqa: ARG001  # all built-ins take the budget
    return abs(n)


@NUMERIC.add("abs", "n: years and months duration")
def _abs_months(budget: Budget, n: Any) -> Any:  # noqa: ARG001  # all built-ins take the budget
    return type(n)(abs(int(n)))


@NUMERIC.add("modulo", "dividend: number, divisor: number")
def _modulo(budget: Budget, dividend: Any, divisor: Any) -> Any:  # noqa: ARG001  # all built-ins take the budget
    turns = DECIMAL.divide(dividend, divisor).to_integral_value(ROUND_FLOOR)
    return DECIMAL.subtract(dividend, DECIMAL.multiply(divisor, turns))


@NUMERIC.add("sqrt", "number: number")
def _sqrt(budget: Budget, n: Any) -> Any:
    budget.spend(20)
    return DECIMAL.sqrt(n)


@NUMERIC.add("log", "number: number")
def _log(budget: Budget, n: Any) -> Any:
    budget.spend(40)
    result = DECIMAL.ln(n)
    return result if result.is_finite() else None


@NUMERIC.add("exp", "number: number")
def _exp(budget: Budget, n: Any) -> Any:
    budget.spend(40)
    return DECIMAL.exp(n)


@NUMERIC.add("odd", "number: number")
def _odd(budget: Budget, n: Any) -> bool:  # noqa: ARG001  # all built-ins take the budget
    return bool(DECIMAL.remainder(n, Decimal(2)).copy_abs() == 1)


@NUMERIC.add("even", "number: number")
def _even(budget: Budget, n: Any) -> bool:  # noqa: ARG001  # all built-ins take the budget
    return bool(DECIMAL.remainder(n, Decimal(2)) == 0)


@NUMERIC.add("not", "negand: any")
def _not(budget: Budget, negand: Any) -> bool | None:  # noqa: ARG001  # all built-ins take the budget
    return None if negand is not True and negand is not False else not negand
