"""Activities that the engine does itself: jobs for connectors, decisions by tables, steps that move data."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ServiceTask
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin


class JobTask(ServiceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A service task: it starts, a job is written to the outbox, and its result completes it later."""

    def _execute(self, task: Any) -> None:
        task.workflow.script_engine.prepare_job(task)


class RuleTask(ServiceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A business rule task: decides at once by a decision table of the version."""

    def _execute(self, task: Any) -> bool:
        task.workflow.script_engine.decide(task)
        return True


class MoveTask(BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A step before or after an element that moves its data; `moves` are set when the diagram is read."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.move(my_task, self.moves)
        return True
