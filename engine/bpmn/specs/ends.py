"""Ends that stop what else stands open: a terminate event ends its scope, an error that nobody awaits the whole case.

Source: BPMN 2.0.2 §10.5.3 and §13.5.3.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import EndEvent
from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent as EndEventMixin
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.normal import WRAP


class EndOfScope(EndEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A terminate end event: its scope ends with all that is open in it, its event sub-processes too."""

    def _on_complete_hook(self, my_task: Any) -> None:
        super(EndEventMixin, self)._on_complete_hook(my_task)
        end_all(_scope_of(my_task.workflow), my_task)


def end_all(part: Any, last: Any) -> None:
    """End a part of a case with everything open in it; `last` is the task that did."""
    for task in part.get_tasks(state=TaskState.NOT_FINISHED_MASK):
        task.cancel()
    part._mark_complete(last)


def _scope_of(part: Any) -> Any:
    """Return the part that a drawn scope is: the one around it where it only parts a scope from its handlers."""
    while part.parent_task_id is not None:
        owner = part.top_workflow.get_task_from_id(part.parent_task_id)
        if not owner.task_spec.name.startswith(WRAP):
            break
        part = owner.workflow
    return part
