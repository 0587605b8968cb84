"""Events: timers that fire when told to, conditions asked when data change, what rises through the scopes, several."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.conditional import ConditionalEventDefinition
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

from engine.bpmn.specs.caught import Caught, parts
from engine.bpmn.specs.ends import end_all


class DueTimer(Caught, TimerEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A timer whose due instant is computed by us when it starts, and which fires only when it is told to.

    The instant lies in the task's internal data under `due:<key>`; where a cycle stands, under `cycle:<key>`.
    """

    kept = "due"

    def __init__(self, key: str, expression: str) -> None:
        super().__init__(key, expression)
        self.key = key

    def begin(self, my_task: Any) -> None:
        my_task.workflow.script_engine.begin_timer(my_task, self.key)

    def goes_on(self, my_task: Any) -> bool:
        if f"over:{self.key}" in my_task.internal_data:
            return False
        return not self.was_caught(my_task) or f"cycle:{self.key}" in my_task.internal_data

    def carry(self, my_task: Any, again: Any) -> None:
        if self.goes_on(my_task) and f"due:{self.key}" in my_task.internal_data:
            my_task.workflow.script_engine.carry_timer(my_task, again, self.key)
        elif not self.goes_on(my_task):
            again.internal_data[f"over:{self.key}"] = True


class Holds(Caught, ConditionalEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A condition over the case's data: caught when it is found true after it was not. Source: BPMN 2.0.2 §10.5.5.

    It is asked when it begins to wait and, by the run, after each change of the data. What it was last lies in the
    task's internal data under `true:<key>`.
    """

    kept = "true"

    def __init__(self, key: str, expression: str) -> None:
        super().__init__(expression)
        self.name = self.key = key

    def begin(self, my_task: Any) -> None:
        self.ask(my_task)

    def ask(self, my_task: Any) -> None:
        """Ask the condition now. One that cannot be answered leaves the event failed."""
        held = my_task.internal_data.pop(f"true:{self.key}", False)
        now = my_task.workflow.script_engine.holds_now(my_task, self.key)
        if now is not None:
            my_task.internal_data[f"true:{self.key}"] = now
            if now and not held:
                self.catch(my_task)

    def carry(self, my_task: Any, again: Any) -> None:
        again.internal_data[f"true:{self.key}"] = my_task.internal_data.get(f"true:{self.key}", True)


# -- what rises through the scopes ------------------------------------------------------------------------------------


class _Rises(Caught):
    """Thrown, it goes up through the scopes around it: the nearest boundary event that awaits it catches it, no other.

    One with its code is asked before one for any code. Source: BPMN 2.0.2 §10.5.6.
    """

    code: str | None

    def throw(self, my_task: Any) -> None:
        rise(self, my_task.workflow)


class RisingError(_Rises, ErrorEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An error, by its code. Thrown where nobody awaits it, it ends the case."""

    def __init__(self, key: str, code: str | None) -> None:
        super().__init__(key, code)
        self.key = key

    def throw(self, my_task: Any) -> None:
        if not rise(self, my_task.workflow):
            end_all(my_task.workflow.top_workflow, my_task)


class RisingEscalation(_Rises, EscalationEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An escalation, by its code."""

    def __init__(self, key: str, code: str | None) -> None:
        super().__init__(key, code)
        self.key = key


class RisingCancel(_Rises, CancelEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The cancellation of a transaction, from the end event in it to the event on its boundary."""

    code = None

    def __init__(self, key: str) -> None:
        super().__init__(name=key)
        self.key = key


def rise(thrown: _Rises, part: Any) -> bool:
    """Let the nearest event that awaits `thrown` around a part of the case catch it. Returns whether one did."""
    while part.parent_task_id is not None:
        host = part.top_workflow.get_task_from_id(part.parent_task_id)
        if _caught_at(thrown, host):
            return True
        part = host.workflow
    return False


def rise_from(thrown: _Rises, task: Any) -> bool:
    """Let the nearest event that awaits `thrown` catch it from an activity, one on its own boundary first."""
    return _caught_at(thrown, task) or rise(thrown, task.workflow)


def _caught_at(thrown: _Rises, host: Any) -> bool:
    """Let a boundary event of an activity catch this. Returns whether one awaits it."""
    around = [
        (task, part)
        for task in host.parent.children
        if task.state == TaskState.WAITING and isinstance(task.task_spec, BoundaryEvent)
        for part in parts(task.task_spec.event_definition)
        if type(part) is type(thrown) and not part.was_caught(task)
    ]
    for code in (thrown.code, None):
        for task, part in around:
            if (part.code or None) == (code or None):
                part.catch(task)
                task.task_spec._update(task)
                return True
    return False


# -- several at once --------------------------------------------------------------------------------------------------


class Several(Caught, MultipleEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An event of several definitions: caught when any of them is, or, parallel, once all are. Thrown, throws all."""

    def __init__(self, key: str, definitions: list[Any], *, parallel: bool) -> None:
        super().__init__(definitions, parallel)
        self.key = self.name = key

    def has_fired(self, my_task: Any) -> bool:
        fired = [part.has_fired(my_task) for part in self.event_definitions]
        return all(fired) if self.parallel else any(fired)

    def catches(self, my_task: Any, event: Any) -> bool:
        return any(part.catches(my_task, event) for part in self.event_definitions)

    def catch(self, my_task: Any, event: Any = None) -> None:
        for part in self.event_definitions:
            if part.catches(my_task, event):
                part.catch(my_task, event)

    def goes_on(self, my_task: Any) -> bool:
        left = [part.goes_on(my_task) for part in self.event_definitions]
        return all(left) if self.parallel else any(left)

    def carry(self, my_task: Any, again: Any) -> None:
        for part in self.event_definitions:
            part.carry(my_task, again)


class FirstOf(MultipleEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What an event-based gateway awaits: the first of several events. The library would ask only timers."""

    def has_fired(self, my_task: Any) -> bool:
        fired = [one for one in self.event_definitions if one.has_fired(my_task)]
        my_task.internal_data["seen_events"] = [BpmnEvent(one) for one in fired[:1]]
        return bool(fired)
