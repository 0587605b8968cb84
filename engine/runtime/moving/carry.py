"""A planned move carried out in memory: the run in the new version, with what begins there begun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.drawing import role_of
from engine.bpmn.reader import Blueprint
from engine.runtime import state
from engine.runtime.document import CaseDocument
from engine.runtime.effects import Key, Standing, standing_of
from engine.runtime.moving.identity import Identity
from engine.runtime.moving.plan import Plan
from engine.runtime.moving.rooms import awaited_by, keys_of
from engine.runtime.moving.tree import LIVE
from engine.runtime.run import Run
from engine.runtime.scripts import Around, Scripts
from engine.worktime import Term


def apply(made: Plan, data: dict[str, Any], around: Around) -> Run:
    """Return the run of a case in its new version; its effects are what stopped, began and went on by the move.

    Raises: StateNotReadable, RunawayCase, run.StepFailed.
    """
    assert made.verdict == "goes", "a case that stays is not moved"
    scripts = Scripts(made.identity.old, CaseDocument(dict(data)), around)
    before = standing_of(state.load(made.before, made.identity.old, scripts)[0])

    def begin(workflow: Any) -> Standing:
        """Foresee what follows each live task, then let wait what is new."""
        tasks = list(_live(workflow))
        for task in tasks:
            _foresee(task)
        for task in tasks:
            if task.id.hex in made.fresh or _awaits_more(task) or _joins(task):
                task.task_spec._update(task)
        return _renamed(before, made.identity)

    return Run.taken_over(made.identity.new, made.after, data, around, begin)


def _live(workflow: Any) -> Iterator[Any]:
    for part in state.workflows(workflow):
        yield from (task for task in part.tasks.values() if task.has_state(LIVE))


def _foresee(task: Any) -> None:
    """Put below a live task what the engine expects there; the specification of before had put other things."""
    stood = task.state
    if stood == TaskState.ERROR:
        task._set_state(TaskState.READY)  # of what failed nothing is foreseen, but it is retried as what is ready
    task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    task._set_state(stood)


def _joins(task: Any) -> bool:
    return isinstance(task.task_spec, state.JOINS) and task.state == TaskState.WAITING


def _awaits_more(task: Any) -> bool:
    """Whether what awaits several events does not yet wait for some of them."""
    if len(keys_of(task.task_spec)) < 2 or task.state != TaskState.WAITING:
        return False
    return not awaited_by(task.task_spec) <= {key.partition(":")[2] for key in task.internal_data}


def _renamed(standing: Standing, identity: Identity) -> Standing:
    """Return what stood open, by the ids that the new version has for it; what is gone keeps its own."""
    names = identity.keys
    keys = [(key, (key[0], names.get(key[1], key[1]))) for key in standing.timers | standing.waits]
    heir: dict[Key, Key] = dict(keys)
    return Standing(
        people={task_id: names.get(one, one) for task_id, one in standing.people.items()},
        timers={heir[key] for key in standing.timers},
        waits={heir[key] for key in standing.waits},
        jobs=set(standing.jobs),
        failed=set(standing.failed),
    )


def foreseen_due(
    blueprint: Blueprint, source: str, element_id: str, data: Mapping[str, Any], since: Around
) -> tuple[datetime, Term | None]:
    """Return when a due expression of an element falls due, counted from `since.at`, and the term it is asked in.

    Raises: ExpressionRefused.
    """
    element = blueprint.event(element_id)
    host = element if element.is_for_people else blueprint.elements.get(element.attached_to or "")
    scripts = Scripts(blueprint, CaseDocument(dict(data)), since)
    role = (role_of(host) if host else None) or None
    return scripts.moment(source, role=role, days="uteis" if element.is_for_people else "corridos")
