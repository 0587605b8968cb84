"""The one door to a running case: lock its row, move it in memory, keep every row that mirrors it in step.

A step is one transaction: state, tasks, timers, clocks, waits, outbox and trail agree or nothing of it happened.
Nothing here checks who may do it: the acts do, on what `hold_task` and `hold_case` return.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, bindparam, insert, select, update

from engine.access import By
from engine.acts.advance import ledger, mirror
from engine.audit import NO_SEAL, Entry, Head, chained
from engine.city import Edition, calendar, case_facts, edition, parameter
from engine.errors import CaseMoved, CaseStuck, CaseSuspended, NotFound, Refused, RunawayCase, StateNotReadable
from engine.runtime.effects import Awaited, Effects, Failure
from engine.runtime.run import Run, StepFailed
from engine.runtime.scripts import Around
from engine.store.base import table
from engine.store.cases import CASE_DONE, CASE_OPEN, Case, Draft, Task
from engine.store.prepared import Prepared
from engine.store.session import after_commit
from engine.store.trail import AuditEntry

_KEPT_RUNS = 500  # of 11 kB each for five tasks: 6 MB. Reading one anew adds a twentieth to a step, so more buy little
_CASE = (
    Case.id, Case.number, Case.version_id, Case.lock_version, Case.status, Case.subject, Case.requester_name,
    Case.requester_email, Case.started_at, Case.suspended_at, Case.trail_seq, Case.trail_seal, Case.step_seq,
    Case.state, Case.data,
)  # fmt: skip
_TASK = (
    Task.id, Task.element, Task.name, Task.attempt, Task.role, Task.form, Task.status, Task.assignee_id,
    Task.closed_at, Task.closed_by,
)  # fmt: skip
_CASE_NAMES, _TASK_NAMES = [column.key for column in _CASE], [column.key for column in _TASK]
_BY_CASE = Prepared(select(*_CASE).where(Case.id == bindparam("sought")).with_for_update(of=Case))
_SEEN_CASE = Prepared(select(*_CASE).where(Case.id == bindparam("sought")))
_TASKS = (
    select(*_CASE, *_TASK, Draft.answers)
    .join(Case, Case.id == Task.case_id)
    .outerjoin(Draft, and_(Draft.owner == bindparam("owner"), Draft.subject == bindparam("subject")))
    .where(Task.id == bindparam("sought"))
)
_SEEN_TASK = Prepared(_TASKS)
# The case first, as everywhere; the task too, or whoever waited for the lock would read it as it was before.
_BY_TASK = Prepared(_TASKS.with_for_update(of=(Case, Task)))
_WRITTEN = (
    "lock_version", "state", "data", "trail_seq", "trail_seal", "step_seq", "due_at", "status", "outcome", "ended_at",
)  # fmt: skip
_case = table(Case)
_UPDATE = Prepared(
    update(_case)
    .where(_case.c.id == bindparam("at_id"), _case.c.lock_version == bindparam("at_version"))
    .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A case whose row this transaction holds. `task` is the task row by which it was found, if any; `draft` the
    caller's draft of that task.
    """

    case: Mapping[str, Any]
    task: Mapping[str, Any] | None
    edition: Edition
    draft: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Moved:
    """A step that was taken, and what it did; `first_task` is the task that was completed with a case's start."""

    case_id: int
    number: str
    effects: Effects
    first_task: UUID | None = None


def hold_task(by: By, task_id: UUID) -> Held:
    """Lock the case of a task and return both rows, and the caller's draft. Raises: NotFound."""
    return _hold(by, _BY_TASK, {"sought": task_id, "owner": by.actor, "subject": f"task:{task_id}"}, "task")


def hold_case(by: By, case_id: int) -> Held:
    """Lock a case and return its row. Raises: NotFound."""
    return _hold(by, _BY_CASE, {"sought": case_id}, "case")


def see_case(by: By, case_id: int) -> Held:
    """Return the row of a case, not locked. Raises: NotFound."""
    return _hold(by, _SEEN_CASE, {"sought": case_id}, "case")


def see_task(by: By, task_id: UUID) -> Held:
    """Return the rows of a task and its case, not locked. Raises: NotFound."""
    return _hold(by, _SEEN_TASK, {"sought": task_id, "owner": by.actor, "subject": f"task:{task_id}"}, "task")


def _hold(by: By, query: Prepared, sought: Mapping[str, Any], kind: str) -> Held:
    row = query.row(by.connection, sought)
    if row is None:
        raise NotFound(**{kind: str(sought["sought"])})
    case = dict(zip(_CASE_NAMES, row, strict=False))
    task, draft = None, None
    if kind == "task":
        task, draft = dict(zip(_TASK_NAMES, row[len(_CASE) :], strict=False)), row[-1]
    return Held(case=case, task=task, edition=edition(by, case["version_id"]), draft=draft)


def opening(by: By, version: Edition, at: str, heard: Mapping[str, object]) -> dict[str, Any]:
    """Return the data with which a case begins at an event: what its outputs take of what was heard.

    Raises: ExpressionRefused.
    """
    return Run.opening(version.blueprint, at, heard, _around(by, version, {}))


def begin(
    by: By, new: mirror.NewCase, act: Entry, answers: Mapping[str, Any], *, asked: bool = True, at: str | None = None
) -> Moved:
    """Start a case of an edition; its first people's task is completed with `answers` in the same step.

    `asked` False, or `at` the event at which it begins: nobody filled in that task, it waits, and `answers` are the
    data that the case begins with. So they are when the case does not begin with one people's task.

    Raises: CaseStuck when the engine cannot take the step.
    """
    around = _around(by, new.edition, case_facts(new.number, by.at, {}))
    request = new.edition.blueprint.first_task if asked and at is None else None
    data = {} if request else dict(answers)
    run = _guarded(None, lambda: Run.start(new.edition.blueprint, data, around, at))
    effects = _guarded(None, run.effects)
    first = next((one for one in effects.opened if one.element is request), None)
    if first is not None:
        _guarded(None, lambda: run.complete(first.task_id, answers))
        effects = effects.followed_by(_guarded(None, run.effects))
    case_id = mirror.insert_case(by, new)
    if first is not None:
        mirror.first_task(by, case_id, first, answers)
    story = mirror.Story(case_id, new.number, new.edition, effects, new.requester_email, Head(0, NO_SEAL), 0)
    values = _write(by, story, run, act)
    _update_case(by, case_id, 0, values)
    _keep(by, case_id, 1, run)
    return Moved(case_id, new.number, effects, first.task_id if first else None)


def advance(by: By, held: Held, act: Entry, step: Callable[[Run], object], *, even_suspended: bool = False) -> Moved:
    """Take one step of a held case and write everything that follows from it.

    Raises: CaseSuspended unless the step is one that a suspended case may take; CaseStuck when the engine cannot go on
    (this transaction is lost, an incident is due in another), CaseMoved when the row changed under us, and whatever
    `step` refuses.
    """
    case = held.case
    if case["suspended_at"] is not None and not even_suspended:
        raise CaseSuspended(case=case["number"], at=case["suspended_at"])
    run = _guarded(case["id"], lambda: _take_up(by, held))
    run.again(_around(by, held.edition, case_facts(case["number"], case["started_at"], run.notes)))
    _guarded(case["id"], lambda: step(run))
    effects = _guarded(case["id"], run.effects)
    head = Head(case["trail_seq"], case["trail_seal"])
    story = mirror.Story(
        case["id"], case["number"], held.edition, effects, case["requester_email"], head, case["step_seq"]
    )
    values = _write(by, story, run, act)
    _update_case(by, case["id"], case["lock_version"], values)
    _keep(by, case["id"], case["lock_version"] + 1, run)
    return Moved(case["id"], case["number"], effects)


def take_over(
    by: By, held: Held, version: Edition, act: Entry, carry: Callable[[Around], Run],
    meanwhile: Callable[[Run], None],
) -> Moved:  # fmt: skip
    """Make a held case one of another version, in one step, and write everything that follows from it.

    `carry` gives the run in that version; `meanwhile` puts the rows that mirror the case in its words, before what the
    step did is written. Raises: CaseStuck, CaseMoved.
    """
    case = held.case
    around = around_at(by, version, case, by.at)
    run = _guarded(case["id"], lambda: carry(around))
    effects = _guarded(case["id"], run.effects)
    meanwhile(run)
    head = Head(case["trail_seq"], case["trail_seal"])
    story = mirror.Story(case["id"], case["number"], version, effects, case["requester_email"], head, case["step_seq"])
    values = _write(by, story, run, act)
    _update_case(by, case["id"], case["lock_version"], values)
    by.connection.execute(update(_case).where(_case.c.id == case["id"]).values(version_id=version.id))
    by.house.shelf.get("runs", {}).pop(case["id"], None)
    return Moved(case["id"], case["number"], effects)


def back(by: By, held: Held, version_id: int, state: str) -> None:
    """Give a held case a state that it had before; its rows are the caller's. Raises: CaseMoved."""
    case = held.case
    mine = update(_case).where(_case.c.id == case["id"], _case.c.lock_version == case["lock_version"])
    due_at = ledger.legal_due(msgspec.json.decode(state)["n"])
    values = {"version_id": version_id, "state": state, "due_at": due_at, "lock_version": case["lock_version"] + 1}
    if by.connection.execute(mine.values(**values)).rowcount != 1:
        raise CaseMoved(case=case["id"])
    by.house.shelf.get("runs", {}).pop(case["id"], None)


def around_at(by: By, version: Edition, case: Mapping[str, Any], at: datetime) -> Around:
    """Return what a case sees, or would have seen at another moment, for terms that are counted from then."""
    facts = case_facts(case["number"], case["started_at"], msgspec.json.decode(case["state"])["n"])
    return replace(_around(by, version, facts), at=at)


def standing(by: By, held: Held) -> tuple[Awaited, Mapping[str, Any]]:
    """Return what the saved state of a case says is open, and the notes beside it; changes nothing.

    Raises: CaseStuck when the state cannot be read.
    """
    case = held.case
    around = _around(by, held.edition, {})
    run = _guarded(case["id"], lambda: Run.load(held.edition.blueprint, case["state"], case["data"], around))
    return _guarded(case["id"], run.awaited), run.notes


def foresee(by: By, held: Held, step: Callable[[Run], object]) -> Effects:
    """Return what a step would do, tried on a copy of the saved state; changes nothing.

    Raises: CaseStuck, and whatever `step` refuses.
    """
    case = held.case
    around = _around(by, held.edition, case_facts(case["number"], case["started_at"], {}))

    def tried() -> Effects:
        run = Run.load(held.edition.blueprint, case["state"], deepcopy(case["data"]), around)
        run.again(_around(by, held.edition, case_facts(case["number"], case["started_at"], run.notes)))
        step(run)
        return run.effects()

    effects: Effects = _guarded(case["id"], tried)
    return effects


def put_back(by: By, held: Held, act: Entry, former: Mapping[str, Any]) -> None:
    """Give a held case a former state again; the caller gives it its rows. Its attempts are not counted back.

    `former`: state, data, status, outcome, ended_at. Raises: CaseStuck when that state cannot be read, CaseMoved.
    """
    case, blueprint = held.case, held.edition.blueprint
    around = _around(by, held.edition, {})
    now = _guarded(case["id"], lambda: _take_up(by, held))
    run = _guarded(case["id"], lambda: Run.load(blueprint, former["state"], former["data"], around))
    run.attempts |= now.attempts
    rows, head = chained(by, case["id"], Head(case["trail_seq"], case["trail_seal"]), [act])
    by.connection.execute(insert(AuditEntry), rows)
    values = {
        "status": former["status"],
        "outcome": former["outcome"],
        "ended_at": datetime.fromisoformat(former["ended_at"]) if former["ended_at"] else None,
        "state": run.dump(),
        "data": run.document.values,
        "trail_seq": head.seq,
        "trail_seal": head.seal,
        "step_seq": case["step_seq"],
        "due_at": None if former["status"] == CASE_DONE else ledger.legal_due(run.notes),
    }
    _update_case(by, case["id"], case["lock_version"], values)
    _keep(by, case["id"], case["lock_version"] + 1, run)


def _write(by: By, story: mirror.Story, run: Run, act: Entry) -> dict[str, Any]:
    """Write the rows that mirror the step; return the new values of the case's own row."""
    effects = story.effects
    ledger.follow(by, story, run.notes)
    if not run.has_next_move():
        effects.failures.append(Failure("", UUID(int=0), "no-next-move", {}))
    head, step_seq = mirror.write(by, story, act)
    values: dict[str, Any] = {
        "status": CASE_DONE if effects.finished else CASE_OPEN,
        "outcome": effects.outcome if effects.finished else None,
        "ended_at": by.at if effects.finished else None,
        "state": run.dump(),
        "data": run.document.values,
        "trail_seq": head.seq,
        "trail_seal": head.seal,
        "step_seq": step_seq,
        "due_at": None if effects.finished else ledger.legal_due(run.notes),
    }
    return values


def _update_case(by: By, case_id: int, version: int, values: Mapping[str, Any]) -> None:
    """Write the case's own row. Raises: CaseMoved when it is no longer of the version that was read."""
    row = {f"new_{name}": value for name, value in values.items()}
    row |= {"at_id": case_id, "at_version": version, "new_lock_version": version + 1}
    if _UPDATE.run(by.connection, row) != 1:
        raise CaseMoved(case=case_id)


def _guarded(case_id: int | None, move: Callable[[], Any]) -> Any:
    """Return what `move` gives; whatever the engine cannot do becomes CaseStuck, refusals pass."""
    try:
        return move()
    except (StepFailed, RunawayCase, StateNotReadable) as stuck:
        facts = dict(getattr(stuck, "facts", {}))
        raise CaseStuck(case=case_id, reason=stuck.code, facts=facts) from stuck
    except Refused:
        raise
    except Exception as broken:  # whatever an engine that is not ours raises, the case must not be lost
        raise CaseStuck(case=case_id, reason="engine", facts={"error": repr(broken)[:500]}) from broken


def _around(by: By, version: Edition, facts: Mapping[str, object]) -> Around:
    return Around(
        at=by.at, calendar=calendar(by), parameter=parameter(by), tables=version.tables, facts=facts,
        most_instances=by.house.settings.most_instances,
        called=lambda element: version.called(element, by.at),
        shortest_cycle=timedelta(seconds=by.house.settings.shortest_cycle_seconds),
    )  # fmt: skip


def _take_up(by: By, held: Held) -> Run:
    """Take the run out of this process's keeping when it is of the row's version, else load it from the row."""
    kept: dict[int, tuple[int, Run]] = by.house.shelf.setdefault("runs", {})
    version, run = kept.pop(held.case["id"], (0, None))
    if run is not None and version == held.case["lock_version"] and run.blueprint is held.edition.blueprint:
        return run
    around = _around(by, held.edition, {})
    return Run.load(held.edition.blueprint, held.case["state"], held.case["data"], around)


def _keep(by: By, case_id: int, version: int, run: Run) -> None:
    kept: dict[int, tuple[int, Run]] = by.house.shelf.setdefault("runs", {})

    def keep() -> None:
        while len(kept) >= _KEPT_RUNS:
            kept.pop(next(iter(kept)), None)
        kept[case_id] = (version, run)

    after_commit(by.session, keep)
