"""The parts of a case file that more than one page shows: its head, its story, its documents, its data in words.

Each is bounded by `case_criterion` through `head`, and none runs a query per row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from engine.access import EXTERNAL, By, case_criterion, secrecy_seen
from engine.city import Edition, edition
from engine.desk.deadline import Deadline, deadline, spent
from engine.desk.roles import role_names
from engine.desk.way import Present
from engine.errors import NotFound
from engine.store.cases import (
    CASE_OPEN,
    TASK_CANCELLED,
    TASK_DONE,
    TASK_OPEN,
    Case,
    Comment,
    Document,
    Incident,
    MessageWait,
    Signature,
    Step,
    Task,
)
from engine.store.deadlines import Clock, ClockEntry
from engine.store.people import Servant

WITHDRAWAL, PAYMENT = "desistencia", "pagamento_confirmado"
SHOWN_INLINE = frozenset({"application/pdf", "image/png", "image/jpeg"})
_ENGINE, _CLOCK_ITSELF = "motor", "relógio"
# how the record names whoever asks before the case names them: the web's visitor, the portal's, an integration's own
_NAMELESS = ("", "visitante", "requerente, pelo portal")
# what follows from what, within one instant; what is not named here is a turn of the clock
_CLOCK = 2
_FOLLOWS = {
    "remark": 0, "remark-public": 0, "taken": 0, "done": 0, "done-late": 0, "cancelled": 1, "waiting": 3, "ended": 4,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Head:
    """A case as every page of it begins. `deadline` is that of the legal clock, paused while it stands still."""

    id: int
    number: str
    subject: str
    status: str
    outcome: str | None
    requester: str
    requester_document: str
    origin: str
    secrecy: str
    started_at: datetime
    ended_at: datetime | None
    suspended_at: datetime | None
    deadline: Deadline | None
    data: Mapping[str, Any]
    edition: Edition

    @property
    def open(self) -> bool:
        return self.status == CASE_OPEN

    @property
    def context(self) -> dict[str, Any]:
        """What forms of this case see."""
        protocol = {"numero": self.number, "protocolado_em": self.started_at.isoformat()}
        return {**self.data, "processo": protocol}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the story. `kind` says what happened; `spent` is (working days taken, working days given)."""

    kind: str
    at: datetime
    who: str = ""
    what: str = ""
    sector: str = ""
    spent: tuple[int, int | None] | None = None
    note: str = ""
    acting_for: str = ""
    element: str = ""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document of the case. `restricted`: that it is opened is recorded; `hidden`: the reader may not open it."""

    id: int
    title: str
    name: str
    mime: str
    size: int
    sha256: str
    status: str
    restricted: bool
    hidden: bool
    created_at: datetime
    created_by: str
    task_id: UUID | None
    code: str | None
    signed_by: tuple[str, ...] = ()

    @property
    def inline(self) -> bool:
        """Whether a browser may show it; the rest is taken home."""
        return self.mime in SHOWN_INLINE


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """A task of the case, as the database has it."""

    id: UUID
    element: str
    name: str
    attempt: int
    role: str
    form: str | None
    status: str
    opened_at: datetime
    due_at: datetime | None
    assignee: str | None
    assignee_id: int | None
    taken_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    acting_for: str | None


_HEAD = (
    Case.id, Case.number, Case.subject, Case.status, Case.outcome, Case.requester_name, Case.requester_document,
    Case.origin, Case.secrecy, Case.started_at, Case.ended_at, Case.suspended_at, Case.due_at,
    Case.version_id, Case.data,
)  # fmt: skip


def head(by: By, number: str) -> Head:
    """Return the head of a case by its number. Raises: NotFound, also for a case that `by` may not see."""
    return _head(by, Case.number == number, number)


def head_by_id(by: By, case_id: int) -> Head:
    """Return the head of a case by its id. Raises: NotFound."""
    return _head(by, Case.id == case_id, case_id)


def _head(by: By, which: ColumnElement[bool], sought: object) -> Head:
    suspended = select(Clock.id).where(Clock.case_id == Case.id, Clock.status == "suspenso").limit(1).scalar_subquery()
    query = select(*_HEAD, suspended.label("suspended")).where(which, case_criterion(by))
    row = by.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(case=sought)
    stand = deadline(by, row.due_at, row.started_at)
    if row.due_at is None and row.suspended is not None:
        stand = Deadline("paused", 0, 0, None)
    return Head(
        id=row.id, number=row.number, subject=row.subject, status=row.status, outcome=row.outcome,
        requester=row.requester_name, requester_document=row.requester_document, origin=row.origin,
        secrecy=row.secrecy, started_at=row.started_at, ended_at=row.ended_at,
        suspended_at=row.suspended_at, deadline=stand, data=row.data,
        edition=edition(by, row.version_id),
    )  # fmt: skip


# -- tasks and where the case stands ----------------------------------------------------------------------------------


def tasks(by: By, case_id: int) -> list[TaskRow]:
    """Return every attempt of every task of a case, in the order in which they opened."""
    query = (
        select(
            Task.id, Task.element, Task.name, Task.attempt, Task.role, Task.form, Task.status, Task.opened_at,
            Task.due_at, Servant.name.label("assignee"), Task.assignee_id, Task.taken_at, Task.closed_at,
            Task.closed_by, Task.acting_for,
        )
        .outerjoin(Servant, Servant.id == Task.assignee_id)
        .where(Task.case_id == case_id)
        .order_by(Task.opened_at, Task.closed_at.is_(None), Task.closed_at, Task.id)
    )  # fmt: skip
    return [TaskRow(**row._mapping) for row in by.connection.execute(query)]


def present(by: By, of: Head, rows: Sequence[TaskRow]) -> Present:
    """Return where a case stands: two queries, steps and what waits or failed."""
    steps = select(Step.element).where(Step.case_id == of.id).order_by(Step.seq)
    waits = select(MessageWait.element).where(MessageWait.case_id == of.id, MessageWait.name != WITHDRAWAL)
    failed = select(Incident.element).where(Incident.case_id == of.id, Incident.status == "open")
    open_rows = [row for row in rows if row.status == TASK_OPEN]
    return Present(
        done=tuple(dict.fromkeys(by.connection.execute(steps).scalars())),
        open=tuple(dict.fromkeys(row.element for row in open_rows)),
        late=frozenset(row.element for row in open_rows if row.due_at is not None and row.due_at < by.at),
        waiting=tuple(map(of.edition.blueprint.drawn_as, by.connection.execute(waits).scalars())),
        failed=frozenset(by.connection.execute(failed).scalars()),
        ended=not of.open,
    )


# -- the story --------------------------------------------------------------------------------------------------------


def story(by: By, of: Head, rows: Sequence[TaskRow]) -> list[Event]:
    """Return what happened in a case, newest first: tasks, remarks, stops of the clock, its end.

    What followed at the same instant from something stands above it: the list runs one way, to its last line.
    """
    events = [event for row in rows for event in _of_task(by, of, row)]
    events += _remarks(by, of.id)
    events += _clock_events(by, of)
    if of.ended_at is not None:
        events.append(Event(kind="ended", at=of.ended_at, what=of.outcome or ""))
    return sorted(events, key=lambda event: (event.at, _FOLLOWS.get(event.kind, _CLOCK)))[::-1]


def _of_task(by: By, of: Head, row: TaskRow) -> Iterator[Event]:
    sector = role_names(by).get(row.role, row.role)
    base: dict[str, Any] = {"what": row.name, "sector": sector, "element": row.element}
    if row.status == TASK_DONE and row.closed_at is not None:
        took = spent(by, row.opened_at, row.closed_at, row.due_at, row.role)
        late = row.due_at is not None and row.closed_at > row.due_at
        yield Event(
            kind="done-late" if late else "done", at=row.closed_at, who=done_by(of, row.role, row.closed_by),
            spent=took, acting_for=row.acting_for or "", **base,
        )  # fmt: skip
    elif row.status == TASK_CANCELLED and row.closed_at is not None:
        yield Event(kind="cancelled", at=row.closed_at, **base)
    elif row.taken_at is not None:
        yield Event(kind="taken", at=row.taken_at, who=row.assignee or "", **base)
    else:
        yield Event(kind="waiting", at=row.opened_at, **base)


def done_by(of: Head, role: str, name: str | None) -> str:
    """Return who completed a task: a citizen who had no name yet when asking is the requester that the case names."""
    return of.requester if role == EXTERNAL and (name or "") in _NAMELESS else name or ""


def _remarks(by: By, case_id: int) -> list[Event]:
    query = (
        select(Comment.body, Comment.public, Comment.created_at, Servant.name)
        .join(Servant, Servant.id == Comment.author_id)
        .where(Comment.case_id == case_id)
    )
    return [
        Event(kind="remark-public" if public else "remark", at=at, who=name, note=body)
        for body, public, at, name in by.connection.execute(query)
    ]


def _clock_events(by: By, of: Head) -> list[Event]:
    query = (
        select(ClockEntry.clock_id, ClockEntry.state, ClockEntry.began_at, ClockEntry.reason, ClockEntry.norm)
        .join(Clock, Clock.id == ClockEntry.clock_id)
        .where(Clock.case_id == of.id)
        .order_by(ClockEntry.id)
    )
    drawn = of.edition.blueprint.elements
    known: set[int] = set()
    events = []
    for clock_id, state, at, reason, norm in by.connection.execute(query):
        kind = f"clock-{state}" if clock_id in known else "clock-began"
        known.add(clock_id)
        what = drawn[reason].name if reason in drawn else reason
        events.append(Event(kind=kind, at=at, what=what, note=norm or "", element=reason))
    return events


# -- documents --------------------------------------------------------------------------------------------------------


def papers(by: By, of: Head) -> list[Paper]:
    """Return the documents of a case with who signed them, newest first; replaced drafts left out."""
    columns = (
        Document.id, Document.title, Document.name, Document.mime, Document.size, Document.sha256, Document.status,
        Document.secrecy, Document.created_at, Document.created_by, Document.task_id, Document.code,
    )  # fmt: skip
    query = select(*columns).where(Document.case_id == of.id, Document.status != "substituido")
    rows = by.connection.execute(query.order_by(Document.created_at.desc(), Document.id.desc())).all()
    signed: dict[int, list[str]] = {}
    ours = select(Document.id).where(Document.case_id == of.id)
    signatures = select(Signature.document_id, Signature.signer).where(Signature.document_id.in_(ours))
    for document_id, signer in by.connection.execute(signatures.order_by(Signature.id)):
        signed.setdefault(document_id, []).append(signer)
    seen = secrecy_seen(by)
    return [
        Paper(
            id=row.id, title=row.title, name=row.name, mime=row.mime, size=row.size, sha256=row.sha256,
            status=row.status, restricted=row.secrecy != "publico", hidden=row.secrecy not in seen,
            created_at=row.created_at, created_by=_filed_by(of, row.created_by), task_id=row.task_id,
            code=row.code, signed_by=tuple(signed.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


def _filed_by(of: Head, name: str) -> str:
    if name in (_ENGINE, _CLOCK_ITSELF):
        return ""
    return of.requester if name in _NAMELESS else name
