"""Open cases on their way to another version: what was ordered, how far it is, and what would take a case back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base

WAITING, MOVED, STAYED, UNDONE = "waiting", "moved", "stayed", "undone"
_WAITING = text("status = 'waiting'")


class Moving(Base):
    """An order to carry cases of a procedure to one of its versions: who gave it, why, and with which choices.

    `choices`: {"elements": {old id: new id}, "recount": bool}. How far it is, its `case_move` rows say.
    """

    __tablename__ = "moving"

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedure.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    choices: Mapped[dict[str, Any]]
    reason: Mapped[str]
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[str] = mapped_column(String(160))


class CaseMove(Base):
    """One case of such an order. `status` is waiting, moved, stayed (`reasons` say why) or undone.

    `before` holds the former state and what of its rows was changed; it takes the case back for as long as the case's
    lock version is still `lock_version`.
    """

    __tablename__ = "case_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    moving_id: Mapped[int] = mapped_column(ForeignKey("moving.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    from_version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    status: Mapped[str] = mapped_column(String(12))
    reasons: Mapped[list[Any] | None]
    before: Mapped[dict[str, Any] | None]
    lock_version: Mapped[int | None]
    settled_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(160))


Index("ix_case_move_waiting", CaseMove.id, sqlite_where=_WAITING, postgresql_where=_WAITING)
