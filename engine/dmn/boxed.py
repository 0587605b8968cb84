"""Boxed expressions other than tables: contexts, lists, relations, invocations, functions, conditionals, filters,
loops.

Each becomes a closure over (scope, budget), built from the same parts as FEEL's own expressions. Source: DMN 1.5
chapter 7 and 10.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.dmn.document import child, children, local, text
from engine.dmn.table import Table
from engine.dmn.table_reader import read_table
from engine.feel.loops import filtering, looping, quantifying
from engine.feel.values import Frame, Function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.dmn.reading import Reading
    from engine.feel import Budget, Expression

    Code = Callable[[Mapping[str, Any], Budget], Any]

_WEIGHT = 20  # steps that one turn over a boxed body costs, whatever is in it; FEEL inside pays for itself


@dataclass(frozen=True, slots=True)
class Boxed:
    """A boxed expression, run as an Expression is."""

    code: Code

    def evaluate(self, scope: Mapping[str, Any], host: Mapping[str, Callable[..., object]], budget: Budget) -> Any:
        """Give the value; the host travels in the budget already."""
        del host
        return self.code(scope, budget)


TAGS = (
    "decisionTable",
    "literalExpression",
    "context",
    "invocation",
    "list",
    "relation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "every",
    "some",
)


def read_logic(element: Any, name: str, reading: Reading) -> Table | Expression | Boxed:
    """Give the logic of the first expression element inside `element`; `name` is what a table's lone output is
    called.
    """
    logic = child(element, *TAGS) if element is not None else None
    if logic is None:
        reading.fault("no-logic")
        return reading.expression("null")
    return read_expression(logic, name, reading)


def read_expression(logic: Any, name: str, reading: Reading) -> Table | Expression | Boxed:
    """Give the logic of an expression element itself."""
    tag = local(logic)
    if tag == "decisionTable":
        return read_table(logic, name, reading)
    if tag == "literalExpression":
        language = logic.get("expressionLanguage") or "feel"
        if "feel" not in language.lower():
            reading.fault("unknown-language", found=language)
        return reading.expression(text(logic), rule=0, column=name)
    return Boxed(_READERS[tag](logic, reading))


def code_of(logic: Table | Expression | Boxed) -> Code:
    """Give the closure of any logic."""
    if isinstance(logic, Boxed):
        return logic.code
    if isinstance(logic, Table):
        return lambda scope, budget: logic.decide(scope, budget).value
    return lambda scope, budget: logic.evaluate(scope, budget.host, budget)


def _inside(element: Any, tag: str, reading: Reading) -> Code:
    """Give the closure of the expression in the child `tag`."""
    return code_of(read_logic(child(element, tag), tag, reading))


def _context(element: Any, reading: Reading) -> Code:
    entries: list[tuple[str, Code]] = []
    result: Code | None = None
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        name = variable.get("name") if variable is not None else None
        code = code_of(read_logic(entry, name or "", reading))
        if name is None:
            result = code
        else:
            entries.append((name, code))

    def make(scope: Mapping[str, Any], budget: Budget) -> Any:
        frame = Frame({}, scope)
        for name, code in entries:
            frame[name] = code(frame, budget)
        return dict(frame) if result is None else result(frame, budget)

    return make


def _list(element: Any, reading: Reading) -> Code:
    codes = [code_of(read_expression(item, "", reading)) for item in children(element, *TAGS)]
    return lambda scope, budget: [code(scope, budget) for code in codes]


def _relation(element: Any, reading: Reading) -> Code:
    columns = [column.get("name") or "" for column in children(element, "column")]
    rows: list[list[tuple[str, Code]]] = []
    for row in children(element, "row"):
        cells = [code_of(read_expression(cell, "", reading)) for cell in children(row, *TAGS)]
        if len(cells) != len(columns):
            reading.fault("wrong-number-of-entries", rule=len(rows) + 1, found=len(cells), expected=len(columns))
        rows.append(list(zip(columns, cells, strict=False)))
    return lambda scope, budget: [{name: cell(scope, budget) for name, cell in row} for row in rows]


def _invocation(element: Any, reading: Reading) -> Code:
    callee = code_of(read_logic(element, "", reading))
    bindings = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        name = (parameter.get("name") if parameter is not None else None) or ""
        bindings.append((name, code_of(read_logic(binding, name, reading))))

    def call(scope: Mapping[str, Any], budget: Budget) -> Any:
        function = callee(scope, budget)
        named = {name: code(scope, budget) for name, code in bindings}
        return function.call_named(named, budget) if hasattr(function, "call_named") else None

    return call


def read_function(element: Any, reading: Reading) -> Code:
    """Give the closure of a function definition: it gives a Function over the scope in which it stands."""
    if (element.get("kind") or "FEEL") != "FEEL":
        reading.fault("external-function", found=element.get("kind"))
    params = tuple(parameter.get("name") or "" for parameter in children(element, "formalParameter"))
    body = code_of(read_logic(element, "", reading))
    return lambda scope, _budget: Function(params, body, scope, _WEIGHT)


def _conditional(element: Any, reading: Reading) -> Code:
    condition, then, otherwise = (_inside(element, tag, reading) for tag in ("if", "then", "else"))

    def choose(scope: Mapping[str, Any], budget: Budget) -> Any:
        verdict = condition(scope, budget)
        if verdict is not None and verdict is not True and verdict is not False:
            return None
        return (then if verdict else otherwise)(scope, budget)

    return choose


def _filter(element: Any, reading: Reading) -> Code:
    return filtering(_inside(element, "in", reading), _inside(element, "match", reading), _WEIGHT)


def _turns(element: Any, reading: Reading) -> list[tuple[str, Code, Code | None]]:
    return [(element.get("iteratorVariable") or "", _inside(element, "in", reading), None)]


def _for(element: Any, reading: Reading) -> Code:
    return looping(_turns(element, reading), _inside(element, "return", reading), _WEIGHT, keeps=True)


def _quantified(element: Any, reading: Reading) -> Code:
    body = _inside(element, "satisfies", reading)
    return quantifying(_turns(element, reading), body, _WEIGHT, some=local(element) == "some")


_READERS: dict[str, Callable[[Any, Reading], Code]] = {
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "functionDefinition": read_function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _for,
    "every": _quantified,
    "some": _quantified,
}
