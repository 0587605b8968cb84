"""Drafts: what one person typed into one form and has not sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, text

from engine.access import By
from engine.store.cases import Draft
from engine.store.prepared import Prepared

KEPT_FOR = timedelta(days=90)
# In one statement: a form that is sent while it keeps itself must not find its own draft in the way.
_KEEP = Prepared(
    text(
        "INSERT INTO draft (owner, subject, answers, saved_at) VALUES (:owner, :subject, :answers, :saved_at) "
        "ON CONFLICT (owner, subject) DO UPDATE SET answers = excluded.answers, saved_at = excluded.saved_at"
    ).bindparams(bindparam("answers", type_=Draft.answers.type), bindparam("saved_at", type_=Draft.saved_at.type))
)
_OWN = (Draft.owner == bindparam("owner"), Draft.subject == bindparam("subject"))
_MINE = Prepared(select(Draft.answers, Draft.saved_at).where(*_OWN))
_DISCARD = Prepared(delete(Draft).where(*_OWN))


def keep(by: By, subject: str, raw: Mapping[str, Any]) -> None:
    """Keep `raw` as the caller's draft of `subject` (`task:…`, `start:…`), in place of an earlier one."""
    row = {"owner": by.actor, "subject": subject, "answers": dict(raw), "saved_at": by.at}
    _KEEP.run(by.connection, row)


def mine(by: By, subject: str) -> tuple[dict[str, Any], Any] | None:
    """Return the caller's draft of `subject` and when it was kept, None when there is none."""
    row = _MINE.row(by.connection, {"owner": by.actor, "subject": subject})
    return (row[0], row[1]) if row else None


def discard(by: By, subject: str) -> None:
    """Forget the caller's draft of `subject`."""
    _DISCARD.run(by.connection, {"owner": by.actor, "subject": subject})


def sweep(by: By) -> int:
    """Forget drafts that nobody has touched for 90 days; return how many."""
    return by.connection.execute(delete(Draft).where(Draft.saved_at < by.at - KEPT_FOR)).rowcount
