"""The legal clocks of a case: started by timers of the diagram, suspended and resumed by its tasks, kept as a ledger.

A summary of the running clocks lies in the notes of the case's state, so that most steps read no ledger row at all:
`{"clocks": {name: {id, task, element, amount, unit, state, suspensions, due, stopped_by}}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.access import By
from engine.acts.advance.mirror import Story
from engine.bpmn.drawing import Element
from engine.city import calendar
from engine.runtime.records import TimerStart
from engine.store.deadlines import Clock, ClockEntry, Timer
from engine.worktime import Interval, State, Term, due_of_ledger

RUNNING, SUSPENDED, RESTARTED, ENDED = "corre", "suspenso", "reiniciado", "encerrado"
_HAND = "suspensao-por-ato"


def legal_due(notes: Mapping[str, Any]) -> datetime | None:
    """Return the earliest due instant of the running clocks, None while none runs."""
    dues = [clock["due"] for clock in notes.get("clocks", {}).values() if clock["due"] and clock["state"] != ENDED]
    return datetime.fromisoformat(min(dues)) if dues else None


def follow(by: By, story: Story, notes: dict[str, Any]) -> None:
    """Start, end, suspend, resume and restart the clocks that a step touched."""
    clocks: dict[str, dict[str, Any]] = notes.setdefault("clocks", {})
    _end_gone(by, story, clocks)  # first: one that starts anew in the same step takes the place of the one that ended
    for start in story.effects.timers:
        if story.edition.blueprint.event(start.element).note.clock:
            _start(by, story, start, clocks)
    if not clocks:
        return
    running = {name: clock for name, clock in clocks.items() if clock["state"] != ENDED}
    for task_id, element in _left(story):
        _after(by, story, running, (task_id, element))
    _stop(by, story, running)


def halt(by: By, case_id: int, notes: Mapping[str, Any], ground: str) -> None:
    """Stop every running clock of a case on a ground in law; it uses up none of the stops that its tasks may make."""
    for clock in notes.get("clocks", {}).values():
        if clock["state"] == RUNNING:
            clock["suspensions"] += 1
            clock["by_hand"] = clock.get("by_hand", 0) + 1
            _write(by, case_id, clock, SUSPENDED, (_HAND, ground))
        if clock["state"] == SUSPENDED:
            clock["stopped_by"].append(_HAND)


def let_run(by: By, case_id: int, notes: Mapping[str, Any], ground: str | None) -> None:
    """Let the clocks run on that were stopped by hand and by nothing else."""
    for clock in notes.get("clocks", {}).values():
        if clock["state"] == SUSPENDED and _HAND in clock["stopped_by"]:
            clock["stopped_by"].remove(_HAND)
            if not clock["stopped_by"]:
                _write(by, case_id, clock, RUNNING, (_HAND, ground))


def _end_gone(by: By, story: Story, clocks: Mapping[str, dict[str, Any]]) -> None:
    gone = set(story.effects.timers_gone)
    for clock in clocks.values():
        if clock["state"] != ENDED and (UUID(clock["task"]), clock["element"]) in gone:
            _end(by, clock)


def _after(by: By, story: Story, clocks: Mapping[str, dict[str, Any]], left: tuple[UUID, Element]) -> None:
    """Do to the clocks what the end of a task asks for. A clock that several tasks stopped runs on after the last."""
    task_id, element = left
    clock = clocks.get(element.note.suspends or "")
    if clock is not None and clock["state"] == SUSPENDED and task_id.hex in clock["stopped_by"]:
        clock["stopped_by"].remove(task_id.hex)
        if not clock["stopped_by"]:
            _write(by, story.case_id, clock, RUNNING, (element.id, element.note.norm))
    clock = clocks.get(element.note.restarts or "")
    if clock is not None:
        _write(by, story.case_id, clock, RESTARTED, (element.id, element.note.norm))


def _stop(by: By, story: Story, clocks: Mapping[str, dict[str, Any]]) -> None:
    """Stop the clocks that the tasks which opened suspend; those that open together stop one clock together."""
    together: set[str] = set()
    for opened in story.effects.opened:
        name = opened.element.note.suspends or ""
        clock = clocks.get(name)
        if clock is None or not (name in together or _may_suspend(story, clock, opened.element)):
            continue
        if clock["state"] == RUNNING:
            _suspend(by, story, clock, opened.element)
            together.add(name)
        clock["stopped_by"].append(opened.task_id.hex)


def _left(story: Story) -> list[tuple[UUID, Element]]:
    """Return the people's tasks that ended in this step, completed or cancelled."""
    done = [entry for entry in story.effects.trace if entry.state == "done"]
    return [(entry.task_id, entry.element) for entry in done if entry.element.is_for_people] + [
        (task_id, story.edition.blueprint.elements[name]) for task_id, name in story.effects.closed
    ]


def _start(by: By, story: Story, start: TimerStart, clocks: dict[str, dict[str, Any]]) -> None:
    note = story.edition.blueprint.event(start.element).note
    name = note.clock or ""
    cycle = clocks[name]["cycle"] + 1 if name in clocks else 1
    term = start.term or _hours_until(start.due_at, by.at)
    row = {
        "case_id": story.case_id, "name": name, "cycle": cycle, "element": start.element, "task_id": start.task_id,
        "amount": term.amount, "unit": term.unit, "norm": note.norm, "effect": note.effect, "status": RUNNING,
        "started_at": by.at, "due_at": start.due_at, "suspensions": 0,
    }  # fmt: skip
    clock_id = by.connection.execute(insert(Clock).values(**row).returning(Clock.id)).scalar_one()
    clocks[name] = {
        "id": clock_id, "cycle": cycle, "task": start.task_id.hex, "element": start.element, "amount": term.amount,
        "unit": term.unit, "state": RUNNING, "suspensions": 0, "due": start.due_at.isoformat(), "stopped_by": [],
    }  # fmt: skip
    _enter(by, clock_id, RUNNING, start.element, note.norm)


def _hours_until(due: datetime, now: datetime) -> Term:
    """Return a term for a timer that names a moment: clock hours, the only unit that has no calendar in it."""
    return Term(max(1, round((due - now).total_seconds() / 3600)), "horas")


def _end(by: By, clock: dict[str, Any]) -> None:
    clock["state"] = ENDED
    _leave(by, clock["id"])
    by.connection.execute(update(Clock).where(Clock.id == clock["id"]).values(status=ENDED, ended_at=by.at))


def _may_suspend(story: Story, clock: Mapping[str, Any], element: Element) -> bool:
    """Whether a task may suspend the clock: once, and again only for a new fact (Decreto 10.178/2019 art. 13)."""
    return clock["suspensions"] == clock.get("by_hand", 0) or story.effects.suspends_again.get(element.id, False)


def _suspend(by: By, story: Story, clock: dict[str, Any], element: Element) -> None:
    clock["suspensions"] += 1
    _write(by, story.case_id, clock, SUSPENDED, (element.id, element.note.norm))


def _write(by: By, case_id: int, clock: dict[str, Any], state: str, why: tuple[str, str | None]) -> None:
    """Close the open interval, open one of `state`, and set clock and timer to what the ledger now gives.

    `why`: the element or ground, and the norm.
    """
    _leave(by, clock["id"])
    _enter(by, clock["id"], state, *why)
    rows = by.connection.execute(
        select(ClockEntry.began_at, ClockEntry.ended_at, ClockEntry.state)
        .where(ClockEntry.clock_id == clock["id"])
        .order_by(ClockEntry.id)
    )
    intervals = [Interval(row.began_at, row.ended_at, cast(State, row.state)) for row in rows]
    due = due_of_ledger(Term(clock["amount"], clock["unit"]), intervals, calendar(by))
    clock |= {"state": SUSPENDED if state == SUSPENDED else RUNNING, "due": due.isoformat() if due else None}
    if state != SUSPENDED:
        clock["stopped_by"] = []
    values = {"status": clock["state"], "due_at": due, "suspensions": clock["suspensions"]}
    by.connection.execute(update(Clock).where(Clock.id == clock["id"]).values(**values))
    timer = update(Timer).where(
        Timer.case_id == case_id,
        Timer.task_id == UUID(clock["task"]),
        Timer.element == clock["element"],
        Timer.status == "waiting",
    )
    by.connection.execute(timer.values(due_at=due))


def _enter(by: By, clock_id: int, state: str, reason: str, norm: str | None) -> None:
    row = {"clock_id": clock_id, "state": state, "began_at": by.at, "reason": reason, "norm": norm, "actor": by.name}
    by.connection.execute(insert(ClockEntry).values(**row))


def _leave(by: By, clock_id: int) -> None:
    still_open = update(ClockEntry).where(ClockEntry.clock_id == clock_id, ClockEntry.ended_at.is_(None))
    by.connection.execute(still_open.values(ended_at=by.at))
