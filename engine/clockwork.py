"""The scheduler: APScheduler ticks in each process, what is due lies in our tables. Here the process asks the clock.

A tick settles what has fallen due, one transaction each, and lets the dispatcher carry out the orders of the outbox;
one that fails never stops another. Several clocks at once are safe: rows are claimed, never shared.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import cast

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import delete, insert, update

from engine.access import By
from engine.acts import cases, deadlines, drafts, moving, once
from engine.dispatch import GRACE_SECONDS, dispatcher
from engine.dispatch.carrier import Carrier, by_clock
from engine.errors import CaseStuck
from engine.house import House
from engine.store.deadlines import Heartbeat
from engine.store.session import transaction

log = structlog.get_logger("rito.clock")
BATCH = 200
_HEARTBEAT_EVERY = 5
_SWEEP_EVERY = 3600


class Clockwork:
    """The clock of one process. `tick` may also be called by hand, at any moment, as tests and scenarios do."""

    def __init__(self, house: House, period_seconds: float | None = None, grace_seconds: float = GRACE_SECONDS) -> None:
        self.house = house
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._period = period_seconds or house.settings.clock_period_seconds
        self._ticks = 0
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._dispatcher = dispatcher(house, lambda: datetime.now(UTC), grace_seconds)

    def start(self) -> None:
        """Tick every period in a thread of its own; a late tick is not made up for. Orders have threads of theirs."""
        self._dispatcher.start()
        self._scheduler.add_job(
            self._tick_now, "interval", seconds=self._period, max_instances=1, coalesce=True, id="tick"
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Finish the tick in course and tick no more; end or hand back the orders in hand."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            self._dispatcher.stop()

    def tick(self, at: datetime) -> int:
        """Do everything that is due at `at`; return how many things were done."""
        return self._round(lambda: at)

    def _round(self, moment: Callable[[], datetime]) -> int:
        """Settle and carry out what is due; each thing has a moment of its own, or the last leases would be old."""
        return self._settle_due(moment) + self._carry_out_orders(moment) + self._move_some(moment, BATCH)

    def _tick_now(self) -> None:
        try:
            self._settle_due(lambda: datetime.now(UTC))
            self._dispatcher.pump()
            self._move_some(lambda: datetime.now(UTC), BATCH)
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

    def move_cases(self, at: datetime) -> int:
        """Move every case that was ordered to another version; return how many were looked at."""
        return self._move_some(lambda: at, None)

    def _move_some(self, moment: Callable[[], datetime], most: int | None) -> int:
        done = 0
        while most is None or done < most:
            at = moment()
            try:
                with self.by(at) as by:
                    if moving.move_next(by) is None:
                        break
            except CaseStuck as stuck:
                log.warning("case-not-moved", **stuck.facts)
                with self.by(at) as by:
                    moving.set_aside(by, cast(int, stuck.facts["case"]), str(stuck.facts["reason"]))
            done += 1
        return done

    def _carry_out_orders(self, moment: Callable[[], datetime]) -> int:
        carrier, done = Carrier(self.house, moment), 0
        while done < BATCH and carrier.carry_next():
            done += 1
        return done

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

    def by(self, at: datetime) -> AbstractContextManager[By]:
        """Give the clock's own `By` in a transaction that commits when the block ends."""
        return by_clock(self.house, at)
