"""Processes that run inside a case because another calls them: how deep they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.bpmn.drawing import Element

DEEPEST = 10  # calls inside one another


def depth(task: Any, elements: Mapping[str, Element]) -> int:
    """Return how many calls are inside one another at a call activity, itself counted."""
    found = 0
    while task is not None:
        element = elements.get(task.task_spec.bpmn_id or "")
        found += element is not None and element.kind == "callActivity"
        above = task.workflow.parent_task_id
        task = None if above is None else task.workflow.top_workflow.get_task_from_id(above)
    return found
