"""What is known while a DMN file is read: the names in it, and the faults found so far.

A fault does not end the reading: the person who drew the table wants to see all of them at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from engine.errors import ExpressionRefused
from engine.feel import Expression, Tests, compile_expression, compile_tests

if TYPE_CHECKING:
    from collections.abc import Callable


_Compiled = TypeVar("_Compiled", Expression, Tests)


class Reading:
    """Compiles the texts of a file and keeps what does not compile as findings."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.findings: list[dict[str, object]] = []
        self.table = ""

    def fault(self, code: str, **facts: object) -> None:
        """Keep a finding about the decision being read."""
        self.findings.append({"element": self.table, "code": code, "table": self.table, **facts})

    def expression(self, source: str, **place: object) -> Expression:
        """Compile an expression; empty is null."""
        return self._compiled(compile_expression, source or "null", "null", place)

    def tests(self, source: str, **place: object) -> Tests:
        """Compile the unary tests of a cell."""
        return self._compiled(compile_tests, source, "-", place)

    def _compiled(
        self, work: Callable[[str, frozenset[str]], _Compiled], source: str, instead: str, place: dict[str, object]
    ) -> _Compiled:
        try:
            return work(source, self.names)
        except ExpressionRefused as refused:
            facts = {name: fact for name, fact in refused.facts.items() if name != "column"}
            # "column" is the table's column; the place inside the cell's text is "at".
            self.fault("cell-refused", **{**facts, "at": refused.facts.get("column"), **place})
            return work(instead, frozenset())
