"""Many instances of one activity: what makes them, and what takes what each gave and says what follows.

What an instance is lies in its task's internal data: `nth`, its number from 1, and `local`, its own data. What is known
of the whole lies in that of the task around them, under `many`. All of it is the runtime's to fill (`instances`).
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

OWN = ("nth", "local")  # of an instance, taken over by what counts it, so that a retry still knows it


class _Deciding(BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What follows is only known when it runs: nothing is predicted before."""

    def _predict_hook(self, my_task: Any) -> None:
        """Predict nothing."""

    def _goes_on(self, my_task: Any, begun: list[dict[str, Any]], *, ended: bool) -> bool:
        """Let the instances of `begun` follow, each with its own data, or the end of the whole."""
        instance, end = self.outputs
        my_task._sync_children([end] if ended else [instance] * len(begun), TaskState.FUTURE)
        for child, own in zip(my_task.children, begun, strict=False):
            child.internal_data.update(own)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class Spread(_Deciding):
    """Makes the instances with which the whole begins: all at once, the first of a sequence, or none."""

    def _run_hook(self, my_task: Any) -> bool:
        begun = my_task.workflow.script_engine.instances.begin(my_task)
        return self._goes_on(my_task, begun, ended=not begun)


class Tally(_Deciding):
    """Counts an instance that ended; the next one, the end of the whole, or nothing follows, for others still run."""

    def _update_hook(self, my_task: Any) -> bool:
        ended = my_task.parent.internal_data
        my_task.internal_data.update({key: ended[key] for key in OWN if key in ended})
        return bool(super()._update_hook(my_task))

    def _run_hook(self, my_task: Any) -> bool:
        begun, over = my_task.workflow.script_engine.instances.count(my_task)
        if over:
            self._cancel_others(my_task)
        return self._goes_on(my_task, begun, ended=over)

    def _cancel_others(self, my_task: Any) -> None:
        instance = self.outputs[0]
        for task in list(my_task.workflow.tasks.values()):
            if task.task_spec is instance and not task.has_state(TaskState.COMPLETED | TaskState.CANCELLED):
                task.cancel()
            elif task.task_spec is self and task is not my_task and task.state in (TaskState.READY, TaskState.ERROR):
                task._set_state(TaskState.CANCELLED)
