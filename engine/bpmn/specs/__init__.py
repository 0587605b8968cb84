"""Task specifications of our own for SpiffWorkflow: joins that count per round, jobs, rules, timers and messages.

SpiffWorkflow's joins fire early in loops and predict exponentially; its timers ask the machine's clock and its messages
write into task data. Here joins wait for the round's tokens, nothing is predicted past a join, timers fire only when
told to, and messages carry nothing into task data. Specifications are shared by all cases of a version: none of these
objects may keep anything about a case.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

from SpiffWorkflow.util.task import TaskState


def drawn_id(task_spec: Any) -> str | None:
    """Return the id of the drawn element that a specification is, or stands for; None when it is only the library's."""
    found: str | None = task_spec.bpmn_id or task_spec.__dict__.get("stands_for")
    return found


def predict_flat(task_spec: Any) -> None:
    """Let a specification predict what follows without going into itself, as deep as the drawing is long."""
    task_spec._predict = MethodType(_predict, task_spec)


def _predict(
    _spec: Any, my_task: Any, seen: Any = None, looked_ahead: int = 0, mask: int = TaskState.PREDICTED_MASK
) -> None:
    """Do what the library's `TaskSpec._predict` does, in the same order."""
    ahead = [(my_task, list(seen or ()), looked_ahead)]
    while ahead:
        task, before, looked = ahead.pop()
        spec = task.task_spec
        if task.has_state(mask):
            spec._predict_hook(task)
        if task.has_state(TaskState.PREDICTED_MASK):
            before.append(spec)
        if task.has_state(TaskState.DEFINITE_MASK) or looked + 1 < spec.lookahead:
            found = [child for child in task.children if child.has_state(mask) and child not in before]
            ahead += [(child, list(before), looked + 1) for child in reversed(found)]
