"""Activities that the engine does itself: jobs for connectors, decisions by tables."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ServiceTask


class JobTask(ServiceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A service task: it starts, a job is written to the outbox, and its result completes it later."""

    def _execute(self, task: Any) -> None:
        task.workflow.script_engine.prepare_job(task)


class RuleTask(ServiceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A business rule task: decides at once by a decision table of the version."""

    def _execute(self, task: Any) -> bool:
        task.workflow.script_engine.decide(task)
        return True
