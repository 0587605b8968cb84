"""Findings for the analyst before a diagram is published: what Rito would not run as drawn is refused, never dropped.

A finding is `{"element": id or None, "code": str, ...facts}`. The list of what is understood is closed: an element,
event or position that is not in it is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import feel
from engine.bpmn.drawing import ACTIVITIES, GATEWAYS, Drawing, Element, Flow, role_of
from engine.bpmn.notes import iso_term
from engine.bpmn.structure import structure
from engine.errors import BadInput, ExpressionRefused
from engine.worktime import clock_span, parse_term

Finding = dict[str, Any]

_EVENTS_ALLOWED: Mapping[str, frozenset[str | None]] = {
    "startEvent": frozenset({None}),
    "endEvent": frozenset({None, "error", "escalation", "terminate"}),
    "intermediateCatchEvent": frozenset({"timeDate", "timeDuration", "message", "link"}),
    "intermediateThrowEvent": frozenset({None, "link", "escalation"}),
    "boundaryEvent": frozenset({"timeDate", "timeDuration", "message", "error", "escalation"}),
}
_TIMERS = frozenset({"timeDate", "timeDuration"})
_THROWING = frozenset({"endEvent", "intermediateThrowEvent"})
_RISING = frozenset({"error", "escalation"})  # they go up through the scopes around them until one catches them
_STARTS_HANDLER = frozenset({"message", *_TIMERS, *_RISING})
MAX_ELEMENTS = 1_000
MOST_TURNS = 1_000  # of a loop
_LONGEST = {"id": 120, "name": 200}  # what the rows that mirror a case hold, whatever the store
_LONGEST_WORD = {
    "role": 60, "form": 120, "paper": 60, "draft_paper": 60, "signs": 12, "clock": 60, "norm": 200, "effect": 60,
    "outcome": 40,
}  # fmt: skip
_LONGEST_MESSAGE = 120
# What runs as the standard has it and is nearly always a slip: refused unless the analyst says that it is meant.
ACCEPTABLE = frozenset({"branches-meet-without-join", "condition-ignored"})


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What exists around a diagram. A None means: not known here, so do not check."""

    roles: Collection[str] | None = None
    forms: Collection[str] | None = None
    decisions: Collection[str] | None = None
    papers: Collection[str] | None = None
    topics: Collection[str] | None = None


UNKNOWN = Surroundings()


def findings(drawing: Drawing, around: Surroundings = UNKNOWN) -> list[Finding]:
    """Return every reason why `drawing` cannot be published, in document order; empty when it can."""
    if len(drawing.elements) > MAX_ELEMENTS:
        return [{"element": None, "code": "too-many-elements", "limit": MAX_ELEMENTS}]
    found: list[Finding] = []
    found += (
        {"element": element_id or None, "code": "unsupported-element", "kind": kind}
        for element_id, kind in drawing.unknown
    )
    found += ({"element": element_id or None, "code": "duplicate-id"} for element_id in drawing.duplicates)
    for rule in _RULES:
        for element in drawing.elements.values():
            found += rule(drawing, element)
    found += _compiled(None, "assunto", drawing.subject, feel.compile_expression) if drawing.subject else ()
    found += _flows(drawing)
    found += _starts(drawing)
    found += _unreachable(drawing)
    found += _missing(drawing, around)
    return found or structure(drawing)


def _identity(_drawing: Drawing, element: Element) -> Iterator[Finding]:
    if element.several:
        yield {"element": element.id, "code": "unsupported-loop"}


def _loops(_drawing: Drawing, element: Element) -> Iterator[Finding]:
    loop = element.loop
    if loop is None:
        return
    if loop.maximum is not None and not (loop.maximum.isdecimal() and 1 <= int(loop.maximum) <= MOST_TURNS):
        yield {"element": element.id, "code": "loop-maximum", "maximum": loop.maximum, "limit": MOST_TURNS}
    elif loop.maximum is None and loop.condition is None:
        yield {"element": element.id, "code": "endless-loop"}


def _lengths(drawing: Drawing, element: Element) -> Iterator[Finding]:
    texts = [(where, getattr(element, where), limit) for where, limit in _LONGEST.items()]
    texts += [(word, getattr(element.note, word), limit) for word, limit in _LONGEST_WORD.items()]
    texts.append(("role", role_of(element), _LONGEST_WORD["role"]))
    texts.append(("message", drawing.messages.get(element.reference or ""), _LONGEST_MESSAGE))
    for where, text, limit in dict.fromkeys(texts):
        if text is not None and len(text) > limit:
            yield {"element": element.id[:200], "code": "text-too-long", "where": where, "limit": limit}


def _events(drawing: Drawing, element: Element) -> Iterator[Finding]:
    allowed = _EVENTS_ALLOWED.get(element.kind)
    if allowed is None:
        return
    if element.kind == "startEvent" and _in_event_scope(drawing, element):
        allowed = _STARTS_HANDLER
    if element.event not in allowed:
        yield {
            "element": element.id,
            "code": "unsupported-event",
            "event": element.event or "none",
            "kind": element.kind,
        }
        return
    if element.event == "message" and not drawing.messages.get(element.reference or ""):
        yield {"element": element.id, "code": "message-without-name"}
    if element.event == "message" and not element.note.key:
        yield {"element": element.id, "code": "message-without-key"}
    if element.event in _RISING and element.kind in _THROWING and not _code(drawing, element):
        yield {"element": element.id, "code": "throw-without-code"}
    elif element.kind == "endEvent" and element.event == "error" and not _caught(drawing, element):
        yield {"element": element.id, "code": "error-not-caught"}


def _code(drawing: Drawing, element: Element) -> str:
    codes = drawing.errors if element.event == "error" else drawing.escalations
    return codes.get(element.reference or "", "")


def _boundaries(drawing: Drawing, element: Element) -> Iterator[Finding]:
    if element.kind == "boundaryEvent":
        host = drawing.elements.get(element.attached_to or "")
        if host is None or host.kind not in ACTIVITIES or host.scope != element.scope:
            yield {"element": element.id, "code": "boundary-not-attached"}
        elif element.event in _RISING and host.kind != "subProcess":
            yield {"element": element.id, "code": "unsupported-event", "event": element.event, "kind": "boundaryEvent"}
        if not element.interrupting and element.event == "error":
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


def _tasks(drawing: Drawing, element: Element) -> Iterator[Finding]:
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
    if (element.note.inputs and element.kind != "serviceTask") or (
        element.note.outputs and not _takes_outputs(element)
    ):
        yield {"element": element.id, "code": "unsupported-parameters"}
    if element.kind == "subProcess" and not element.event_scope and not any(drawing.within(element.id)):
        yield {"element": element.id, "code": "empty-sub-process"}


def _takes_outputs(element: Element) -> bool:
    return element.kind == "serviceTask" or element.event == "message"


def _ways(drawing: Drawing, element: Element) -> Iterator[Finding]:
    out, into = drawing.outgoing(element.id), drawing.incoming(element.id)
    if element.kind == "endEvent" or element.event_scope:
        if out or (into and element.event_scope):
            yield {"element": element.id, "code": "flow-not-allowed"}
        return
    if not out and element.event != "link" and _ends_are_drawn(drawing, element):
        yield {"element": element.id, "code": "no-way-on"}
    if element.event == "link":
        yield from _link(drawing, element, out, into)
    yield from _conditions(element, out)
    if element.kind == "eventBasedGateway":
        yield from _event_gateway(drawing, element, out)


def _ends_are_drawn(drawing: Drawing, element: Element) -> bool:
    """Whether an element must lead on: only a scope without end events may leave its ends undrawn. Source: §10.5.3."""
    if element.kind in {"boundaryEvent", "startEvent"}:
        return True
    return any(other.kind == "endEvent" for other in drawing.within(element.scope))


def _gateways(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """A gateway has the flows that its direction says, and one that begins a case is entered by none. Source: §10.6."""
    into, out = len(drawing.incoming(element.id)), len(drawing.outgoing(element.id))
    wrong = {"Converging": out > 1 or into < 2, "Diverging": into > 1 or out < 2, "Mixed": into < 2 or out < 2}
    if element.kind in GATEWAYS and wrong.get(element.direction or "", False):
        yield {"element": element.id, "code": "gateway-direction", "direction": element.direction}
    if element.instantiates:
        yield {"element": element.id, "code": "unsupported-instantiate"}


def _quantities(_drawing: Drawing, element: Element) -> Iterator[Finding]:
    if element.quantities != ("1", "1"):
        yield {"element": element.id, "code": "unsupported-quantity", "quantities": "/".join(element.quantities)}


def _link(drawing: Drawing, element: Element, out: list[Flow], into: list[Flow]) -> Iterator[Finding]:
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


def _event_gateway(drawing: Drawing, element: Element, out: list[Flow]) -> Iterator[Finding]:
    for flow in out:
        target = drawing.elements.get(flow.target)
        if target is not None and target.kind != "intermediateCatchEvent":
            yield {"element": element.id, "code": "event-gateway-to-other", "target": flow.target}


def _conditions(element: Element, out: list[Flow]) -> Iterator[Finding]:
    chooses = element.kind in {"exclusiveGateway", "inclusiveGateway"} and len(out) > 1
    for flow in out:
        if flow.condition is not None and element.kind in {"parallelGateway", "eventBasedGateway"}:
            yield {"element": element.id, "code": "condition-ignored", "flow": flow.id}
        elif flow.condition is not None and flow.id == element.default:
            yield {"element": element.id, "code": "default-with-condition", "flow": flow.id}
        elif flow.condition == "" or (chooses and flow.condition is None and flow.id != element.default):
            yield {"element": element.id, "code": "flow-without-condition", "flow": flow.id, "name": flow.name}


def _expressions(drawing: Drawing, element: Element) -> Iterator[Finding]:
    note = element.note
    sources = [("chave", note.key), ("nova_suspensao", note.suspends_again)]
    sources += [(f"entrada {name}", source) for name, source in note.inputs]
    sources += [(f"saída {name}", source) for name, source in note.outputs]
    sources.append(("repetição", element.loop.condition if element.loop else None))
    sources += [(flow.name or flow.id, flow.condition) for flow in drawing.outgoing(element.id)]
    for where, source in sources:
        if source:
            yield from _compiled(element, where, source, feel.compile_expression)
    if element.kind == "scriptTask" and element.script_format == "feel":
        yield from _compiled(element, "script", element.script or "", feel.script)


def _moments(_drawing: Drawing, element: Element) -> Iterator[Finding]:
    note = element.note
    moments = [("prazo due", note.due), ("prazo warn", note.warn)]
    if element.event in _TIMERS:
        moments.append(("timer", element.expression or " "))
    for where, source in moments:
        if source:
            yield from _moment(element, where, source)
    for where, source in (("validade", note.valid_for), ("avisar_antes", note.warn_before)):
        if source and not source.startswith("P"):
            yield {"element": element.id, "code": "not-a-term", "where": where, "source": source[:80]}
        elif source:
            yield from _moment(element, where, source)


def _moment(element: Element, where: str, source: str) -> Iterator[Finding]:
    """A term or moment written out must be one that can be counted; anything else is an expression."""
    literal = iso_term(source)
    if literal is None:
        yield from _compiled(element, where, source, feel.compile_expression)
        return
    if clock_span(literal) is not None:
        return
    try:
        parse_term(literal, days="corridos") if literal.startswith("P") else datetime.fromisoformat(literal)
    except (BadInput, ValueError):
        yield {"element": element.id, "code": "not-a-term", "where": where, "source": literal[:80]}


def _compiled(element: Element | None, where: str, source: str, compiler: Callable[[str], object]) -> Iterator[Finding]:
    try:
        compiler(source)
    except ExpressionRefused as refused:
        yield {
            "element": element.id if element else None,
            "code": "expression-refused",
            "where": where,
            **refused.facts,
        }


_RULES: tuple[Callable[[Drawing, Element], Iterator[Finding]], ...] = (
    _identity,
    _loops,
    _lengths,
    _events,
    _boundaries,
    _tasks,
    _ways,
    _gateways,
    _quantities,
    _expressions,
    _moments,
)


def _flows(drawing: Drawing) -> Iterator[Finding]:
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


def _starts(drawing: Drawing) -> Iterator[Finding]:
    scopes = [None, *(element.id for element in drawing.elements.values() if element.kind == "subProcess")]
    for scope in scopes:
        inside = list(drawing.within(scope))
        if scope is not None and not inside:
            continue
        begins = drawing.beginnings(scope)
        ends = any(element.kind == "endEvent" for element in inside)
        if not begins or (ends and begins[0].kind != "startEvent"):
            yield {"element": scope, "code": "no-start"}
        elif len(begins) > 1 and begins[0].kind == "startEvent":
            yield {"element": scope, "code": "several-starts", "count": len(begins)}


def _unreachable(drawing: Drawing) -> Iterator[Finding]:
    scopes = [None, *(element.id for element in drawing.elements.values() if element.kind == "subProcess")]
    reached = {element.id for scope in scopes for element in drawing.beginnings(scope)}
    reached |= {element.id for element in drawing.elements.values() if element.event_scope}
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


def _missing(drawing: Drawing, around: Surroundings) -> Iterator[Finding]:
    for element in drawing.elements.values():
        note = element.note
        asked = [("role-unknown", around.roles, role_of(element) if element.is_for_people else None)]
        asked += [("form-unknown", around.forms, note.form), ("decision-unknown", around.decisions, note.decision)]
        asked += [("paper-unknown", around.papers, note.paper), ("paper-unknown", around.papers, note.draft_paper)]
        asked += [("topic-unknown", around.topics, note.topic)]
        for code, known, name in asked:
            if name is not None and known is not None and name not in known:
                yield {"element": element.id, "code": code, "name": name}


def _in_event_scope(drawing: Drawing, element: Element) -> bool:
    return bool(element.scope and drawing.elements[element.scope].event_scope)


def _start_of(drawing: Drawing, scope: Element) -> Element | None:
    """Return the start event of an event sub-process, None unless there is one; an error always interrupts."""
    starts = [element for element in drawing.within(scope.id) if element.kind == "startEvent"]
    one = starts[0] if len(starts) == 1 else None
    return None if one is not None and one.event == "error" and not one.interrupting else one
