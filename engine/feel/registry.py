"""How built-in and host functions are called: by position or by name, with kinds checked and null where they do not
fit.

Must never hold a function of the language itself: those are in engine/feel/library.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import ExpressionRefused
from engine.feel.values import kind_of, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.budget import Budget

_UNFIT: Any = object()
_GROUPS: dict[str, frozenset[str]] = {
    "day": frozenset({"date", "date and time"}),
    "moment": frozenset({"time", "date and time"}),
    "temporal": frozenset({"date", "date and time", "time"}),
    "duration": frozenset({"days and time duration", "years and months duration"}),
}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter as a signature writes it: `name: kind`, `?` after the kind when it may be left out or null."""

    name: str
    kinds: frozenset[str]
    optional: bool

    def fit(self, value: Any) -> Any:
        """Give the value as the function takes it: a list of one unwrapped, one value as a list; else _UNFIT."""
        kinds = self.kinds
        if "any" in kinds or (value is None and self.optional):
            return value
        kind = kind_of(value)
        if kind in kinds:
            return self._cleaned(value, kind)
        return _UNFIT if value is None else self._coerced(value, kind)

    def _coerced(self, value: Any, kind: str) -> Any:
        kinds = self.kinds
        if "list" in kinds:
            return [value]
        if kind == "list" and len(value) == 1 and kind_of(value[0]) in kinds:
            return self._cleaned(value[0], kind_of(value[0]))
        return _UNFIT

    @staticmethod
    def _cleaned(value: Any, kind: str) -> Any:
        if kind != "number":
            return value
        amount = number(value)
        return _UNFIT if amount is None else amount


@dataclass(frozen=True, slots=True)
class Overload:
    """One way to call a function."""

    params: tuple[Param, ...]
    variadic: bool
    work: Callable[..., Any]

    def bound(self, args: list[Any]) -> list[Any] | None:
        """Give the arguments as the function takes them, None where they do not fit."""
        if self.variadic:
            return self._bound_variadic(args)
        if len(args) > len(self.params):
            return None
        fitted = [param.fit(value) for param, value in zip(self.params, args, strict=False)]
        if any(value is _UNFIT for value in fitted):
            return None
        missing = self.params[len(args) :]
        return [*fitted, *[None] * len(missing)] if all(param.optional for param in missing) else None

    def _bound_variadic(self, args: list[Any]) -> list[Any] | None:
        fixed = len(self.params) - 1
        if len(args) <= fixed:
            return None
        head = [param.fit(value) for param, value in zip(self.params, args[:fixed], strict=False)]
        tail = [self.params[-1].fit(value) for value in args[fixed:]]
        return None if any(value is _UNFIT for value in head + tail) else [*head, tail]

    def bound_named(self, named: dict[str, Any]) -> list[Any] | None:
        """Give the arguments in the function's order, None where a name is unknown or a needed one is missing."""
        if not named.keys() <= {param.name for param in self.params}:
            return None
        if any(param.name not in named and not param.optional for param in self.params):
            return None
        fitted = [param.fit(named[param.name]) if param.name in named else None for param in self.params]
        return None if any(value is _UNFIT for value in fitted) else fitted


class Builtin:
    """A function of the language: its overloads, tried in order; null when none takes the arguments."""

    __slots__ = ("name", "overloads")

    def __init__(self, name: str) -> None:
        self.name = name
        self.overloads: list[Overload] = []

    def call(self, args: list[Any], budget: Budget) -> Any:
        """Call by position."""
        for overload in self.overloads:
            bound = overload.bound(args)
            if bound is not None:
                return _run(overload, bound, budget)
        return None

    def call_named(self, named: dict[str, Any], budget: Budget) -> Any:
        """Call by name. The list parameter of a variadic function takes a list here."""
        for overload in self.overloads:
            bound = overload.bound_named(named)
            if bound is not None:
                return _run(overload, bound, budget)
        return None


def _run(overload: Overload, bound: list[Any], budget: Budget) -> Any:
    try:
        return overload.work(budget, *bound)
    except (ArithmeticError, ValueError, OverflowError, TypeError):
        return None  # out of the calendar's or decimal's reach, or values of a kind that have no order between them


class Library:
    """The functions of the language by name."""

    def __init__(self) -> None:
        self.functions: dict[str, Builtin] = {}

    def add(self, name: str, signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a way to call `name`, as `"list: list, position: number, length: number?"`.

        A signature that ends in `...` takes any number of the last parameter, handed over as a list.
        """
        variadic = signature.endswith("...")
        params = tuple(_param(part) for part in signature.removesuffix("...").split(", ") if part)

        def register(work: Callable[..., Any]) -> Callable[..., Any]:
            builtin = self.functions.setdefault(name, Builtin(name))
            builtin.overloads.append(Overload(params, variadic, work))
            return work

        return register


def _param(written: str) -> Param:
    name, _, kind = written.partition(": ")
    kinds: set[str] = set()
    for one in kind.removesuffix("?").split("|"):
        kinds |= _GROUPS.get(one, {one})
    return Param(name, frozenset(kinds), kind.endswith("?"))


class HostFunction:
    """A function that the caller lends to an expression. What it raises passes through, wrong arguments are refused."""

    __slots__ = ("name", "work")

    def __init__(self, name: str, work: Callable[..., Any]) -> None:
        self.name = name
        self.work = work

    def call(self, args: list[Any], budget: Budget) -> Any:
        """Call by position. Raises: ExpressionRefused(reason="arguments")."""
        return self._called(args, {}, budget)

    def call_named(self, named: dict[str, Any], budget: Budget) -> Any:
        """Call by name, spaces as underscores. Raises: ExpressionRefused(reason="arguments")."""
        return self._called([], {name.replace(" ", "_"): value for name, value in named.items()}, budget)

    def _called(self, args: list[Any], named: dict[str, Any], budget: Budget) -> Any:
        try:
            inspect.signature(self.work).bind(*args, **named)
        except (TypeError, ValueError):
            raise ExpressionRefused(reason="arguments", name=self.name, given=len(args) + len(named)) from None
        outer = budget.host
        try:
            return self.work(*args, **named)
        finally:
            budget.host = outer
