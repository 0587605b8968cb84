"""Task specifications of our own for SpiffWorkflow: joins that count per round, jobs, rules, timers and messages.

SpiffWorkflow's joins fire early in loops and predict exponentially; its timers ask the machine's clock and its messages
write into task data. Here joins wait for the round's tokens, nothing is predicted past a join, timers fire only when
told to, and messages carry nothing into task data. Specifications are shared by all cases of a version: none of these
objects may keep anything about a case.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway, ServiceTask
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import (
    ErrorEventDefinition,
    EscalationEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

_ACTIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED | TaskState.ERROR


def drawn_id(task_spec: Any) -> str | None:
    """Return the id of the drawn element that a specification is, or stands for; None when it is only the library's."""
    found: str | None = task_spec.bpmn_id or task_spec.__dict__.get("stands_for")
    return found


def _reach(spec: Any, starts: list[str], without: str) -> set[str]:
    """Names of the specs that a token at one of `starts` may come to without passing `without`."""
    seen: set[str] = set()
    ahead = list(starts)
    while ahead:
        name = ahead.pop()
        if name not in seen and name != without:
            seen.add(name)
            ahead.extend(spec.task_specs[name]._outputs)
    return seen


def last_firing(join: Any, task: Any) -> Any:
    """Return the nearest earlier firing of `join` above `task`, None in the first round."""
    above = task.parent
    while above is not None:
        if above.task_spec is join and above.state == TaskState.COMPLETED:
            return above
        above = above.parent
    return None


class _NoPredictionPastJoin:
    """A join's outcome is unknown until it fires: predicting past it only multiplies tasks."""

    def _predict_hook(self, my_task: Any) -> None:
        if len(self._inputs) < 2 or my_task.has_state(TaskState.READY | TaskState.STARTED):  # type: ignore[attr-defined]  # a mixin for TaskSpec
            super()._predict_hook(my_task)  # type: ignore[misc]  # a mixin for TaskSpec

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)  # type: ignore[misc]  # a mixin for TaskSpec
        if len(self._inputs) > 1:  # type: ignore[attr-defined]  # a mixin for TaskSpec
            self._predict(my_task, mask=TaskState.NOT_FINISHED_MASK)  # type: ignore[attr-defined]  # a mixin for TaskSpec

    def arrivals(self, my_task: Any) -> set[str]:
        """Return the names of the inputs that have brought a token in the round of `my_task`."""
        base = last_firing(self, my_task)
        return {
            task.parent.task_spec.name
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self
            and task is not base
            and task.parent is not None
            and task.parent.state == TaskState.COMPLETED
            and last_firing(self, task) is base
        }


class RoundParallelGateway(_NoPredictionPastJoin, ParallelGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A parallel gateway that waits, in each round of a loop, for every flow that can bring a token in that round."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        rounds = self.__dict__.get("_rito_rounds")
        if rounds is None:
            rounds = self.__dict__["_rito_rounds"] = self._rounds()
        expected = rounds[0] if last_firing(self, my_task) is None else rounds[1]
        return not (expected - self.arrivals(my_task))

    def _rounds(self) -> tuple[set[str], set[str]]:
        inputs = set(self._inputs)
        first = _reach(self._wf_spec, [self._wf_spec.start.name], self.name)
        later = _reach(self._wf_spec, list(self._outputs), self.name)
        return inputs & first or inputs, inputs & later


class RoundInclusiveGateway(_NoPredictionPastJoin, InclusiveGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An inclusive gateway with the standard's join rule, tokens counted per round. Source: BPMN 2.0.2 §13.4.3."""

    def _predict_hook(self, my_task: Any) -> None:
        if my_task.has_state(TaskState.COMPLETED):
            return  # its children are those whose conditions held
        super()._predict_hook(my_task)

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        if len(self._inputs) < 2:
            return True
        full = self.arrivals(my_task)
        for task in my_task.workflow.tasks.values():
            if task.task_spec is not self and task is not my_task and task.has_state(_ACTIVE):
                reached = self._inputs_from(task.task_spec.name)
                if reached - full and not reached & full:
                    return False
        return True

    def _inputs_from(self, name: str) -> set[str]:
        known: dict[str, set[str]] = self.__dict__.setdefault("_rito_reach", {})
        if name not in known:
            known[name] = _reach(self._wf_spec, [name], self.name) & set(self._inputs)
        return known[name]


class HoldingEndJoin(_EndJoin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The end of a scope, which does not end while something in it stands failed: an operator will retry that."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        if any(task.state == TaskState.ERROR for task in my_task.workflow.tasks.values()):
            return False
        return bool(super()._check_threshold_unstructured(my_task))


class JobTask(ServiceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A service task: it starts, a job is written to the outbox, and its result completes it later."""

    def _execute(self, task: Any) -> None:
        task.workflow.script_engine.prepare_job(task)


class RuleTask(ServiceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A business rule task: decides at once by a decision table of the version."""

    def _execute(self, task: Any) -> bool:
        task.workflow.script_engine.decide(task)
        return True


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


class KeyedMessage(MessageEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A message caught by name and key. Its payload goes into the case's document, never into task data.

    The key lies in the task's internal data under `key:<element>`; without one the event stands failed, as a timer does
    without its instant.
    """

    def __init__(self, name: str, element: str) -> None:
        super().__init__(name)
        self.element = element

    def has_fired(self, my_task: Any) -> bool:
        if f"key:{self.element}" not in my_task.internal_data:
            key = my_task.workflow.script_engine.message_key(my_task, self.element)
            if key is not None:
                my_task.internal_data[f"key:{self.element}"] = key
        return bool(super().has_fired(my_task))

    def catches(self, my_task: Any, event: Any) -> bool:  # noqa: ARG002  the signature is SpiffWorkflow's
        return event.event_definition is self

    def update_internal_data(self, my_task: Any, event: Any) -> None:
        """Keep nothing: the run writes the payload into the case's document."""

    def update_task_data(self, my_task: Any) -> None:
        """Keep nothing: the run writes the payload into the case's document."""

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class FirstOf(MultipleEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What an event-based gateway awaits: the first of several events. The library would ask only timers."""

    def has_fired(self, my_task: Any) -> bool:
        for definition in self.event_definitions:
            if isinstance(definition, KeyedMessage):
                definition.has_fired(my_task)
        return bool(super().has_fired(my_task))
