"""Whether a task of an ad-hoc sub-process in which one activity is done at a time may be done now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.drawing import Element
from engine.bpmn.specs.activities import JobTask
from engine.errors import AnotherUnderWay
from engine.runtime.scopes import outside

_LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED | TaskState.ERROR


def require_turn(task: Any, elements: Mapping[str, Element]) -> None:
    """Refuse a task while another way was begun and has not ended, where only one may be. Raises: AnotherUnderWay."""
    while (scope := outside(task)) is not None:
        element = elements.get(scope.task_spec.bpmn_id or "")
        if element is not None and element.free is not None and element.free.sequential:
            mine = _first(task)
            other = next((one for one in _begun(task.workflow, elements) if one != mine), None)
            if other is not None:
                raise AnotherUnderWay(element=other, name=elements[other].name)
        task = scope


def _begun(part: Any, elements: Mapping[str, Element]) -> list[str]:
    found = []
    for task in part.tasks.values():
        if (
            task.has_state(_LIVE)
            and task.task_spec is not part.spec.end
            and not isinstance(task.task_spec, BoundaryEvent)
        ):
            first = _first(task)
            if first in elements and (first != task.task_spec.bpmn_id or _is_under_way(task)):
                found.append(first)
    return found


def _is_under_way(task: Any) -> bool:
    """Whether the first activity of a way was begun: it is a job, failed, or a sub-process of which some was done."""
    if task.state == TaskState.ERROR or isinstance(task.task_spec, JobTask):
        return True
    part = task.workflow.top_workflow.subprocesses.get(task.id)
    if part is None:
        return False
    done = {"Start", part.spec.end.name}
    return any(
        one.state == TaskState.COMPLETED and one.task_spec.manual and one.task_spec.name not in done
        for one in part.tasks.values()
    )


def _first(task: Any) -> str:
    """Return the element with which the way of a task began."""
    found = str(task.task_spec.bpmn_id or "")
    while task.parent is not None and not task.parent.task_spec.name.startswith(("inicio__", "reparte__")):
        task = task.parent
        if not isinstance(task.task_spec, BoundaryEventSplit):
            found = str(task.task_spec.bpmn_id or found)
    return found
