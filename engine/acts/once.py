"""Idempotency: what was answered to a key is answered again; the same key with another body is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from engine.access import By
from engine.errors import KeyReused
from engine.store.base import table
from engine.store.prepared import Prepared
from engine.store.trail import Idempotency

KEPT_FOR = timedelta(days=30)
_INSERT = Prepared(insert(table(Idempotency)))


def remember(by: By, answer: Mapping[str, Any]) -> None:
    """Keep `answer` under the caller's key, in the transaction of what it answers.

    Two requests with one key at once: the second fails on the key and is rolled back whole; `recall` then answers it.
    """
    if by.key is not None:
        row = {"actor": by.actor, "key": by.key, "body_hash": by.body_hash, "answer": dict(answer), "at": by.at}
        _INSERT.run(by.connection, row)


def recall(by: By) -> dict[str, Any] | None:
    """Return what was answered to the caller's key, None when it is new. Raises: KeyReused."""
    if by.key is None:
        return None
    query = select(Idempotency.body_hash, Idempotency.answer).where(
        Idempotency.actor == by.actor, Idempotency.key == by.key
    )
    found = by.connection.execute(query).one_or_none()
    if found is None:
        return None
    if found.body_hash != by.body_hash:
        raise KeyReused(key=by.key)
    answer: dict[str, Any] = found.answer
    return answer


def sweep(by: By) -> int:
    """Forget answers that are older than 30 days; return how many."""
    return by.connection.execute(delete(Idempotency).where(Idempotency.at < by.at - KEPT_FOR)).rowcount
