"""Returning a case to an earlier task (devolução): by the servant who holds the later one, with a motive and in words.

What was done stays in the record, and the earlier task is a new attempt with its own deadline. A return goes past no
requester's task, no signature, no issued document, no charge and no message from outside: those are not undone by
doing an earlier task again. Nor does it leave what a legal clock runs on: the city would give itself time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from engine.access import EXTERNAL, By, require_scope, require_work
from engine.acts.advance import Held, Moved, hold_task, see_task
from engine.acts.advance.byhand import Wish, came_of
from engine.acts.operator import Foreseen, Why, carry_out, done_of, require_reason, seen_ahead
from engine.acts.tasks import require_open
from engine.bpmn.drawing import Element, role_of
from engine.errors import BadInput, CaseSuspended, Denied, HandRefused

MOTIVES = (
    "documento-faltante", "informacao-incompleta", "analise-incompleta", "outro-setor", "fato-novo", "outro",
)  # fmt: skip
_CHARGES = "pix."


@dataclass(frozen=True, kw_only=True)
class Target:
    """An earlier task to which a case may be returned, the latest done first."""

    element: str
    name: str
    role: str


def targets(by: By, task_id: UUID) -> list[Target]:
    """Return the earlier tasks to which the holder of a task may return its case; changes nothing.

    Raises: NotFound, Denied, TaskNotOpen, TaskTaken.
    """
    held = _required(by, see_task(by, task_id))
    done = done_of(by, held.case["id"])
    found = sorted(_earlier(held, done), key=lambda one: -done[one.id])
    return [Target(element=one.id, name=one.name or one.id, role=role_of(one) or "") for one in found]


def foresee_return(by: By, task_id: UUID, element: str) -> Foreseen:
    """Return what a return would do; changes nothing. Raises: as `return_to`."""
    held = _required(by, see_task(by, task_id))
    _require_target(by, held, element)
    return seen_ahead(by, held, Wish(kind="restart", element=element))


def return_to(by: By, task_id: UUID, element: str, why: Why) -> Moved:
    """Return a case from an open task to an earlier one.

    Raises: NotFound, Denied, TaskNotOpen, TaskTaken, BadInput without a motive of the list or a reason, CaseSuspended,
    CaseMoved, HandRefused (not-returnable) for a task that it may not go back to, CaseStuck.
    """
    held = _required(by, hold_task(by, task_id))
    if why.motive not in MOTIVES:
        raise BadInput(errors={"motive": ["not-an-option" if why.motive else "required"]})
    require_reason(why)
    _require_target(by, held, element)
    assert held.task is not None
    acting_for = by.acting_for(held.task["role"])
    return carry_out(by, held, Wish(kind="restart", element=element), why, "task.return", acting_for)


def _required(by: By, held: Held) -> Held:
    """Return a held task whose case the caller may return now."""
    require_scope(by, "tasks:work")
    assert held.task is not None
    if held.task["role"] == EXTERNAL:
        raise Denied(role=EXTERNAL)
    require_work(by, held.task["role"], held.case["id"])
    require_open(by, held.task)
    if held.case["suspended_at"] is not None:
        raise CaseSuspended(case=held.case["number"], at=held.case["suspended_at"])
    return held


def _require_target(by: By, held: Held, element: str) -> None:
    if element not in {one.id for one in _earlier(held, done_of(by, held.case["id"]))}:
        drawn = held.edition.blueprint.elements.get(element)
        raise HandRefused(reason="not-returnable", element=element, name=drawn.name if drawn is not None else element)


def _earlier(held: Held, done: Mapping[str, int]) -> list[Element]:
    """Return the people's tasks that were done and that the held task came of, with nothing final in between."""
    assert held.task is not None
    elements = held.edition.blueprint.drawing.elements
    found = []
    for one in elements.values():
        if one.is_for_people and one.id in done and role_of(one) != EXTERNAL and one.id != held.task["element"]:
            came = came_of(held.edition, one.id, done)
            between = [elements[name] for name in {one.id, *came} if done.get(name, 0) >= done[one.id]]
            clocked = _clocked(elements, held.task["element"]) - _clocked(elements, one.id)
            if held.task["element"] in came and not clocked and not any(_is_final(each) for each in between):
                found.append(one)
    return found


def _clocked(elements: Mapping[str, Element], element: str) -> set[str]:
    """Return the activities around and with an element on which a legal clock runs: going back before one ends it."""
    around: set[str] = set()
    inner: str | None = element
    while inner is not None:
        around.add(inner)
        inner = elements[inner].scope
    return around & {one.attached_to for one in elements.values() if one.note.clock and one.attached_to}


def _is_final(element: Element) -> bool:
    """Whether what was done there stays done: signed, issued, charged, asked of the requester, told from outside."""
    note = element.note
    told = element.kind in {"intermediateCatchEvent", "receiveTask", "startEvent", "boundaryEvent"}
    return bool(
        note.signs
        or note.paper
        or (note.topic or "").startswith(_CHARGES)
        or (element.is_for_people and role_of(element) == EXTERNAL)
        or (told and element.event == "message")
    )
