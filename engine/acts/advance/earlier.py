"""The open rows of a case as they were before an act by hand, and how they are put back when it is undone.

What the act had opened is closed again, never deleted but for waits and for the legal clocks that it began: those count
days, and an act that was taken back has counted none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, delete, func, insert, select, update

from engine.access import By
from engine.acts import outbox
from engine.acts.buffer import buffered
from engine.store.base import Base, Instant, table
from engine.store.cases import MESSAGE, TASK_CANCELLED, TASK_OPEN, Incident, MessageWait, Task
from engine.store.deadlines import Clock, ClockEntry, Timer
from engine.store.trail import Outbox

_UNSETTLED = ("pending", "leased", "failed")
_KINDS: Mapping[str, type[Base]] = {
    "tasks": Task, "timers": Timer, "incidents": Incident, "orders": Outbox, "clocks": Clock, "entries": ClockEntry,
}  # fmt: skip

_CLOSED_AT = {"tasks": "closed_at", "timers": "settled_at", "orders": "settled_at", "incidents": "closed_at"}


def rows(by: By, case_id: int) -> dict[str, Any]:
    """Return what is open of a case, by kind, as JSON can hold it, and the last ids that were given to some."""
    clocks = select(Clock.id).where(Clock.case_id == case_id)
    ids = [by.connection.execute(select(func.max(table(one).c.id))).scalar() for one in (Outbox, Clock, ClockEntry)]
    return {
        "tasks": _read(by, Task, Task.case_id == case_id, Task.status == TASK_OPEN),
        "timers": _read(by, Timer, Timer.case_id == case_id, Timer.status.in_(("waiting", "failed"))),
        "waits": _read(by, MessageWait, MessageWait.case_id == case_id),
        "incidents": _read(by, Incident, Incident.case_id == case_id, Incident.status == "open"),
        "orders": _read(by, Outbox, Outbox.case_id == case_id, Outbox.status.in_(_UNSETTLED)),
        "clocks": _read(by, Clock, Clock.case_id == case_id, Clock.ended_at.is_(None)),
        "entries": _read(by, ClockEntry, ClockEntry.clock_id.in_(clocks), ClockEntry.ended_at.is_(None)),
        "last": [value or 0 for value in ids],
    }  # fmt: skip


def left_the_house(by: By, case_id: int, former: Mapping[str, Any]) -> list[str]:
    """Return the kinds of the orders since then that are done or on their way: what they did cannot be called back."""
    query = select(Outbox.kind).where(
        Outbox.case_id == case_id,
        Outbox.id > former["last"][0],
        Outbox.status.in_(("leased", "done")) | (Outbox.attempts > 0),
    )
    return sorted(set(by.connection.execute(query).scalars()))


def put_back(by: By, case_id: int, former: Mapping[str, Any]) -> None:
    """Make the open rows of a case what they were; what has come since is closed.

    Only what the act itself has closed is opened again: a notice that was sent meanwhile is not sent twice.
    """
    _close_new(by, case_id, former)
    at = datetime.fromisoformat(former["at"])
    for kind, model in _KINDS.items():
        for row in former[kind]:
            values = _typed(model, row)
            mine = update(model).where(table(model).c.id == values.pop("id"))
            if kind in _CLOSED_AT:
                mine = mine.where(table(model).c[_CLOSED_AT[kind]] == at)
            if kind == "orders" and values["status"] == "leased":  # whoever had it has found it taken back
                values |= {"status": "pending", "lease_token": None}
            again = by.connection.execute(mine.values(**values)).rowcount == 1
            if kind == "orders" and again and values["status"] == "pending":
                outbox.tell(by, row["id"], case_id, None)
    by.connection.execute(delete(MessageWait).where(MessageWait.case_id == case_id))
    waits = [_typed(MessageWait, row) for row in former["waits"]]
    if waits:
        by.connection.execute(insert(table(MessageWait)), waits)
        buffered(by, [(row["name"], row["key"]) for row in waits if row["kind"] == MESSAGE])


def _close_new(by: By, case_id: int, former: Mapping[str, Any]) -> None:
    orders, clocks, entries = former["last"]
    known = {kind: [_typed(model, row)["id"] for row in former[kind]] for kind, model in _KINDS.items()}
    closed: dict[str, Any] = {"closed_at": by.at, "closed_by": by.name}
    new_tasks = update(Task).where(Task.case_id == case_id, Task.status == TASK_OPEN, Task.id.not_in(known["tasks"]))
    by.connection.execute(new_tasks.values(status=TASK_CANCELLED, **closed))
    new_timers = update(Timer).where(
        Timer.case_id == case_id, Timer.status.in_(("waiting", "failed")), Timer.id.not_in(known["timers"])
    )
    by.connection.execute(new_timers.values(status="cancelled", settled_at=by.at))
    new_incidents = update(Incident).where(
        Incident.case_id == case_id, Incident.status == "open", Incident.id.not_in(known["incidents"])
    )
    by.connection.execute(new_incidents.values(status="closed", **closed))
    new_orders = update(Outbox).where(Outbox.case_id == case_id, Outbox.id > orders, Outbox.status == "pending")
    by.connection.execute(new_orders.values(status="dropped", settled_at=by.at))
    mine = select(Clock.id).where(Clock.case_id == case_id)
    by.connection.execute(delete(ClockEntry).where(ClockEntry.clock_id.in_(mine), ClockEntry.id > entries))
    by.connection.execute(delete(Clock).where(Clock.case_id == case_id, Clock.id > clocks))


def _read(by: By, model: type[Base], *where: Any) -> list[dict[str, Any]]:
    found = by.connection.execute(select(table(model)).where(*where)).mappings()
    return [{name: _plain(value) for name, value in row.items()} for row in found]


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(model: type[Base], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plain row with the values that its columns hold."""
    columns = table(model).c
    return {name: _value(columns[name].type, value) for name, value in row.items()}


def _value(kind: Any, plain: Any) -> Any:
    if plain is None:
        return None
    if isinstance(kind, Instant):
        return datetime.fromisoformat(plain)
    return UUID(plain) if isinstance(kind, Uuid) else plain
