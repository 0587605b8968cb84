"""A decision: its logic, and the other decisions whose results it reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.dmn.boxed import Boxed
from engine.dmn.table import Input, Output, Rule, Table, Verdict
from engine.errors import DecisionRefused, ExpressionRefused
from engine.feel import NO_HOST, Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.feel import Expression

_STEPS, _STEPS_PER_CELL = 50_000, 30


@dataclass(slots=True)
class Decision:
    """One decision of a file. `variable` is the name under which others read its result.

    `hit_policy` is "" for other logic than a table: it has no inputs and no rules. A business knowledge model is kept
    as a
    decision too, one that sees nothing of the scope but the knowledge that it requires (`sees_scope` false).
    """

    id: str
    name: str
    variable: str
    logic: Table | Expression | Boxed
    requires: list[Decision] = field(default_factory=list)
    sees_scope: bool = True

    @property
    def _table(self) -> Table | None:
        return self.logic if isinstance(self.logic, Table) else None

    @property
    def hit_policy(self) -> str:
        """Give the hit policy in the standard's words, such as "RULE ORDER"."""
        return self._table.hit_policy if self._table else ""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Give the input columns."""
        return self._table.inputs if self._table else ()

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Give the output columns; a literal expression has one, called as its variable."""
        return self._table.outputs if self._table else (Output(self.variable, self.name, None, None),)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Give the rows."""
        return self._table.rules if self._table else ()

    def decide(
        self,
        scope: Mapping[str, object],
        host: Mapping[str, Callable[..., object]] = NO_HOST,
        budget: Budget | None = None,
    ) -> Verdict:
        """Decide, after the decisions that this one requires; what they give stands in front of the scope.

        Raises: DecisionRefused(table, reason, rows): "no-match", "several-match", "outputs-differ",
        "input-not-allowed",
        "not-aggregable"; ExpressionRefused of a cell, with its table.
        """
        meter = budget or Budget(steps=_STEPS + _STEPS_PER_CELL * self._cells())
        outer, meter.host = meter.host, host
        try:
            return self._decided(dict(scope), {}, meter)
        except RecursionError:
            raise ExpressionRefused(reason="budget", limit="depth", table=self.id) from None
        finally:
            meter.host = outer

    def _cells(self) -> int:
        return len(self.rules) * (len(self.inputs) + 1) + sum(one._cells() for one in self.requires)

    def _decided(self, scope: dict[str, Any], known: dict[str, Verdict], budget: Budget) -> Verdict:
        if not self.sees_scope:
            scope = {}
        for required in self.requires:
            if required.id not in known:
                known[required.id] = required._decided(dict(scope), known, budget)
            scope[required.variable] = known[required.id].value
        if isinstance(self.logic, Table):
            return self.logic.decide(scope, budget)
        return self._stated(self.logic, scope, budget)

    def _stated(self, logic: Expression | Boxed, scope: dict[str, Any], budget: Budget) -> Verdict:
        try:
            value = logic.evaluate(scope, budget.host, budget)
        except ExpressionRefused as refused:
            refused.facts.setdefault("table", self.id)
            raise
        return Verdict({self.variable: value}, (), {}, value)


def refuse_circles(decisions: dict[str, Decision]) -> None:
    """Raises: DecisionRefused(reason="circular") when a decision requires itself, however far round."""
    finished: set[str] = set()
    for start in decisions.values():
        _walk(start, (), finished)


def _walk(decision: Decision, trail: tuple[str, ...], finished: set[str]) -> None:
    if decision.id in trail:
        raise DecisionRefused(table=decision.id, reason="circular", rows=[], trail=[*trail, decision.id])
    if decision.id in finished:
        return
    for required in decision.requires:
        _walk(required, (*trail, decision.id), finished)
    finished.add(decision.id)
