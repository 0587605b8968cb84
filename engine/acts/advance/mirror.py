"""The rows that mirror a step: tasks, steps, timers, waits, outbox, incidents, trail. Written only here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, update

from engine.access import EXTERNAL, By
from engine.acts.advance.hearers import signal_orders
from engine.acts.buffer import buffered
from engine.acts.outbox import place
from engine.audit import Entry, Head, chained
from engine.city import Edition, calendar
from engine.runtime.effects import Effects, Opened, Trace
from engine.runtime.records import Thrown
from engine.store.base import table
from engine.store.cases import (
    CASE_OPEN,
    MESSAGE,
    SIGNAL,
    TASK_CANCELLED,
    TASK_DONE,
    TASK_OPEN,
    Case,
    Incident,
    MessageWait,
    Step,
    Task,
)
from engine.store.deadlines import Timer
from engine.store.prepared import Prepared
from engine.store.trail import AuditEntry, Outbox
from engine.worktime import Term, due_at, parse_term

_ENGINE = "motor"
_LONGEST_NAME = 200
_INSERT_CASE = Prepared(insert(table(Case)).returning(table(Case).c.id))
_INSERT_TASK = Prepared(insert(table(Task)))
_INSERT_STEP = Prepared(insert(table(Step)))
_INSERT_TIMER = insert(table(Timer))
_INSERT_MESSAGEWAIT = insert(table(MessageWait))
_INSERT_INCIDENT = insert(table(Incident))
_INSERT_AUDITENTRY = Prepared(insert(table(AuditEntry)))


@dataclass(frozen=True, kw_only=True)
class NewCase:
    """What a case begins with."""

    number: str
    edition: Edition
    access_hash: str
    subject: str
    requester_name: str
    requester_document: str
    requester_email: str | None
    origin: str
    secrecy: str


@dataclass(frozen=True)
class Story:
    """A step to be written down: of which case, what it did, and where its trail and steps stood before."""

    case_id: int
    number: str
    edition: Edition
    effects: Effects
    requester_email: str | None
    head: Head
    step_seq: int


def insert_case(by: By, new: NewCase) -> int:
    """Insert the row of a new case and return its id; its state is written with its first step."""
    values = {
        "number": new.number, "access_hash": new.access_hash, "procedure_id": new.edition.procedure_id,
        "version_id": new.edition.id, "lock_version": 0, "status": CASE_OPEN, "subject": new.subject,
        "requester_name": new.requester_name, "requester_document": new.requester_document,
        "requester_email": new.requester_email, "secrecy": new.secrecy, "origin": new.origin, "started_at": by.at,
        "trail_seq": 0, "trail_seal": b"", "step_seq": 0, "state": "", "data": {},
    }  # fmt: skip
    found = _INSERT_CASE.row(by.connection, values)
    assert found is not None, "an insert gives the id back"
    case_id: int = found[0]
    return case_id


def write(by: By, story: Story, act: Entry) -> tuple[Head, int]:
    """Write every row that follows from a step; return the new head of the trail and the last step's number."""
    effects = story.effects
    _open_tasks(by, story)
    _cancel_tasks(by, effects.closed)
    steps = _steps(by, story, act)
    if steps:
        _INSERT_STEP.run(by.connection, steps)
    _timers(by, story)
    _waits(by, story)
    _outbox(by, story)
    _incidents(by, story)
    rows, head = chained(by, story.case_id, story.head, _entries(act, effects))
    _INSERT_AUDITENTRY.run(by.connection, rows)
    return head, story.step_seq + len(steps)


def first_task(by: By, case_id: int, opened: Opened, answers: Mapping[str, Any]) -> None:
    """Write the row of the task that was opened and completed in the step with which its case began."""
    row = _task_row(by, case_id, opened)
    row |= {"status": TASK_DONE, "closed_at": by.at, "closed_by": by.name, "answers": dict(answers)}
    _INSERT_TASK.run(by.connection, row)


def _task_row(by: By, case_id: int, opened: Opened) -> dict[str, Any]:
    element = opened.element
    return {
        "id": opened.task_id, "case_id": case_id, "element": element.id, "name": _name(opened),
        "attempt": opened.attempt, "role": opened.role, "form": element.note.form, "status": TASK_OPEN,
        "opened_at": by.at, "due_at": opened.due_at,
    }  # fmt: skip


def _name(opened: Opened) -> str:
    """Return a task's name, with its place among many instances."""
    place = f" ({opened.place})" if opened.place else ""
    return opened.element.name[: _LONGEST_NAME - len(place)] + place


def _open_tasks(by: By, story: Story) -> None:
    rows = [_task_row(by, story.case_id, opened) for opened in story.effects.opened]
    if rows:
        _INSERT_TASK.run(by.connection, rows)


def _cancel_tasks(by: By, closed: list[tuple[UUID, str]]) -> None:
    if closed:
        task_ids = [task_id for task_id, _ in closed]
        values = {"status": TASK_CANCELLED, "closed_at": by.at, "closed_by": _ENGINE}
        by.connection.execute(update(Task).where(Task.id.in_(task_ids), Task.status == TASK_OPEN).values(**values))


def _steps(by: By, story: Story, act: Entry) -> list[dict[str, Any]]:
    return [
        {
            "case_id": story.case_id, "seq": seq, "element": entry.element.id, "kind": entry.element.kind,
            "state": entry.state, "at": by.at, "actor": by.name if _of_person(entry, act) else _ENGINE,
            "changes": entry.changes or None,
        }
        for seq, entry in enumerate(story.effects.trace, story.step_seq + 1)
    ]  # fmt: skip


def _of_person(entry: Trace, act: Entry) -> bool:
    if entry.state != "done":
        return True
    return entry.element.is_for_people and act.action in {"task.complete", "case.start"}


def _timers(by: By, story: Story) -> None:
    effects = story.effects
    rows = [
        _timer(story, start.task_id, start.element, "event", start.due_at)
        | {"clock": story.edition.blueprint.event(start.element).note.clock}
        for start in effects.timers
    ]
    rows += [
        _timer(story, opened.task_id, opened.element.id, "warning", opened.warn_at)
        for opened in effects.opened
        if opened.warn_at
    ]
    rows += _validity(by, story)
    # First what is gone: a gateway may in one step await one timer less and another more.
    if effects.timers_gone or _warned(effects):
        _cancel_timers(by, story)
    if rows:
        by.connection.execute(_INSERT_TIMER, rows)


def _cancel_timers(by: By, story: Story) -> None:
    effects, triggers = story.effects, story.edition.blueprint.triggers
    gone = {task_id for task_id, element in effects.timers_gone if element not in triggers} | _warned(effects)
    waiting = update(Timer).where(Timer.case_id == story.case_id, Timer.status == "waiting")
    waiting = waiting.values(status="cancelled", settled_at=by.at)
    if gone:
        by.connection.execute(waiting.where(Timer.task_id.in_(gone)))
    for task_id, element in effects.timers_gone:
        if element in triggers:  # an event may go on waiting for the others of its timers
            by.connection.execute(waiting.where(Timer.task_id == task_id, Timer.element == element))


def _timer(story: Story, task_id: UUID, element: str, kind: str, falls_due_at: datetime | None) -> dict[str, Any]:
    return {
        "case_id": story.case_id, "task_id": task_id, "element": element, "kind": kind, "clock": None,
        "due_at": falls_due_at, "status": "waiting", "attempts": 0, "facts": None,
    }  # fmt: skip


def _warned(effects: Effects) -> set[UUID]:
    """Return the tasks that ended in this step and may have a warning waiting."""
    return {entry.task_id for entry in effects.trace if entry.element.note.warn} | {
        task_id for task_id, _ in effects.closed
    }


def _validity(by: By, story: Story) -> list[dict[str, Any]]:
    """Return the notice that an end event asks for before what was issued runs out."""
    rows = []
    for entry in story.effects.trace:
        note = entry.element.note
        if story.effects.finished and note.valid_for and note.warn_before:
            ends_at = due_at(by.at, parse_term(note.valid_for, days="corridos"), calendar(by))
            warned_at = _before(ends_at, parse_term(note.warn_before, days="corridos"))
            row = _timer(story, entry.task_id, entry.element.id, "validity", warned_at)
            rows.append(row | {"facts": {"ends_at": ends_at.isoformat()}})
    return rows


def _before(moment: datetime, term: Term) -> datetime:
    """Return the moment a term earlier. A month is taken for 31 days and a year for 366: rather early than late."""
    days = {"corridos": 1, "meses": 31, "anos": 366}.get(term.unit)
    return moment - (timedelta(days=term.amount * days) if days else timedelta(hours=term.amount))


def _waits(by: By, story: Story) -> None:
    effects = story.effects
    rows = [
        {
            "case_id": story.case_id, "task_id": wait.task_id, "element": wait.element, "kind": wait.kind,
            "name": wait.name, "key": wait.key,
        }
        for wait in effects.waits
    ]  # fmt: skip
    if rows:
        by.connection.execute(_INSERT_MESSAGEWAIT, rows)
        buffered(by, [(wait.name, wait.key) for wait in effects.waits if wait.kind == MESSAGE])
    if effects.waits_gone:
        gone = delete(MessageWait).where(
            MessageWait.case_id == story.case_id,
            MessageWait.task_id == bindparam("gone_task"),
            MessageWait.element == bindparam("gone_element"),
        )
        keys = [{"gone_task": task_id, "gone_element": element} for task_id, element in effects.waits_gone]
        by.connection.execute(gone, keys)


def _outbox(by: By, story: Story) -> None:
    effects = story.effects
    rows = [
        _order(by, story, "service", job.task_id, job.element, {"topic": job.topic, "inputs": dict(job.inputs)})
        for job in effects.jobs
    ]
    for entry in effects.trace:
        if entry.element.note.paper and entry.state == "done":
            paper = {"paper": entry.element.note.paper, "draft": False}
            rows.append(_order(by, story, "paper", entry.task_id, entry.element.id, paper))
    for opened in effects.opened:
        if opened.element.note.draft_paper:
            paper = {"paper": opened.element.note.draft_paper, "draft": True}
            rows.append(_order(by, story, "paper", opened.task_id, opened.element.id, paper))
    rows += _notices(by, story)
    rows += _thrown(by, story)
    if rows:
        place(by, rows)
    if effects.jobs_gone:
        unsettled = ("pending", "leased", "failed")
        pending = update(Outbox).where(Outbox.task_id.in_(effects.jobs_gone), Outbox.status.in_(unsettled))
        by.connection.execute(pending.values(status="dropped", settled_at=by.at))


def _thrown(by: By, story: Story) -> list[dict[str, Any]]:
    """Return the orders of what was thrown: a signal to each case that waits, a message to whom it will find."""
    rows = []
    for position, thrown in enumerate(story.effects.thrown):
        if thrown.kind == SIGNAL:
            rows += signal_orders(by, thrown.name, thrown.payload, but=story.case_id)
            continue
        said = {"name": thrown.name, "key": thrown.key, "payload": dict(thrown.payload)}
        said["external_id"] = f"{thrown.task_id}:{position}"
        rows.append(_order(by, story, MESSAGE, thrown.task_id, thrown.element, said))
    return rows


def _notices(by: By, story: Story) -> list[dict[str, Any]]:
    """Return the mails to the requester: something is asked of him, or his case has ended."""
    if not story.requester_email:
        return []
    rows = [
        _order(by, story, "mail", opened.task_id, opened.element.id, _mail(story, "demand", opened.element.name))
        for opened in story.effects.opened
        if opened.role == EXTERNAL
    ]
    if story.effects.finished:
        rows.append(_order(by, story, "mail", None, None, _mail(story, "ended", story.effects.outcome or "")))
    return rows


def _mail(story: Story, kind: str, what: str) -> dict[str, Any]:
    return {"notice": kind, "to": story.requester_email, "number": story.number, "what": what}


def _order(by: By, story: Story, kind: str, task_id: UUID | None, element: str | None, payload: Any) -> dict[str, Any]:
    return {
        "case_id": story.case_id, "task_id": task_id, "element": element, "kind": kind, "payload": payload,
        "status": "pending", "attempts": 0, "next_at": by.at, "created_at": by.at,
    }  # fmt: skip


def _incidents(by: By, story: Story) -> None:
    rows = [
        {
            "case_id": story.case_id, "task_id": failure.task_id, "element": failure.element, "code": failure.code,
            "facts": dict(failure.facts), "status": "open", "opened_at": by.at,
        }
        for failure in story.effects.failures
    ]  # fmt: skip
    if rows:
        by.connection.execute(_INSERT_INCIDENT, rows)
    gone = [*story.effects.failures_gone, *story.effects.jobs_gone]
    if gone:  # what failed was left behind or taken back: nothing of it is to be retried
        theirs = update(Incident).where(
            Incident.case_id == story.case_id, Incident.task_id.in_(gone), Incident.status == "open"
        )
        by.connection.execute(theirs.values(status="closed", closed_at=by.at, closed_by=_ENGINE))


def _told(thrown: Thrown) -> Entry:
    facts = {"name": thrown.name, "payload": dict(thrown.payload)}
    if thrown.kind == SIGNAL:
        return Entry("signal.throw", thrown.element, facts)
    return Entry("message.throw", thrown.element, {**facts, "key": thrown.key})


def _entries(act: Entry, effects: Effects) -> list[Entry]:
    entries = [act]
    entries += [Entry("gateway.condition", one["element"], one) for one in effects.conditions]
    entries += [Entry("decision.made", one["element"], one) for one in effects.decisions]
    entries += [_told(one) for one in effects.thrown]
    entries += [Entry("timer.missed", one["element"], {"count": one["count"]}) for one in effects.missed]
    entries += [Entry("incident.open", one.element, {"code": one.code, **one.facts}) for one in effects.failures]
    if effects.finished:
        entries.append(Entry("case.end", effects.outcome or "", None))
    return entries
