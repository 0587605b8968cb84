"""Two people at once: one act is stopped before one of its statements until the other is done or has to wait.

Nothing here is timed: what is waited for is that a thread has ended, or that the server says that it waits for a lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from engine.errors import Refused
from tests.city import City

_PATIENCE_SECONDS = 20.0
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
Act = Callable[[City], Any]


class Actor(threading.Thread):
    """Somebody who does one act in a thread of his own. `refused` is what was said no to; `broke` must stay None."""

    def __init__(self, city: City, act: Act) -> None:
        super().__init__(daemon=True)
        self.city, self.act = city, act
        self.answer: Any = None
        self.refused: Refused | None = None
        self.broke: Exception | None = None

    def run(self) -> None:
        try:
            self.answer = self.act(self.city)
        except Refused as refused:
            self.refused = refused
        except Exception as broken:  # noqa: BLE001  the test must see it, whatever it is
            self.broke = broken

    def finish(self) -> None:
        self.join(_PATIENCE_SECONDS)
        assert not self.is_alive(), "an act waits for ever"
        assert self.broke is None, repr(self.broke)


def at_once(city: City, *acts: Act) -> list[Actor]:
    """Do all acts at once and return those who did them."""
    actors = [Actor(city, act) for act in acts]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.finish()
    return actors


def crossed(city: City, first: Act, second: Act, statement: int) -> tuple[Actor, Actor, bool]:
    """Stop `first` before its n-th statement, let `second` go as far as it can, then let both go on.

    Returns both, and whether `first` had that many statements.
    """
    one, other = Actor(city, first), Actor(city, second)
    with _stopped(city, one, statement) as (reached, go):
        one.start()
        _wait(lambda: reached.is_set() or not one.is_alive())
        other.start()
        _wait(lambda: not other.is_alive() or _somebody_waits(city))
        go.set()
        one.finish()
        other.finish()
    return one, other, reached.is_set()


@contextmanager
def _stopped(city: City, actor: Actor, statement: int) -> Iterator[tuple[threading.Event, threading.Event]]:
    reached, go = threading.Event(), threading.Event()
    passed = 0

    def stop(*_what: Any) -> None:
        nonlocal passed
        if threading.current_thread() is actor:
            passed += 1
            if passed == statement:
                reached.set()
                assert go.wait(_PATIENCE_SECONDS)

    event.listen(city.house.store, "before_cursor_execute", stop)
    try:
        yield reached, go
    finally:
        go.set()
        event.remove(city.house.store, "before_cursor_execute", stop)


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _somebody_waits(city: City) -> bool:
    if city.house.store.dialect.name == "sqlite":
        return True  # whoever comes second waits before its first statement
    with city.house.store.connect() as connection:
        return bool(connection.execute(_WAITING).scalar_one())
