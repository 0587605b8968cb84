"""What is thrown by its name and heard where it is awaited, in this case or in any other: messages and signals.

Nothing of it goes into task data: the run writes a payload into the case's document, and what leaves the case is a
record of its step. Here nothing is ever delivered to another case.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition


class Heard:
    """Caught when the run says so, by this very definition.

    While it waits, its key lies in the task's internal data under `key:<element>`; without one the event stands failed,
    as a timer does without its instant.
    """

    element: str

    def has_fired(self, my_task: Any) -> bool:
        if f"key:{self.element}" not in my_task.internal_data:
            key = my_task.workflow.script_engine.wait_key(my_task, self.element)
            if key is not None:
                my_task.internal_data[f"key:{self.element}"] = key
        return bool(my_task.internal_data.get("event_fired"))

    def catches(self, my_task: Any, event: Any) -> bool:  # noqa: ARG002  the signature is SpiffWorkflow's
        return event.event_definition is self

    def catch(self, my_task: Any, event: Any = None) -> None:  # noqa: ARG002  the signature is SpiffWorkflow's
        my_task.internal_data["event_fired"] = True

    def throw(self, my_task: Any) -> None:
        my_task.workflow.script_engine.throw(my_task, self.element)

    def update_task_data(self, my_task: Any) -> None:
        """Keep nothing: the run writes the payload into the case's document."""

    def reset(self, my_task: Any) -> None:
        my_task.internal_data["event_fired"] = False

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class KeyedMessage(Heard, MessageEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A message, found by name and key: one throw, one who hears it."""

    def __init__(self, name: str, element: str) -> None:
        super().__init__(name)
        self.element = element


class Broadcast(Heard, SignalEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A signal: whoever awaits its name when it is thrown hears it. Source: BPMN 2.0.2 §10.5.1."""

    def __init__(self, name: str, element: str) -> None:
        super().__init__(name)
        self.element = element
