"""Findings about events that begin cases: where they may stand, and by which key a message finds them.

Source: BPMN 2.0.2, §10.5.2 and §10.6.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.beginnings import event_starts, is_waited_for_at, start_key, ways_in
from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.structure import Finding
from engine.errors import ExpressionRefused


def begins_case(drawing: Drawing, element: Element) -> bool:
    """Whether the message or signal of an element begins a case."""
    return any(one.id == element.id for one in event_starts(drawing))


def instantiates(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """What begins a case is entered by no flow, stands in no sub-process, and waits for no more than one event."""
    if element.awaits_all or (element.instantiates and not _may_begin(drawing, element)):
        yield {"element": element.id, "code": "unsupported-instantiate"}


def _may_begin(drawing: Drawing, element: Element) -> bool:
    apart = element.scope is None and not drawing.incoming(element.id)
    ways = ways_in(drawing, element)
    alone = all(len(drawing.incoming(one.id)) < 2 for one in ways)
    bare = element.loop is None and not any(one.attached_to == element.id for one in drawing.within(None))
    return apart and alone and bare and all(is_waited_for_at(one) for one in ways)


def keys(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """A case that is not there yet has no data: the key by which its message comes is written out, or any will do."""
    if not begins_case(drawing, element):
        return
    try:
        start_key(element)
    except ExpressionRefused:
        yield {"element": element.id, "code": "start-key-not-constant", "source": (element.note.key or "")[:80]}
