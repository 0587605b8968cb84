"""`instance of`: whether a value is of a type as written. Must never convert anything.

Source: DMN 1.5 section 10.3.2.9 (types) and table 55 (instance of).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.feel.values import Range, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.budget import Budget
    from engine.feel.nodes import Type

_ALIASES = {"day and time duration": "days and time duration", "year and month duration": "years and months duration"}


def is_instance(value: Any, wanted: Type, budget: Budget) -> bool:
    """Say whether a value is of a type; null is of no type but Null."""
    name = _ALIASES.get(wanted.name, wanted.name)
    if value is None:
        return name == "Null"
    if name == "Any":
        return True
    if kind_of(value) != name:
        return False
    inside = _INSIDE.get(name)
    return inside is None or inside(value, wanted, budget)


def _fits(value: Any, wanted: Type, budget: Budget) -> bool:
    """Inside a list or context a null is of any type."""
    return value is None or is_instance(value, wanted, budget)


def _list_fits(value: list[Any], wanted: Type, budget: Budget) -> bool:
    budget.spend(len(value))
    return not wanted.parts or all(_fits(item, wanted.parts[0], budget) for item in value)


def _context_fits(value: dict[str, Any], wanted: Type, budget: Budget) -> bool:
    budget.spend(len(wanted.entries))
    return all(name in value and _fits(value[name], kind, budget) for name, kind in wanted.entries)


def _range_fits(value: Range, wanted: Type, budget: Budget) -> bool:
    if not wanted.parts:
        return True
    return _fits(value.low, wanted.parts[0], budget) and _fits(value.high, wanted.parts[0], budget)


def _function_fits(value: Any, wanted: Type, budget: Budget) -> bool:  # noqa: ARG001  # all checks have one shape
    count = len(wanted.parts) - 1
    params = getattr(value, "params", None)
    return count < 0 or params is None or len(params) == count


_INSIDE: dict[str, Callable[[Any, Type, Budget], bool]] = {
    "list": _list_fits,
    "context": _context_fits,
    "range": _range_fits,
    "function": _function_fits,
}
