"""The outbox: where every order is written, in the transaction of the step that gives it, and told to the queue if any.

It must never carry anything out: that is for whoever claims the order, once this transaction is committed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from engine.access import By
from engine.store.base import table
from engine.store.trail import Outbox

_INSERT = insert(table(Outbox))
_TOLD = _INSERT.returning(table(Outbox).c.id, table(Outbox).c.case_id)


def place(by: By, orders: Sequence[Mapping[str, Any]]) -> None:
    """Write orders that are due at once. Each has kind, payload, and case_id, task_id and element where there are."""
    usual = {"case_id": None, "task_id": None, "element": None, "status": "pending", "attempts": 0, "losses": 0}
    rows = [{**usual, "next_at": by.at, "created_at": by.at, **order} for order in orders]
    if by.house.queue is None:
        by.connection.execute(_INSERT, rows)
    else:
        placed = by.connection.execute(_TOLD, rows).all()
        by.house.queue.enqueue(by.connection, [(row.id, row.case_id) for row in placed])


def again(by: By, order_id: object) -> bool:
    """Let an order that was given up be due once more, as if it were new; return whether it had been given up."""
    fresh = {"status": "pending", "attempts": 0, "losses": 0, "next_at": by.at, "settled_at": None}
    order = update(Outbox).where(Outbox.id == order_id, Outbox.status == "failed").values(**fresh)
    found = by.connection.execute(order.returning(Outbox.id, Outbox.case_id)).one_or_none()
    if found is None:
        return False
    tell(by, found.id, found.case_id, None)
    return True


def tell(by: By, order_id: int, case_id: int | None, at: datetime | None) -> None:
    """Tell the queue, if there is one, that an order is to be carried out, at once or not before a moment."""
    if by.house.queue is not None:
        by.house.queue.enqueue(by.connection, [(order_id, case_id)], at)
