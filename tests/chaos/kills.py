"""Kills a process at every point of an act, lets another process try again, and says what went wrong.

A forked child does the act as the edge does, on an engine of its own, and ends itself with SIGKILL at one point:
before or after one SQL statement, one BEGIN, one COMMIT, or after it has answered. It must never return into the tests.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event, text

from engine.house import House, open_house
from engine.store.base import dumps, loads
from engine.store.cases import Incident, MessageWait, Step, Task
from engine.store.deadlines import Timer
from engine.store.trail import AuditEntry, Idempotency, Inbox, Outbox
from tests.city import City

_PATIENCE_SECONDS = 10.0
_MOST_POINTS = 2_000


@dataclass(frozen=True)
class Deed:
    """An act under test. `ready` makes what it needs and returns it; `do` acts on a house; `case_id` finds its case."""

    name: str
    ready: Callable[[City], Any]
    do: Callable[[House, Any], Any]
    case_id: Callable[[Any, Any], int]
    again: Callable[[House, Any], Any] | None = None


@dataclass
class Report:
    """How many points there were, and what did not hold at which of them."""

    points: int = 0
    violations: list[str] = field(default_factory=list)


def kill_everywhere(city: City, deed: Deed, sabotage: Callable[[], None] = lambda: None) -> Report:
    """Try the deed once for each of its points, and once to its end; each time on a thing of its own.

    `sabotage` runs in the child only. What is left must be, row for row in number and state, what an undisturbed try
    leaves.
    """
    expected = _undisturbed(city, deed)
    report, where = Report(), ""
    while where is not None:
        assert report.points < _MOST_POINTS, "the deed never ends"
        subject = deed.ready(city)
        where, answer = _in_child(city, deed, subject, report.points + 1, sabotage)
        report.points += where is not None
        report.violations += [
            f"{deed.name} killed {where or 'after its answer'}: {what}"
            for what in _after(city, deed, subject, answer, expected)
        ]
    report.violations += [f"{deed.name} at the end: verify found {finding}" for finding in city.findings()]
    return report


def _undisturbed(city: City, deed: Deed) -> list[str]:
    subject = deed.ready(city)
    answer = deed.do(city.house, subject)
    if deed.again:
        deed.again(city.house, subject)
    return fingerprint(city, deed.case_id(subject, answer))


def _after(city: City, deed: Deed, subject: Any, answer: Any, expected: list[str]) -> Iterator[str]:
    _alone(city)
    city.forget()
    if answer is not None and deed.again is None and fingerprint(city, deed.case_id(subject, answer)) != expected:
        yield "what was answered is not there"
    second = (deed.again or deed.do)(city.house, subject)
    if answer is not None and deed.again is None and second != answer:
        yield f"answered {answer}, then {second}"
    case_id = deed.case_id(subject, second)
    found = fingerprint(city, case_id)
    if found != expected:
        yield f"left {sorted(set(found) ^ set(expected))}"
    yield from (f"verify found {finding}" for finding in city.findings(case_id))


def fingerprint(city: City, case_id: int) -> list[str]:
    """Return what a case has, without its ids and moments: tasks, steps, timers, orders, waits, incidents, trail."""
    case = city.case(case_id)
    kept = [f"case {case['status']} {case['lock_version']} {case['step_seq']}"]
    kept += [f"task {row['element']} {row['attempt']} {row['status']}" for row in city.rows(Task, case_id=case_id)]
    kept += [f"step {row['seq']} {row['element']}" for row in city.rows(Step, case_id=case_id)]
    kept += [f"timer {row['element']} {row['kind']} {row['status']}" for row in city.rows(Timer, case_id=case_id)]
    kept += [f"order {row['kind']} {row['element']} {row['status']}" for row in city.rows(Outbox, case_id=case_id)]
    kept += [f"wait {row['element']}" for row in city.rows(MessageWait, case_id=case_id)]
    kept += [f"incident {row['element']} {row['code']}" for row in city.rows(Incident, case_id=case_id)]
    kept += [f"heard {row['name']}" for row in city.rows(Inbox, case_id=case_id)]
    kept += [f"trail {row['seq']} {row['action']}" for row in city.rows(AuditEntry, chain=case_id)]
    answers = [row for row in city.rows(Idempotency) if row["answer"].get("case") == case_id]
    kept += [f"answer {number}" for number, _ in enumerate(answers)]
    return sorted(kept)


# -- the child --------------------------------------------------------------------------------------------------------


def _in_child(city: City, deed: Deed, subject: Any, point: int, sabotage: Callable[[], None]) -> tuple[str | None, Any]:
    """Return where the child killed itself (None: only after answering) and what it had answered."""
    city.close()  # no connection of ours may be open while another process is made of us
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            sabotage()
            _live_and_die(city, deed, subject, point, writing)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = [loads(line) for line in pipe.read().splitlines()]
    os.waitpid(child, 0)
    assert said, "the child died of something else"
    assert "broke" not in said[-1], said[-1]["broke"]
    return (said[-1].get("killed"), next((one["answer"] for one in said if "answer" in one), None))


def _live_and_die(city: City, deed: Deed, subject: Any, point: int, pipe: int) -> None:
    def say(what: dict[str, Any]) -> None:
        os.write(pipe, dumps(what).encode() + b"\n")

    house = open_house(city.settings)
    with house.store.connect():  # what a connection asks when it is made is no part of the act
        pass
    try:
        with _dying_at(house.store, point, say):
            answer = deed.do(house, subject)
    except BaseException as broken:  # noqa: BLE001  whatever it is, the parent must hear of it and the child must end
        say({"broke": repr(broken)})
        return
    say({"answer": answer})


@contextmanager
def _dying_at(store: Engine, point: int, say: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    passed = itertools.count(1)

    def reach(where: str) -> None:
        if next(passed) == point:
            say({"killed": where})
            os.kill(os.getpid(), signal.SIGKILL)

    def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        reach(f"before {' '.join(statement.split()[:3])}")

    def after(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        reach(f"after {' '.join(statement.split()[:3])}")

    commit = store.dialect.do_commit

    def dying_commit(connection: Any) -> None:
        reach("before COMMIT")
        commit(connection)
        reach("after COMMIT")

    event.listen(store, "begin", lambda _connection: reach("at BEGIN"))
    event.listen(store, "before_cursor_execute", before)
    event.listen(store, "after_cursor_execute", after)
    store.dialect.do_commit = dying_commit  # type: ignore[method-assign]  # the child's own engine, for its short life
    yield


def _alone(city: City) -> None:
    """Wait until the server has noticed that the child is gone: what it held is free again."""
    if city.house.store.dialect.name != "postgresql":
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with city.house.store.connect() as connection:
            if connection.execute(others).scalar_one() == 0:
                return
        assert time.monotonic() < deadline, "the server keeps the killed child's session"
        time.sleep(0.001)
