"""Task specifications of our own for SpiffWorkflow: joins that count per round, jobs, rules, timers and messages.

SpiffWorkflow's joins fire early in loops and predict exponentially; its timers ask the machine's clock and its messages
write into task data. Here joins wait for the round's tokens, nothing is predicted beyond the next task, timers fire
only when told to, and messages carry nothing into task data. Specifications are shared by all cases of a version: none
of these objects may keep anything about a case.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

from SpiffWorkflow.util.task import TaskState


def drawn_id(task_spec: Any) -> str | None:
    """Return the id of the drawn element that a specification is, or stands for; None when it is only the library's."""
    found: str | None = task_spec.bpmn_id or task_spec.__dict__.get("stands_for")
    return found


def predict_next(task_spec: Any) -> None:
    """Let a specification make only the tasks that follow it directly, when it is about to run.

    The library makes the whole rest of a drawing in advance, one branch of the tree for each way through it.
    """
    task_spec._predict = MethodType(_predict, task_spec)


def _predict(spec: Any, my_task: Any, mask: int = TaskState.PREDICTED_MASK) -> None:
    if my_task.has_state(mask):
        spec._predict_hook(my_task)
