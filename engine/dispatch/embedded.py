"""The dispatcher of every installation that names no other: leased rows of the outbox, and a few threads.

Several processes may run it on one database: an order is claimed, never shared.
"""

from __future__ import annotations

import threading
import time

import structlog

from engine.acts import orders
from engine.dispatch.carrier import Carrier, by_clock

log = structlog.get_logger("rito.clock")
WORKERS = 4
_GLANCE = 0.05


class Embedded:
    """Threads that live as long as there is something due. `workers`: how many orders are in hand at once."""

    def __init__(self, carrier: Carrier, grace_seconds: float, workers: int = WORKERS) -> None:
        self._carrier = carrier
        self._grace = grace_seconds
        self._workers = workers
        self._free = threading.Semaphore(workers)
        self._stopping = False

    def start(self) -> None:
        """Keep leases alive from now on."""
        self._carrier.keep_leases()

    def pump(self) -> None:
        """Let as many threads as are free and useful take up what is due."""
        with by_clock(self._carrier.house, self._carrier.now()) as by:
            due = orders.count_due(by, self._workers)
        for _ in range(due):
            if self._stopping or not self._free.acquire(blocking=False):
                return
            threading.Thread(target=self._work, daemon=True, name="rito-orders").start()

    def stop(self) -> None:
        """Take up nothing more; wait for what is in hand, and hand back what does not end in time."""
        self._stopping = True
        until = time.monotonic() + self._grace
        while not self._carrier.idle() and time.monotonic() < until:
            time.sleep(_GLANCE)
        self._carrier.give_all_back()

    def _work(self) -> None:
        try:
            while not self._stopping and self._carrier.carry_next():
                pass
        except Exception:  # the thread's outermost loop: the order's lease runs out, and the next tick comes
            log.exception("dispatch-failed")
        finally:
            self._free.release()
