"""Finding and calling a function: the scope's own, the language's, then the host's. Must never call anything else.

A name that is no function anywhere is refused, with the nearest names: a silent null would send a case down the wrong
flow.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from engine.errors import ExpressionRefused
from engine.feel.library import FUNCTIONS
from engine.feel.registry import HostFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.feel.budget import Budget
    from engine.feel.values import Callee

    Code = Callable[[Mapping[str, Any], Budget], Any]


def found_outside(name: str, budget: Budget) -> Any:
    """Give the function of this name where the scope has nothing of the name, else null."""
    work = budget.host.get(name)
    return HostFunction(name, work) if work is not None else FUNCTIONS.get(name)


def _unknown(name: str, budget: Budget) -> ExpressionRefused:
    near = get_close_matches(name, sorted({*FUNCTIONS, *budget.host}), n=3, cutoff=0.6)
    return ExpressionRefused(reason="unknown-function", name=name, near=near)


def _own(scope: Mapping[str, Any], name: str) -> Any:
    try:
        value = scope[name]
    except KeyError:
        return None
    return value if hasattr(value, "call_named") else None


def _finder(name: str) -> Code:
    fixed = FUNCTIONS.get(name)

    def find(scope: Mapping[str, Any], budget: Budget) -> Callee:
        callee: Callee | None = _own(scope, name) or fixed or found_outside(name, budget)
        if callee is None:
            raise _unknown(name, budget)
        return callee

    return find


def calling(name: str, callee: Code | None, args: list[Code], named: list[tuple[str, Code]]) -> Code:
    """Give the closure of an invocation: of the function called `name`, or of what `callee` gives."""
    find = callee or _finder(name)
    if named:
        return _calling_by_name(find, named)

    def call(scope: Mapping[str, Any], budget: Budget) -> Any:
        function = find(scope, budget)
        budget.spend(1)
        values = [arg(scope, budget) for arg in args]
        return function.call(values, budget) if hasattr(function, "call_named") else None

    return call


def _calling_by_name(find: Code, named: list[tuple[str, Code]]) -> Code:
    def call(scope: Mapping[str, Any], budget: Budget) -> Any:
        function = find(scope, budget)
        budget.spend(1)
        values = {name: arg(scope, budget) for name, arg in named}
        return function.call_named(values, budget) if hasattr(function, "call_named") else None

    return call
