"""The rows of a case that moves: as they were, in the words of the new version, and as they were again.

Nothing that a person did is touched: ids, drafts, answers and moments stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Uuid, delete, func, insert, select, update

from engine.access import By
from engine.acts.advance.ledger import ENDED
from engine.acts.buffer import buffered
from engine.bpmn.drawing import role_of
from engine.bpmn.notes import Note
from engine.city import Edition
from engine.standing import standing
from engine.store.base import Instant, table
from engine.store.cases import MESSAGE, SIGNAL, TASK_OPEN, Incident, MessageWait, Task
from engine.store.deadlines import Clock, ClockEntry, Timer
from engine.store.trail import Outbox
from engine.worktime import Interval, State

_PLACE = re.compile(r" \(\d+/\d+(: .*)?\)$")
_ACTIVE = ("pending", "leased", "failed")
_WORDS = ("element", "name", "role", "form", "due_at")
_OPEN_TASKS = ("id", "assignee_id", "taken_at", *_WORDS)
_TIMERS = ("id", "task_id", "element", "kind", "due_at", "status", "settled_at")
_CLOCKS = ("id", "element", "amount", "unit", "norm", "effect", "status", "due_at", "ended_at")
_ENTRIES = ("id", "clock_id", "state", "began_at", "ended_at")
_ORDERS = ("id", "kind", "element", "payload")
_INCIDENTS = ("id", "element", "status", "closed_at", "closed_by")
_WAITS = ("task_id", "element", "kind", "name", "key")


def rows(by: By, case_id: int) -> dict[str, Any]:
    """Return what is open of a case, by kind, as rows that JSON can hold, and the last ids that were given."""
    clocks = select(Clock.id).where(Clock.case_id == case_id, Clock.status != ENDED)
    return {
        "tasks": _read(by, Task, _OPEN_TASKS, Task.case_id == case_id, Task.status == TASK_OPEN),
        "timers": _read(by, Timer, _TIMERS, Timer.case_id == case_id, Timer.status.in_(("waiting", "failed"))),
        "waits": _read(by, MessageWait, _WAITS, MessageWait.case_id == case_id),
        "clocks": _read(by, Clock, _CLOCKS, Clock.case_id == case_id, Clock.status != ENDED),
        "entries": _read(by, ClockEntry, _ENTRIES, ClockEntry.clock_id.in_(clocks)),
        "orders": _read(by, Outbox, _ORDERS, Outbox.case_id == case_id, Outbox.status.in_(_ACTIVE)),
        "incidents": _read(by, Incident, _INCIDENTS, Incident.case_id == case_id, Incident.status == "open"),
        "last_timer": _last(by, Timer, case_id),
        "last_clock": _last(by, Clock, case_id),
    }


def _read(by: By, model: Any, names: Sequence[str], *where: Any) -> list[dict[str, Any]]:
    kept = table(model)
    query = select(*(kept.c[name] for name in names)).where(*where).order_by(*kept.primary_key.columns)
    return [{name: _plain(value) for name, value in row.items()} for row in by.connection.execute(query).mappings()]


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat() if isinstance(value, datetime) else value


def _last(by: By, model: Any, case_id: int) -> int:
    return by.connection.execute(select(func.max(model.id)).where(model.case_id == case_id)).scalar() or 0


def _typed(model: Any, row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the values of a plain row as their columns have them."""
    kept = table(model)
    return {name: _value(kept.c[name].type, row[name]) for name in names}


def _value(kind: Any, plain: Any) -> Any:
    if plain is None:
        return None
    if isinstance(kind, Instant):
        return datetime.fromisoformat(plain)
    return UUID(plain) if isinstance(kind, Uuid) else plain


def _set(by: By, model: Any, row: Mapping[str, Any], values: Mapping[str, Any], *where: Any) -> None:
    row_id = _typed(model, row, ("id",))["id"]
    by.connection.execute(update(model).where(model.id == row_id, *where).values(**values))


# -- forth ------------------------------------------------------------------------------------------------------------


def rename(by: By, case_id: int, before: Mapping[str, Any], heirs: Mapping[str, str], to: Edition) -> None:
    """Put the open rows of a case in the words of another version; a holder who lacks the new role is released.

    A warning that the new version does not give any more is not given.
    """
    for task in before["tasks"]:
        _rename_task(by, task, heirs, to)
    for model, kind in ((Timer, "timers"), (Clock, "clocks"), (Incident, "incidents"), (Outbox, "orders")):
        for row in before[kind]:
            heir = heirs.get(row["element"])
            if heir is not None and heir != row["element"]:
                _set(by, model, row, {"element": heir})
    _rename_signals(by, before["orders"], heirs)
    _drop_warnings(by, before["timers"], heirs, to)
    _rename_waits(by, case_id, before["waits"], heirs, to)


def _rename_signals(by: By, orders: Sequence[Mapping[str, Any]], heirs: Mapping[str, str]) -> None:
    """A signal on its way names the events that awaited it as it was thrown."""
    for order in orders:
        if order["kind"] == SIGNAL:
            waits = [[task_id, heirs.get(element, element)] for task_id, element in order["payload"]["waits"]]
            _set(by, Outbox, order, {"payload": {**order["payload"], "waits": waits}})


def _drop_warnings(by: By, timers: Sequence[Mapping[str, Any]], heirs: Mapping[str, str], to: Edition) -> None:
    for timer in timers:
        drawn = to.blueprint.elements.get(heirs.get(timer["element"], ""))
        if timer["kind"] == "warning" and (drawn is None or drawn.note.warn is None):
            _set(by, Timer, timer, {"status": "cancelled", "settled_at": by.at})


def _rename_task(by: By, task: Mapping[str, Any], heirs: Mapping[str, str], to: Edition) -> None:
    element = to.blueprint.elements[heirs[task["element"]]]
    role = role_of(element) or ""
    name = f"{element.name}{_place(task['name'])}"
    values: dict[str, Any] = {"element": element.id, "name": name, "role": role, "form": element.note.form}
    if role != task["role"] and task["assignee_id"] is not None and role not in _roles(by, task["assignee_id"]):
        values |= {"assignee_id": None, "taken_at": None}
    _set(by, Task, task, values)


def _place(name: str) -> str:
    """Return which of many instances a task is, as its name ends with it: ` (2/3)`, ` (2/3: obras)`."""
    found = _PLACE.search(name)
    return found[0] if found else ""


def _roles(by: By, servant_id: int) -> frozenset[str]:
    today = by.at.astimezone(ZoneInfo(by.house.settings.zone)).date()
    return standing(by.house, by.connection, servant_id, today, by.revision).roles


def _rename_waits(
    by: By, case_id: int, waits: Sequence[Mapping[str, Any]], heirs: Mapping[str, str], to: Edition
) -> None:
    drawing = to.blueprint.drawing
    for wait in waits:
        heir = heirs.get(wait["element"])
        if heir is None:
            continue
        name = drawing.heard_name(to.blueprint.event(heir))
        mine = update(MessageWait).where(
            MessageWait.case_id == case_id,
            MessageWait.task_id == UUID(wait["task_id"]),
            MessageWait.element == wait["element"],
        )
        by.connection.execute(mine.values(element=heir, name=name))
        if name != wait["name"] and wait["kind"] == MESSAGE:
            buffered(by, [(name, wait["key"])])


def keep_papers(by: By, before: Mapping[str, Any], version_id: int) -> None:
    """Let what was ordered before the move be issued from the templates of the version of then."""
    for order in before["orders"]:
        if order["kind"] in {"paper", "service"}:
            _set(by, Outbox, order, {"payload": {"version": version_id, **order["payload"]}})


def keep_waiting(by: By, before: Mapping[str, Any], heirs: Mapping[str, str], waiting: set[tuple[str, str]]) -> None:
    """Let timers go on that still wait: of several behind one gateway, one may be gone and the others not."""
    for timer in before["timers"]:
        if timer["kind"] == "event" and (timer["task_id"], heirs.get(timer["element"], "")) in waiting:
            values = _typed(Timer, timer, ("status", "settled_at"))
            _set(by, Timer, timer, values, Timer.status == "cancelled")


# -- deadlines that are counted anew ----------------------------------------------------------------------------------


def open_tasks(by: By, case_id: int) -> Sequence[Row[UUID, str, datetime]]:
    """Return id, element and opened_at of the open tasks of a case."""
    query = select(Task.id, Task.element, Task.opened_at)
    return by.connection.execute(query.where(Task.case_id == case_id, Task.status == TASK_OPEN)).all()


def intervals(before: Mapping[str, Any], clock_id: int) -> list[Interval]:
    """Return the ledger of a clock that was running as the case was moved."""
    found = [_typed(ClockEntry, row, _ENTRIES) for row in before["entries"] if row["clock_id"] == clock_id]
    return [Interval(row["began_at"], row["ended_at"], cast(State, row["state"])) for row in found]


def set_due(by: By, task_id: UUID, due_at: datetime | None, warned_at: datetime | None) -> None:
    """Give an open task, and the warning that waits for it, other moments."""
    by.connection.execute(update(Task).where(Task.id == task_id).values(due_at=due_at))
    if warned_at is not None:
        warning = update(Timer).where(Timer.task_id == task_id, Timer.kind == "warning", Timer.status == "waiting")
        by.connection.execute(warning.values(due_at=warned_at))


def set_clock(by: By, case_id: int, clock: Mapping[str, Any], note: Note) -> None:
    """Give a running clock, and the timer that mirrors it, another rule and another end."""
    due = datetime.fromisoformat(clock["due"]) if clock["due"] else None
    rule = {"amount": clock["amount"], "unit": clock["unit"], "norm": note.norm, "effect": note.effect}
    by.connection.execute(update(Clock).where(Clock.id == clock["id"]).values(due_at=due, **rule))
    timer = update(Timer).where(
        Timer.case_id == case_id,
        Timer.task_id == UUID(clock["task"]),
        Timer.element == clock["element"],
        Timer.status == "waiting",
    )
    by.connection.execute(timer.values(due_at=due))


# -- back -------------------------------------------------------------------------------------------------------------


def restore(by: By, case_id: int, before: Mapping[str, Any]) -> None:
    """Make the open rows of a case again what they were; what the move had begun is taken back."""
    at = datetime.fromisoformat(before["at"])
    _take_back(by, case_id, before, at)
    for task in before["tasks"]:
        _set(by, Task, task, _typed(Task, task, _WORDS))
        _set(by, Task, task, _typed(Task, task, ("assignee_id", "taken_at")), Task.assignee_id.is_(None))
    for timer in before["timers"]:
        _set(by, Timer, timer, _typed(Timer, timer, ("element", "due_at")))
        stopped = (Timer.status == "cancelled", Timer.settled_at == at)
        _set(by, Timer, timer, _typed(Timer, timer, ("status", "settled_at")), *stopped)
    for model, kind, names in (
        (Clock, "clocks", _CLOCKS[1:]),
        (ClockEntry, "entries", ("ended_at",)),
        (Outbox, "orders", ("element", "payload")),
        (Incident, "incidents", _INCIDENTS[1:]),
    ):
        for row in before[kind]:
            _set(by, model, row, _typed(model, row, names))
    _restore_waits(by, case_id, before["waits"])


def _take_back(by: By, case_id: int, before: Mapping[str, Any], at: datetime) -> None:
    new_clocks = select(Clock.id).where(Clock.case_id == case_id, Clock.id > before["last_clock"])
    by.connection.execute(delete(ClockEntry).where(ClockEntry.clock_id.in_(new_clocks)))
    by.connection.execute(delete(Clock).where(Clock.case_id == case_id, Clock.id > before["last_clock"]))
    by.connection.execute(delete(Timer).where(Timer.case_id == case_id, Timer.id > before["last_timer"]))
    theirs = update(Incident).where(Incident.case_id == case_id, Incident.opened_at == at, Incident.status == "open")
    by.connection.execute(theirs.values(status="closed", closed_at=by.at, closed_by=by.name))


def _restore_waits(by: By, case_id: int, waits: Sequence[Mapping[str, Any]]) -> None:
    by.connection.execute(delete(MessageWait).where(MessageWait.case_id == case_id))
    if waits:
        by.connection.execute(
            insert(MessageWait), [{"case_id": case_id, **_typed(MessageWait, wait, _WAITS)} for wait in waits]
        )
        buffered(by, [(wait["name"], wait["key"]) for wait in waits if wait["kind"] == MESSAGE])
