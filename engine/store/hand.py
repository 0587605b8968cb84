"""Acts by hand on cases: what was done, why, and what would take it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base


class HandAct(Base):
    """One act by hand on a case, by an operator or by a servant who returns it. Its reason is never empty.

    `former` holds the state and the open rows from before, None for what cannot be undone; it takes the case back for
    as long as the case's lock version is still `lock_version`.
    """

    __tablename__ = "hand_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    element: Mapped[str | None] = mapped_column(String(120))
    motive: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str]
    facts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by_name: Mapped[str] = mapped_column(String(160))
    lock_version: Mapped[int]
    former: Mapped[dict[str, Any] | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(160))
