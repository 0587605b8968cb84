"""Findings about events: kinds and positions that run, what they refer to, who catches what is thrown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bpmn.check.starts import begins_case
from engine.bpmn.drawing import ACTIVITIES, HEARD, THROWING, Drawing, Element, Flow
from engine.bpmn.notes import TIMERS, TIMES
from engine.bpmn.structure import Finding
from engine.bpmn.undoing import cancels

_AWAITED = frozenset({"conditional", *HEARD, *TIMES})
_RISING = frozenset({"error", "escalation"})  # they go up through the scopes around them until one catches them
_SEVERAL = frozenset({"multiple", "parallelMultiple"})
# What each position runs. What stands in it among the several definitions of one event is `_AMONG`.
_EVENTS_ALLOWED: Mapping[str, frozenset[str | None]] = {
    "startEvent": frozenset({None}),
    "endEvent": frozenset({None, "error", "escalation", "terminate", "compensate", "cancel", *HEARD, "multiple"}),
    "intermediateCatchEvent": frozenset({"link"}) | _AWAITED | _SEVERAL,
    "intermediateThrowEvent": frozenset({None, "link", "escalation", "compensate", *HEARD, "multiple"}),
    "sendTask": frozenset({"message"}),
    "receiveTask": frozenset({"message"}),
    "boundaryEvent": frozenset({"compensate", "cancel"}) | _AWAITED | _RISING | _SEVERAL,
}
_AMONG = _AWAITED | _RISING
_STARTS_HANDLER = _AWAITED | _RISING | _SEVERAL
_STARTS_CASE = frozenset({None, *HEARD})
_WITHIN = frozenset({"subProcess", "callActivity"})  # what is thrown inside rises to their boundary
_STARTS_UNDOING = frozenset({"compensate"})  # of the sub-process around it; nothing undoes a whole case
_ALWAYS_INTERRUPTS = frozenset({"error", "compensate"})
_RAISES = frozenset({"scriptTask", "serviceTask", "userTask", "manualTask", "task", *_WITHIN})


def events(drawing: Drawing, element: Element) -> Iterator[Finding]:
    allowed = _EVENTS_ALLOWED.get(element.kind)
    if allowed is None:
        return
    if element.kind == "startEvent":
        allowed = _of_start(drawing, element)
    lost = [reference for one, reference in drawing.dangling if one == element.id]
    if lost:
        yield {"element": element.id, "code": "reference-unknown", "reference": lost[0][:80]}
        return
    for kind in (element.event, *(one.event for one in drawing.events_of(element))):
        if kind not in allowed or (kind != element.event and kind not in _AMONG):
            yield {"element": element.id, "code": "unsupported-event", "event": kind or "none", "kind": element.kind}
            return
    for one in drawing.events_of(element):
        yield from _named(drawing, element, one)


def _of_start(drawing: Drawing, element: Element) -> frozenset[str | None]:
    if _in_event_scope(drawing, element):
        return _STARTS_HANDLER | (_STARTS_UNDOING if _is_inside_one(drawing, element) else frozenset())
    return _STARTS_CASE if element.scope is None else _EVENTS_ALLOWED["startEvent"]


def _named(drawing: Drawing, element: Element, event: Element) -> Iterator[Finding]:
    """What an event needs besides its kind: a name, a key, a code, a condition, somebody who catches it."""
    yield from _heard(drawing, element, event)
    if event.event == "conditional" and not event.expression:
        yield {"element": element.id, "code": "event-without-condition"}
    if event.event in _RISING:
        yield from _rising(drawing, element, event)


def _rising(drawing: Drawing, element: Element, event: Element) -> Iterator[Finding]:
    if event.reference and event.reference not in {**drawing.errors, **drawing.escalations}:
        yield {"element": element.id, "code": "reference-unknown", "reference": event.reference[:80]}
    elif element.kind in THROWING and not _code(drawing, event):
        yield {"element": element.id, "code": "throw-without-code"}
    elif element.kind == "endEvent" and event.event == "error" and not _caught(drawing, event):
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


def _heard(drawing: Drawing, element: Element, event: Element) -> Iterator[Finding]:
    """A message is found by its name and key, a signal by its name."""
    if event.event in HEARD and not drawing.heard_name(event):
        yield {"element": element.id, "code": f"{event.event}-without-name"}
    if event.event == "message" and not element.note.key and not begins_case(drawing, element):
        yield {"element": element.id, "code": "message-without-key"}


def _code(drawing: Drawing, element: Element) -> str:
    codes = drawing.errors if element.event == "error" else drawing.escalations
    return codes.get(element.reference or "", "")


def boundaries(drawing: Drawing, element: Element) -> Iterator[Finding]:
    if element.kind == "boundaryEvent":
        host = drawing.elements.get(element.attached_to or "")
        if host is None or host.kind not in ACTIVITIES or host.scope != element.scope:
            yield {"element": element.id, "code": "boundary-not-attached"}
        for kind in sorted({one.event or "" for one in drawing.events_of(element)}):
            if host is not None and not _can_raise(host, kind):
                yield {"element": element.id, "code": "unsupported-event", "event": kind, "kind": "boundaryEvent"}
            if not element.interrupting and kind in {"error", "cancel"}:
                yield {"element": element.id, "code": "unsupported-event", "event": kind, "kind": "nonInterrupting"}
    if element.event_scope and not _start_of(drawing, element):
        yield {"element": element.id, "code": "unsupported-event-scope"}
    if element.note.clock and element.event not in TIMERS:
        yield {"element": element.id, "code": "clock-without-timer", "clock": element.note.clock}


def _can_raise(host: Element, kind: str) -> bool:
    """Whether what a boundary event awaits can come from the activity that it is on."""
    if kind == "cancel":
        return host.transaction
    return host.kind in _RAISES if kind == "error" else kind != "escalation" or host.kind in _WITHIN


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
    awaited = [one for one in drawing.events_of(event) if one.event == "error"]
    return any(drawing.errors.get(one.reference or "") in (None, "", code) for one in awaited)


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
    links = {one.id for one in drawing.elements.values() if one.event == "link"}
    drawn = [flow for flow in (out if throws else into) if flow.source not in links]
    if drawn or (throws and len(out) > 1):
        yield {"element": element.id, "code": "flow-not-allowed"}


def event_gateway(drawing: Drawing, element: Element, out: list[Flow]) -> Iterator[Finding]:
    for flow in out:
        target = drawing.elements.get(flow.target)
        if target is None:
            continue
        if not _may_follow(drawing, target) or target.event == "parallelMultiple":
            yield {"element": element.id, "code": "event-gateway-to-other", "target": flow.target}
        elif len(drawing.incoming(target.id)) > 1:
            yield {"element": element.id, "code": "event-gateway-shared", "target": flow.target}


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
    if one is None or one.interrupting:
        return one
    return None if any(event.event in _ALWAYS_INTERRUPTS for event in drawing.events_of(one)) else one
