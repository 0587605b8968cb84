"""What a step did and what stands open after it: the difference of two moments, for the rows that mirror a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.drawing import Element
from engine.bpmn.specs.activities import JobTask
from engine.bpmn.specs.caught import parts
from engine.runtime import state
from engine.runtime.document import Change
from engine.runtime.records import Job, Thrown, TimerStart, Wait

Key = tuple[UUID, str]


@dataclass(frozen=True)
class Opened:
    """A people's task that opened in this step; `place` says which of many instances it is."""

    task_id: UUID
    element: Element
    role: str
    attempt: int
    due_at: datetime | None
    warn_at: datetime | None
    place: str = ""


@dataclass(frozen=True)
class Trace:
    """An element that finished in this step, with what it wrote; or that was passed, or data corrected, by hand."""

    element: Element
    task_id: UUID
    changes: list[Change]
    state: Literal["done", "skipped", "corrected"] = "done"


@dataclass(frozen=True)
class Failure:
    """An automatic element that failed, with the code and facts of its cause and the data it saw."""

    element: str
    task_id: UUID
    code: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Effects:
    """What a step did, for the rows that mirror the case. `gone` keys are (engine's task id, element id)."""

    opened: list[Opened]
    closed: list[Key]
    timers: list[TimerStart]
    timers_gone: list[Key]
    waits: list[Wait]
    waits_gone: list[Key]
    thrown: list[Thrown]
    jobs: list[Job]
    jobs_gone: list[UUID]
    failures: list[Failure]
    failures_gone: list[UUID]
    trace: list[Trace]
    conditions: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    missed: list[dict[str, Any]]
    suspends_again: dict[str, bool]
    finished: bool
    outcome: str | None

    def followed_by(self, later: Effects) -> Effects:
        """Return the effects of two moves as those of one step; what the first opened and the second ended is out."""
        ended = {entry.task_id for entry in later.trace} | {task_id for task_id, _ in later.closed}
        return Effects(
            opened=[one for one in self.opened if one.task_id not in ended] + later.opened,
            closed=[key for key in later.closed if all(one.task_id != key[0] for one in self.opened)],
            timers=[one for one in self.timers if (one.task_id, one.element) not in later.timers_gone] + later.timers,
            timers_gone=later.timers_gone,
            waits=[one for one in self.waits if (one.task_id, one.element) not in later.waits_gone] + later.waits,
            waits_gone=later.waits_gone,
            thrown=self.thrown + later.thrown,
            jobs=self.jobs + later.jobs,
            jobs_gone=later.jobs_gone,
            failures=self.failures + later.failures,
            failures_gone=later.failures_gone,
            trace=self.trace + later.trace,
            conditions=self.conditions + later.conditions,
            decisions=self.decisions + later.decisions,
            missed=self.missed + later.missed,
            suspends_again=self.suspends_again | later.suspends_again,
            finished=later.finished,
            outcome=later.outcome,
        )


@dataclass
class Standing:
    """What stands open at one moment; the difference of two of these is what a step did."""

    people: dict[UUID, str]
    timers: set[Key]
    waits: set[Key]
    jobs: set[UUID]
    failed: set[UUID]

    @property
    def anything(self) -> bool:
        return bool(self.people or self.timers or self.waits or self.jobs or self.failed)


@dataclass(frozen=True)
class Awaited:
    """What a state says is open: tasks, timers with their instants, messages with their keys, jobs, failures."""

    people: Mapping[UUID, str]
    timers: Mapping[Key, datetime]
    waits: Mapping[Key, str]
    jobs: frozenset[UUID]
    failed: frozenset[UUID]
    finished: bool


def standing_of(workflow: Any) -> Standing:
    """Return what stands open in a workflow now."""
    standing = Standing({}, set(), set(), set(), set())
    for part in state.workflows(workflow):
        for task in part.tasks.values():
            if task.state == TaskState.READY and task.task_spec.manual:
                standing.people[task.id] = task.task_spec.bpmn_id
            elif task.state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
                _note_awaited(task, standing)
            elif task.state == TaskState.STARTED and isinstance(task.task_spec, JobTask):
                standing.jobs.add(task.id)
            elif task.state == TaskState.ERROR and not part.completed:
                standing.failed.add(task.id)
    return standing


def _note_awaited(task: Any, standing: Standing) -> None:
    """Note what a waiting event still waits for. A condition moves nothing by itself: data change by another's move."""
    for one in parts(task.task_spec.event_definition):
        kept = getattr(one, "kept", None)
        if kept is None or one.was_caught(task) or f"over:{one.key}" in task.internal_data:
            continue
        if f"{kept}:{one.key}" not in task.internal_data:
            standing.failed.add(task.id)
        elif kept == "due":
            standing.timers.add((task.id, one.key))
        elif kept == "key":
            standing.waits.add((task.id, one.key))
