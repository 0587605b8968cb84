"""Findings about call activities: what they call exists, begins where it is called, and comes to an end.

Source: BPMN 2.0.2, §10.3.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.bpmn.calls import endless_calls
from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.structure import Finding


def calls(drawings: Sequence[Drawing]) -> Iterator[Finding]:
    """Yield what is wrong with the calls of the processes of a document."""
    for drawing in drawings:
        for element in drawing.elements.values():
            if element.kind == "callActivity":
                yield from _target(drawing, element)
    for call in endless_calls(drawings):
        yield {"element": call.id, "code": "endless-call", "target": call.reference}
    yield from _twice(drawings)


def _target(drawing: Drawing, call: Element) -> Iterator[Finding]:
    if not call.reference:
        yield {"element": call.id, "code": "call-without-target"}
    elif call.reference not in drawing.processes:
        yield {"element": call.id, "code": "called-unknown", "name": call.reference}
    if call.passing is not None and call.passing.is_apart:
        yield {"element": call.id, "code": "unsupported-parameters"}


def _twice(drawings: Sequence[Drawing]) -> Iterator[Finding]:
    """An id names one element of the document, whatever the process it is in."""
    seen: set[str] = set()
    for drawing in drawings:
        yield from ({"element": one, "code": "duplicate-id"} for one in drawing.elements if one in seen)
        seen |= drawing.elements.keys()
