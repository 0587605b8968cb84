"""Who in a case hears a signal: every event that awaits its name, wherever it stands, all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.specs.caught import parts
from engine.bpmn.specs.heard import Broadcast
from engine.runtime import state


def hearers(top: Any, name: str) -> Iterator[tuple[Any, Broadcast]]:
    """Yield each waiting task that hears the signal `name`, with its own definition of it."""
    for part in state.workflows(top):
        for task in part.tasks.values():
            if task.state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
                yield from ((task, one) for one in _hears(task, name))


def _hears(task: Any, name: str) -> Iterator[Broadcast]:
    for one in parts(task.task_spec.event_definition):
        waits = isinstance(one, Broadcast) and one.name == name and f"key:{one.key}" in task.internal_data
        if waits and not one.was_caught(task):
            yield one


def catch(task: Any, definition: Any) -> None:
    """Let a waiting task catch an event: it is ready then, unless it waits for more."""
    definition.catch(task)
    task.task_spec._update(task)
