"""Places in SpiffWorkflow's specifications where a token may be put, and the part of a case that a place belongs to.

It reads specifications and trees; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit, _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent, EventBasedGateway
from SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway import ExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.inclusive_gateway import InclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.reader import Blueprint
from engine.bpmn.specs import drawn_id
from engine.bpmn.specs.joins import RoundInclusiveGateway, RoundParallelGateway
from engine.errors import HandRefused
from engine.runtime import state

JOINS = (RoundParallelGateway, RoundInclusiveGateway)
CHOICES = (ExclusiveGateway, InclusiveGateway, EventBasedGateway)
OPEN = TaskState.READY | TaskState.WAITING | TaskState.STARTED | TaskState.ERROR
_LIBRARYS_OWN = (BoundaryEventJoin, _EndJoin)
_NO_ENTRY = (BoundaryEvent,)


@dataclass(frozen=True)
class Place:
    """Where an element is in the specifications: the process or part, its node there, and where a token comes in."""

    spec: Any
    node: Any
    entry: Any


def place_of(blueprint: Blueprint, element_id: str, where: str) -> Place:
    """Return the place of a drawn element for a token put `before` or `after` it. Raises: HandRefused."""
    element = blueprint.elements.get(element_id)
    if element is None:
        raise HandRefused(reason="no-such-element", element=element_id)
    if _undoes(blueprint, element_id):
        raise HandRefused(reason="only-undoes", element=element_id)
    for spec in _specs(blueprint):
        for name, node in spec.task_specs.items():
            if node.bpmn_id == element_id and name not in blueprint.turns:
                place = Place(spec, node, _entry(blueprint, spec, node))
                if element.many is not None:  # its instances are made by the whole
                    place = host_of(blueprint, spec) or place
                _require_entry(place, element_id, where)
                return place
    raise HandRefused(reason="no-such-element", element=element_id)


def _undoes(blueprint: Blueprint, element_id: str | None) -> bool:
    """Whether an element is, or is inside, what is done only to undo something: no flow leads there."""
    handlers = set(blueprint.undoing.handler.values())
    while element_id is not None and element_id not in handlers:
        element_id = blueprint.elements[element_id].scope
    return element_id is not None


def host_of(blueprint: Blueprint, spec: Any) -> Place | None:
    """Return the place of the sub-process whose inside `spec` is; None for the process itself."""
    for outer in _specs(blueprint):
        for node in outer.task_specs.values():
            if isinstance(node, SubWorkflowTask) and node.spec == spec.name:
                return Place(outer, node, _split_of(outer, node))
    return None


def _specs(blueprint: Blueprint) -> Iterator[Any]:
    yield blueprint.process
    yield from blueprint.parts.values()


def _entry(blueprint: Blueprint, spec: Any, node: Any) -> Any:
    """Return where a flow to an element leads: to the gateway before it when its loop is asked first."""
    element = blueprint.elements[node.bpmn_id]
    if element.loop is not None and element.loop.before:
        asks = next(name for name, turned in blueprint.turns.items() if turned == element.id)
        return spec.task_specs[asks]
    return _split_of(spec, node)


def _split_of(spec: Any, node: Any) -> Any:
    """Return the library's node before an activity that arms its boundary events, or else the activity itself."""
    return spec.task_specs.get(f"{node.name}.BoundaryEventSplit", node)


def _require_entry(place: Place, element_id: str, where: str) -> None:
    node = place.node
    if where == "before" and isinstance(node, _NO_ENTRY):
        raise HandRefused(reason="not-before-a-boundary-event", element=element_id)
    to_join = [one for one in ([node] if where == "before" else node.outputs) if _is_join(one)]
    if to_join and (where == "before" or isinstance(node, JOINS)):
        raise HandRefused(reason="not-before-a-join", element=element_id)
    if where == "after" and isinstance(node, CHOICES) and len(node._outputs) > 1:
        raise HandRefused(reason="choose-a-way", element=element_id)
    if where == "after" and all(isinstance(one, _LIBRARYS_OWN) for one in node.outputs):
        raise HandRefused(reason="nothing-after-the-end", element=element_id)


def _is_join(node: Any) -> bool:
    return isinstance(node, JOINS) and len(node._inputs) > 1


# -- in the tree of a case --------------------------------------------------------------------------------------------


def live_parts(top: Any) -> list[Any]:
    """Return the parts of a case that go on, the outermost first."""
    return [part for part in [top, *top.subprocesses.values()] if not part.completed]


def tokens(part: Any) -> list[Any]:
    """Return the tasks of a part where a token is: open, failed, or around an open sub-process; no joins, no ends."""
    return [task for task in part.tasks.values() if task.has_state(OPEN) and not _is_structure(task)]


def _is_structure(task: Any) -> bool:
    if isinstance(task.task_spec, _LIBRARYS_OWN):
        return True
    return isinstance(task.task_spec, JOINS) and task.state == TaskState.WAITING


def is_armed(task: Any) -> bool:
    """Whether a task is a boundary event that waits beside its activity: no token of its own."""
    return isinstance(task.task_spec, BoundaryEvent) and task.state == TaskState.WAITING


def part_within(top: Any, spec: Any, source: Any) -> Any:
    """Return the open part of a specification: the one that `source` is in when there are several; None without one.

    Raises: HandRefused when several are open and none of them is the source's.
    """
    found = [part for part in live_parts(top) if part.spec is spec]
    if len(found) < 2:
        return found[0] if found else None
    around = list(_parts_around(source))
    for part in found:
        if part in around:
            return part
    raise HandRefused(reason="several-instances", element=spec.name)


def _parts_around(task: Any) -> Iterator[Any]:
    while task is not None:
        part = task.workflow
        yield part
        task = host_task(part)


def host_task(part: Any) -> Any:
    """Return the task around a part, None for the process itself."""
    return None if part.parent_task_id is None else part.top_workflow.get_task_from_id(part.parent_task_id)


def require_plain(task: Any) -> None:
    """Refuse a task that is one of many instances: what counts them would wait for it for ever."""
    if "nth" in task.internal_data:
        raise HandRefused(reason="one-of-many", element=drawn_id(task.task_spec))
    while task is not None:
        above = task.parent
        while above is not None:
            if above.state != TaskState.COMPLETED:
                raise HandRefused(reason="one-of-many", element=drawn_id(task.task_spec))
            above = above.parent
        task = host_task(task.workflow)


def place_under(task: Any) -> Any:
    """Return the nearest finished task above `task` below which a token of its own may stand."""
    above = task.parent
    while above.state != TaskState.COMPLETED or isinstance(above.task_spec, BoundaryEventSplit):
        above = above.parent
    return above


def find_token(top: Any, task_id: Any) -> Any:
    """Return the task of a token. Raises: HandRefused when none stands there (any more)."""
    for part in state.workflows(top):
        task = part.tasks.get(task_id)
        if task is not None and task.has_state(OPEN) and not _is_structure(task) and not is_armed(task):
            return task
    raise HandRefused(reason="no-token", task=str(task_id))
