"""The end of one way through an ad-hoc sub-process: it asks whether that was enough, and ends the rest if so."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

_OPEN = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class FreeEnd(BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Asks the completion condition when an activity has ended. Source: BPMN 2.0.2, §13.3.5."""

    def _run_hook(self, my_task: Any) -> bool:
        if my_task.workflow.script_engine.enough(my_task):
            self._cancel_others(my_task)
        return True

    def _cancel_others(self, my_task: Any) -> None:
        end = self._wf_spec.end
        for task in list(my_task.workflow.tasks.values()):
            if task is my_task or task.task_spec is end:
                continue
            if task.state == TaskState.ERROR:
                task._set_state(TaskState.CANCELLED)
            elif task.has_state(_OPEN):
                task.cancel()
