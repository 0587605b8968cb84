"""From an event as drawn to the definition that runs: one line for each kind of event that is ours.

What is not in the list keeps the definition that SpiffWorkflow read. Must never keep anything about a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.notes import TIMES
from engine.bpmn.specs.events import (
    DueTimer,
    Holds,
    RisingCancel,
    RisingError,
    RisingEscalation,
    Several,
)
from engine.bpmn.specs.heard import Broadcast, KeyedMessage


def definition_of(event: Element, drawing: Drawing, otherwise: Any = None) -> Any:
    """Return our definition of an event, or of one of the definitions of an event that has several."""
    make = _MADE.get(event.event or "")
    return otherwise if make is None else make(event, drawing)


def _several(event: Element, drawing: Drawing) -> Several:
    made = [definition_of(part, drawing) for part in drawing.events_of(event)]
    return Several(event.id, made, parallel=event.event == "parallelMultiple")


_MADE: Mapping[str, Callable[[Element, Drawing], Any]] = {
    **dict.fromkeys(TIMES, lambda event, _drawing: DueTimer(event.id, event.expression or "")),
    "message": lambda event, drawing: KeyedMessage(drawing.heard_name(event), event.id),
    "signal": lambda event, drawing: Broadcast(drawing.heard_name(event), event.id),
    "conditional": lambda event, _drawing: Holds(event.id, event.expression or ""),
    "error": lambda event, drawing: RisingError(event.id, drawing.errors.get(event.reference or "")),
    "escalation": lambda event, drawing: RisingEscalation(event.id, drawing.escalations.get(event.reference or "")),
    "cancel": lambda event, _drawing: RisingCancel(event.id),
    "multiple": _several,
    "parallelMultiple": _several,
}
