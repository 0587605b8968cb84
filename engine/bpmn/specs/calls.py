"""Call activities, and throws of compensation: a process of the document or of another version runs inside the case."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import CallActivity
from SpiffWorkflow.specs.base import TaskSpec


class CallTask(CallActivity):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Begins what it calls when it runs, not when it is reached: what cannot begin stands failed and can be retried."""

    def _update_hook(self, my_task: Any) -> bool:
        TaskSpec._update_hook(self, my_task)
        return True

    def _run_hook(self, my_task: Any) -> bool | None:
        top = my_task.workflow.top_workflow
        called = top.get_subprocess(my_task)
        if called is not None and called.completed:
            top.script_engine.called(my_task)
            return True
        try:
            part = top.create_subprocess(my_task, top.script_engine.call(my_task))
            part.completed_event.connect(self._on_subworkflow_completed, my_task)
            part.get_next_task(spec_name="Start").run()
        except BaseException:
            top.subprocesses.pop(my_task.id, None)
            raise
        return None

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """Copy nothing: the case's document is the only data."""
