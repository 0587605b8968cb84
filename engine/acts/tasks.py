"""What servants and citizens do with tasks: take, give back, keep a draft, complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, literal_column, select, update

from engine.access import By, require_work
from engine.acts import documents, drafts
from engine.acts.advance import Moved, advance, hold_task
from engine.audit import Entry, record_on_case
from engine.city import calendar, form_context, parameter
from engine.errors import CaseSuspended, Denied, NotFound, TaskNotOpen, TaskTaken
from engine.forms.answers import check_answers
from engine.forms.components import Form
from engine.store.base import table
from engine.store.cases import TASK_DONE, TASK_OPEN, Case, Draft, Task
from engine.store.people import Servant
from engine.store.prepared import Prepared
from engine.words import words

_ASKED = (Task.id, Task.case_id, Task.role, Task.status, Task.assignee_id, Task.closed_at, Task.closed_by, Task.element)

_OPEN = Task.status == literal_column("'open'")  # a bound value would hide the partial index from the planner
_task = table(Task)
_CLOSE = Prepared(
    update(_task)
    .where(_task.c.id == bindparam("at_id"))
    .values(
        status=TASK_DONE,
        closed_at=bindparam("new_at"),
        closed_by=bindparam("new_by"),
        acting_for=bindparam("new_for"),
        answers=bindparam("new_answers"),
    )
)


@dataclass(frozen=True)
class Sheet:
    """What it takes to read what was typed into a task: its name, its form, the draft that the page was made from."""

    name: str
    form: Form | None
    draft: Mapping[str, Any] | None


Sent = Mapping[str, Any] | Callable[[Sheet], Mapping[str, Any]]


def complete(by: By, task_id: UUID, sent: Sent, *, confirmed: bool = False) -> Moved:
    """Complete a task with what its form was sent, and move its case.

    `sent`: raw answers, or what reads them once the task is known; it is asked before anything else is refused.
    `confirmed`: the person gave the password again with this request, as an advanced signature asks.
    Raises: NotFound, Denied, TaskNotOpen (who and when), TaskTaken (by whom), CaseSuspended, AnswersRefused,
    SignatureRefused.
    """
    held = hold_task(by, task_id)
    task = held.task
    assert task is not None
    require_work(by, task["role"], held.case["id"])
    form = held.edition.forms.get(task["form"] or "")
    raw = sent(Sheet(task["name"], form, held.draft)) if callable(sent) else sent
    require_open(by, task)
    if held.case["suspended_at"] is not None:
        raise CaseSuspended(case=held.case["number"], at=held.case["suspended_at"])
    answers = check(by, form, raw, form_context(held.case, task_id))
    acting_for = by.acting_for(task["role"])
    documents.sign(by, held, acting_for, confirmed=confirmed)
    documents.file(by, held, form, answers)
    act = Entry(
        "task.complete", f"task:{task_id}", {"element": task["element"], "attempt": task["attempt"]}, acting_for
    )
    try:
        moved = advance(by, held, act, lambda run: run.complete(task_id, answers))
    except TaskNotOpen:
        require_open(by, _row(by, task_id))  # read again: a task's row may be older than the lock on its case's row
        raise
    row = {"at_id": task_id, "new_at": by.at, "new_by": by.name, "new_for": acting_for, "new_answers": answers}
    _CLOSE.run(by.connection, row)
    return moved


def check(by: By, form: Form | None, raw: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers that a form accepts from what was sent. Raises: AnswersRefused."""
    if form is None:
        return {}
    return check_answers(form, raw, context, words(by.at, calendar(by), parameter(by)))


def take(by: By, task_id: UUID) -> None:
    """Take an open task for oneself. Raises: NotFound, Denied, TaskNotOpen, TaskTaken."""
    task = _row(by, task_id)
    if by.servant_id is None:
        raise Denied(role=task["role"])
    require_open(by, task)
    _lock_case(by, task)
    mine = update(Task).where(
        Task.id == task_id, Task.status == TASK_OPEN, Task.assignee_id.is_(None) | (Task.assignee_id == by.servant_id)
    )
    if by.connection.execute(mine.values(assignee_id=by.servant_id, taken_at=by.at)).rowcount != 1:
        require_open(by, _row(by, task_id))
        raise TaskTaken(task=str(task_id), by="")
    _record(by, task, "task.take")


def take_next(by: By, roles: frozenset[str] | None = None) -> UUID:
    """Take the most urgent free task of one's roles (or of some of them). Raises: NotFound when there is none."""
    query = (
        select(Task.id)
        .join(Case, Case.id == Task.case_id)
        .where(Task.role.in_((roles or by.roles) & by.roles), _OPEN, Task.assignee_id.is_(None))
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
        .limit(1)
        .with_for_update(of=Case, skip_locked=True)
    )
    task_id = by.connection.execute(query).scalar()
    if task_id is None:
        raise NotFound(task="next")
    take(by, task_id)
    return task_id


def give_back(by: By, task_id: UUID) -> None:
    """Give a task that one had taken back to the sector. Raises: NotFound, Denied, TaskNotOpen, TaskTaken."""
    task = _row(by, task_id)
    require_open(by, task)
    _lock_case(by, task)
    mine = update(Task).where(Task.id == task_id, Task.status == TASK_OPEN)
    if by.connection.execute(mine.values(assignee_id=None, taken_at=None)).rowcount != 1:
        require_open(by, _row(by, task_id))
    _record(by, task, "task.give-back")


def keep_draft(by: By, task_id: UUID, raw: Mapping[str, Any]) -> None:
    """Keep what was typed so far, unchecked; it is nobody's data until the task is completed.

    Raises: NotFound, Denied, TaskNotOpen.
    """
    task = _row(by, task_id)
    if task["status"] != TASK_OPEN:
        raise TaskNotOpen(task=str(task_id), by=task["closed_by"], at=task["closed_at"])
    drafts.keep(by, f"task:{task_id}", raw)


def discard_draft(by: By, task_id: UUID) -> None:
    """Forget what was typed. Raises: NotFound, Denied."""
    _row(by, task_id)
    by.connection.execute(delete(Draft).where(Draft.owner == by.actor, Draft.subject == f"task:{task_id}"))


def _row(by: By, task_id: UUID) -> dict[str, Any]:
    """Return a task's row for whoever may work on it."""
    row = by.connection.execute(select(*_ASKED).where(Task.id == task_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(task=str(task_id))
    require_work(by, row["role"], row["case_id"])
    return {column.key: row[column.key] for column in _ASKED}


def _lock_case(by: By, task: Mapping[str, Any]) -> None:
    """Lock the case before its task, as every step does: otherwise the two would wait for each other."""
    by.connection.execute(select(Case.id).where(Case.id == task["case_id"]).with_for_update())


def require_open(by: By, task: Mapping[str, Any]) -> None:
    """Refuse a task that is closed, or that a colleague has taken. Raises: TaskNotOpen, TaskTaken."""
    if task["status"] != TASK_OPEN:
        raise TaskNotOpen(task=str(task["id"]), by=task["closed_by"], at=task["closed_at"])
    if task["assignee_id"] is not None and task["assignee_id"] != by.servant_id:
        holder = by.connection.execute(select(Servant.name).where(Servant.id == task["assignee_id"])).scalar()
        raise TaskTaken(task=str(task["id"]), by=holder)


def _record(by: By, task: Mapping[str, Any], action: str) -> None:
    entry = Entry(action, f"task:{task['id']}", {"element": task["element"]}, by.acting_for(task["role"]))
    record_on_case(by, task["case_id"], entry)
