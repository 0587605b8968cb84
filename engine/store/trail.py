"""The audit trail (append only, chained per case), the outbox, the inbox and the idempotency rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base

_UNSETTLED = text("settled_at IS NULL")
CITY_CHAIN = 0


class AuditEntry(Base):
    """One act or one evaluated condition. `seal` chains it to the entry before it; chain 0 is the city's own."""

    __tablename__ = "audit_entry"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(160))
    acting_for: Mapped[str | None] = mapped_column(String(160))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(160))
    facts: Mapped[dict[str, Any] | None]
    seal: Mapped[bytes]


class ChainHead(Base):
    """The last entry of the city's chain; its row lock keeps that chain from forking."""

    __tablename__ = "chain_head"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    seal: Mapped[bytes]


class Outbox(Base):
    """Something to be done outside, written by the step that caused it: a service call, a mail, a document."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    task_id: Mapped[UUID | None]
    element: Mapped[str | None] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0, server_default="0")
    next_at: Mapped[datetime]
    lease_token: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    error: Mapped[str | None]


Index("ix_outbox_next", Outbox.next_at, sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED)


class Inbox(Base):
    """A message from outside, kept once per (source, external id), with what was answered."""

    __tablename__ = "inbox"

    source: Mapped[str] = mapped_column(String(80), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))


class Idempotency(Base):
    """A request that was answered: the same key gets the same answer, another body is refused."""

    __tablename__ = "idempotency"

    actor: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime]


Index("ix_idempotency_at", Idempotency.at)
