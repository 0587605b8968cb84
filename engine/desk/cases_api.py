"""What integrations may read: cases, their trail, tasks and procedures, page by page.

Every query carries `case_criterion`; pages go on after a key, never after a count, so that page 1,000 costs what page 1
does. It must never run a query per row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from engine.access import By, case_criterion, may_work, require_scope, secrecy_seen
from engine.city import local_names
from engine.errors import Denied, NotFound
from engine.store.base import loads
from engine.store.cases import TASK_OPEN, Case, Document, Task
from engine.store.deadlines import Clock
from engine.store.people import Servant
from engine.store.procedures import FormVersion, Procedure, Version
from engine.store.trail import AuditEntry


@dataclass(frozen=True, kw_only=True)
class Sought:
    """Which cases are asked for; None leaves a filter out. `document`: the requester's CPF or CNPJ as stored."""

    procedure: str | None = None
    status: str | None = None
    number: str | None = None
    document: str | None = None


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    """A case in a list. `id` is the place where a page ends; it goes no further than the edge."""

    id: int
    number: str
    procedure: str
    procedure_name: str
    version: int
    subject: str
    status: str
    outcome: str | None
    secrecy: str
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TaskLine:
    """A task with the case that it belongs to."""

    id: UUID
    case: str
    subject: str
    procedure: str
    element: str
    name: str
    attempt: int
    role: str
    form: str | None
    status: str
    opened_at: datetime
    due_at: datetime | None
    taken_by: str | None
    taken_at: datetime | None
    mine: bool


@dataclass(frozen=True, kw_only=True)
class DeadlineLine:
    """A legal clock of a case; `due_at` is None while it stands still."""

    name: str
    cycle: int
    amount: int
    unit: str
    status: str
    norm: str | None
    effect: str | None
    suspensions: int
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DocumentLine:
    """A document of a case; its bytes are named by `sha256`."""

    id: int
    type: str
    title: str
    name: str
    sha256: str
    size: int
    mime: str
    secrecy: str
    status: str
    code: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class CaseRead:
    """A case whole: its line, who asked, what is open, what runs, what is filed."""

    line: CaseLine
    requester_name: str
    requester_document: str
    origin: str
    tasks: tuple[TaskLine, ...]
    deadlines: tuple[DeadlineLine, ...]
    documents: tuple[DocumentLine, ...]


@dataclass(frozen=True, kw_only=True)
class TaskRead:
    """A task with the form that completes it (form-js) and the data that it sees."""

    line: TaskLine
    form: Any
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class TrailLine:
    """One entry of a case's audit trail; `seal` binds it to the entry before."""

    seq: int
    at: datetime
    actor: str
    acting_for: str | None
    action: str
    subject: str
    facts: dict[str, Any] | None
    seal: bytes


@dataclass(frozen=True, kw_only=True)
class ProcedureLine:
    """A procedure and its version in force."""

    key: str
    name: str
    version: int
    sha256: str
    effective_from: datetime
    published_at: datetime
    draft: bool


@dataclass(frozen=True, kw_only=True)
class After:
    """Where a page of tasks ended: due moment (None: without one) and id of the last."""

    due_at: datetime | None
    id: UUID


_CASE = (
    Case.id, Case.number, Procedure.key.label("procedure"), Procedure.name.label("procedure_name"),
    Version.number.label("version"), Case.subject, Case.status, Case.outcome, Case.secrecy, Case.started_at,
    Case.ended_at, Case.due_at,
)  # fmt: skip
_TASK = (
    Task.id, Case.number.label("case"), Case.subject, Procedure.key.label("procedure"), Task.element, Task.name,
    Task.attempt, Task.role, Task.form, Task.status, Task.opened_at, Task.due_at, Servant.name.label("taken_by"),
    Task.taken_at, Task.assignee_id,
)  # fmt: skip


def cases(by: By, sought: Sought, *, before: int | None, limit: int) -> list[CaseLine]:
    """Return up to `limit` cases that `by` may see, the last entered first, those under id `before`. Raises: Denied."""
    require_scope(by, "cases:read")
    filters = [case_criterion(by)]
    filters += [
        column == wanted
        for column, wanted in (
            (Procedure.key, sought.procedure),
            (Case.status, sought.status),
            (Case.number, sought.number),
            (Case.requester_document, sought.document),
        )
        if wanted is not None
    ]
    if before is not None:
        filters.append(Case.id < before)
    query = _of_cases(*_CASE).where(*filters).order_by(Case.id.desc()).limit(limit)
    return [CaseLine(**row._mapping) for row in by.connection.execute(query)]


def case(by: By, number: str) -> CaseRead:
    """Return a case by its number, in four queries. Raises: Denied without the scope, NotFound."""
    require_scope(by, "cases:read")
    more = (Case.requester_name, Case.requester_document, Case.origin)
    query = _of_cases(*_CASE, *more).where(Case.number == number, case_criterion(by))
    row = by.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(case=number)
    values = dict(row._mapping)
    asked = {column.key: values.pop(column.key) for column in more}
    line = CaseLine(**values)
    return CaseRead(
        line=line, **asked, tasks=_open_tasks(by, line.id), deadlines=_deadlines(by, line.id),
        documents=_documents(by, line.id),
    )  # fmt: skip


def _of_cases(*columns: Any) -> Select[Any]:
    return (
        select(*columns).join(Version, Version.id == Case.version_id).join(Procedure, Procedure.id == Case.procedure_id)
    )


def _open_tasks(by: By, case_id: int) -> tuple[TaskLine, ...]:
    query = _of_tasks().where(Task.case_id == case_id, Task.status == TASK_OPEN).order_by(Task.opened_at, Task.id)
    return tuple(_task_line(by, row) for row in by.connection.execute(query))


def _deadlines(by: By, case_id: int) -> tuple[DeadlineLine, ...]:
    columns = (
        Clock.name, Clock.cycle, Clock.amount, Clock.unit, Clock.status, Clock.norm, Clock.effect, Clock.suspensions,
        Clock.started_at, Clock.due_at, Clock.ended_at,
    )  # fmt: skip
    query = select(*columns).where(Clock.case_id == case_id).order_by(Clock.started_at, Clock.id)
    return tuple(DeadlineLine(**row._mapping) for row in by.connection.execute(query))


def _documents(by: By, case_id: int) -> tuple[DocumentLine, ...]:
    columns = (
        Document.id, Document.type, Document.title, Document.name, Document.sha256, Document.size, Document.mime,
        Document.secrecy, Document.status, Document.code, Document.created_at,
    )  # fmt: skip
    seen = (Document.case_id == case_id, Document.secrecy.in_(secrecy_seen(by)))
    query = select(*columns).where(*seen).order_by(Document.id)
    return tuple(DocumentLine(**row._mapping) for row in by.connection.execute(query))


def trail(by: By, number: str, *, after: int, limit: int) -> list[TrailLine]:
    """Return up to `limit` entries of a case's trail after the entry numbered `after`. Raises: Denied, NotFound."""
    require_scope(by, "cases:trail")
    found = by.connection.execute(select(Case.id).where(Case.number == number, case_criterion(by))).scalar()
    if found is None:
        raise NotFound(case=number)
    columns = (
        AuditEntry.seq, AuditEntry.at, AuditEntry.actor, AuditEntry.acting_for, AuditEntry.action, AuditEntry.subject,
        AuditEntry.facts, AuditEntry.seal,
    )  # fmt: skip
    query = select(*columns).where(AuditEntry.chain == found, AuditEntry.seq > after)
    return [TrailLine(**row._mapping) for row in by.connection.execute(query.order_by(AuditEntry.seq).limit(limit))]


def tasks(by: By, *, role: str | None, mine: bool, overdue: bool, after: After | None, limit: int) -> list[TaskLine]:
    """Return up to `limit` open tasks of one's roles, the most urgent first and those without a due moment last.

    Raises: Denied without the scope, or when `role` is not one's own.
    """
    require_scope(by, "tasks:work")
    if role is not None and not may_work(by, role):
        raise Denied(role=role)
    filters = [Task.role == role if role is not None else Task.role.in_(by.roles), Task.status == TASK_OPEN]
    if mine:
        filters.append(Task.assignee_id == by.servant_id)
    if overdue:
        filters.append(Task.due_at < by.at)
    if after is not None:
        filters.append(_beyond(after))
    query = _of_tasks().where(*filters).order_by(Task.due_at.is_(None), Task.due_at, Task.id).limit(limit)
    return [_task_line(by, row) for row in by.connection.execute(query)]


def _beyond(after: After) -> ColumnElement[bool]:
    if after.due_at is None:
        return Task.due_at.is_(None) & (Task.id > after.id)
    later = (Task.due_at > after.due_at) | ((Task.due_at == after.due_at) & (Task.id > after.id))
    return or_(later, Task.due_at.is_(None))


def task(by: By, task_id: UUID) -> TaskRead:
    """Return a task, open or closed, with its form and the data of its case. Raises: Denied, NotFound."""
    require_scope(by, "tasks:work")
    query = _of_tasks(Version.manifest, Case.data, Case.state).join(Version, Version.id == Case.version_id)
    row = by.connection.execute(query.where(Task.id == task_id, _seen(by))).one_or_none()
    if row is None:
        raise NotFound(task=str(task_id))
    sha256 = row.manifest["forms"].get(row.form or "")
    body = None
    if sha256 is not None:
        body = by.connection.execute(select(FormVersion.body).where(FormVersion.sha256 == sha256)).scalar()
    return TaskRead(
        line=_task_line(by, row),
        form=loads(body) if body else None,
        data={**row.data, **local_names(row.state, task_id)},
    )


def require_task_sight(by: By, task_id: UUID) -> None:
    """Refuse whoever may not see the case of a task. Raises: Denied without the scope, NotFound."""
    require_scope(by, "tasks:work")
    query = select(Task.id).join(Case, Case.id == Task.case_id).where(Task.id == task_id, _seen(by))
    if by.connection.execute(query).scalar() is None:
        raise NotFound(task=str(task_id))


def _seen(by: By) -> ColumnElement[bool]:
    return Task.role.in_(by.roles) | case_criterion(by)


def _of_tasks(*more: Any) -> Select[Any]:
    columns: list[Any] = [*_TASK, *more]
    return (
        select(*columns)
        .join(Case, Case.id == Task.case_id)
        .join(Procedure, Procedure.id == Case.procedure_id)
        .outerjoin(Servant, Servant.id == Task.assignee_id)
    )


def _task_line(by: By, row: Row[Any]) -> TaskLine:
    values = {column.key: row._mapping[column.key] for column in _TASK}
    assignee_id = values.pop("assignee_id")
    return TaskLine(**values, mine=assignee_id is not None and assignee_id == by.servant_id)


def procedures(by: By) -> list[ProcedureLine]:
    """Return every procedure with its version in force, by key. Raises: Denied."""
    require_scope(by, "procedures:read")
    newest = (Version.effective_from.desc(), Version.number.desc())
    place = func.row_number().over(partition_by=Version.procedure_id, order_by=newest).label("place")
    ranked = select(Version.id, place).where(Version.effective_from <= by.at).subquery()
    query = (
        select(
            Procedure.key, Procedure.name, Version.number.label("version"), Version.sha256, Version.effective_from,
            Version.published_at, Version.manifest,
        )
        .join(Version, Version.procedure_id == Procedure.id)
        .join(ranked, ranked.c.id == Version.id)
        .where(ranked.c.place == 1)
        .order_by(Procedure.key)
    )  # fmt: skip
    return [_procedure_line(dict(row._mapping)) for row in by.connection.execute(query)]


def _procedure_line(values: dict[str, Any]) -> ProcedureLine:
    return ProcedureLine(draft="draft" in values.pop("manifest"), **values)
