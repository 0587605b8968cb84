"""Functions over lists. Source: DMN 1.5 section 10.3.4.4; positions count from 1, negative from the end."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from operator import lt
from typing import TYPE_CHECKING, Any

from engine.feel.compare import equal, ordered
from engine.feel.registry import Library
from engine.feel.values import whole

if TYPE_CHECKING:
    from engine.feel.budget import Budget
    from engine.feel.values import Callee

LISTS = Library()


def _same(left: Any, right: Any, budget: Budget) -> bool:
    budget.spend(1)
    return equal(left, right, budget) is True


@LISTS.add("count", "list: list")
def _count(budget: Budget, items: list[Any]) -> Decimal:  # noqa: ARG001  # all built-ins take the budget
    return Decimal(len(items))


@LISTS.add("list contains", "list: list, element: any")
def _contains(budget: Budget, items: list[Any], element: Any) -> bool:
    return any(_same(item, element, budget) for item in items)


@LISTS.add("append", "list: list, item: any...")
def _append(budget: Budget, items: list[Any], more: list[Any]) -> list[Any]:
    return budget.list([*items, *more])


@LISTS.add("concatenate", "list: list...")
def _concatenate(budget: Budget, lists: list[list[Any]]) -> list[Any]:
    budget.many(sum(map(len, lists)))
    return [item for items in lists for item in items]


@LISTS.add("insert before", "list: list, position: number, newItem: any")
def _insert(budget: Budget, items: list[Any], position: Any, new: Any) -> list[Any] | None:
    at = _index(items, position)
    return None if at is None else budget.list([*items[:at], new, *items[at:]])


@LISTS.add("remove", "list: list, position: number")
def _remove(budget: Budget, items: list[Any], position: Any) -> list[Any] | None:
    at = _index(items, position)
    return None if at is None else budget.list([*items[:at], *items[at + 1 :]])


@LISTS.add("list replace", "list: list, position: number, newItem: any")
def _replace(budget: Budget, items: list[Any], position: Any, new: Any) -> list[Any] | None:
    at = _index(items, position)
    return None if at is None else budget.list([*items[:at], new, *items[at + 1 :]])


@LISTS.add("list replace", "list: list, match: function, newItem: any")
def _replace_matching(budget: Budget, items: list[Any], match: Callee, new: Any) -> list[Any] | None:
    verdicts = [match.call([item, new], budget) for item in items]
    if any(verdict is not True and verdict is not False for verdict in verdicts):
        return None
    return budget.list([new if verdict else item for item, verdict in zip(items, verdicts, strict=True)])


def _index(items: list[Any], position: Any) -> int | None:
    """Give the Python index of a position that is in the list, else None."""
    at = whole(position)
    if at == 0 or at != position or abs(at) > len(items):
        return None
    return at - 1 if at > 0 else len(items) + at


@LISTS.add("sublist", "list: list, start position: number, length: number?")
def _sublist(budget: Budget, items: list[Any], start: Any, length: Any) -> list[Any] | None:
    at = _index(items, start)
    if at is None or (length is not None and whole(length) < 0):
        return None
    end = len(items) if length is None else at + whole(length)
    return None if end > len(items) else budget.list(items[at:end])


@LISTS.add("reverse", "list: list")
def _reverse(budget: Budget, items: list[Any]) -> list[Any]:
    return budget.list(items[::-1])


@LISTS.add("index of", "list: list, match: any")
def _index_of(budget: Budget, items: list[Any], match: Any) -> list[Decimal]:
    return [Decimal(i) for i, item in enumerate(items, 1) if _same(item, match, budget)]


def _distinct(items: list[Any], budget: Budget) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        if not any(_same(item, other, budget) for other in kept):
            kept.append(item)
    return kept


@LISTS.add("distinct values", "list: list")
def _distinct_values(budget: Budget, items: list[Any]) -> list[Any]:
    return _distinct(items, budget)


@LISTS.add("union", "list: list...")
def _union(budget: Budget, lists: list[list[Any]]) -> list[Any]:
    budget.many(sum(map(len, lists)))
    return _distinct([item for items in lists for item in items], budget)


@LISTS.add("flatten", "list: list")
def _flatten(budget: Budget, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    _flatten_into(flat, items, budget, 0)
    return budget.list(flat)


def _flatten_into(flat: list[Any], items: list[Any], budget: Budget, depth: int) -> None:
    budget.spend(1 + len(items))
    if depth > budget.depth:
        budget.spend(budget.steps + 1)
    for item in items:
        if isinstance(item, list):
            _flatten_into(flat, item, budget, depth + 1)
        else:
            flat.append(item)


class _NoOrder(ValueError):
    """Two elements have no order between them: the whole sort is null."""


@LISTS.add("sort", "list: list, precedes: function")
def _sort(budget: Budget, items: list[Any], precedes: Callee) -> list[Any]:
    def order(left: Any, right: Any) -> int:
        budget.spend(1)
        if precedes.call([left, right], budget) is True:
            return -1
        return 1 if precedes.call([right, left], budget) is True else 0

    return sorted(items, key=cmp_to_key(order))


@LISTS.add("sort", "list: list")
def _sort_naturally(budget: Budget, items: list[Any]) -> list[Any]:
    def order(left: Any, right: Any) -> int:
        budget.spend(1)
        before = ordered(lt, left, right)
        if before is None:
            raise _NoOrder
        return -1 if before else int(ordered(lt, right, left) is True)

    return sorted(items, key=cmp_to_key(order))
