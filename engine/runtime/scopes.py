"""Whose data a task sees: of its instance, of the sub-processes around it, of the case; the innermost goes first.

What an instance of an activity has of its own, and what a sub-process declares inside itself, lies in the internal data
of its task under `local`, and what a called process has to itself under `apart`: it is saved with the state, and gone
when the instance, the sub-process or the call is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine.bpmn.drawing import Element
from engine.bpmn.many import counts
from engine.runtime.document import Scope

KEPT = ("nth", "local", "many", "tries", "apart", "from", "turns")
LONGEST_ITEM = 60  # characters, beside the name of a task


def around(task: Any, elements: Mapping[str, Element]) -> list[Scope]:
    """Return the scopes in which a task stands, innermost first."""
    found: list[Scope] = []
    inside = False
    while task is not None:
        if inside and "apart" in task.internal_data:
            return [*found, apart(task)]
        own = _own(task, elements)
        if own is not None:
            found.append(own)
        task, inside = outside(task), True
    return found


def apart(call: Any) -> Scope:
    """Return the scope of a called process that has data of its own, by its call."""
    return Scope(call.task_spec.bpmn_id or "", call.internal_data["apart"], {}, takes_new=True, closed=True)


def outside(task: Any) -> Any:
    """Return the task of the sub-process in which a task stands, None for one of the process itself."""
    part = task.workflow
    above: UUID | None = part.parent_task_id
    if above is None:
        return None
    parts = (part.top_workflow, *part.top_workflow.subprocesses.values())
    return next((one.tasks[above] for one in parts if above in one.tasks), None)


def instance_around(task: Any) -> Any:
    """Return the innermost task that is an instance of many in which a task stands, None when there is none."""
    while task is not None and "nth" not in task.internal_data:
        task = outside(task)
    return task


def place(task: Any) -> str:
    """Return which of many instances a task is or stands in, as people read it: `2/3`, or `2/3: obras` for a word."""
    instance = instance_around(task)
    if instance is None:
        return ""
    whole = outside(instance).internal_data["many"]
    number = f"{instance.internal_data['nth']}/{whole['n']}"
    item = whole.get("item") and instance.internal_data.get("local", {}).get(whole["item"])
    return f"{number}: {item}" if isinstance(item, str) and 0 < len(item) <= LONGEST_ITEM else number


def _own(task: Any, elements: Mapping[str, Element]) -> Scope | None:
    spec = task.task_spec
    element_id = spec.bpmn_id or spec.__dict__.get("stands_for") or ""
    element = elements.get(element_id)
    nth = task.internal_data.get("nth")
    names = element.declares if element is not None and spec.bpmn_id else ()
    if nth is None and not names:
        gate = task.internal_data.get("gate")  # what a complex gateway shows of itself to its conditions
        return None if gate is None else Scope(element_id, {}, gate, takes_new=False)
    values = task.internal_data.setdefault("local", {})
    for name in names:
        values.setdefault(name, None)
    if nth is None:
        return Scope(element_id, values, {}, takes_new=False)
    return Scope(f"{element_id}[{nth}]", values, {"loopCounter": nth, **_counts(task)}, takes_new=True)


def _counts(task: Any) -> dict[str, int]:
    whole = outside(task)
    return counts(whole.internal_data.get("many", {})) if whole is not None else {}
