"""The dispatcher on procrastinate: its worker, embedded in the clock's process, is told of orders and rescues the lost.

Its jobs carry ids. What is to be done, whether it was done and how often it was tried is said by the outbox alone, so
that a job too many finds nothing to do, and one too few is deferred again with the next sweep.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy
from sqlalchemy.engine import make_url

from engine.acts import orders, outbox
from engine.dispatch.carrier import Carrier, by_clock
from engine.dispatch.embedded import WORKERS
from engine.store.queue import LATER, ORDER, QUEUE, Queue

log = structlog.get_logger("rito.clock")
HEARTBEAT_SECONDS, STALLED_SECONDS = 3.0, 12.0
_POLL_SECONDS = 1.0
_RESCUE = "* * * * * */5"  # every five seconds
_STRAY = timedelta(seconds=60)
_SWEEP_EVERY = 30  # ticks
_RESTART_SECONDS = 2.0
_TO_END = 3.0  # seconds, for the worker to take its leave when its jobs have ended
_CONNECTIONS = 4  # the listener's, and some for fetching and settling jobs


class Queued:
    """A worker of procrastinate in a thread, with an event loop of its own."""

    def __init__(self, carrier: Carrier, grace_seconds: float, workers: int = WORKERS) -> None:
        self._carrier = carrier
        self._grace = grace_seconds
        self._workers = workers
        self._ticks = 0
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._working: asyncio.Future[None] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="rito-procrastinate")

    def start(self) -> None:
        """Keep leases alive and work from now on."""
        logging.getLogger("procrastinate").setLevel(logging.WARNING)  # its lines per job would drown the rest
        self._carrier.keep_leases()
        self._thread.start()

    def pump(self) -> None:
        """Every now and then, defer jobs for orders that lost theirs, or were written before there was a queue."""
        self._ticks += 1
        queue = self._carrier.house.queue
        if self._ticks % _SWEEP_EVERY != 1 or not isinstance(queue, Queue):
            return
        at = self._carrier.now()
        with by_clock(self._carrier.house, at) as by:
            found = queue.recover(by.connection, at - _STRAY)
        if found:
            log.warning("orders-without-job", count=found)

    def stop(self) -> None:
        """Take up nothing more; wait for what is in hand, and hand back what does not end in time."""
        self._stopping.set()
        loop, working = self._loop, self._working
        if loop is not None and working is not None and not loop.is_closed():
            loop.call_soon_threadsafe(working.cancel)
        self._thread.join(self._grace + _TO_END)
        self._carrier.give_all_back()

    # -- the worker's thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._work())
            except Exception:  # the thread's outermost loop: the database may be back with the next turn
                log.exception("dispatch-failed")
            self._stopping.wait(_RESTART_SECONDS)

    async def _work(self) -> None:
        app = self._app()
        async with app.open_async():
            self._working = asyncio.ensure_future(
                app.run_worker_async(
                    queues=[QUEUE],
                    name="rito",
                    concurrency=self._workers,
                    fetch_job_polling_interval=_POLL_SECONDS,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    shutdown_graceful_timeout=self._grace,
                    delete_jobs="always",
                    install_signal_handlers=False,
                )
            )
            self._loop = asyncio.get_running_loop()
            if self._stopping.is_set():
                self._working.cancel()
            with suppress(asyncio.CancelledError):
                await self._working

    def _app(self) -> App:
        address = make_url(self._carrier.house.settings.database_url).set(drivername="postgresql")
        conninfo = address.render_as_string(hide_password=False)
        app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=_CONNECTIONS))
        again = RetryStrategy(
            wait=int(_RESTART_SECONDS)
        )  # without end: only what fails outside of the order's own work

        async def carry(order: int, case: int | None) -> None:
            await _in_thread(lambda: self._carry(order, case))

        async def wake(order: int, case: int | None) -> None:
            await _in_thread(lambda: self._tell(order, case, None))

        async def rescue(timestamp: int) -> None:  # noqa: ARG001  the moment it is for, which procrastinate hands in
            for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED_SECONDS):
                log.warning("job-rescued", job=job.id, task=job.task_name)
                await app.job_manager.retry_job(job)

        app.task(name=ORDER, queue=QUEUE, retry=again)(carry)
        app.task(name=LATER, queue=QUEUE, retry=again)(wake)
        app.periodic(cron=_RESCUE)(app.task(name="rito.rescue", queue=QUEUE)(rescue))
        return app

    def _carry(self, order: int, case: int | None) -> None:
        """Carry an order out; come again when somebody else has it, or another of its case, or it is not due yet."""
        if self._carrier.carry_next(order):
            return
        with by_clock(self._carrier.house, self._carrier.now()) as by:
            until = orders.waits_until(by, order)
            if until is not None:
                outbox.tell(by, order, case, until)

    def _tell(self, order: int, case: int | None, at: datetime | None) -> None:
        with by_clock(self._carrier.house, self._carrier.now()) as by:
            outbox.tell(by, order, case, at)


async def _in_thread(work: Callable[[], None]) -> None:
    """Do something in a thread that does not keep the process from ending, as those of a pool would."""
    done: Future[None] = Future()
    done.set_running_or_notify_cancel()  # or whoever gives up waiting would take the place of the result

    def run() -> None:
        try:
            work()
        except Exception as broken:  # noqa: BLE001  it is handed to whoever waits
            done.set_exception(broken)
        else:
            done.set_result(None)

    threading.Thread(target=run, daemon=True, name="rito-order").start()
    await asyncio.wrap_future(done)
