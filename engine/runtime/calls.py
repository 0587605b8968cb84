"""Processes that run inside a case because another calls them: how deep they lie, what data go in and come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine import feel
from engine.bpmn.drawing import Element
from engine.bpmn.passing import EVERYTHING, Passing

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


def taken(passing: Passing, seen: Mapping[str, Any], value: Callable[[str], object]) -> dict[str, Any]:
    """Return the data with which a called process begins. `value` evaluates where the call stands."""
    own: dict[str, Any] = {}
    for name, source in passing.takes:
        if (name, source) == EVERYTHING:
            own |= feel.jsonable(dict(seen))
        else:
            own[name] = feel.jsonable(value(source))
    return own


def given(
    passing: Passing, own: Mapping[str, Any], value: Callable[[str], object]
) -> list[tuple[tuple[str, ...], Any]]:
    """Return the paths and values that a called process gives back. `value` evaluates where its data are seen."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, source in passing.gives:
        if (name, source) == EVERYTHING:
            found += [((one,), kept) for one, kept in own.items()]
        else:
            found.append((tuple(name.split(".")), feel.jsonable(value(source))))
    return found
