"""The legal clock: clocks of a case and the ledger of their intervals; timers by due instant; days off."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base

_WAITING = text("status = 'waiting'")


class Clock(Base):
    """A named legal clock of a case, such as `prazo_legal`, with the rule that gives its end.

    `due_at` is None while suspended. `task_id` and `element` name the timer of the diagram that mirrors it.
    """

    __tablename__ = "clock"
    __table_args__ = (UniqueConstraint("case_id", "name", "cycle"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    name: Mapped[str] = mapped_column(String(60))
    cycle: Mapped[int]
    element: Mapped[str] = mapped_column(String(120))
    task_id: Mapped[UUID]
    amount: Mapped[int]
    unit: Mapped[str] = mapped_column(String(12))
    norm: Mapped[str | None] = mapped_column(String(200))
    effect: Mapped[str | None] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(12))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    suspensions: Mapped[int] = mapped_column(default=0)


class ClockEntry(Base):
    """An interval of a clock's ledger: from when to when, in which state, why, by which norm, by whom or what."""

    __tablename__ = "clock_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    clock_id: Mapped[int] = mapped_column(ForeignKey("clock.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200))
    norm: Mapped[str | None] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(160))


class Timer(Base):
    """Something that falls due: an event of the diagram, a warning, a validity. The scan reads one partial index."""

    __tablename__ = "timer"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    task_id: Mapped[UUID]
    element: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    clock: Mapped[str | None] = mapped_column(String(60))
    due_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any] | None]


Index("ix_timer_due", Timer.due_at, sqlite_where=_WAITING, postgresql_where=_WAITING)


class Holiday(Base):
    """A day off of the city or of one secretariat, whole or closing early, with its norm."""

    __tablename__ = "holiday"

    id: Mapped[int] = mapped_column(primary_key=True)
    on_date: Mapped[date]
    until_date: Mapped[date | None]
    name: Mapped[str] = mapped_column(String(120))
    closes_at: Mapped[time | None]
    role: Mapped[str | None] = mapped_column(String(60))
    norm: Mapped[str | None] = mapped_column(String(200))


class Heartbeat(Base):
    """The last tick of a clock process."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[datetime]
