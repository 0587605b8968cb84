"""Findings for the analyst before a diagram is published: what Rito would not run as drawn is refused, never dropped.

A finding is `{"element": id or None, "code": str, ...facts}`. The list of what is understood is closed: an element,
event or position that is not in it is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine import feel
from engine.bpmn.check import activities, called, dialects, events, flows, free, many, starts, undoing, words
from engine.bpmn.check.around import UNKNOWN, Surroundings
from engine.bpmn.check.calls import calls
from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.structure import Finding, structure

MAX_ELEMENTS = 1_000
# What runs as the standard has it and is nearly always a slip: refused unless the analyst says that it is meant.
ACCEPTABLE = frozenset({"branches-meet-without-join", "condition-ignored", "extension-ignored", "error-not-caught"})


def findings_of_all(drawings: Sequence[Drawing], around: Surroundings = UNKNOWN) -> list[Finding]:
    """Return the findings of a process and of those that it calls in its document, the calling one first."""
    found = findings(drawings[0], around)
    for drawing in drawings[1:]:  # an error that a called process does not catch is for whoever calls it
        found += (one for one in findings(drawing, around) if one["code"] != "error-not-caught")
    return found or list(called.calls(drawings, around))


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
    found += words.compiled(None, "assunto", drawing.subject, feel.compile_expression) if drawing.subject else ()
    found += dialects.left_over(drawing)
    found += flows.flows(drawing)
    found += flows.starts(drawing)
    found += flows.unreachable(drawing)
    found += undoing.undoing(drawing)
    found += words.missing(drawing, around)
    found += calls(drawing, around)
    found += words.cycles(drawing, around)
    return found or structure(drawing)


_RULES: tuple[Callable[[Drawing, Element], Iterator[Finding]], ...] = (
    activities.loops,
    many.many,
    free.free,
    words.lengths,
    events.events,
    events.boundaries,
    events.cancelled,
    activities.tasks,
    activities.data,
    dialects.names,
    flows.ways,
    flows.gateways,
    starts.instantiates,
    starts.keys,
    activities.quantities,
    words.expressions,
    words.conditions,
    words.moments,
)
