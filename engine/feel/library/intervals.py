"""How points and ranges lie to one another, after Allen, and reading a range from text. Source: DMN 1.5 section
10.3.4.10, table 78.

Of every function the ends are compared first; where two ends meet, whether they are included decides.
"""

from __future__ import annotations

from operator import eq, gt, lt
from typing import TYPE_CHECKING, Any

from engine.errors import ExpressionRefused
from engine.feel.arithmetic import negated
from engine.feel.compare import comparable, ordered, within
from engine.feel.library.times import TIMES
from engine.feel.nodes import Interval, Invocation, Literal, Name, Negation
from engine.feel.parser import Parser
from engine.feel.registry import Library
from engine.feel.values import Range, kind_of
from engine.feel.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.budget import Budget

INTERVALS = Library()
_POINT = "number|string|temporal|duration"


class _NoOrder(ValueError):
    """Two ends cannot be compared: the function is null."""


def _is(operator: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if operator is eq:
        if kind_of(left) != kind_of(right) or left is None:
            raise _NoOrder
        return bool(comparable(left) == comparable(right))
    verdict = ordered(operator, left, right)
    if verdict is None:
        raise _NoOrder
    return verdict


def _before(left: Any, right: Any) -> bool:
    """Say whether all of left lies before all of right; a point is a closed range of one."""
    high, high_in = (left.high, left.high_in) if isinstance(left, Range) else (left, True)
    low, low_in = (right.low, right.low_in) if isinstance(right, Range) else (right, True)
    return _is(lt, high, low) or (_is(eq, high, low) and not (high_in and low_in))


def _starts_no_later(outer: Range, inner: Range) -> bool:
    return _is(lt, outer.low, inner.low) or (_is(eq, outer.low, inner.low) and (outer.low_in or not inner.low_in))


def _ends_no_sooner(outer: Range, inner: Range) -> bool:
    return _is(gt, outer.high, inner.high) or (_is(eq, outer.high, inner.high) and (outer.high_in or not inner.high_in))


def _same_start(left: Range, right: Range) -> bool:
    return _is(eq, left.low, right.low) and left.low_in == right.low_in


def _same_end(left: Range, right: Range) -> bool:
    return _is(eq, left.high, right.high) and left.high_in == right.high_in


def _includes(outer: Range, inner: Any) -> bool:
    if not isinstance(inner, Range):
        verdict = within(inner, outer)
        if verdict is None:
            raise _NoOrder
        return verdict
    return _starts_no_later(outer, inner) and _ends_no_sooner(outer, inner)


def _meets(left: Range, right: Range) -> bool:
    return left.high_in and right.low_in and _is(eq, left.high, right.low)


def _overlaps(left: Range, right: Range) -> bool:
    return not _before(left, right) and not _before(right, left)


def _overlaps_before(left: Range, right: Range) -> bool:
    starts_first = _is(lt, left.low, right.low) or (_is(eq, left.low, right.low) and left.low_in and not right.low_in)
    ends_inside = _is(lt, left.high, right.high) or (
        _is(eq, left.high, right.high) and (not left.high_in or right.high_in)
    )
    return starts_first and ends_inside and not _before(left, right)


def _overlaps_after(left: Range, right: Range) -> bool:
    starts_inside = _is(gt, left.low, right.low) or (_is(eq, left.low, right.low) and right.low_in and not left.low_in)
    ends_last = _is(gt, left.high, right.high) or (
        _is(eq, left.high, right.high) and (left.high_in or not right.high_in)
    )
    return starts_inside and ends_last and not _before(right, left)


def _finishes(left: Any, right: Range) -> bool:
    if not isinstance(left, Range):
        return right.high_in and _is(eq, left, right.high)
    return _same_end(left, right) and _starts_no_later(right, left)


def _starts(left: Any, right: Range) -> bool:
    if not isinstance(left, Range):
        return right.low_in and _is(eq, left, right.low)
    return _same_start(left, right) and _ends_no_sooner(right, left)


def _coincides(left: Any, right: Any) -> bool:
    if isinstance(left, Range) and isinstance(right, Range):
        return _same_start(left, right) and _same_end(left, right)
    return _is(eq, left, right)


def _register(name: str, signatures: tuple[str, ...], relation: Callable[[Any, Any], bool]) -> None:
    def work(budget: Budget, left: Any, right: Any) -> bool:  # noqa: ARG001  # all built-ins take the budget
        return relation(left, right)

    for signature in signatures:
        INTERVALS.add(name, signature)(work)


_POINTS = f"point1: {_POINT}, point2: {_POINT}"
_POINT_RANGE = f"point: {_POINT}, range: range"
_RANGE_POINT = f"range: range, point: {_POINT}"
_RANGES = "range1: range, range2: range"

for _name, _signatures, _relation in (
    ("before", (_POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES), _before),
    ("after", (_POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES), lambda a, b: _before(b, a)),
    ("meets", (_RANGES,), _meets),
    ("met by", (_RANGES,), lambda a, b: _meets(b, a)),
    ("overlaps", (_RANGES,), _overlaps),
    ("overlaps before", (_RANGES,), _overlaps_before),
    ("overlaps after", (_RANGES,), _overlaps_after),
    ("finishes", (_POINT_RANGE, _RANGES), _finishes),
    ("finished by", (_RANGE_POINT, _RANGES), lambda a, b: _finishes(b, a)),
    ("includes", (_RANGE_POINT, _RANGES), _includes),
    ("during", (_POINT_RANGE, _RANGES), lambda a, b: _includes(b, a)),
    ("starts", (_POINT_RANGE, _RANGES), _starts),
    ("started by", (_RANGE_POINT, _RANGES), lambda a, b: _starts(b, a)),
    ("coincides", (_POINTS, _RANGES), _coincides),
):
    _register(_name, _signatures, _relation)


_ENDS = frozenset({"date", "time", "duration", "date and time"})
_WORDS = Vocabulary(["date and time"])


@INTERVALS.add("range", "from: string")
def _range(budget: Budget, text: str) -> Range | None:
    """Read a range whose ends are literals, or dates and durations made from literal text."""
    try:
        parser = Parser(text, _WORDS)
        node = parser.expression()
        parser.finish()
    except ExpressionRefused:
        return None
    if not isinstance(node, Interval) or node.low is None or node.high is None:
        return None
    low, high = _end(node.low, budget), _end(node.high, budget)
    in_order = low is not None and high is not None and ordered(gt, low, high) is False
    return Range(low, high, node.low_in, node.high_in) if in_order else None


def _end(node: Any, budget: Budget) -> Any:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Negation):
        return negated(_end(node.operand, budget))
    if (
        isinstance(node, Invocation)
        and isinstance(node.callee, Name)
        and node.callee.name in _ENDS
        and len(node.args) == 1
    ):
        source = node.args[0]
        return TIMES.functions[node.callee.name].call([source.value], budget) if isinstance(source, Literal) else None
    return None
