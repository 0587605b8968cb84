"""The version in which something of a case was done: the case may have moved to another since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.access import By
from engine.city import Edition, edition
from engine.store.moves import MOVED, CaseMove


def edition_then(by: By, case_id: int, version_id: int, closed_at: datetime | None) -> Edition:
    """Return the version that a case was of as a task of it was closed; while it is open (None), that of now."""
    if closed_at is None:
        return edition(by, version_id)
    later = (CaseMove.case_id == case_id, CaseMove.status == MOVED, CaseMove.settled_at >= closed_at)
    query = select(CaseMove.from_version_id).where(*later).order_by(CaseMove.id).limit(1)
    former = by.connection.execute(query).scalar()
    return edition(by, version_id if former is None else former)
