"""Several ways into a process, written as a gateway before them that is told which way a case begins.

What an event begins has had its event when the case is there: its start, task or event is passed through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.bpmn.beginnings import chooses, event_starts, hand_starts, ways_in
from engine.bpmn.drawing import Drawing, Element

ENTRANCE = "comeco__"
PASSED = "intermediateThrowEvent"


def passed_through(drawing: Drawing) -> Mapping[str, str]:
    """Return {element: how it is written} of what stands at the ways into a process; empty when nothing chooses."""
    if not chooses(drawing):
        return {}
    begins = drawing.beginnings(None)
    written = {one.id: "exclusiveGateway" if one.kind == "eventBasedGateway" else PASSED for one in begins}
    return {**{one.id: PASSED for one in event_starts(drawing)}, **written}


def conditions(drawing: Drawing, begins: Iterable[Element]) -> Mapping[str, str | None]:
    """Return {beginning: the ids of the events that lead to it, one a line}; None for those of a start by hand."""
    by_hand = {one.id for one in hand_starts(drawing)}
    return {
        one.id: None if one.id in by_hand else "\n".join(event.id for event in ways_in(drawing, one)) for one in begins
    }
