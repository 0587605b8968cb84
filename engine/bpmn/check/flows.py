"""Findings about flows: ways on, starts, gateways, conditions, and nodes that nothing reaches."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.check import events
from engine.bpmn.drawing import GATEWAYS, Drawing, Element, Flow
from engine.bpmn.structure import Finding
from engine.bpmn.undoing import is_hook


def ways(drawing: Drawing, element: Element) -> Iterator[Finding]:
    out, into = drawing.outgoing(element.id), drawing.incoming(element.id)
    if element.undoes or is_hook(element):
        return
    if element.kind == "endEvent" or element.event_scope:
        if out or (into and element.event_scope):
            yield {"element": element.id, "code": "flow-not-allowed"}
        return
    if not out and element.event != "link" and _ends_are_drawn(drawing, element):
        yield {"element": element.id, "code": "no-way-on"}
    if element.event == "link":
        yield from events.link(drawing, element, out, into)
    yield from _conditions(element, out)
    if element.kind == "eventBasedGateway":
        yield from events.event_gateway(drawing, element, out)


def _ends_are_drawn(drawing: Drawing, element: Element) -> bool:
    """Whether an element must lead on: only a scope without end events may leave its ends undrawn. Source: §10.5.3."""
    if element.kind in {"boundaryEvent", "startEvent", "eventBasedGateway"}:
        return True
    return any(other.kind == "endEvent" for other in drawing.within(element.scope))


def gateways(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """A gateway has the flows that its direction says, and one that begins a case is entered by none. Source: §10.6."""
    into, out = len(drawing.incoming(element.id)), len(drawing.outgoing(element.id))
    wrong = {"Converging": out > 1 or into < 2, "Diverging": into > 1 or out < 2, "Mixed": into < 2 or out < 2}
    if element.kind in GATEWAYS and wrong.get(element.direction or "", False):
        yield {"element": element.id, "code": "gateway-direction", "direction": element.direction}
    if element.kind == "complexGateway" and into > 1 and element.activation is None:
        yield {"element": element.id, "code": "complex-without-condition"}


def _conditions(element: Element, out: list[Flow]) -> Iterator[Finding]:
    chooses = element.kind in {"exclusiveGateway", "inclusiveGateway"} and len(out) > 1
    for flow in out:
        if flow.condition is not None and element.kind in {"parallelGateway", "eventBasedGateway"}:
            yield {"element": element.id, "code": "condition-ignored", "flow": flow.id}
        elif flow.condition is not None and flow.id == element.default:
            yield {"element": element.id, "code": "default-with-condition", "flow": flow.id}
        elif flow.condition == "" or (chooses and flow.condition is None and flow.id != element.default):
            yield {"element": element.id, "code": "flow-without-condition", "flow": flow.id, "name": flow.name}


def flows(drawing: Drawing) -> Iterator[Finding]:
    drawn = {flow.id for flow in drawing.flows}
    for element_id, flow_id in drawing.named_flows:
        if flow_id not in drawn:
            yield {"element": element_id, "code": "flow-not-drawn", "flow": flow_id}
    for flow in drawing.flows:
        ends = [drawing.elements.get(flow.source), drawing.elements.get(flow.target)]
        if None in ends:
            yield {"element": flow.id, "code": "flow-to-nowhere", "source": flow.source, "target": flow.target}
        elif len({end.scope for end in ends if end}) > 1:
            yield {"element": flow.id, "code": "flow-across-scopes", "source": flow.source, "target": flow.target}
        elif ends[1] and ends[1].kind in {"startEvent", "boundaryEvent"}:
            yield {"element": flow.id, "code": "flow-into-start", "target": flow.target}


def starts(drawing: Drawing) -> Iterator[Finding]:
    scopes = [None, *(element.id for element in drawing.elements.values() if element.kind == "subProcess")]
    for scope in scopes:
        inside = list(drawing.within(scope))
        if scope is not None and not inside:
            continue
        begins = drawing.beginnings(scope)
        ends = any(element.kind == "endEvent" for element in inside)
        drawn = [one for one in begins if one.kind == "startEvent" and (scope is not None or one.event is None)]
        if not begins or (ends and not any(one.kind == "startEvent" or one.instantiates for one in begins)):
            yield {"element": scope, "code": "no-start"}
        elif len(drawn) > 1:
            yield {"element": scope, "code": "several-starts", "count": len(drawn)}


def unreachable(drawing: Drawing) -> Iterator[Finding]:
    scopes = [None, *(element.id for element in drawing.elements.values() if element.kind == "subProcess")]
    reached = {element.id for scope in scopes for element in drawing.beginnings(scope)}
    reached |= {element.id for element in drawing.elements.values() if element.event_scope or element.undoes}
    ahead = list(reached)
    onward: dict[str, list[str]] = {}
    for flow in drawing.flows:
        onward.setdefault(flow.source, []).append(flow.target)
    for element in drawing.elements.values():
        if element.kind == "boundaryEvent" and element.attached_to:
            onward.setdefault(element.attached_to, []).append(element.id)
    while ahead:
        for target in onward.get(ahead.pop(), ()):
            if target not in reached:
                reached.add(target)
                ahead.append(target)
    yield from (
        {"element": element_id, "code": "unreachable"} for element_id in drawing.elements if element_id not in reached
    )
