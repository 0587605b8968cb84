"""Messages that came before anyone waited for them: kept in the inbox, delivered as soon as a case waits."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, text

from engine.access import By
from engine.acts.outbox import place
from engine.store.base import dumps
from engine.store.trail import Inbox


def lock_key(by: By, name: str, key: str) -> None:
    """Let one transaction at a time decide about a message's name and key: who waits, or what has come.

    Without it a message and a wait that cross each other would both find nothing. SQLite has one writer anyway.
    """
    if by.connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
        by.connection.execute(lock, {"what": dumps([name, key])})


def buffered(by: By, awaited: Iterable[tuple[str, str]]) -> None:
    """Order the delivery of what has already come for the names and keys that a case now waits for."""
    for name, key in sorted(set(awaited)):  # in one order for everybody: two that lock both cannot wait for each other
        lock_key(by, name, key)
        query = select(Inbox.source, Inbox.external_id).where(
            Inbox.name == name, Inbox.key == key, Inbox.case_id.is_(None)
        )
        for source, external_id in by.connection.execute(query).all():
            order_delivery(by, source, external_id)


def order_delivery(by: By, source: str, external_id: str) -> None:
    """Order that a kept message be delivered in a transaction of its own."""
    place(by, [{"kind": "deliver", "payload": {"source": source, "external_id": external_id}}])
