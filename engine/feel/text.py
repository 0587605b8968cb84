"""How a value is written as text, as the function string() gives it. Must never write a Python representation."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel.temporal import iso
from engine.feel.values import Months, Range, number

if TYPE_CHECKING:
    from engine.feel.budget import Budget

_DEEPEST = 40


def number_text(amount: Decimal | int) -> str:
    """Write a number plainly, without an exponent where it has 34 digits or fewer before or after the point."""
    if isinstance(amount, int):
        return str(amount)
    exact = amount.normalize() if amount else Decimal(0)
    if -40 < exact.adjusted() < 40:
        return format(exact, "f")
    return str(exact)


def string(value: Any, budget: Budget, depth: int = 0) -> str | None:
    """Write any value but null; inside lists and contexts texts are quoted. Raises:
    ExpressionRefused(reason="budget").
    """
    if value is None or isinstance(value, str):
        return value
    budget.spend(1)
    if depth > _DEEPEST:
        budget.spend(budget.steps + 1)
    if isinstance(value, bool):
        return "true" if value else "false"
    amount = number(value)
    if amount is not None:
        return number_text(amount)
    return _composed(value, budget, depth)


def _composed(value: Any, budget: Budget, depth: int) -> str | None:
    if isinstance(value, (date, time, timedelta, Months)):
        return iso(value)
    if isinstance(value, list):
        return budget.text(f"[{', '.join(_quoted(item, budget, depth) for item in value)}]")
    if isinstance(value, dict):
        entries = (f"{_key(name)}: {_quoted(item, budget, depth)}" for name, item in value.items())
        return budget.text(f"{{{', '.join(entries)}}}")
    if isinstance(value, Range):
        return _range(value, budget, depth)
    return None


def _range(span: Range, budget: Budget, depth: int) -> str:
    if span.high is None:
        return f"({'>=' if span.low_in else '>'} {_quoted(span.low, budget, depth)})"
    if span.low is None:
        return f"({'<=' if span.high_in else '<'} {_quoted(span.high, budget, depth)})"
    low, high = _quoted(span.low, budget, depth), _quoted(span.high, budget, depth)
    return f"{'[' if span.low_in else '('}{low}..{high}{']' if span.high_in else ')'}"


def _quoted(value: Any, budget: Budget, depth: int) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return string(value, budget, depth + 1) or "null"


def _key(name: str) -> str:
    return name if name.replace(" ", "").isalnum() else _json_text(name)


def _json_text(name: str) -> str:
    return '"' + name.replace('"', '\\"') + '"'
