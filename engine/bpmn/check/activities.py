"""Findings about activities: who does them, how often, with which parameters."""

from __future__ import annotations

from collections.abc import Iterator

from engine import feel
from engine.bpmn.check.words import compiled
from engine.bpmn.drawing import ACTIVITIES, HEARD, THROWING, Drawing, Element, role_of
from engine.bpmn.structure import Finding

MOST_TURNS = 1_000  # of a loop
MOST_TOKENS = 100  # that an activity waits for or gives


def loops(_drawing: Drawing, element: Element) -> Iterator[Finding]:
    loop = element.loop
    if loop is None:
        return
    if loop.maximum is not None and not (loop.maximum.isdecimal() and 1 <= int(loop.maximum) <= MOST_TURNS):
        yield {"element": element.id, "code": "loop-maximum", "maximum": loop.maximum, "limit": MOST_TURNS}
    elif loop.maximum is None and loop.condition is None:
        yield {"element": element.id, "code": "endless-loop"}


def quantities(_drawing: Drawing, element: Element) -> Iterator[Finding]:
    """An activity may wait for several tokens and give several, each a whole number. Source: §10.3.1."""
    counted = all(one.isdecimal() and 1 <= int(one) <= MOST_TOKENS for one in element.quantities)
    able = element.kind in ACTIVITIES and not element.event_scope and not element.undoes
    if element.quantities != ("1", "1") and not (counted and able):
        yield {"element": element.id, "code": "unsupported-quantity", "quantities": "/".join(element.quantities)}


def data(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """What moves data must be understood, and stand where a step before or after it can move them."""
    for fault in element.moves.faults:
        yield {"element": element.id, "code": "data-not-moved", "what": fault}
    moves = (*element.moves.before, *element.moves.after)
    sources = [drawing.elements.get(flow.source) for flow in drawing.incoming(element.id)]
    after_gateway = any(one is not None and one.kind == "eventBasedGateway" for one in sources)
    if moves and (element.undoes or element.event_scope or (element.moves.before and after_gateway)):
        yield {"element": element.id, "code": "data-not-moved", "what": "position"}
    for one in moves:
        if not one.copies:
            yield from compiled(element, ".".join(one.target), one.source or " ", feel.compile_expression)


def tasks(drawing: Drawing, element: Element) -> Iterator[Finding]:
    if element.is_for_people and not role_of(element):
        yield {"element": element.id, "code": "task-without-role"}
    if element.is_for_people and not element.name:
        yield {"element": element.id, "code": "task-without-name"}
    if element.kind == "scriptTask" and element.script_format != "feel":
        yield {"element": element.id, "code": "script-not-feel", "format": element.script_format or ""}
    if element.kind == "serviceTask" and not element.note.topic:
        yield {"element": element.id, "code": "service-without-topic"}
    if element.kind == "businessRuleTask" and not element.note.decision:
        yield {"element": element.id, "code": "rule-without-decision"}
    if (element.note.inputs and not _takes_inputs(drawing, element)) or (
        element.note.outputs and not _takes_outputs(drawing, element)
    ):
        yield {"element": element.id, "code": "unsupported-parameters"}
    if element.kind == "subProcess" and not element.event_scope and not any(drawing.within(element.id)):
        yield {"element": element.id, "code": "empty-sub-process"}


def _takes_inputs(drawing: Drawing, element: Element) -> bool:
    return element.kind == "serviceTask" or (_is_heard(drawing, element) and element.kind in THROWING)


def _takes_outputs(drawing: Drawing, element: Element) -> bool:
    return element.kind == "serviceTask" or (_is_heard(drawing, element) and element.kind not in THROWING)


def _is_heard(drawing: Drawing, element: Element) -> bool:
    return any(one.event in HEARD for one in drawing.events_of(element))
