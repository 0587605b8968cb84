"""Findings about call activities: what they call exists, begins where it is called, and comes to an end.

Source: BPMN 2.0.2, §10.3.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine import feel
from engine.bpmn.beginnings import event_starts, hand_starts
from engine.bpmn.calls import endless_calls
from engine.bpmn.check.around import Surroundings
from engine.bpmn.check.words import compiled
from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.passing import BINDINGS, EVERYTHING, Passing
from engine.bpmn.structure import Finding


def calls(drawings: Sequence[Drawing], around: Surroundings) -> Iterator[Finding]:
    """Yield what is wrong with the calls of the processes of a document."""
    for drawing in drawings:
        for element in drawing.elements.values():
            if element.kind == "callActivity":
                yield from _target(element, around)
    yield from _only_by_event(drawings)
    for call in endless_calls(drawings):
        yield {"element": call.id, "code": "endless-call", "target": call.reference}
    yield from _twice(drawings)


def _target(call: Element, around: Surroundings) -> Iterator[Finding]:
    if not call.reference:
        yield {"element": call.id, "code": "call-without-target"}
    elif call.passing is not None and call.passing.elsewhere and around.procedures is not None:
        numbers, pinned = around.procedures.get(call.reference, ()), call.passing.binding == "version"
        if not numbers or (pinned and call.passing.number not in numbers):
            yield {"element": call.id, "code": "called-unknown", "name": call.reference}
    if call.passing is not None:
        yield from _passed(call, call.passing)


def _only_by_event(drawings: Sequence[Drawing]) -> Iterator[Finding]:
    """A called process begins where somebody would start it; one that only events begin has no such place."""
    closed = {one.process_id for one in drawings if event_starts(one) and not hand_starts(one)}
    for drawing in drawings:
        for element in drawing.elements.values():
            if element.kind == "callActivity" and element.reference in closed:
                yield {"element": element.id, "code": "called-begins-by-event", "name": element.reference}


def _passed(call: Element, passing: Passing) -> Iterator[Finding]:
    if passing.binding not in BINDINGS:
        yield {"element": call.id, "code": "unsupported-binding", "binding": passing.binding}
    for name, source in (*passing.takes, *passing.gives):
        if (name, source) != EVERYTHING:
            if not name:
                yield {"element": call.id, "code": "unsupported-parameters"}
            yield from compiled(call, name, source, feel.compile_expression)


def _twice(drawings: Sequence[Drawing]) -> Iterator[Finding]:
    """An id names one element of the document, whatever the process it is in."""
    seen: set[str] = set()
    for drawing in drawings:
        yield from ({"element": one, "code": "duplicate-id"} for one in drawing.elements if one in seen)
        seen |= drawing.elements.keys()
