"""How the installation is: when a clock last ticked, and what waits for an operator. Read by `rito doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from engine.store.cases import Incident
from engine.store.deadlines import Heartbeat, Timer
from engine.store.trail import Outbox

LATE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """`beat_at` None: no clock ever ticked. Late: due for more than ten minutes, with a clock or without."""

    beat_at: datetime | None
    incidents: int
    late_orders: int
    failed_orders: int
    late_timers: int
    failed_timers: int


def condition(connection: Connection, at: datetime) -> Condition:
    """Return how the installation is at `at`."""
    late_orders = Outbox.status.in_(("pending", "leased")), Outbox.next_at < at - LATE
    late_timers = Timer.status == "waiting", Timer.due_at < at - LATE
    row = connection.execute(
        select(
            select(func.max(Heartbeat.at)).scalar_subquery().label("beat_at"),
            _count(Incident.id, Incident.status == "open").label("incidents"),
            _count(Outbox.id, *late_orders).label("late_orders"),
            _count(Outbox.id, Outbox.status == "failed").label("failed_orders"),
            _count(Timer.id, *late_timers).label("late_timers"),
            _count(Timer.id, Timer.status == "failed").label("failed_timers"),
        )
    ).one()
    return Condition(**row._mapping)


def _count(column: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count(column)).where(*conditions).scalar_subquery()
