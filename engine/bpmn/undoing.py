"""What a drawing says about compensation: which activity is undone by what, who throws it, what must be remembered.

An activity is undone by the handler that an association joins to the compensation event on its boundary; a sub-process
also by the event sub-process in it that starts with compensation, or else by what undoes the activities inside it.
Source: BPMN 2.0.2, §10.7 and §13.5.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.bpmn.drawing import Drawing, Element

_THROWS = frozenset({"intermediateThrowEvent", "endEvent"})


@dataclass(frozen=True)
class Undoing:
    """`handler` leads from an activity to what undoes it, in document order of the handlers; `remembered` are the
    activities whose completion must be kept, because something may throw compensation; `hooks` the compensation events
    on boundaries, which no token ever enters.
    """

    handler: Mapping[str, str]
    remembered: frozenset[str]
    hooks: frozenset[str]
    thrown: bool


def undoing_of(drawing: Drawing) -> Undoing:
    """Return what a checked drawing says about compensation."""
    hooks = {element.id: element for element in drawing.elements.values() if is_hook(element)}
    found = {hook.attached_to or "": target for hook in hooks.values() for target in handlers_of(drawing, hook)}
    for element in drawing.elements.values():
        if undoes_scope(drawing, element) and element.scope not in found:
            found[element.scope or ""] = element.id
    order = {element_id: position for position, element_id in enumerate(drawing.elements)}
    handler = dict(sorted(found.items(), key=lambda pair: order.get(pair[1], 0)))
    thrown = any(throws(element) or cancels(element) for element in drawing.elements.values())
    return Undoing(handler, _remembered(drawing, handler) if thrown else frozenset(), frozenset(hooks), thrown)


def joined(several: Sequence[Undoing]) -> Undoing:
    """Return what several drawings with different ids say together."""
    return Undoing(
        handler={activity: handler for one in several for activity, handler in one.handler.items()},
        remembered=frozenset().union(*(one.remembered for one in several)),
        hooks=frozenset().union(*(one.hooks for one in several)),
        thrown=any(one.thrown for one in several),
    )


def _remembered(drawing: Drawing, handler: Mapping[str, str]) -> frozenset[str]:
    """Return the activities that can be undone, and the sub-processes around them."""
    kept: set[str] = set()
    for activity in handler:
        here: str | None = activity
        while here is not None and here not in kept:
            kept.add(here)
            here = drawing.elements[here].scope if here in drawing.elements else None
    return frozenset(kept)


def is_hook(element: Element) -> bool:
    """Whether an element is a compensation event on a boundary."""
    return element.kind == "boundaryEvent" and element.event == "compensate"


def throws(element: Element) -> bool:
    """Whether an element throws compensation."""
    return element.kind in _THROWS and element.event == "compensate"


def cancels(element: Element) -> bool:
    """Whether an element cancels the transaction around it."""
    return element.kind == "endEvent" and element.event == "cancel"


def handlers_of(drawing: Drawing, hook: Element) -> list[str]:
    """Return the ids at the other end of the associations of a compensation event, whichever way they point."""
    ends = [pair for pair in drawing.associations if hook.id in pair]
    return [target for one, other in ends if (target := other if one == hook.id else one) in drawing.elements]


def undoes_scope(drawing: Drawing, element: Element) -> bool:
    """Whether an element is the event sub-process that undoes the sub-process around it."""
    return element.event_scope and any(
        start.kind == "startEvent" and start.event == "compensate" for start in drawing.within(element.id)
    )


def visible_from(drawing: Drawing, thrower: Element) -> frozenset[str | None]:
    """Return the scopes whose completed activities a throw reaches: its own, and that around an event sub-process."""
    scopes = [thrower.scope]
    while scopes[-1] is not None and drawing.elements[scopes[-1]].event_scope:
        scopes.append(drawing.elements[scopes[-1]].scope)
    return frozenset(scopes)
