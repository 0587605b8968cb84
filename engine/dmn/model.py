"""A DMN file to its decisions, wired to one another. Must never give a decision of which a cell does not compile."""

from __future__ import annotations

from typing import Any

from engine.dmn.boxed import Boxed, read_function, read_logic
from engine.dmn.decision import Decision, refuse_circles
from engine.dmn.document import child, children, local, parse
from engine.dmn.reading import Reading
from engine.errors import DiagramRefused

_NAMED = frozenset(
    {
        "inputData",
        "decision",
        "businessKnowledgeModel",
        "itemComponent",
        "variable",
        "parameter",
        "formalParameter",
        "column",
    }
)


def read_tables(xml: bytes | str) -> dict[str, Decision]:
    """Give the decisions of a DMN file by id.

    Raises: DiagramRefused(findings) as `check` gives them, or for a file that is no DMN at all;
    DecisionRefused("circular").
    """
    decisions, findings = read_all(xml)
    if findings:
        raise DiagramRefused(findings=findings)
    refuse_circles(decisions)
    return decisions


def check(xml: bytes | str) -> list[dict[str, object]]:
    """Give what is wrong with a DMN file: {element, code, table, rule, column, ...facts}; [] when nothing is.

    `code`: "cell-refused" (with the FEEL `reason`, `line`, `at`), "unknown-hit-policy", "wrong-number-of-entries", ...
    `rule` counts from 1; 0 is the heading. A file that cannot be read is one finding, not an error.
    """
    try:
        return read_all(xml)[1]
    except DiagramRefused as refused:
        found = refused.facts["findings"]
        return found if isinstance(found, list) else []


def read_all(xml: bytes | str) -> tuple[dict[str, Decision], list[dict[str, object]]]:
    """Give the decisions by id and the findings, whatever they are: for tools that look at a file rather than run
    it.
    """
    root = parse(xml)
    reading = Reading(frozenset(_names(root)))
    known: dict[str, Decision] = {}
    elements = children(root, "decision", "businessKnowledgeModel")
    for element in elements:
        decision = _decision(element, reading) if local(element) == "decision" else _knowledge(element, reading)
        if decision.id in known:
            reading.fault("id-twice")
        known[decision.id] = decision
    for element in elements:
        _wire(element, known, reading)
    decisions = {identity: decision for identity, decision in known.items() if decision.sees_scope}
    return decisions, reading.findings


def _names(root: Any) -> set[str]:
    found = {element.get("name") or "" for element in root.iter() if local(element) in _NAMED}
    return {name.strip() for name in found if name.strip()}


def _decision(element: Any, reading: Reading) -> Decision:
    identity = element.get("id") or element.get("name") or ""
    reading.table = identity
    variable = child(element, "variable")
    name = element.get("name") or identity
    known_as = (variable.get("name") if variable is not None else None) or name
    return Decision(identity, name, known_as, read_logic(element, known_as, reading))


def _knowledge(element: Any, reading: Reading) -> Decision:
    """Give a business knowledge model: a decision whose value is a function, for others to call by its name."""
    identity = element.get("id") or element.get("name") or ""
    reading.table = identity
    variable = child(element, "variable")
    name = element.get("name") or identity
    definition = child(element, "encapsulatedLogic")
    if definition is None:
        reading.fault("no-logic")
        return Decision(identity, name, name, reading.expression("null"))
    known_as = (variable.get("name") if variable is not None else None) or name
    return Decision(identity, name, known_as, Boxed(read_function(definition, reading)), sees_scope=False)


def _wire(element: Any, known: dict[str, Decision], reading: Reading) -> None:
    identity = element.get("id") or element.get("name") or ""
    for requirement in children(element, "informationRequirement", "knowledgeRequirement"):
        for needed in children(requirement, "requiredDecision", "requiredKnowledge"):
            target = (needed.get("href") or "").rpartition("#")[2]
            if target in known:
                known[identity].requires.append(known[target])
            else:
                reading.table = identity
                reading.fault("required-decision-missing", found=target)
