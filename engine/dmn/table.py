"""A decision table and what it answers. Must never answer when the hit policy says that there is no single answer.

Source: DMN 1.5 section 8.2.8 (hit policies), 8.3 (evaluation).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import gt, lt
from typing import TYPE_CHECKING, Any

from engine.errors import DecisionRefused, ExpressionRefused
from engine.feel.arithmetic import plus
from engine.feel.compare import equal, ordered
from engine.feel.temporal import iso, read_any
from engine.feel.values import Frame, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.feel import Budget, Expression, Tests

POLICIES = frozenset({"UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"})
MANY = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_TEMPORAL = frozenset({"date", "time", "dateTime", "dayTimeDuration", "yearMonthDuration"}) | {
    "date and time",
    "days and time duration",
    "years and months duration",
}


@dataclass(frozen=True, slots=True)
class Input:
    """A column to test: its label, the expression that gives the value, and what values it may have."""

    label: str
    expression: Expression
    kind: str
    allowed: Tests | None


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results. `values` are its allowed values, most important first; `default` holds when no rule
    matches.
    """

    name: str
    label: str
    values: Expression | None
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row; `number` counts from 1. `annotations` is what the analyst wrote beside it, column name to text."""

    number: int
    tests: tuple[Tests, ...]
    results: tuple[Expression, ...]
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a decision answered, and why.

    `outputs`: {output name: value}; a list of such for COLLECT without aggregation, RULE ORDER and OUTPUT ORDER.
    `matched`: numbers of the rules that matched, from 1. `inputs`: {label: value seen}.
    `value` is the same answer as FEEL sees it: a single output stands without its name.
    """

    outputs: dict[str, Any] | list[dict[str, Any]]
    matched: tuple[int, ...]
    inputs: dict[str, Any]
    value: Any

    def merged(self) -> dict[str, Any]:
        """Bring the rows of a collecting table to one: booleans are joined by "or", anything else becomes a list.

        An output that is null in a row says nothing there; one that is null in all of them is null. Of a table that
        gives one row, that row. With no row at all the result is empty: the caller keeps what it had.
        """
        if isinstance(self.outputs, dict):
            return dict(self.outputs)
        names = list(dict.fromkeys(name for row in self.outputs for name in row))
        return {name: _joined([row[name] for row in self.outputs if row.get(name) is not None]) for name in names}


def _joined(values: list[Any]) -> Any:
    if values and all(isinstance(value, bool) for value in values):
        return any(values)
    return values or None


@dataclass(frozen=True, slots=True)
class Table:
    """A compiled decision table."""

    id: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def decide(self, scope: Mapping[str, Any], budget: Budget) -> Verdict:
        """Give the verdict. Raises: DecisionRefused(table, reason, rows) and ExpressionRefused of a cell, with its
        table.
        """
        try:
            seen = [_seen(column, scope, budget) for column in self.inputs]
            self._check_allowed(seen, scope, budget)
            matched = self._matched([Frame({"?": value}, scope) for value in seen], budget)
            rows = [(rule.number, self._row(rule, scope, budget)) for rule in matched]
        except ExpressionRefused as refused:
            refused.facts.setdefault("table", self.id)
            raise
        inputs = {column.label: value for column, value in zip(self.inputs, seen, strict=True)}
        if not rows:
            return self._unmatched(scope, inputs, budget)
        return _ANSWERS[self.hit_policy](self, rows, inputs, scope, budget)

    def _check_allowed(self, seen: list[Any], scope: Mapping[str, Any], budget: Budget) -> None:
        for column, value in zip(self.inputs, seen, strict=True):
            if column.allowed is None or value is None:
                continue
            values = value if isinstance(value, list) else [value]
            if not all(column.allowed.holds(Frame({"?": one}, scope), budget) for one in values):
                self._refuse("input-not-allowed", rows=[], input=column.label, value=_shown(value))

    def _matched(self, frames: list[Frame], budget: Budget) -> list[Rule]:
        found = []
        first_only = self.hit_policy == "FIRST"
        for rule in self.rules:
            budget.spend(1)
            for tests, frame in zip(rule.tests, frames, strict=True):
                if not tests.holds(frame, budget):
                    break
            else:
                found.append(rule)
                if first_only:
                    break
        return found

    def _row(self, rule: Rule, scope: Mapping[str, Any], budget: Budget) -> list[Any]:
        return [result.evaluate(scope, budget.host, budget) for result in rule.results]

    def _unmatched(self, scope: Mapping[str, Any], inputs: dict[str, Any], budget: Budget) -> Verdict:
        if any(output.default is not None for output in self.outputs):
            values = [
                None if o.default is None else o.default.evaluate(scope, budget.host, budget) for o in self.outputs
            ]
            return self.single(values, (), inputs)
        if self.hit_policy not in MANY:
            self._refuse("no-match", rows=[], inputs={label: _shown(value) for label, value in inputs.items()})
        if self.aggregation:
            return self.single([0 if self.aggregation == "COUNT" else None], (), inputs)
        return Verdict([], (), inputs, [])

    def single(self, row: list[Any], matched: tuple[int, ...], inputs: dict[str, Any]) -> Verdict:
        """Give the verdict of one row of values."""
        named = {output.name: value for output, value in zip(self.outputs, row, strict=False)}
        return Verdict(named, matched, inputs, row[0] if len(row) == 1 else named)

    def several(self, rows: list[tuple[int, list[Any]]], inputs: dict[str, Any]) -> Verdict:
        """Give the verdict of several rows, in the order given."""
        each = [self.single(row, (number,), inputs) for number, row in rows]
        outputs = [one.outputs for one in each if isinstance(one.outputs, dict)]
        return Verdict(outputs, tuple(number for number, _ in rows), inputs, [one.value for one in each])

    def _refuse(self, reason: str, **facts: object) -> None:
        raise DecisionRefused(table=self.id, reason=reason, **facts)

    # -- hit policies

    def _unique(self, rows: _Rows, inputs: dict[str, Any], scope: Any, budget: Budget) -> Verdict:  # noqa: ARG002  # one shape
        if len(rows) > 1:
            self._refuse("several-match", rows=[number for number, _ in rows])
        return self.single(rows[0][1], (rows[0][0],), inputs)

    def _first(self, rows: _Rows, inputs: dict[str, Any], scope: Any, budget: Budget) -> Verdict:  # noqa: ARG002  # one shape
        return self.single(rows[0][1], (rows[0][0],), inputs)

    def _any(self, rows: _Rows, inputs: dict[str, Any], scope: Any, budget: Budget) -> Verdict:  # noqa: ARG002  # one shape
        if any(equal(row, rows[0][1], budget) is not True for _, row in rows[1:]):
            self._refuse("outputs-differ", rows=[number for number, _ in rows])
        return self.single(rows[0][1], tuple(number for number, _ in rows), inputs)

    def _priority(self, rows: _Rows, inputs: dict[str, Any], scope: Any, budget: Budget) -> Verdict:
        number, row = self._by_priority(rows, scope, budget)[0]
        return self.single(row, (number,), inputs)

    def _output_order(self, rows: _Rows, inputs: dict[str, Any], scope: Any, budget: Budget) -> Verdict:
        return self.several(self._by_priority(rows, scope, budget), inputs)

    def _by_priority(self, rows: _Rows, scope: Any, budget: Budget) -> _Rows:
        """Sort by the place of each output among its allowed values, the first output counting most."""
        orders = [None if o.values is None else o.values.evaluate(scope, budget.host, budget) for o in self.outputs]

        def rank(numbered: tuple[int, list[Any]]) -> list[int]:
            return [
                _place(value, order, budget)
                for value, order in zip(numbered[1], orders, strict=True)
                if order is not None
            ]

        return sorted(rows, key=rank)

    def _rule_order(self, rows: _Rows, inputs: dict[str, Any], scope: Any, budget: Budget) -> Verdict:  # noqa: ARG002  # one shape
        return self.several(rows, inputs)

    def _collect(self, rows: _Rows, inputs: dict[str, Any], scope: Any, budget: Budget) -> Verdict:  # noqa: ARG002  # one shape
        if not self.aggregation:
            return self.several(rows, inputs)
        matched = tuple(number for number, _ in rows)
        if self.aggregation == "COUNT":
            distinct: list[Any] = []
            for _, row in rows:
                if not any(equal(row, other, budget) is True for other in distinct):
                    distinct.append(row)
            return self.single([len(distinct)], matched, inputs)
        values = [row[0] for _, row in rows]
        result = reduce(lambda a, b: _AGGREGATES[self.aggregation](a, b, budget), values)
        if result is None or (self.aggregation != "SUM" and kind_of(result) != kind_of(values[0])):
            self._refuse("not-aggregable", rows=list(matched), values=[_shown(value) for value in values])
        return self.single([result], matched, inputs)


_Rows = list[tuple[int, list[Any]]]


def _seen(column: Input, scope: Mapping[str, Any], budget: Budget) -> Any:
    """Give an input's value; a date that case data holds as text is read where the column says that it is one."""
    value = column.expression.evaluate(scope, budget.host, budget)
    if type(value) is str and column.kind in _TEMPORAL:
        return read_any(value)
    return value


def _place(value: Any, order: list[Any], budget: Budget) -> int:
    return next((i for i, one in enumerate(order) if equal(value, one, budget) is True), len(order))


def _pick(operator: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Budget], Any]:
    def pick(left: Any, right: Any, budget: Budget) -> Any:  # noqa: ARG001  # one shape
        better = ordered(operator, left, right)
        return None if better is None else left if better else right

    return pick


def _shown(value: Any) -> object:
    """Give a value as a fact of an error: plain, short, never a Python object."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if kind_of(value) in {"list", "context", "function", "range"}:
        return kind_of(value)
    return str(value)[:80] if kind_of(value) in {"string", "number"} else iso(value)


_AGGREGATES: dict[str, Callable[[Any, Any, Budget], Any]] = {"SUM": plus, "MIN": _pick(lt), "MAX": _pick(gt)}
_ANSWERS: dict[str, Callable[[Table, _Rows, dict[str, Any], Any, Budget], Verdict]] = {
    "UNIQUE": Table._unique,
    "FIRST": Table._first,
    "ANY": Table._any,
    "PRIORITY": Table._priority,
    "OUTPUT ORDER": Table._output_order,
    "RULE ORDER": Table._rule_order,
    "COLLECT": Table._collect,
}
