"""A signal on its way: an order to each case that awaited it when it was thrown, delivered there in a step of its own.

Who begins to wait later does not hear it: signals are not kept. Source: BPMN 2.0.2 §10.5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.access import By
from engine.store.cases import SIGNAL, MessageWait


def signal_orders(by: By, name: str, payload: Mapping[str, Any], *, but: int | None = None) -> list[dict[str, Any]]:
    """Return the orders of the outbox by which every case that waits now, `but` the one that throws, hears a signal."""
    query = select(MessageWait.case_id, MessageWait.task_id, MessageWait.element).where(
        MessageWait.name == name, MessageWait.key == "", MessageWait.kind == SIGNAL
    )
    waits: dict[int, list[list[str]]] = {}
    for case_id, task_id, element in by.connection.execute(query.order_by(MessageWait.case_id)):
        if case_id != but:
            waits.setdefault(case_id, []).append([str(task_id), element])
    return [
        {
            "case_id": case_id, "task_id": None, "element": None, "kind": SIGNAL, "status": "pending", "attempts": 0,
            "payload": {"name": name, "payload": dict(payload), "waits": mine}, "next_at": by.at, "created_at": by.at,
        }
        for case_id, mine in waits.items()
    ]  # fmt: skip
