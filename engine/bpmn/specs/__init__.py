"""Task specifications of our own for SpiffWorkflow: joins that count per round, jobs, rules, timers and messages.

SpiffWorkflow's joins fire early in loops and predict exponentially; its timers ask the machine's clock and its messages
write into task data. Here joins wait for the round's tokens, nothing is predicted past a join, timers fire only when
told to, and messages carry nothing into task data. Specifications are shared by all cases of a version: none of these
objects may keep anything about a case.
"""

from __future__ import annotations

from typing import Any


def drawn_id(task_spec: Any) -> str | None:
    """Return the id of the drawn element that a specification is, or stands for; None when it is only the library's."""
    found: str | None = task_spec.bpmn_id or task_spec.__dict__.get("stands_for")
    return found
