"""A `decisionTable` element to a Table. Every cell that does not hold becomes a finding; must never drop a cell
silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.dmn.document import child, children, text
from engine.dmn.table import POLICIES, Input, Output, Rule, Table

if TYPE_CHECKING:
    from engine.dmn.reading import Reading
    from engine.feel import Expression

_AGGREGATIONS = frozenset({"SUM", "COUNT", "MIN", "MAX"})
# Letters of the standard's notation, which some editors write into the attribute.
_LETTERS = {
    "U": "UNIQUE",
    "F": "FIRST",
    "A": "ANY",
    "P": "PRIORITY",
    "C": "COLLECT",
    "R": "RULE ORDER",
    "O": "OUTPUT ORDER",
}
_SIGNS = {"C+": "SUM", "C<": "MIN", "C>": "MAX", "C#": "COUNT"}


def read_table(element: Any, name: str, reading: Reading) -> Table:
    """Give the table; `name` is what a single unnamed output is called."""
    policy, aggregation = _policy(element, reading)
    inputs = tuple(_input(found, number, reading) for number, found in enumerate(children(element, "input"), 1))
    found_outputs = children(element, "output")
    outputs = tuple(_output(found, number, name, reading) for number, found in enumerate(found_outputs, 1))
    _check_outputs(policy, aggregation, outputs, reading)
    titles = [title.get("name") or "" for title in children(element, "annotation")]
    rules = tuple(
        _rule(found, number, (inputs, outputs, titles), reading)
        for number, found in enumerate(children(element, "rule"), 1)
    )
    return Table(reading.table, policy, aggregation, inputs, outputs, rules)


def _policy(element: Any, reading: Reading) -> tuple[str, str]:
    written = (element.get("hitPolicy") or "UNIQUE").strip()
    policy = "COLLECT" if written in _SIGNS else _LETTERS.get(written, written)
    aggregation = _SIGNS.get(written) or (element.get("aggregation") or "").strip()
    if policy not in POLICIES:
        reading.fault("unknown-hit-policy", found=written)
        policy = "UNIQUE"
    if aggregation and (aggregation not in _AGGREGATIONS or policy != "COLLECT"):
        reading.fault("unknown-aggregation", found=aggregation)
        aggregation = ""
    return policy, aggregation


def _check_outputs(policy: str, aggregation: str, outputs: tuple[Output, ...], reading: Reading) -> None:
    if not outputs:
        reading.fault("no-output")
    names = [output.name for output in outputs]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reading.fault("output-twice", column=name)
    if aggregation in {"SUM", "MIN", "MAX"} and len(outputs) > 1:
        reading.fault("aggregation-of-several-outputs", found=aggregation)
    if policy in {"PRIORITY", "OUTPUT ORDER"} and not any(output.values for output in outputs):
        reading.fault("no-output-values", found=policy)


def _input(element: Any, number: int, reading: Reading) -> Input:
    expression = child(element, "inputExpression")
    source = text(expression)
    label = element.get("label") or source or f"input {number}"
    if not source:
        reading.fault("no-input-expression", column=label)
    allowed = text(child(element, "inputValues"))
    kind = (expression.get("typeRef") or "") if expression is not None else ""
    return Input(
        label,
        reading.expression(source, rule=0, column=label),
        kind.split(":")[-1],
        reading.tests(allowed, rule=0, column=label) if allowed else None,
    )


def _output(element: Any, number: int, name: str, reading: Reading) -> Output:
    own = element.get("name") or (name if number == 1 else f"output {number}")
    label = element.get("label") or own
    values = text(child(element, "outputValues"))
    default = text(child(element, "defaultOutputEntry"))
    return Output(
        own, label, _optional(f"[{values}]" if values else "", label, reading), _optional(default, label, reading)
    )


def _optional(source: str, label: str, reading: Reading) -> Expression | None:
    return reading.expression(source, rule=0, column=label) if source else None


def _rule(
    element: Any, number: int, columns: tuple[tuple[Input, ...], tuple[Output, ...], list[str]], reading: Reading
) -> Rule:
    inputs, outputs, titles = columns
    tests, results = children(element, "inputEntry"), children(element, "outputEntry")
    for given, wanted, side in ((tests, inputs, "input"), (results, outputs, "output")):
        if len(given) != len(wanted):
            reading.fault("wrong-number-of-entries", rule=number, side=side, found=len(given), expected=len(wanted))
    notes = [text(note) for note in children(element, "annotationEntry")]
    description = child(element, "description")
    if description is not None and not notes:
        notes, titles = ["".join(description.itertext()).strip()], ["description"]
    return Rule(
        number,
        tuple(reading.tests(text(cell), rule=number, column=c.label) for cell, c in zip(tests, inputs, strict=False)),
        tuple(
            reading.expression(text(cell), rule=number, column=o.label)
            for cell, o in zip(results, outputs, strict=False)
        ),
        {
            title or f"annotation {i}": note
            for i, (title, note) in enumerate(zip(titles, notes, strict=False), 1)
            if note
        },
    )
