"""What is thrown by its name and heard where it is awaited, in this case or in any other: messages and signals.

Nothing of it goes into task data: the run writes a payload into the case's document, and what leaves the case is a
record of its step. Here nothing is ever delivered to another case.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition

from engine.bpmn.specs.caught import Caught


class Heard(Caught):
    """Caught when the run says so. While it waits, what finds it lies in the task's internal data: `key:<key>`."""

    kept = "key"

    def begin(self, my_task: Any) -> None:
        found = my_task.workflow.script_engine.wait_key(my_task, self.key)
        if found is not None:
            my_task.internal_data[f"key:{self.key}"] = found

    def throw(self, my_task: Any) -> None:
        my_task.workflow.script_engine.throw(my_task, self.key)


class KeyedMessage(Heard, MessageEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A message, found by name and key: one throw, one who hears it."""

    def __init__(self, name: str, key: str) -> None:
        super().__init__(name)
        self.key = key


class Broadcast(Heard, SignalEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A signal: whoever awaits its name when it is thrown hears it. Source: BPMN 2.0.2 §10.5.1."""

    def __init__(self, name: str, key: str) -> None:
        super().__init__(name)
        self.key = key
