"""Where a case may begin: by hand, at the start that no event triggers, or at an event that comes from elsewhere.

A start event, a task that receives, or an event behind a gateway may begin a case. Source: BPMN 2.0.2, §10.5.2 and
§10.6.6.
"""

from __future__ import annotations

from engine import feel
from engine.bpmn.drawing import HEARD, Drawing, Element
from engine.errors import ExpressionRefused

_MAY_BEGIN = frozenset({"intermediateCatchEvent", "receiveTask"})


def event_starts(drawing: Drawing) -> list[Element]:
    """Return the elements that begin a case when their message or signal comes, in document order."""
    return [one for begin in drawing.beginnings(None) for one in ways_in(drawing, begin) if one.event in HEARD]


def ways_in(drawing: Drawing, begin: Element) -> list[Element]:
    """Return the events by which a token comes to a beginning: those behind a gateway that begins cases, or itself."""
    if begin.instantiates and begin.kind == "eventBasedGateway":
        return [drawing.elements[flow.target] for flow in drawing.outgoing(begin.id) if flow.target in drawing.elements]
    return [begin] if begin.kind == "startEvent" or begin.instantiates else []


def hand_starts(drawing: Drawing) -> list[Element]:
    """Return where a case begins that somebody starts: several when all of them do, none when only events begin it."""
    begins = drawing.beginnings(None)
    return [one for one in begins if not one.instantiates and (one.kind != "startEvent" or one.event is None)]


def start_key(element: Element) -> str | None:
    """Return the key by which a message begins a case, None for any. Raises: ExpressionRefused when it needs data."""
    if element.note.key is None:
        return None
    compiled = feel.compile_expression(element.note.key)
    value = compiled.evaluate({}, {})
    if compiled.names or value is None or isinstance(value, dict | list):
        raise ExpressionRefused(reason="no-key", source=element.note.key)
    return str(value)


def chooses(drawing: Drawing) -> bool:
    """Whether it must be said where a case begins: not everything that begins does so whenever a case is started."""
    return bool(event_starts(drawing))


def is_waited_for_at(element: Element) -> bool:
    """Whether an element may stand behind a gateway that begins cases."""
    return element.kind in _MAY_BEGIN and element.event in HEARD
