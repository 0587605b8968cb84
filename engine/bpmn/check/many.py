"""Findings about activities with many instances: how many is said once, in what can be counted, and is known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine import feel
from engine.bpmn.check.words import compiled
from engine.bpmn.drawing import ACTIVITIES, Drawing, Element
from engine.bpmn.many import Many
from engine.bpmn.structure import Finding

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_NAME = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def many(_drawing: Drawing, element: Element) -> Iterator[Finding]:
    drawn = element.many
    if drawn is None:
        return
    if element.kind not in ACTIVITIES or element.event_scope or element.loop is not None:
        yield {"element": element.id, "code": "many-not-allowed"}
    if (drawn.cardinality is None) == (drawn.collection is None):
        yield {"element": element.id, "code": "many-of-nothing"}
    elif drawn.cardinality and _NUMBER.fullmatch(drawn.cardinality) and not drawn.cardinality.isdecimal():
        yield {"element": element.id, "code": "many-not-a-number", "found": drawn.cardinality}
    if drawn.behavior != "All":
        yield {"element": element.id, "code": "unsupported-behavior", "behavior": drawn.behavior}
    yield from _names(element, drawn)
    yield from _expressions(element, drawn)


def _names(element: Element, drawn: Many) -> Iterator[Finding]:
    names = (("inputDataItem", drawn.item, _NAME), ("elementIndexVariable", drawn.index, _NAME))
    for where, name, shape in (*names, ("loopDataOutputRef", drawn.results, _PATH)):
        if name is not None and not shape.fullmatch(name):
            yield {"element": element.id, "code": "not-a-name", "where": where, "name": name}


def _expressions(element: Element, drawn: Many) -> Iterator[Finding]:
    sources = (
        ("loopCardinality", drawn.cardinality),
        ("loopDataInputRef", drawn.collection),
        ("outputDataItem", drawn.result),
        ("completionCondition", drawn.until),
    )
    for where, source in sources:
        if source:
            yield from compiled(element, where, source, feel.compile_expression)
