"""Where a case stands on its drawing: the strip of stages, the states of shapes, and what follows a task."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.access import EXTERNAL
from engine.bpmn.drawing import Drawing, Element, role_of
from engine.desk.portal import goal_name, stages

_STOPS = frozenset({"endEvent", "intermediateCatchEvent"})
_LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Stage:
    """A stage of the strip. `state` is done, now, late or next."""

    name: str
    state: str


@dataclass(frozen=True)
class Present:
    """Where a case stands, by element: what was finished, open tasks, those past their time, waits, incidents."""

    done: Collection[str]
    open: Collection[str]
    late: Collection[str] = frozenset()
    waiting: Collection[str] = frozenset()
    failed: Collection[str] = frozenset()
    ended: bool = False


@dataclass(frozen=True)
class Follows:
    """What may come after a task. `kind` is task, wait or end; `sector` is the role of a task; `term` as drawn."""

    kind: str
    name: str
    sector: str | None
    term: str | None


def strip(drawing: Drawing, present: Present) -> tuple[Stage, ...]:
    """Return the stages gone through, present and still to come, with detours where they were met."""
    seen = _stages_of(drawing, present.done)
    now = _stages_of(drawing, [*present.open, *present.waiting])
    late = set(_stages_of(drawing, present.late))
    if present.ended:
        return tuple(Stage(name, "done") for name in seen)
    order = list(stages(drawing))
    for before, name in zip([None, *seen], [*seen, *now], strict=False):
        if name not in order:
            order.insert(order.index(before) + 1 if before in order else len(order), name)
    order += [name for name in now if name not in order]
    last = max((order.index(name) for name in now), default=len(seen) - 1)
    found = [Stage(name, _state(name, place, last, now, late, seen)) for place, name in enumerate(order)]
    return (*[one for one in found if one.state], Stage(goal_name(drawing), "next"))


def _state(name: str, place: int, last: int, now: Collection[str], late: Collection[str], seen: Collection[str]) -> str:
    if name in now:
        return "late" if name in late else "now"
    if name in seen:
        return "done"
    return "next" if place > last else ""


def _stages_of(drawing: Drawing, elements: Collection[str]) -> list[str]:
    found: dict[str, None] = {}
    for element_id in elements:
        element = drawing.elements.get(element_id)
        if element is not None and element.note.stage:
            found.setdefault(element.note.stage)
    return list(found)


def states(drawing: Drawing, present: Present) -> dict[str, str]:
    """Return {shape or flow id: done, now, late or failed}; what is absent is still to come."""
    found = dict.fromkeys((one for one in present.done if one in drawing.elements), "done")
    found |= dict.fromkeys(present.waiting, "now") | dict.fromkeys(present.open, "now")
    for element_id in [*present.open, *present.waiting]:
        found |= dict.fromkeys(_around(drawing, element_id), "now")
    found |= dict.fromkeys(present.late, "late") | dict.fromkeys((one for one in present.failed if one), "failed")
    found |= _first_events(drawing, present.done)
    done = set(present.done)
    walked = {
        flow.id: "done"
        for flow in drawing.flows
        if found.get(flow.source) == "done" and _reached(flow.target, found, done)
    }
    return found | walked


def _first_events(drawing: Drawing, done: Collection[str]) -> dict[str, str]:
    """A start whose next step was reached was passed, though no row says so."""
    found = {}
    for flow in drawing.flows:
        if drawing.elements[flow.source].kind == "startEvent" and flow.target in done:
            found[flow.source] = "done"
    return found


def _reached(target: str, found: Mapping[str, str], done: Collection[str]) -> bool:
    return target in done or found.get(target) in ("now", "late", "failed")


def _around(drawing: Drawing, element_id: str) -> Iterator[str]:
    element = drawing.elements.get(element_id)
    while element is not None and element.scope is not None:
        yield element.scope
        element = drawing.elements.get(element.scope)


def follows(drawing: Drawing, element_id: str) -> tuple[Follows, ...]:
    """Return what a task's completion may lead to: the next tasks, waits and ends that its flows reach.

    Conditions are not evaluated: what follows depends on answers not yet given.
    """
    queue, seen, found = deque(_after(drawing, element_id)), {element_id}, {}
    while queue and len(seen) < _LONGEST_SEARCH:
        here = queue.popleft()
        if here in seen:
            continue
        seen.add(here)
        element = drawing.elements[here]
        if element.is_for_people or (element.kind in _STOPS and not _inner_end(element)):
            found[here] = _follows(element)
            continue
        queue.extend(_after(drawing, here))
    return tuple(found.values())


def _inner_end(element: Element) -> bool:
    """The end of a sub-process is not the end of the case: the way goes on after it."""
    return element.kind == "endEvent" and element.scope is not None


def _after(drawing: Drawing, element_id: str) -> Sequence[str]:
    element = drawing.elements[element_id]
    inside = [one.id for one in drawing.within(element_id) if one.kind == "startEvent" and not one.event]
    if element.kind == "subProcess" and inside:
        return inside
    out = [flow.target for flow in drawing.outgoing(element_id)]
    if not out and element.scope is not None:
        return [flow.target for flow in drawing.outgoing(element.scope)]
    return out


def _follows(element: Element) -> Follows:
    if element.is_for_people:
        role = role_of(element)
        return Follows("task", element.name, role, None if role == EXTERNAL else element.note.due)
    return Follows("end" if element.kind == "endEvent" else "wait", element.name, None, None)
