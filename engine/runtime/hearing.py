"""Who in a case hears a signal: every event that awaits its name, wherever it stands, all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.specs.heard import Broadcast
from engine.runtime import state


def hearers(top: Any, name: str) -> Iterator[tuple[Any, Broadcast]]:
    """Yield each waiting task that hears the signal `name`, with its own definition of it."""
    for part in state.workflows(top):
        for task in part.tasks.values():
            if task.state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
                definition = _hears(task, name)
                if definition is not None:
                    yield task, definition


def _hears(task: Any, name: str) -> Broadcast | None:
    definition = task.task_spec.event_definition
    for one in getattr(definition, "event_definitions", None) or [definition]:
        if isinstance(one, Broadcast) and one.name == name and f"key:{one.element}" in task.internal_data:
            return one
    return None


def catch(task: Any, definition: Any) -> None:
    """Let a waiting task catch an event: it is ready then."""
    task.task_spec.catch(task, BpmnEvent(definition))
    task.task_spec._update(task)
