"""Findings about ad-hoc sub-processes: they have activities, and neither start nor end. Source: BPMN 2.0.2, §10.3.5."""

from __future__ import annotations

from collections.abc import Iterator

from engine import feel
from engine.bpmn.check.words import compiled
from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.structure import Finding


def free(drawing: Drawing, element: Element) -> Iterator[Finding]:
    if element.free is None:
        return
    for inner in drawing.within(element.id):
        if inner.kind in {"startEvent", "endEvent"} or inner.event_scope:
            yield {"element": inner.id, "code": "not-in-ad-hoc", "scope": element.id}
    if element.free.until:
        yield from compiled(element, "completionCondition", element.free.until, feel.compile_expression)
