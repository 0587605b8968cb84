"""One order from claim to settlement, with its lease kept alive meanwhile; the same under every dispatcher.

Whatever a connector does, the order is not lost and blocks no other. An order over which a worker was lost before is
carried out alone, so that what ends a process takes nobody else's work with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog

from engine.access import By
from engine.acts import orders
from engine.city import revision
from engine.errors import ErrorRaised, Refused
from engine.house import House
from engine.outlets import OutletFailed
from engine.store.session import transaction

log = structlog.get_logger("rito.clock")
RENEWED_EVERY = 5.0  # seconds
LONGEST = timedelta(minutes=15)  # for which a lease is prolonged: what takes longer hangs, and another may try
_AFTER_OTHERS = timedelta(seconds=2)
Moment = Callable[[], datetime]


@contextmanager
def by_clock(house: House, at: datetime) -> Iterator[By]:
    """Give the clock's own `By` in a transaction that commits when the block ends."""
    with transaction(house.store) as session:
        yield By(house=house, session=session, at=at, actor="clock", name="relógio", revision=revision(session))


class Carrier:
    """Claims and carries out orders of one house. Threads share it; `now` is asked for each thing anew."""

    def __init__(self, house: House, now: Moment) -> None:
        self.house = house
        self.now = now
        self._turn = threading.Condition()
        self._running = 0
        self._alone = False
        self._in_hand: dict[str, tuple[orders.Order, datetime]] = {}
        self._ended = threading.Event()

    def carry_next(self, only: int | None = None) -> bool:
        """Carry out the oldest order that is due, or that one; return whether there was any to claim."""
        with self._among_others():
            with by_clock(self.house, self.now()) as by:
                order = orders.claim(by, only)
            if order is None:
                return False
            self._in_hand[order.token] = (order, self.now())
            if not order.losses or order.lost:
                self._carry_out(order)
                return True
        with self._by_itself() as alone:
            if alone:
                self._carry_out(order)
            else:
                self._give_back(order, _AFTER_OTHERS)
        return True

    # -- leases ---------------------------------------------------------------------------------------------------

    def keep_leases(self) -> None:
        """Prolong the leases of what is in hand, in a thread of its own, until `give_all_back`."""
        threading.Thread(target=self._renew, daemon=True, name="rito-leases").start()

    def _renew(self) -> None:
        while not self._ended.wait(RENEWED_EVERY):
            at = self.now()
            live = [token for token, (_, since) in list(self._in_hand.items()) if at - since < LONGEST]
            if not live:
                continue
            try:
                with by_clock(self.house, at) as by:
                    orders.renew(by, live)
            except Exception:  # whatever the database says now, the next round may find it well
                log.exception("leases-not-renewed")

    def idle(self) -> bool:
        return not self._in_hand

    def give_all_back(self) -> None:
        """Hand back whatever is still in hand; the threads that work on it settle nothing any more."""
        self._ended.set()
        for order, _ in list(self._in_hand.values()):
            log.info("order-handed-back", order=order.id, case=order.case_id)
            self._give_back(order, timedelta(0))

    def _give_back(self, order: orders.Order, pause: timedelta) -> None:
        with by_clock(self.house, self.now()) as by:
            orders.hand_back(by, order, pause)
        self._in_hand.pop(order.token, None)

    # -- turns ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _among_others(self) -> Iterator[None]:
        with self._turn:
            self._turn.wait_for(lambda: not self._alone)
            self._running += 1
        try:
            yield
        finally:
            with self._turn:
                self._running -= 1
                self._turn.notify_all()

    @contextmanager
    def _by_itself(self) -> Iterator[bool]:
        """Give True once nothing else of this process runs; False when another waits for the same."""
        with self._turn:
            mine = not self._alone
            self._alone = True
            if mine:
                self._turn.wait_for(lambda: self._running == 0)
        try:
            yield mine
        finally:
            if mine:
                with self._turn:
                    self._alone = False
                    self._turn.notify_all()

    # -- one order ------------------------------------------------------------------------------------------------

    def _carry_out(self, order: orders.Order) -> None:
        try:
            self._settle(order)
        finally:
            self._in_hand.pop(order.token, None)

    def _settle(self, order: orders.Order) -> None:
        if order.lost:
            self._fail(order, "worker-lost", {"losses": order.losses}, retry=False)
            return
        try:
            self._do(order)
        except Refused as refused:
            log.warning("order-failed", order=order.id, kind=order.kind, case=order.case_id, code=refused.code)
            self._fail(order, refused.code, refused.facts, retry=getattr(refused, "retry", False))
        except Exception as broken:  # a connector may raise anything; the order must not be lost nor block the others
            log.exception("order-broken", order=order.id, kind=order.kind, case=order.case_id)
            self._fail(order, "connector-broken", {"error": type(broken).__name__}, retry=True)

    def _do(self, order: orders.Order) -> None:
        try:
            result = orders.carry_out(self.house, self.now(), order)
        except OutletFailed as failed:
            if not failed.error or failed.retry or order.kind != "service":
                raise
            try:
                with by_clock(self.house, self.now()) as by:
                    orders.raise_error(by, order, failed)
            except ErrorRaised:  # nothing catches it: what is to be shown is what failed
                raise failed from None
        else:
            with by_clock(self.house, self.now()) as by:
                orders.settle(by, order, result)

    def _fail(self, order: orders.Order, code: str, facts: Mapping[str, object], *, retry: bool) -> None:
        with by_clock(self.house, self.now()) as by:
            orders.fail(by, order, code, facts, retry=retry)
