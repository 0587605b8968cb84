"""Gateways that ask more than the conditions of their flows: which activity is undone next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway
from SpiffWorkflow.util.task import TaskState


class NextUndo(ExclusiveGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Leads to the handler of what was completed last and is to be undone, and on when nothing is left.

    `ways`: from a handler to the node behind this gateway at which it begins.
    """

    ways: Mapping[str, str]

    def _run_hook(self, my_task: Any) -> bool:
        undo = my_task.workflow.script_engine.next_to_undo(my_task)
        way = self.default_task_spec if undo is None else self.ways[undo.handler]
        my_task._sync_children([self._wf_spec.task_specs[way]], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
            if undo is not None:
                undo.begins_at(child)
        return True
