"""What a case has completed and could undo: remembered when it completes, taken back latest first, each once.

The memory lies in the notes of a case, for finished tasks are pruned: {"undo": {"seq": the count of completions,
"done": {scope: [[seq, element, what was done inside it]]}, "until": {task that throws: seq}}}. A scope is the task of
the sub-process in motion, or "" for the case. Source: BPMN 2.0.2, §13.5.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn.drawing import Element
from engine.bpmn.normal import UNDOER
from engine.bpmn.reader import Blueprint

Record = list[Any]
_KEY = "undo"


@dataclass(frozen=True)
class Undo:
    """An activity to be undone: its handler, and the memory of what was done inside it."""

    handler: str
    inside: list[Record]
    memory: dict[str, Any]

    def begins_at(self, task: Any) -> None:
        """Give the handler that is a scope of its own what was done inside what it undoes."""
        if self.inside:
            self.memory["done"][task.id.hex] = self.inside


def remember(notes: dict[str, Any], blueprint: Blueprint, task: Any) -> None:
    """Note that an activity was completed, if something could undo it."""
    element_id = task.task_spec.bpmn_id
    if element_id not in blueprint.undoing.remembered:
        return
    memory = notes.setdefault(_KEY, {"seq": 0, "done": {}, "until": {}})
    inside = memory["done"].pop(task.id.hex, [])
    handler = blueprint.undoing.handler.get(element_id)
    if handler is not None and not blueprint.elements[handler].event_scope:
        inside = []
    if (handler is None and not inside) or task.workflow.spec.name.startswith(UNDOER):
        return  # nothing in it was done, or it undoes itself
    memory["seq"] += 1
    scope = _key(_scope_of(task.workflow, blueprint.elements))
    memory["done"].setdefault(scope, []).append([memory["seq"], element_id, inside])


def next_undo(notes: Mapping[str, Any], blueprint: Blueprint, task: Any) -> Undo | None:
    """Return what the throw around `task` has to undo next, and forget it; None when nothing is left."""
    memory = notes.get(_KEY)
    if memory is None:
        return None
    thrower = _owner(task.workflow)
    until = memory["until"].setdefault(thrower.id.hex, memory["seq"])
    element = blueprint.elements.get(thrower.task_spec.bpmn_id or "")
    wanted = element.reference if element is not None else None
    known = [memory["done"].get(scope, []) for scope in _visible(blueprint.elements, thrower.workflow)]
    found = _take(known, blueprint.undoing.handler, lambda one: one[0] <= until and wanted in (None, one[1]))
    return None if found is None else Undo(*found, memory)


def _take(
    known: list[list[Record]], handlers: Mapping[str, str], fits: Callable[[Record], bool]
) -> tuple[str, list[Record]] | None:
    """Take out what was completed last of several lists; a sub-process that nothing undoes is undone from inside."""
    candidates = [(record, done) for done in known for record in done if fits(record)]
    for record, done in sorted(candidates, key=lambda one: -int(one[0][0])):
        handler = handlers.get(record[1])
        found = _take([record[2]], handlers, lambda _: True) if handler is None else (handler, record[2])
        if handler is not None or not record[2]:
            done.remove(record)
        if found is not None:
            return found
    return None


def forget(notes: dict[str, Any], top: Any) -> None:
    """Drop the memory of scopes that stand open no more: what was interrupted is never undone."""
    memory = notes.get(_KEY)
    if memory is None:
        return
    open_ones = {"", *(task_id.hex for task_id in top.subprocesses)}
    for kind in ("done", "until"):
        memory[kind] = {scope: kept for scope, kept in memory[kind].items() if scope in open_ones and kept != []}
    if not memory["done"] and not memory["until"]:
        del notes[_KEY]


# -- scopes -----------------------------------------------------------------------------------------------------------


def _owner(part: Any) -> Any:
    return None if part.parent_task_id is None else part.top_workflow.get_task_from_id(part.parent_task_id)


def _scope_of(part: Any, elements: Mapping[str, Element]) -> Any:
    """Return the part that a drawn scope is: the one around it where it was only written out to hold one together."""
    while (owner := _owner(part)) is not None and not part.spec.name.startswith(UNDOER):
        if owner.task_spec.bpmn_id in elements:
            break
        part = owner.workflow
    return part


def _key(part: Any) -> str:
    return "" if part.parent_task_id is None else str(part.parent_task_id.hex)


def _visible(elements: Mapping[str, Element], part: Any) -> Iterator[str]:
    """Yield the scopes in which a throw looks for what was done: its own, and that around an event sub-process."""
    while True:
        part = _scope_of(part, elements)
        yield _key(part)
        owner = _owner(part)
        element = elements.get(owner.task_spec.bpmn_id or "") if owner is not None else None
        if element is None or not element.event_scope or owner.workflow.spec.name.startswith(UNDOER):
            return
        part = owner.workflow
