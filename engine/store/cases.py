"""Cases with their run state, their tasks (numbered attempts), steps, documents, comments, drafts and incidents."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base

CASE_OPEN, CASE_DONE = "open", "done"
MESSAGE, SIGNAL = "message", "signal"
TASK_OPEN, TASK_DONE, TASK_CANCELLED = "open", "done", "cancelled"
_OPEN = text("status = 'open'")
_OPEN_AGAIN = text("status = 'open' AND attempt > 1")


class Case(Base):
    """A processo. `state` is the engine's live tree without its specification; `data` the one document of the case.

    `lock_version` rises with every step; `trail_seq` and `trail_seal` are the head of the case's audit chain. While
    `suspended_at` is set nothing of it moves.
    """

    __tablename__ = "case"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    access_hash: Mapped[str] = mapped_column(String(64))
    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedure.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    lock_version: Mapped[int]
    status: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    requester_name: Mapped[str] = mapped_column(String(160))
    requester_document: Mapped[str] = mapped_column(String(20))
    requester_email: Mapped[str | None] = mapped_column(String(200))
    secrecy: Mapped[str] = mapped_column(String(12), default="publico")
    origin: Mapped[str] = mapped_column(String(12))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    trail_seq: Mapped[int]
    trail_seal: Mapped[bytes]
    step_seq: Mapped[int]
    state: Mapped[str]
    data: Mapped[dict[str, Any]]


Index("ix_case_procedure_status", Case.procedure_id, Case.status, Case.started_at)
Index("ix_case_requester_document", Case.requester_document)


class Task(Base):
    """One attempt of a person's task. A return opens a new attempt; no attempt is ever deleted.

    `act_id`: the act by hand (`hand_act`) that opened this attempt.
    """

    __tablename__ = "task"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    element: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    attempt: Mapped[int]
    role: Mapped[str] = mapped_column(String(60))
    form: Mapped[str | None] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(12))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("servant.id"))
    taken_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(160))
    acting_for: Mapped[str | None] = mapped_column(String(160))
    answers: Mapped[dict[str, Any] | None]
    act_id: Mapped[int | None]


Index("ix_task_case", Task.case_id)
Index("ix_task_inbox", Task.role, Task.due_at, Task.id, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_task_mine", Task.assignee_id, Task.due_at, Task.id, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_task_again", Task.role, Task.due_at, Task.id, sqlite_where=_OPEN_AGAIN, postgresql_where=_OPEN_AGAIN)


class Step(Base):
    """What the engine did, in order: one row per finished element. Append only. `changes`: [[path, before, after]]."""

    __tablename__ = "step"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    element: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(160))
    changes: Mapped[list[Any] | None]


class MessageWait(Base):
    """A case waits for a message by name and key, or for a signal (`kind`), which has no key."""

    __tablename__ = "message_wait"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    element: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), default=MESSAGE)
    name: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120))


Index("ix_message_wait_name_key", MessageWait.name, MessageWait.key)


class Incident(Base):
    """An automatic element that failed: where, why, and with which data. A person retries it."""

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    task_id: Mapped[UUID | None]
    element: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(12))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(160))


Index("ix_incident_open", Incident.opened_at, sqlite_where=_OPEN, postgresql_where=_OPEN)


class Document(Base):
    """A document of a case: its type, the hash of its content, and its secrecy. The bytes lie in the file store."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    task_id: Mapped[UUID | None]
    element: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(160))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    mime: Mapped[str] = mapped_column(String(120))
    secrecy: Mapped[str] = mapped_column(String(12))
    origin: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(12))
    code: Mapped[str | None] = mapped_column(String(20), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(160))


class Signature(Base):
    """Who signed which hash, at which level (Lei 14.063/2020), for whom, and the seal that binds them."""

    __tablename__ = "signature"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    servant_id: Mapped[int | None] = mapped_column(ForeignKey("servant.id"))
    signer: Mapped[str] = mapped_column(String(160))
    acting_for: Mapped[str | None] = mapped_column(String(160))
    level: Mapped[str] = mapped_column(String(12))
    sha256: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(String(64))


class Comment(Base):
    """A remark of a servant on a case; seen by servants only unless marked public."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("servant.id"))
    body: Mapped[str]
    public: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Draft(Base):
    """What one person typed into one form and has not sent. Never seen as data."""

    __tablename__ = "draft"

    owner: Mapped[str] = mapped_column(String(80), primary_key=True)
    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    answers: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class Numbering(Base):
    """The last number given in a series and year. Its row lock makes numbers gapless and unique."""

    __tablename__ = "numbering"

    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
