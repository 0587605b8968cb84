"""Events: timers that fire when told to, the first of several, what rises through the scopes around it."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import (
    ErrorEventDefinition,
    EscalationEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import CancelEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.specs.heard import Heard


class DueTimer(TimerEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A timer whose due instant is computed by us when it starts, and which fires only when it is told to.

    The instant lies in the task's internal data under `due:<element>`, the order to fire under `fire:<element>`; two
    timers after one event-based gateway do not share them. While there is no instant, for it could not be computed, the
    event stands failed: it is asked for again each time that the task is updated.
    """

    def __init__(self, element: str, expression: str) -> None:
        super().__init__(element, expression)

    def has_fired(self, my_task: Any) -> bool:
        if f"due:{self.name}" not in my_task.internal_data:
            due = my_task.workflow.script_engine.due(my_task, self.name, self.expression)
            if due is not None:
                my_task.internal_data[f"due:{self.name}"] = due
        return bool(my_task.internal_data.get(f"fire:{self.name}"))

    def reset(self, my_task: Any) -> None:
        my_task.internal_data.pop(f"fire:{self.name}", None)
        super().reset(my_task)


class _Rises:
    """Thrown, it goes up through the scopes around it: the nearest boundary event that awaits it catches it, no other.

    One with its code is asked before one for any code. Source: BPMN 2.0.2 §10.5.6.
    """

    def throw(self, my_task: Any) -> None:
        part = my_task.workflow
        while part.parent_task_id is not None:
            host = part.top_workflow.get_task_from_id(part.parent_task_id)
            catching = self._catching(host)
            if catching is not None:
                catching.task_spec.catch(catching, BpmnEvent(self))
                catching.task_spec._update(catching)
                return
            part = host.workflow

    def _catching(self, host: Any) -> Any:
        """Return the waiting boundary event of an activity that catches this, None when none does."""
        around = [
            task
            for task in host.parent.children
            if task.state == TaskState.WAITING
            and isinstance(task.task_spec, BoundaryEvent)
            and type(task.task_spec.event_definition) is type(self)
        ]
        for code in (self.code, None):  # type: ignore[attr-defined]  # a mixin for CodeEventDefinition
            for task in around:
                if (task.task_spec.event_definition.code or None) == (code or None):
                    return task
        return None

    def update_task_data(self, my_task: Any) -> None:
        """Keep nothing: the case's document is the only data."""

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class RisingError(_Rises, ErrorEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An error, by its code."""


class RisingEscalation(_Rises, EscalationEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An escalation, by its code."""


class RisingCancel(_Rises, CancelEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The cancellation of a transaction, from the end event in it to the event on its boundary."""

    code = None


class FirstOf(MultipleEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What an event-based gateway awaits: the first of several events. The library would ask only timers."""

    def has_fired(self, my_task: Any) -> bool:
        for definition in self.event_definitions:
            if isinstance(definition, Heard):
                definition.has_fired(my_task)
        return bool(super().has_fired(my_task))
