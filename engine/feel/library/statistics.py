"""Functions that bring a list to one value: sums, extremes, averages, all and any. Source: DMN 1.5 section 10.3.4.4.

Each takes one list or several values; a value of the wrong kind makes the result null.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import gt, lt
from typing import TYPE_CHECKING, Any

from engine.feel.compare import ordered
from engine.feel.registry import Library
from engine.feel.values import DECIMAL, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.budget import Budget

STATISTICS = Library()


def _both(name: str, kind: str = "number") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register for one list and for several values alike."""

    def register(work: Callable[[Budget, list[Any]], Any]) -> Callable[..., Any]:
        STATISTICS.add(name, "list: list")(work)
        STATISTICS.add(name, f"{kind[0]}: any...")(work)
        return work

    return register


def _numbers(values: list[Any], budget: Budget) -> list[Decimal | int] | None:
    """Give the values as numbers, None when one of them is not or there are none."""
    budget.spend(len(values))
    read = [number(value) for value in values]
    return None if not read or None in read else read  # type: ignore[return-value]  # None was just ruled out


@_both("sum")
def _sum(budget: Budget, values: list[Any]) -> Any:
    read = _numbers(values, budget)
    return None if read is None else reduce(DECIMAL.add, read, Decimal(0))


@_both("product")
def _product(budget: Budget, values: list[Any]) -> Any:
    read = _numbers(values, budget)
    return None if read is None else reduce(DECIMAL.multiply, read, Decimal(1))


@_both("mean")
def _mean(budget: Budget, values: list[Any]) -> Any:
    read = _numbers(values, budget)
    return None if read is None else DECIMAL.divide(reduce(DECIMAL.add, read, Decimal(0)), len(read))


@_both("median")
def _median(budget: Budget, values: list[Any]) -> Any:
    read = _numbers(values, budget)
    if read is None:
        return None
    row, middle = sorted(read), len(read) // 2
    return row[middle] if len(row) % 2 else DECIMAL.divide(DECIMAL.add(row[middle - 1], row[middle]), Decimal(2))


@_both("stddev")
def _stddev(budget: Budget, values: list[Any]) -> Any:
    read = _numbers(values, budget)
    if read is None or len(read) < 2:
        return None
    average = DECIMAL.divide(reduce(DECIMAL.add, read, Decimal(0)), len(read))
    squares = [DECIMAL.power(DECIMAL.subtract(value, average), Decimal(2)) for value in read]
    return DECIMAL.sqrt(DECIMAL.divide(reduce(DECIMAL.add, squares, Decimal(0)), len(read) - 1))


@_both("mode")
def _mode(budget: Budget, values: list[Any]) -> Any:
    if not values:
        return []
    read = _numbers(values, budget)
    if read is None:
        return None
    counts: dict[Any, int] = {}
    for value in read:
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values())
    return sorted(value for value, count in counts.items() if count == most)


def _extreme(values: list[Any], operator: Callable[[Any, Any], bool], budget: Budget) -> Any:
    budget.spend(len(values))
    if not values or ordered(operator, values[0], values[0]) is None:
        return None
    best = values[0]
    for value in values[1:]:
        better = ordered(operator, value, best)
        if better is None:
            return None
        best = value if better else best
    return best


@_both("min")
def _min(budget: Budget, values: list[Any]) -> Any:
    return _extreme(values, lt, budget)


@_both("max")
def _max(budget: Budget, values: list[Any]) -> Any:
    return _extreme(values, gt, budget)


def _logical(values: list[Any], budget: Budget, *, decides: bool) -> bool | None:
    budget.spend(len(values))
    if any(value is decides for value in values):
        return decides
    return (not decides) if all(value is (not decides) for value in values) else None


@_both("all", "boolean")
def _all(budget: Budget, values: list[Any]) -> bool | None:
    return _logical(values, budget, decides=False)


@_both("any", "boolean")
def _any(budget: Budget, values: list[Any]) -> bool | None:
    return _logical(values, budget, decides=True)
