"""Dispatching: who carries the orders of the outbox out, when, and how many at once. Two adapters keep one contract.

At least once, with the same key each time; one order of a case at a time; a worker that is killed is followed within
half a minute; what was begun when the process is told to stop is ended or handed back. It must never decide what an
order does: that is for `engine.acts.orders`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Protocol, cast

from engine.dispatch.carrier import Carrier
from engine.dispatch.embedded import Embedded
from engine.house import House
from engine.settings import PROCRASTINATE


class Dispatcher(Protocol):
    """Carries orders out in the background of a process. `pump` is called with each tick of the clock."""

    def start(self) -> None: ...

    def pump(self) -> None: ...

    def stop(self) -> None: ...


GRACE_SECONDS = 18.0  # of the 25 in which a process that is told to stop is gone


def dispatcher(house: House, now: Callable[[], datetime], grace_seconds: float = GRACE_SECONDS) -> Dispatcher:
    """Return the dispatcher that the settings name. `now` is the edge's clock; `grace_seconds` what `stop` waits."""
    carrier = Carrier(house, now)
    if house.settings.dispatcher != PROCRASTINATE:
        return Embedded(carrier, grace_seconds)
    queued = import_module("engine.dispatch.queued")  # with its library, an extra, only where it was chosen
    return cast(Dispatcher, queued.Queued(carrier, grace_seconds))


__all__ = ["Carrier", "Dispatcher", "Embedded", "dispatcher"]
