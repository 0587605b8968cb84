"""How events of ours are awaited, caught and awaited again: one rule, so that any of them may stand among several.

That an event was caught stands in the task's internal data under `fire:<key>`, where the key is the id of the element,
or of one of its definitions when it has several.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition


class Caught:
    """How an event of ours is awaited, caught, and awaited again.

    `kept` is the word under which the task's internal data hold what the event waits for; while there is none, for it
    could not be computed, the event stands failed: it is asked for again each time that the task is updated.
    """

    key: str
    kept: str | None = None

    def has_fired(self, my_task: Any) -> bool:
        if f"over:{self.key}" in my_task.internal_data:
            return False
        if self.kept is not None and f"{self.kept}:{self.key}" not in my_task.internal_data:
            self.begin(my_task)
        return self.was_caught(my_task)

    def was_caught(self, my_task: Any) -> bool:
        return bool(my_task.internal_data.get(f"fire:{self.key}"))

    def begin(self, my_task: Any) -> None:
        """Find out what is waited for, and keep it."""

    def catch(self, my_task: Any, event: Any = None) -> None:  # noqa: ARG002  the signature is SpiffWorkflow's
        my_task.internal_data[f"fire:{self.key}"] = True

    def catches(self, my_task: Any, event: Any) -> bool:  # noqa: ARG002  the signature is SpiffWorkflow's
        return event.event_definition is self

    def goes_on(self, my_task: Any) -> bool:  # noqa: ARG002  a part of the rule that some need the task for
        """Whether it can be awaited once more after `my_task`, where it does not interrupt."""
        return True

    def carry(self, my_task: Any, again: Any) -> None:
        """Give the task that awaits it once more what it needs of the one that was caught."""

    def update_internal_data(self, my_task: Any, event: Any) -> None:
        """Keep nothing: the run writes what an event brings into the case's document."""

    def update_task_data(self, my_task: Any) -> None:
        """Keep nothing: the run writes what an event brings into the case's document."""

    def reset(self, my_task: Any) -> None:
        """Keep what was caught: the task is done with, and the next one begins anew."""

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def parts(definition: Any) -> list[Any]:
    """Return the events that a definition awaits: itself, or those of which it has several."""
    if isinstance(definition, MultipleEventDefinition):
        return [part for one in definition.event_definitions for part in parts(one)]
    return [definition]
