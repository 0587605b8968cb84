"""Where a case stands on its drawing: the strip of stages, the states of shapes, and what follows a task."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.bpmn.drawing import Drawing, Element, role_of
from engine.desk.portal import goal_name, stages

_STOPS = frozenset({"endEvent", "intermediateCatchEvent"})
_TIMERS = frozenset({"timer", "timeDate", "timeDuration", "timeCycle"})
_JOINS = frozenset({"parallelGateway", "inclusiveGateway"})
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
    """What may come after a task. `kind` is task, wait or end; `role` is that of a task."""

    kind: str
    name: str
    role: str | None


def strip(drawing: Drawing, present: Present) -> tuple[Stage, ...]:
    """Return the stages gone through, present and still to come, with detours where they were met."""
    seen = _stages_of(drawing, present.done)
    now = _stages_of(drawing, [*present.open, *present.waiting])
    late = set(_stages_of(drawing, present.late))
    if present.ended:
        known = [drawing.elements[name] for name in present.done if name in drawing.elements]
        ends = [element for element in known if element.note.outcome]
        return tuple(Stage(name, "done") for name in [*seen, *(end.name for end in ends[-1:] if end.name)])
    order = list(stages(drawing))
    for before, name in zip([None, *seen], [*seen, *now], strict=False):
        if name not in order:
            order.insert(order.index(before) + 1 if before in order else len(order), name)
    order += [name for name in now if name not in order]
    last = max((order.index(name) for name in now), default=len(seen) - 1)
    planned = set(stages(drawing))
    found = []
    for place, name in enumerate(order):
        if name in now:
            found.append(Stage(name, "late" if name in late else "now"))
        elif place < last:
            found += [Stage(name, "done")] if name in seen else []
        elif name in planned:  # seen or not: the case went back, and will come by again
            found.append(Stage(name, "next"))
    return (*found, Stage(goal_name(drawing), "next"))


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


def follows(drawing: Drawing, element_id: str) -> tuple[tuple[Follows, ...], bool]:
    """Return what a task's completion may lead to, and whether a join, where parallel tasks are awaited, comes first.

    Those are the next tasks, waits and ends that its flows reach. Conditions are not evaluated: what follows depends on
    answers not yet given. A wait for a time that races another wait is left out.
    """
    queue, seen, joins = deque(_after(drawing, element_id)), {element_id}, False
    found: list[Element] = []
    while queue and len(seen) < _LONGEST_SEARCH:
        here = queue.popleft()
        if here in seen:
            continue
        seen.add(here)
        element = drawing.elements[here]
        if element.is_for_people or (element.kind in _STOPS and not _inner_end(element)):
            found.append(element)
            continue
        joins = joins or (not found and element.kind in _JOINS and len(drawing.incoming(here)) > 1)
        queue.extend(_after(drawing, here))
    races = any(element.kind == "intermediateCatchEvent" and element.event not in _TIMERS for element in found)
    kept = [element for element in found if not (races and element.event in _TIMERS)]
    return tuple(_follows(element) for element in kept), joins


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
        return Follows("task", element.name, role_of(element))
    return Follows("end" if element.kind == "endEvent" else "wait", element.name, None)
