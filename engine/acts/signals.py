"""Signals from outside: broadcast to every case that waits when it comes, and delivered to each in its own transaction.

A signal is never kept: a case that begins to wait later does not hear it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from engine.access import OPERATOR, By, require_duty, require_scope
from engine.acts.advance import Held, advance
from engine.acts.advance.hearers import signal_orders
from engine.acts.buffer import lock_key
from engine.acts.outbox import place
from engine.audit import Entry, record
from engine.store.cases import SIGNAL, MessageWait
from engine.store.trail import Inbox


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A signal from outside. `source` and `external_id` together make it one, however often it comes."""

    source: str
    external_id: str
    name: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Sent:
    """What became of a signal: how many cases hear it, those that begin with it counted."""

    cases: int
    repeated: bool = False


def broadcast(by: By, signal: Signal) -> Sent:
    """Order that every case hears a signal that waits for it now; once, ever.

    A token needs the scope, a person the duty of an operator. Raises: Denied.
    """
    require_scope(by, "signals")
    if by.scopes is None:
        require_duty(by, OPERATOR)
    lock_key(by, signal.source, signal.external_id)
    known = select(Inbox.payload).where(Inbox.source == signal.source, Inbox.external_id == signal.external_id)
    found = by.connection.execute(known).one_or_none()
    if found is not None:
        return Sent(found.payload.get("cases", 0), repeated=True)
    orders = signal_orders(by, signal.name, signal.payload)
    if orders:
        place(by, orders)
    facts = {"payload": dict(signal.payload), "cases": len(orders)}
    # Without a key no wait for a message ever finds it: what is kept of a signal is only that it came.
    row = {"source": signal.source, "external_id": signal.external_id, "name": signal.name, "key": ""}
    by.connection.execute(insert(Inbox).values(payload=facts, received_at=by.at, **row))
    record(by, "signal.broadcast", f"signal:{signal.name}", {**facts, "source": signal.source})
    return Sent(len(orders))


def deliver(by: By, held: Held, sent: Mapping[str, Any]) -> None:
    """Let a held case hear a signal where it still waits as it did when the signal was thrown.

    `sent`: name, payload, waits ([[task id, element]]). Raises: ExpressionRefused, CaseStuck.
    """
    waits = {(UUID(task_id), element) for task_id, element in sent["waits"]}
    query = select(MessageWait.task_id, MessageWait.element).where(
        MessageWait.case_id == held.case["id"], MessageWait.kind == SIGNAL
    )
    still = {(task_id, element) for task_id, element in by.connection.execute(query)} & waits
    if still:
        act = Entry("signal.deliver", sent["name"], {"name": sent["name"], "payload": sent["payload"]})
        advance(by, held, act, lambda run: run.signal(sent["name"], sent["payload"], still))
