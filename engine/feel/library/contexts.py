"""Functions over contexts. Source: DMN 1.5 section 10.3.4.7. Contexts are never changed, always copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.feel.compare import equal
from engine.feel.properties import reach
from engine.feel.registry import Library
from engine.feel.values import kind_of

if TYPE_CHECKING:
    from engine.feel.budget import Budget

CONTEXTS = Library()


@CONTEXTS.add("get value", "m: context, key: string")
def _get_value(budget: Budget, m: dict[str, Any], key: str) -> Any:
    return reach(m, key, budget)


@CONTEXTS.add("get value", "context: context, key: string")
def _get_value_of_context(budget: Budget, m: dict[str, Any], key: str) -> Any:
    return reach(m, key, budget)


@CONTEXTS.add("get entries", "m: context")
def _get_entries(budget: Budget, m: dict[str, Any]) -> list[Any]:
    budget.many(len(m))
    return [{"key": key, "value": value} for key, value in m.items()]


@CONTEXTS.add("context", "entries: list")
def _context(budget: Budget, entries: list[Any]) -> dict[str, Any] | None:
    budget.many(len(entries))
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:
            return None
        if entry["key"] in made:
            return None
        made[entry["key"]] = entry["value"]
    return made


@CONTEXTS.add("context put", "context: context, key: string, value: any")
def _put(budget: Budget, context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    budget.many(len(context))
    return {**context, key: value}


@CONTEXTS.add("context put", "context: context, keys: list, value: any")
def _put_deep(budget: Budget, context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any] | None:
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    budget.many(len(context) + len(keys))
    inner = value
    if len(keys) > 1:
        if len(keys) > budget.depth:
            budget.spend(budget.steps + 1)
        below = context.get(keys[0])
        if below is not None and not isinstance(below, dict):
            return None
        inner = _put_deep(budget, below or {}, keys[1:], value)
        if inner is None:
            return None
    return {**context, keys[0]: inner}


@CONTEXTS.add("context merge", "contexts: list")
def _merge(budget: Budget, contexts: list[Any]) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        budget.many(len(context))
        made.update(context)
    return made


@CONTEXTS.add("is", "value1: any?, value2: any?")
def _is(budget: Budget, value1: Any, value2: Any) -> bool:
    kind = kind_of(value1)
    if kind != kind_of(value2):
        return False
    if kind in {"time", "date and time"} and str(value1.tzinfo) != str(value2.tzinfo):
        return False
    return equal(value1, value2, budget) is True
