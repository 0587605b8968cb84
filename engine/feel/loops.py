"""for, some, every and filters. The only places that repeat a closure; each turn pays the weight of what it runs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.feel.values import Frame, Range, kind_of, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from engine.feel.budget import Budget

    Code = Callable[[Mapping[str, Any], Budget], Any]
    Turns = list[tuple[str, Code, Code | None]]


def _span(low: Any, high: Any) -> Iterable[Any] | None:
    """Give the whole numbers or days from one end to the other, in either direction."""
    if type(low) is date and type(high) is date:
        step = timedelta(days=1 if low <= high else -1)
        return (low + step * i for i in range(abs((high - low).days) + 1))
    start, stop = _position(low), _position(high)
    if start is None or stop is None:
        return None
    return range(start, stop + 1) if start <= stop else range(start, stop - 1, -1)


def _position(value: Any) -> int | None:
    """Give a whole number as an int, None for anything else or what no list can reach."""
    amount = number(value)
    if amount is None or not -_FARTHEST <= amount <= _FARTHEST or amount != int(amount):
        return None
    return int(amount)


def _domain(domain: Any, until: Any, *, spans: bool) -> Iterable[Any] | None:
    if spans:
        return _span(domain, until)
    if type(domain) is list:
        return domain
    if type(domain) is Range:
        return _range_domain(domain)
    return None if domain is None else [domain]


def _range_domain(span: Range) -> Iterable[Any] | None:
    if isinstance(span.low, datetime) or kind_of(span.low) != kind_of(span.high):
        return None
    values = _span(span.low, span.high)
    if values is None:
        return None
    left_out = {*(() if span.low_in else (span.low,)), *(() if span.high_in else (span.high,))}
    return (value for value in values if value not in left_out)


_FARTHEST = 10**18


class _NoDomain(Exception):
    """What stands after `in` cannot be iterated: the whole loop is null."""


def _frames(turns: Turns, scope: Mapping[str, Any], budget: Budget, cost: int) -> Iterator[Frame]:
    """Give one frame per turn of the innermost iterator."""
    (name, domain, until), rest = turns[0], turns[1:]
    values = _domain(domain(scope, budget), until(scope, budget) if until else None, spans=until is not None)
    if values is None:
        raise _NoDomain
    for value in values:
        budget.spend(cost)
        frame = Frame({name: value}, scope)
        if rest:
            yield from _frames(rest, frame, budget, cost)
        else:
            yield frame


def looping(turns: Turns, body: Code, cost: int, *, keeps: bool) -> Code:
    """Give the closure of a for; `keeps` when its body reads `partial`, the results so far."""

    def run(scope: Mapping[str, Any], budget: Budget) -> list[Any] | None:
        results: list[Any] = []
        try:
            for frame in _frames(turns, scope, budget, cost):
                if keeps:
                    budget.many(len(results))
                    frame["partial"] = list(results)
                results.append(body(frame, budget))
        except _NoDomain:
            return None
        return budget.list(results)

    return run


def quantifying(turns: Turns, body: Code, cost: int, *, some: bool) -> Code:
    """Give the closure of some (`some` true) or every: three-valued, and it stops at the first deciding turn."""

    def run(scope: Mapping[str, Any], budget: Budget) -> Any:
        sure = True
        try:
            for frame in _frames(turns, scope, budget, cost):
                value = body(frame, budget)
                if value is some:
                    return some
                sure = sure and value is (not some)
        except _NoDomain:
            return None
        return (not some) if sure else None

    return run


def _item_frame(item: Any, scope: Mapping[str, Any]) -> Frame:
    frame = Frame(item if isinstance(item, dict) else {}, scope)
    frame.setdefault("item", item)
    return frame


def filtering(source: Code, condition: Code, cost: int) -> Code:
    """Give the closure of a filter: by position when its condition gives a number, else by truth."""

    def run(scope: Mapping[str, Any], budget: Budget) -> Any:
        value = source(scope, budget)
        if value is None:
            return None
        items = value if type(value) is list else [value]
        kept = []
        for item in items or [None]:
            budget.spend(cost)
            verdict = condition(_item_frame(item, scope), budget)
            if verdict is True and items:
                kept.append(item)
            elif verdict is not True and verdict is not False and (at := number(verdict)) is not None:
                return _at(items, at)
        return kept

    return run


def _at(items: list[Any], position: Any) -> Any:
    at = _position(position)
    if at is None or at == 0 or abs(at) > len(items):
        return None
    return items[at - 1] if at > 0 else items[at]
