"""Compact state: the live part of a case's task tree, without the specification and without the past.

`prune` drops what can no longer matter; `dump` writes the rest as short JSON; `load` builds a workflow from it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import msgspec
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.reader import Blueprint
from engine.bpmn.specs.joins import RoundInclusiveGateway, RoundParallelGateway, last_firing
from engine.errors import StateNotReadable
from engine.runtime import scopes
from engine.runtime.scripts import Scripts

FORMAT = 1
LIVE = TaskState.NOT_FINISHED_MASK | TaskState.ERROR
_NAMED = TaskState.READY | TaskState.WAITING | TaskState.STARTED | TaskState.ERROR
_KEPT_INTERNAL = ("due:", "fire:", "key:", "true:", "cycle:", "over:", "part", *scopes.KEPT)
JOINS = (RoundParallelGateway, RoundInclusiveGateway)

# Below this level the library lays every task's data into its log records: what people typed, and time at every step.
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)


# -- the library's workflows, spared what every step would pay for and nobody needs -----------------------------------


class _FindsWaiting:
    """Finds the tasks that wait by looking at each task once; the library walks the tree, sorting as it goes."""

    tasks: dict[Any, Any]

    def update_waiting_tasks(self) -> None:
        for task in [task for task in self.tasks.values() if task.state == TaskState.WAITING]:
            if task.state == TaskState.WAITING:
                task.task_spec._update(task)

    def _remove_task(self, task_id: Any) -> None:
        """Remove a task with all under it, deepest first; the library goes into itself for each level."""
        found, ahead = [], [self.tasks[task_id]]
        while ahead:
            task = ahead.pop()
            found.append(task)
            ahead += task.children
        for task in reversed(found):
            task.parent._children.remove(task.id)
            del self.tasks[task.id]
            self._task_removed_notify(task)  # type: ignore[attr-defined]  # a mixin for workflows


class SubWorkflow(_FindsWaiting, BpmnSubWorkflow):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A sub-process in motion."""


class CaseWorkflow(_FindsWaiting, BpmnWorkflow):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A process in motion, with its sub-processes."""

    def create_subprocess(self, my_task: Any, spec_name: str) -> SubWorkflow:
        """Open the sub-process of a task."""
        part = SubWorkflow(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = part
        return part


def workflows(top: Any) -> Iterator[Any]:
    """Yield the sub-workflows, innermost last started first, then the top one."""
    yield from reversed(list(top.subprocesses.values()))
    yield top


# -- saving -----------------------------------------------------------------------------------------------------------


def dump(top: Any, attempts: dict[str, int], notes: dict[str, Any]) -> str:
    """Return the state of a pruned workflow as JSON text, with the attempts so far and the notes kept beside it."""
    parts = [_dump_part(part, part.parent_task_id) for part in [top, *top.subprocesses.values()]]
    return msgspec.json.encode({"v": FORMAT, "a": attempts, "n": notes, "w": parts}).decode()


def _dump_part(part: Any, parent_task_id: UUID | None) -> list[Any]:
    tasks: list[list[Any]] = []
    ahead: list[tuple[Any, int]] = [(part.task_tree, -1)]
    while ahead:
        task, above = ahead.pop()
        if task._children:
            position = len(tasks)
            ahead += [(part.tasks[child], position) for child in reversed(task._children)]
        tasks.append(_dump_task(task, above))
    return [parent_task_id.hex if parent_task_id else "", part.completed, tasks]


def _dump_task(task: Any, above: int) -> list[Any]:
    state = task.state
    if not state & _NAMED:
        return ["", task.task_spec.name, above, state]
    row: list[Any] = [task.id.hex, task.task_spec.name, above, state]
    kept = {key: value for key, value in task.internal_data.items() if key.startswith(_KEPT_INTERNAL)}
    if kept:
        row.append(kept)
    return row


# -- loading ----------------------------------------------------------------------------------------------------------


def load(text: str, blueprint: Blueprint, scripts: Scripts) -> tuple[Any, dict[str, int], dict[str, Any]]:
    """Return the workflow, the attempts so far and the notes that `text` describes.

    Raises: StateNotReadable for a format of the future or a state that does not fit the blueprint.
    """
    state = msgspec.json.decode(text)
    if state["v"] != FORMAT:
        raise StateNotReadable(format=state["v"])
    top = CaseWorkflow(blueprint.process, dict(blueprint.parts), script_engine=scripts, deserializing=True)
    try:
        for parent_hex, completed, tasks in state["w"]:
            part = _open_part(top, parent_hex)
            _load_tasks(part, tasks)
            part.completed = completed
    except KeyError as missing:
        raise StateNotReadable(element=str(missing)) from missing
    return top, state["a"], state["n"]


def _open_part(top: Any, parent_hex: str) -> Any:
    if not parent_hex:
        return top
    parent = top.get_task_from_id(UUID(parent_hex))
    name = parent.internal_data.get("part") or parent.task_spec.spec
    part = SubWorkflow(top.subprocess_specs[name], parent.id, top, deserializing=True)
    part.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
    top.subprocesses[parent.id] = part
    return part


def _load_tasks(part: Any, rows: list[list[Any]]) -> None:
    built: list[Any] = []
    events = part.top_workflow.event_manager
    for row in rows:
        task_id = UUID(row[0]) if row[0] else uuid4()
        parent = built[row[2]] if row[2] >= 0 else None
        task = Task(part, part.spec.task_specs[row[1]], parent, row[3], task_id)
        if len(row) > 4:
            task.internal_data = row[4]
        if task.state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            events.add_task(task)
        built.append(task)
    part.task_tree = built[0]


# -- pruning ----------------------------------------------------------------------------------------------------------


def prune(top: Any) -> None:
    """Drop the past from the tree: the state is then bounded by the diagram, whatever the number of steps.

    Kept are live tasks, arrivals that a join has not consumed, and above each of them the nearest finished instance of
    every element, because joins and boundary events look up to those.
    """
    for task_id, part in list(top.subprocesses.items()):
        owner = part.parent_workflow.tasks.get(task_id) if _stands(top, part) else None
        if owner is None or owner.has_state(TaskState.FINISHED_MASK):
            del top.subprocesses[task_id]
    for part in workflows(top):
        if not part.completed:
            _prune_part(part)


def _stands(top: Any, part: Any) -> bool:
    return any(part.parent_task_id in other.tasks for other in [top, *top.subprocesses.values()])


def _prune_part(part: Any) -> None:
    tasks = part.tasks
    kept = _kept(part)
    if len(kept) < len(tasks):
        for task in [task for task in tasks.values() if task.id not in kept]:
            if task._parent in kept:
                tasks[task._parent]._children.remove(task.id)
            del tasks[task.id]
    past = [task.task_spec.name for task in tasks.values() if not task.state & LIVE]
    if len(set(past)) < len(past):
        _shorten(_preorder(part), part)
    if part.last_task is not None and part.last_task.id not in part.tasks:
        part.last_task = None


def _preorder(part: Any) -> list[Any]:
    order, ahead = [], [part.task_tree]
    while ahead:
        task = ahead.pop()
        order.append(task)
        ahead.extend(part.tasks[child] for child in task._children)
    return order


def _kept(part: Any) -> set[UUID]:
    tasks = part.tasks
    kept: set[UUID] = {part.task_tree.id}
    for task in tasks.values():
        if task.state & LIVE or (task.state == TaskState.CANCELLED and _unconsumed(part, task)):
            above = task
            while above is not None and above.id not in kept:
                kept.add(above.id)
                above = tasks.get(above._parent)
    return kept


def _unconsumed(part: Any, task: Any) -> bool:
    """Whether a cancelled task records the arrival of a token at a join that has not fired since in its round."""
    join = task.task_spec
    if not isinstance(join, JOINS) or len(join._inputs) < 2:
        return False
    base = last_firing(join, task)
    return not any(
        other.task_spec is join and other.state == TaskState.COMPLETED and last_firing(join, other) is base
        for other in part.tasks.values()
    )


def _shorten(order: list[Any], part: Any) -> None:
    """Splice out finished tasks on unbranched ways that have a nearer instance of their element below them.

    `order`: parents before their children.
    """
    below: dict[UUID, frozenset[str]] = {}
    for task in reversed(order):
        children = task._children
        names = frozenset.intersection(*(below[child] for child in children)) if children else frozenset[str]()
        if task.state & LIVE:
            below[task.id] = frozenset()
        elif len(children) == 1 and task is not part.task_tree and task.task_spec.name in names:
            _splice(part, task)
            below[task.id] = names
        else:
            below[task.id] = names | {task.task_spec.name}


def _splice(part: Any, task: Any) -> None:
    child, parent = part.tasks[task._children[0]], task.parent
    child._parent = parent.id
    parent._children[parent._children.index(task.id)] = child.id
    del part.tasks[task.id]
