"""The scheduler: APScheduler ticks in each process, what is due lies in our tables. Here the process asks the clock.

A tick settles what has fallen due and carries out the orders of the outbox, one transaction each; one that fails never
stops another. Several clocks at once are safe: rows are claimed, never shared.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import delete, insert, update

from engine.access import By
from engine.acts import cases, deadlines, drafts, once, orders
from engine.city import revision
from engine.errors import CaseStuck, Refused
from engine.house import House
from engine.store.deadlines import Heartbeat
from engine.store.session import transaction

log = structlog.get_logger("rito.clock")
BATCH = 200
_HEARTBEAT_EVERY = 5
_SWEEP_EVERY = 3600


class Clockwork:
    """The clock of one process. `tick` may also be called by hand, at any moment, as tests and scenarios do."""

    def __init__(self, house: House, period_seconds: float | None = None) -> None:
        self.house = house
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._period = period_seconds or house.settings.clock_period_seconds
        self._ticks = 0
        self._scheduler = BackgroundScheduler(timezone=UTC)

    def start(self) -> None:
        """Tick every period in a thread of its own; a late tick is not made up for."""
        self._scheduler.add_job(
            self._tick_now, "interval", seconds=self._period, max_instances=1, coalesce=True, id="tick"
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Finish the tick in course and tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def tick(self, at: datetime) -> int:
        """Do everything that is due at `at`; return how many things were done."""
        return self._round(lambda: at)

    def _round(self, moment: Callable[[], datetime]) -> int:
        """Settle and carry out what is due; each thing has a moment of its own, or the last leases would be old."""
        return self._settle_due(moment) + self._carry_out_orders(moment)

    def _tick_now(self) -> None:
        try:
            self._round(lambda: datetime.now(UTC))
            if self._ticks % _HEARTBEAT_EVERY == 0:
                self._beat(datetime.now(UTC))
            self._ticks += 1
        except Exception:  # the clock's outermost loop: whatever happened, the next tick comes
            log.exception("tick-failed")

    def _settle_due(self, moment: Callable[[], datetime]) -> int:
        done = 0
        while done < BATCH:
            at = moment()
            try:
                with self.by(at) as by:
                    if deadlines.settle_next(by) is None:
                        break
            except CaseStuck as stuck:
                log.warning("deadline-stuck", case=stuck.facts.get("case"), reason=stuck.facts.get("reason"))
                self._set_aside(at, stuck)
            done += 1
        return done

    def _set_aside(self, at: datetime, stuck: CaseStuck) -> None:
        case_id = stuck.facts.get("case")
        with self.by(at) as by:
            if isinstance(case_id, int):
                deadlines.put_off(by, case_id)
                cases.open_incident(by, case_id, str(stuck.facts.get("reason")), {"facts": stuck.facts.get("facts")})

    def _carry_out_orders(self, moment: Callable[[], datetime]) -> int:
        done = 0
        while done < BATCH:
            at = moment()
            with self.by(at) as by:
                order = orders.claim(by)
            if order is None:
                break
            self._carry_out(at, order)
            done += 1
        return done

    def _carry_out(self, at: datetime, order: orders.Order) -> None:
        if order.lost:
            self._fail(at, order, "worker-lost", retry=False, facts={"attempts": order.attempt - 1})
            return
        try:
            result = orders.carry_out(self.house, at, order)
            with self.by(at) as by:
                orders.settle(by, order, result)
        except Refused as refused:
            log.warning("order-failed", order=order.id, kind=order.kind, case=order.case_id, code=refused.code)
            self._fail(at, order, refused.code, retry=getattr(refused, "retry", False), facts=refused.facts)
        except Exception as broken:  # a connector may raise anything; the order must not be lost nor block the others
            log.exception("order-broken", order=order.id, kind=order.kind, case=order.case_id)
            self._fail(at, order, "connector-broken", retry=True, facts={"error": type(broken).__name__})

    def _fail(self, at: datetime, order: orders.Order, code: str, *, retry: bool, facts: Mapping[str, object]) -> None:
        with self.by(at) as by:
            orders.fail(by, order, code, facts, retry=retry)

    def _beat(self, at: datetime) -> None:
        with transaction(self.house.store) as session:
            mine = update(Heartbeat).where(Heartbeat.name == self.name).values(at=at)
            if session.connection().execute(mine).rowcount == 0:
                session.connection().execute(insert(Heartbeat).values(name=self.name, at=at))
            if self._ticks % _SWEEP_EVERY == 0:
                session.connection().execute(delete(Heartbeat).where(Heartbeat.at < at - timedelta(days=1)))
        if self._ticks % _SWEEP_EVERY == 0:
            with self.by(at) as by:
                drafts.sweep(by)
                once.sweep(by)

    @contextmanager
    def by(self, at: datetime) -> Iterator[By]:
        """Give the clock's own `By` in a transaction that commits when the block ends."""
        with transaction(self.house.store) as session:
            yield By(
                house=self.house, session=session, at=at, actor="clock", name="relógio", revision=revision(session)
            )
