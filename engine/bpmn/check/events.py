"""Findings about events: kinds and positions that run, what they refer to, who catches what is thrown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bpmn.drawing import ACTIVITIES, HEARD, THROWING, Drawing, Element, Flow
from engine.bpmn.notes import TIMERS
from engine.bpmn.structure import Finding
from engine.bpmn.undoing import cancels

_EVENTS_ALLOWED: Mapping[str, frozenset[str | None]] = {
    "startEvent": frozenset({None}),
    "endEvent": frozenset({None, "error", "escalation", "terminate", "compensate", "cancel", *HEARD}),
    "intermediateCatchEvent": frozenset({"timeDate", "timeDuration", "message", "signal", "link"}),
    "intermediateThrowEvent": frozenset({None, "link", "escalation", "compensate", *HEARD}),
    "sendTask": frozenset({"message"}),
    "receiveTask": frozenset({"message"}),
    "boundaryEvent": frozenset({*TIMERS, "message", "signal", "error", "escalation", "compensate", "cancel"}),
}
_RISING = frozenset({"error", "escalation"})  # they go up through the scopes around them until one catches them
_STARTS_HANDLER = frozenset({"message", "signal", *TIMERS, *_RISING})
_WITHIN = frozenset({"subProcess", "callActivity"})  # what is thrown inside rises to their boundary
_STARTS_UNDOING = frozenset({"compensate"})  # of the sub-process around it; nothing undoes a whole case
_ALWAYS_INTERRUPTS = frozenset({"error", "compensate"})


def events(drawing: Drawing, element: Element) -> Iterator[Finding]:
    allowed = _EVENTS_ALLOWED.get(element.kind)
    if allowed is None:
        return
    if element.kind == "startEvent" and _in_event_scope(drawing, element):
        allowed = _STARTS_HANDLER | (_STARTS_UNDOING if _is_inside_one(drawing, element) else set())
    if element.event not in allowed:
        yield {
            "element": element.id,
            "code": "unsupported-event",
            "event": element.event or "none",
            "kind": element.kind,
        }
        return
    yield from _heard(drawing, element)
    if element.event in _RISING and element.kind in THROWING and not _code(drawing, element):
        yield {"element": element.id, "code": "throw-without-code"}
    elif element.kind == "endEvent" and element.event == "error" and not _caught(drawing, element):
        yield {"element": element.id, "code": "error-not-caught"}


def cancelled(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """Only a transaction is cancelled, and the event on its boundary says how its case goes on. Source: §10.5.6."""
    if not cancels(element):
        return
    around = drawing.elements.get(element.scope or "")
    if around is None or not around.transaction:
        yield {"element": element.id, "code": "unsupported-event", "event": "cancel", "kind": element.kind}
    elif not any(one.attached_to == around.id and one.event == "cancel" for one in drawing.within(around.scope)):
        yield {"element": element.id, "code": "cancel-not-caught"}


def _heard(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """A message is found by its name and key, a signal by its name."""
    if element.event in HEARD and not drawing.heard_name(element):
        yield {"element": element.id, "code": f"{element.event}-without-name"}
    if element.event == "message" and not element.note.key:
        yield {"element": element.id, "code": "message-without-key"}


def _code(drawing: Drawing, element: Element) -> str:
    codes = drawing.errors if element.event == "error" else drawing.escalations
    return codes.get(element.reference or "", "")


def boundaries(drawing: Drawing, element: Element) -> Iterator[Finding]:
    if element.kind == "boundaryEvent":
        host = drawing.elements.get(element.attached_to or "")
        if host is None or host.kind not in ACTIVITIES or host.scope != element.scope:
            yield {"element": element.id, "code": "boundary-not-attached"}
        elif (element.event in _RISING and host.kind not in _WITHIN) or (
            element.event == "cancel" and not host.transaction
        ):
            yield {"element": element.id, "code": "unsupported-event", "event": element.event, "kind": "boundaryEvent"}
        if not element.interrupting and element.event in {"error", "cancel"}:
            yield {
                "element": element.id,
                "code": "unsupported-event",
                "event": element.event,
                "kind": "nonInterrupting",
            }
    if element.event_scope and not _start_of(drawing, element):
        yield {"element": element.id, "code": "unsupported-event-scope"}


def _caught(drawing: Drawing, element: Element) -> bool:
    """Whether a scope around an error end event catches it: an event sub-process in it or an event on its boundary."""
    code = drawing.errors.get(element.reference or "", "")
    below, scope = element.id, element.scope
    while True:
        inside = [one for one in drawing.within(scope) if one.event_scope and one.id != below]
        catching = [start for one in inside if (start := _start_of(drawing, one)) is not None]
        catching += [one for one in drawing.elements.values() if scope is not None and one.attached_to == scope]
        if any(_catches_error(drawing, one, code) for one in catching):
            return True
        if scope is None:
            return False
        below, scope = scope, drawing.elements[scope].scope


def _catches_error(drawing: Drawing, event: Element, code: str) -> bool:
    wanted = drawing.errors.get(event.reference or "")
    return event.event == "error" and wanted in (None, "", code)


def link(drawing: Drawing, element: Element, out: list[Flow], into: list[Flow]) -> Iterator[Finding]:
    """A link is one or more throwing events and one catching event of one name in one scope. Source: §10.5.5."""
    throws = element.kind == "intermediateThrowEvent"
    partners = [
        other
        for other in drawing.within(element.scope)
        if other.event == "link" and other.reference == element.reference and other.kind != element.kind
    ]
    if not element.reference or not partners or (throws and len(partners) > 1):
        yield {"element": element.id, "code": "link-without-pair", "name": element.reference or ""}
    drawn = [flow for flow in (out if throws else into) if drawing.elements[flow.source].event != "link"]
    if drawn or (throws and len(out) > 1):
        yield {"element": element.id, "code": "flow-not-allowed"}


def event_gateway(drawing: Drawing, element: Element, out: list[Flow]) -> Iterator[Finding]:
    for flow in out:
        target = drawing.elements.get(flow.target)
        if target is not None and not _may_follow(drawing, target):
            yield {"element": element.id, "code": "event-gateway-to-other", "target": flow.target}


def _may_follow(drawing: Drawing, element: Element) -> bool:
    """Whether an event-based gateway may lead to an element: an event, or a task that only receives. §10.6.6."""
    bare = not any(one.attached_to == element.id for one in drawing.within(element.scope))
    return element.kind == "intermediateCatchEvent" or (element.kind == "receiveTask" and bare)


def _in_event_scope(drawing: Drawing, element: Element) -> bool:
    return bool(element.scope and drawing.elements[element.scope].event_scope)


def _is_inside_one(drawing: Drawing, start: Element) -> bool:
    """Whether the event sub-process that an event starts lies in a sub-process."""
    return start.scope is not None and drawing.elements[start.scope].scope is not None


def _start_of(drawing: Drawing, scope: Element) -> Element | None:
    """Return the start event of an event sub-process, None unless there is one or it cannot begin so.

    An error always interrupts, and compensation comes when what it undoes has ended.
    """
    starts = [element for element in drawing.within(scope.id) if element.kind == "startEvent"]
    one = starts[0] if len(starts) == 1 else None
    return None if one is not None and one.event in _ALWAYS_INTERRUPTS and not one.interrupting else one
