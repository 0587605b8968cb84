"""A running case in memory: start or load it, complete, fire, deliver or finish one thing, and read the effects.

One `Run` belongs to one case and one thread. After any exception that is not a foreseen failure of an automatic element
it is in an unknown state and must be thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import feel
from engine.bpmn.drawing import Element, role_of
from engine.bpmn.notes import NOTHING
from engine.bpmn.reader import Blueprint
from engine.bpmn.specs import drawn_id
from engine.bpmn.specs.activities import JobTask, MoveTask
from engine.bpmn.specs.caught import parts
from engine.bpmn.specs.events import Holds, RisingError, rise_from
from engine.bpmn.specs.many import Tally
from engine.errors import ErrorRaised, Refused, RunawayCase, TaskNotOpen
from engine.runtime import free, hearing, scopes, state, undoing
from engine.runtime.document import CaseDocument
from engine.runtime.effects import Awaited, Effects, Failure, Key, Opened, Standing, Trace, standing_of
from engine.runtime.records import Records, Thrown
from engine.runtime.scripts import Around, Scripts
from engine.runtime.timers import turn_cycle

MAX_STEPS = 10_000  # of automatic elements in one step of a case
PRUNED_EVERY = 200  # of them: a long way must not become a deep tree
MAX_SECONDS = 10  # that a step may keep its case, and on SQLite the whole city, locked


class Run:
    """A case in motion. Make one with `start` or `load`; give `around` anew before each step of a kept run."""

    def __init__(self, blueprint: Blueprint, data: dict[str, Any], around: Around) -> None:
        self.blueprint = blueprint
        self.document = CaseDocument(data)
        self.scripts = Scripts(blueprint, self.document, around)
        self.scripts.turns = lambda: self.notes.setdefault("turns", {})
        self.scripts.next_to_undo = lambda task: undoing.next_undo(self.notes, blueprint, task)
        self.scripts.hear = self._hear
        self.attempts: dict[str, int] = {}
        self.notes: dict[str, Any] = {}
        self._failures: list[Failure] = []
        self._trace: list[Trace] = []
        self._heard: dict[UUID, list[tuple[str, Any]]] = {}
        self._asked = 0

    @classmethod
    def start(cls, blueprint: Blueprint, data: dict[str, Any], around: Around, at: str | None = None) -> Run:
        """Begin a case: everything automatic runs until people, time or the outside are awaited.

        `at`: the event that begins it; None when somebody starts it.
        """
        run = cls(blueprint, data, around)
        run.scripts.begins_at = at
        run._workflow = state.CaseWorkflow(blueprint.process, dict(blueprint.parts), script_engine=run.scripts)
        run._before = Standing({}, set(), set(), set(), set())
        run._go_on()
        return run

    @classmethod
    def opening(cls, blueprint: Blueprint, at: str, heard: Mapping[str, object], around: Around) -> dict[str, Any]:
        """Return the data with which a case begins at an event: what its outputs take of what was heard.

        Raises: ExpressionRefused.
        """
        run = cls(blueprint, {}, around)
        run._write_outputs(blueprint.elements[at], heard)
        return run.document.values

    @classmethod
    def load(cls, blueprint: Blueprint, text: str, data: dict[str, Any], around: Around) -> Run:
        """Take up a case from its saved state. Raises: StateNotReadable."""
        run = cls(blueprint, data, around)
        run._workflow, run.attempts, run.notes = state.load(text, blueprint, run.scripts)
        run._before = run._standing()
        return run

    @classmethod
    def taken_over(
        cls, blueprint: Blueprint, text: str, data: dict[str, Any], around: Around, begin: Callable[[Any], Standing]
    ) -> Run:
        """Take up a case whose state was written anew for `blueprint`; it goes on at once if it can.

        `begin` lets wait what is new in the workflow and returns what stood open before. Raises: StateNotReadable.
        """
        run = cls.load(blueprint, text, data, around)
        run._before = begin(run._workflow)
        run._go_on()
        return run

    _workflow: Any
    _before: Standing

    def again(self, around: Around) -> None:
        """Prepare a kept run for its next step."""
        self.scripts.around = around

    # -- the ways to move a case ----------------------------------------------------------------------------------

    def complete(self, task_id: UUID, answers: Mapping[str, Any]) -> None:
        """Complete an open people's task with its checked answers. Raises: TaskNotOpen, AnotherUnderWay."""
        task = self._find(task_id)
        if task is None or task.state != TaskState.READY or not task.task_spec.manual:
            raise TaskNotOpen(task=str(task_id))
        free.require_turn(task, self.blueprint.elements)
        self.scripts.stand(task)
        self.document.answer(answers)
        self._run_one(task)
        self._go_on()

    def fire(self, task_id: UUID, element: str) -> bool:
        """Fire a waiting timer. Returns whether it was still waiting."""
        task = self._find(task_id)
        if task is None or task.state != TaskState.WAITING:
            return False
        turn_cycle(self.scripts, task, element)
        _part(task, element).catch(task)
        task.task_spec._update(task)
        self._go_on(first=task)
        return True

    def deliver(self, task_id: UUID, element: str, payload: Mapping[str, Any]) -> bool:
        """Deliver a message to where it is awaited. Returns whether it still was."""
        task = self._find(task_id)
        if task is None or task.state != TaskState.WAITING:
            return False
        self.scripts.stand(task)
        self._write_outputs(self.blueprint.event(element), {"mensagem": payload})
        hearing.catch(task, _part(task, element))
        self._go_on(first=task)
        return True

    def signal(self, name: str, payload: Mapping[str, Any], waits: Collection[Key]) -> bool:
        """Let those of `waits` that still await a signal hear it, all at once. Returns whether one did.

        Raises: ExpressionRefused when an output expression fails; nobody has heard it then.
        """
        heard = self._catch(name, payload, waits)
        self._go_on()
        return heard

    def finish_job(self, task_id: UUID, result: Mapping[str, Any]) -> bool:
        """Give a service task its connector's result. Returns whether it was still awaited.

        Raises: ExpressionRefused when an output expression fails; nothing of the result is kept then.
        """
        task = self._find(task_id)
        if task is None or task.state != TaskState.STARTED or not isinstance(task.task_spec, JobTask):
            return False
        self.scripts.stand(task)
        self._write_outputs(self.blueprint.elements[task.task_spec.bpmn_id], {"resultado": result})
        task.complete()
        self._note(task)
        self._go_on()
        return True

    def fail_job(self, task_id: UUID, code: str, message: str = "") -> bool:
        """Let the connector of a service task raise an error. Returns whether its job was still awaited.

        Raises: ErrorRaised when nothing around the task catches the error; the job is awaited then as before.
        """
        task = self._find(task_id)
        if task is None or task.state != TaskState.STARTED or not isinstance(task.task_spec, JobTask):
            return False
        if not _caught(task, code):
            raise ErrorRaised(error=code, message=message)
        self._go_on()
        return True

    def retry(self, task_id: UUID) -> bool:
        """Run a failed element once more, its boundary timers untouched. Returns whether it stood failed."""
        task = self._find(task_id)
        if task is None or task.id not in self._before.failed:
            return False
        self._before.failed.discard(task.id)
        if task.state == TaskState.WAITING:  # an event that could not begin to wait
            task.task_spec._update(task)
        else:
            task._set_state(TaskState.READY)
            self._run_one(task)
        self._go_on()
        return True

    # -- reading --------------------------------------------------------------------------------------------------

    def dump(self) -> str:
        """Return the pruned state as text, `notes` (JSON values of the caller's) with it."""
        return state.dump(self._workflow, self.attempts, self.notes)

    def has_next_move(self) -> bool:
        """Whether the case is finished or somebody or something will move it."""
        return bool(self._workflow.completed) or self._before.anything

    def awaited(self) -> Awaited:
        """Return what stands open now, for those who compare it with the rows that mirror it."""
        now = self._standing()
        return Awaited(
            people=now.people,
            timers={key: datetime.fromisoformat(self._kept(key, "due")) for key in now.timers},
            waits={key: self._kept(key, "key") for key in now.waits},
            jobs=frozenset(now.jobs),
            failed=frozenset(now.failed),
            finished=bool(self._workflow.completed),
        )

    def _kept(self, key: Key, word: str) -> str:
        return str(self._find(key[0]).internal_data[f"{word}:{key[1]}"])

    def open_task(self, element: str) -> UUID | None:
        """Return the id of an open people's task of `element`."""
        return next((task_id for task_id, name in self._before.people.items() if name == element), None)

    def effects(self) -> Effects:
        """Return what happened since the last call, prune the tree, and make what stands now the new ground."""
        state.prune(self._workflow)  # what was interrupted is gone then, and what had failed in it too
        undoing.forget(self.notes, self._workflow)
        before, now = self._before, self._standing()
        records, self.scripts.records = self.scripts.records, Records()
        done = {entry.task_id for entry in self._trace if entry.state == "done"}
        fresh = [(task_id, element) for task_id, element in now.people.items() if task_id not in before.people]
        fallen = now.failed - before.failed  # what stood failed already has its incident
        stuck = {(one.task_id, one.element): one for one in records.not_begun if one.task_id in fallen}
        failures = self._failures
        failures += [
            Failure(self.blueprint.drawn_as(one.element), one.task_id, one.code, one.facts) for one in stuck.values()
        ]
        effects = Effects(
            opened=[self._opened(task_id, element) for task_id, element in fresh],
            closed=[key for key in before.people.items() if key[0] not in now.people and key[0] not in done],
            timers=[start for start in records.timers if (start.task_id, start.element) in now.timers],
            timers_gone=sorted(before.timers - now.timers),
            waits=[wait for wait in records.waits if (wait.task_id, wait.element) in now.waits],
            waits_gone=sorted(before.waits - now.waits),
            thrown=records.thrown,
            jobs=[job for job in records.jobs if job.task_id in now.jobs],
            jobs_gone=sorted(before.jobs - now.jobs - done),
            failures=failures,
            failures_gone=sorted(before.failed - now.failed),
            trace=self._trace,
            conditions=records.conditions,
            decisions=records.decisions,
            missed=records.missed,
            suspends_again={element: self._suspends_again(task_id, element) for task_id, element in fresh},
            finished=bool(self._workflow.completed),
            outcome=self.notes.get("outcome"),
        )
        self._failures, self._trace, self._heard = [], [], {}
        self._before = now
        return effects

    # -- signals --------------------------------------------------------------------------------------------------

    def _hear(self, thrown: Thrown) -> None:
        self._catch(thrown.name, thrown.payload, None)

    def _catch(self, name: str, payload: Mapping[str, Any], among: Collection[Key] | None) -> bool:
        """Let every event that awaits a signal catch it; what they write is written when they run."""
        found = []
        for task, definition in hearing.hearers(self._workflow, name):
            if among is None or (task.id, definition.key) in among:
                self.scripts.stand(task)
                outputs = self._outputs(self.blueprint.event(definition.key), {"sinal": payload})
                found.append((task, definition, outputs))
        for task, definition, outputs in found:
            hearing.catch(task, definition)
            if task.state == TaskState.WAITING:  # for more than this signal
                self._write(outputs)
            else:
                self._heard.setdefault(task.id, []).extend(outputs)
        return bool(found)

    # -- what the operator's hand works on ------------------------------------------------------------------------

    @property
    def workflow(self) -> Any:
        return self._workflow

    @workflow.setter
    def workflow(self, other: Any) -> None:
        self._workflow = other

    def trace(self, entry: Trace) -> None:
        """Enter something that was done by hand among what happened in this step."""
        self._trace.append(entry)

    def settle(self) -> None:
        """Go on until nothing automatic is left to do."""
        self._go_on()

    # -- the loop -------------------------------------------------------------------------------------------------

    def _go_on(self, first: Any = None) -> None:
        """Run ready automatic elements until none is left. An event that interrupts goes before the rest."""
        if first is not None and first.state == TaskState.READY:
            self._run_one(first)
        self._ask_conditions()
        until = monotonic() + MAX_SECONDS
        for count in range(1, MAX_STEPS + 1):
            if count % PRUNED_EVERY == 0:
                state.prune(self._workflow)
            task = self._next_ready()
            if task is None:
                return
            if monotonic() > until:
                raise RunawayCase(seconds=MAX_SECONDS)
            self._run_one(task)
            self._ask_conditions()
        raise RunawayCase(steps=MAX_STEPS)

    def _ask_conditions(self) -> None:
        """Ask every condition that is awaited, when the data have changed since they were asked last."""
        if self._asked == self.document.revision or not self.blueprint.waits_for_conditions:
            return
        self._asked = self.document.revision
        waiting = [
            task
            for part in state.workflows(self._workflow)
            for task in part.tasks.values()
            if task.state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent)
        ]
        for task in waiting:
            asked = [one for one in parts(task.task_spec.event_definition) if isinstance(one, Holds)]
            for one in asked:
                if task.state == TaskState.WAITING and not one.was_caught(task):
                    one.ask(task)
                if one.was_caught(task) and task.state == TaskState.WAITING:
                    task.task_spec._update(task)

    def _next_ready(self) -> Any:
        """Return what runs next: what was caught or counted, for it may end the rest; else what is innermost."""
        first = None
        for part in state.workflows(self._workflow):
            for task in part.tasks.values():
                if task.state == TaskState.READY and not task.task_spec.manual:
                    if isinstance(task.task_spec, BoundaryEvent | Tally):
                        return task
                    first = first or task
        return first

    def _run_one(self, task: Any) -> None:
        self.scripts.stand(task)
        self._write(self._heard.pop(task.id, ()))
        if not task._children:
            task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
        try:
            outcome = task.run()
        except Refused as refused:
            if not (isinstance(refused, ErrorRaised) and _caught(task, str(refused.facts["error"]))):
                self._fail(task, refused.code, refused.facts)
        except SpiffWorkflowException as broken:
            self._fail(task, "no-way-matches", {"reason": str(broken)[:300], "saw": self._seen_at(task)})
        else:
            if outcome is not None:
                self._note(task)
                _await_again(task)

    def _fail(self, task: Any, code: str, facts: Mapping[str, Any]) -> None:
        if task.state != TaskState.ERROR:
            # The failure came from what follows the task, not from the task: nothing here may be kept.
            raise StepFailed(code, facts)
        self._failures.append(Failure(drawn_id(task.task_spec) or task.task_spec.name, task.id, code, dict(facts)))

    def _seen_at(self, task: Any) -> dict[str, Any]:
        asked = [one for one in self.scripts.records.conditions if one["element"] == drawn_id(task.task_spec)]
        return {one["condition"]: one["saw"] for one in asked[-20:]}

    def _note(self, task: Any) -> None:
        undoing.remember(self.notes, self.blueprint, task)
        element = self.blueprint.elements.get(task.task_spec.bpmn_id or "")
        if element is None:
            last = self._trace[-1] if self._trace else None
            if last is not None and last.element.id == drawn_id(task.task_spec):  # what counts an instance ends it too
                last.changes.extend(self.document.take_changes())
            elif isinstance(task.task_spec, MoveTask):
                self._note_moved(task)
            return  # what was written goes with the next element
        changes = self.document.take_changes()
        if element.kind == "boundaryEvent" and element.interrupting:
            self.scripts.begin_anew(task, element.attached_to)
        if element.kind == "endEvent" and element.note.outcome:
            self.notes["outcome"] = element.note.outcome  # kept: other branches may end in a later step
        self._trace.append(Trace(element, task.id, changes))

    def _note_moved(self, task: Any) -> None:
        """Note the data that an element was given before it begins, apart from the element, which is not done yet."""
        changes = self.document.take_changes()
        if changes:
            given = replace(
                self.blueprint.elements[drawn_id(task.task_spec) or ""], kind="dataAssociation", note=NOTHING
            )
            self._trace.append(Trace(given, task.id, changes))

    def _write_outputs(self, element: Element, extra: Mapping[str, object]) -> None:
        self._write(self._outputs(element, extra))

    def _outputs(self, element: Element, extra: Mapping[str, object]) -> list[tuple[str, Any]]:
        return [(name, feel.jsonable(self.scripts.value(source, extra))) for name, source in element.note.outputs]

    def _write(self, outputs: Iterable[tuple[str, Any]]) -> None:
        for name, value in outputs:
            self.document.merge({name: value}) if isinstance(value, dict) else self.document.write(
                (*name.split("."),), value
            )

    def _opened(self, task_id: UUID, element_id: str) -> Opened:
        element = self.blueprint.elements[element_id]
        role = role_of(element) or ""
        task = self._find(task_id)
        self.scripts.stand(task)
        attempt = self._attempt(task, element_id)
        try:
            due, warn = (
                self.scripts.moment(source, role=role, days="uteis")[0] if source else None
                for source in (element.note.due, element.note.warn)
            )
        except Refused as refused:  # the task is there all the same; that its deadline is not must be seen
            self._failures.append(Failure(element_id, task_id, refused.code, dict(refused.facts)))
            due = warn = None
        return Opened(task_id, element, role, attempt, due, warn, scopes.place(task))

    def _attempt(self, task: Any, element_id: str) -> int:
        """Return which attempt of its element a task is; each of many instances counts its own."""
        instance = scopes.instance_around(task)
        counted = self.attempts if instance is None else instance.internal_data.setdefault("tries", {})
        counted[element_id] = attempt = counted.get(element_id, 0) + 1
        return attempt

    def _suspends_again(self, task_id: UUID, element_id: str) -> bool:
        source = self.blueprint.elements[element_id].note.suspends_again
        self.scripts.stand(self._find(task_id))
        try:
            return source is not None and self.scripts.value(source) is True
        except Refused as refused:  # the task is open all the same; that its clause cannot be read must be seen
            self._failures.append(Failure(element_id, task_id, refused.code, dict(refused.facts)))
            return False

    def _find(self, task_id: UUID) -> Any:
        for part in state.workflows(self._workflow):
            task = part.tasks.get(task_id)
            if task is not None:
                return task
        return None

    def _standing(self) -> Standing:
        return standing_of(self._workflow)


def _part(task: Any, key: str) -> Any:
    """Return the event of a key among those that a task awaits."""
    return next(one for one in parts(task.task_spec.event_definition) if one.key == key)


def _caught(task: Any, code: str) -> bool:
    """Let the nearest event that awaits an error of a code catch it from an activity. Returns whether one did."""
    before = task.state
    task._set_state(TaskState.STARTED)  # what has failed would not be cancelled
    if rise_from(RisingError("", code), task):
        return True
    task._set_state(before)
    return False


def _await_again(task: Any) -> None:
    """Let a non-interrupting boundary event that was caught wait for the next one while its activity goes on."""
    spec = task.task_spec
    if not isinstance(spec, BoundaryEvent) or spec.cancel_activity:
        return
    for below in task.children:  # it ended nothing: the join behind the activity awaits the activity alone
        if isinstance(below.task_spec, BoundaryEventJoin) and below.state == TaskState.WAITING:
            below.cancel()
    if not spec.event_definition.goes_on(task):
        return
    beside = [other for other in task.parent.children if not isinstance(other.task_spec, BoundaryEvent)]
    if any(not other.has_state(TaskState.FINISHED_MASK) for other in beside):
        again = task.parent._add_child(spec, TaskState.WAITING)
        spec.event_definition.carry(task, again)
        spec._predict(again, mask=TaskState.NOT_FINISHED_MASK)
        spec._update(again)


class StepFailed(Exception):
    """A step failed where the run cannot go on. The caller throws the run away and keeps an incident."""

    def __init__(self, code: str, facts: Mapping[str, Any]) -> None:
        super().__init__(code, facts)
        self.code, self.facts = code, facts
