"""What FEEL knows that Python lacks: ranges, durations in months, functions, and frames of names.

The rest are Python's own: None, bool, Decimal (int from a scope counts as a number), str, list, dict with text keys,
date, time, datetime, timedelta. Must never hold a rule of the language: comparing and computing live in their own
modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.feel.budget import Budget

# IEEE 754 decimal128, as DMN 1.5 section 10.3.2.3.1 asks.
DECIMAL = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emax=6144,
    Emin=-6143,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
ARITHMETIC_FAULT = DecimalException


class Months(int):
    """A years and months duration, held as whole months."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`. One made by an operator (`half`, as in `(> 5)`) has no end where it has None.

    Elsewhere a None is an end that is not known: nothing can be said to lie within.
    """

    low: Any
    high: Any
    low_in: bool = True
    high_in: bool = True
    half: bool = False


class Frame(dict[str, Any]):
    """Names bound inside an expression, in front of the scope that surrounds them."""

    __slots__ = ("outer",)

    def __init__(self, own: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
        super().__init__(own)
        self.outer = outer

    def __missing__(self, name: str) -> Any:
        return self.outer[name]


class Callee(Protocol):
    """Anything that FEEL can invoke: built in, defined in an expression, or given by the host."""

    name: str

    def call(self, args: list[Any], budget: Budget) -> Any: ...

    def call_named(self, named: dict[str, Any], budget: Budget) -> Any: ...


class Function:
    """A function defined in FEEL: its parameters, its body and the scope that it was written in."""

    __slots__ = ("body", "name", "params", "scope", "weight")

    def __init__(
        self, params: tuple[str, ...], body: Callable[[Mapping[str, Any], Budget], Any], scope: Any, weight: int
    ) -> None:
        self.name = ""
        self.params = params
        self.body = body
        self.scope = scope
        self.weight = weight

    def call(self, args: list[Any], budget: Budget) -> Any:
        """Give the body's value, or null when the number of arguments is wrong."""
        if len(args) != len(self.params):
            return None
        return self._run(dict(zip(self.params, args, strict=True)), budget)

    def call_named(self, named: dict[str, Any], budget: Budget) -> Any:
        """Give the body's value; a parameter left out is null, one unknown makes the result null."""
        if not named.keys() <= set(self.params):
            return None
        return self._run({name: named.get(name) for name in self.params}, budget)

    def _run(self, bound: dict[str, Any], budget: Budget) -> Any:
        budget.spend(self.weight)
        if budget.depth <= 0:
            budget.spend(budget.steps + 1)
        budget.depth -= 1
        try:
            return self.body(Frame(bound, self.scope), budget)
        finally:
            budget.depth += 1


def number(value: Any) -> Decimal | int | None:
    """Give a finite number as arithmetic takes it, None for anything else. A bool is not a number."""
    kind = type(value)
    if kind is Decimal:
        return value if value.is_finite() else None
    if kind is int:
        return value  # type: ignore[no-any-return]  # the kind was just tested
    if kind is float:
        read = Decimal(repr(value))
        return read if read.is_finite() else None
    return None


def whole(value: Decimal | int) -> int:
    """Cut a number to an int. Raises: OverflowError beyond 20 digits: nothing needs it, Python takes long."""
    if isinstance(value, Decimal) and value.adjusted() > 20:
        raise OverflowError
    return int(value)


_KINDS: dict[type, str] = {
    bool: "boolean",
    Decimal: "number",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
    dict: "context",
    datetime: "date and time",
    date: "date",
    time: "time",
    timedelta: "days and time duration",
    Months: "years and months duration",
    Range: "range",
}


def kind_of(value: Any) -> str:
    """Give the name of the FEEL type of a value: "number", "string", "context", ... or "Null"."""
    if value is None:
        return "Null"
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, dict):
        return "context"
    return "function" if hasattr(value, "call_named") else "unknown"
