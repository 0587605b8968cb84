"""What time does: timers that fall due are settled one at a time, each in its own transaction, each once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, literal_column, select, update
from sqlalchemy.exc import OperationalError

from engine.access import EXTERNAL, By
from engine.acts.advance import advance, hold_case
from engine.acts.outbox import place
from engine.audit import Entry, record_on_case
from engine.errors import CaseStuck, Refused
from engine.store.cases import Case, Task
from engine.store.deadlines import Timer
from engine.store.people import Membership, Role, Servant

_WAITING = Timer.status == literal_column("'waiting'")  # a bound value would hide the partial index from the planner
# The events of a suspended case wait until it is resumed; warnings move nothing, and go on.
_MAY_MOVE = Case.suspended_at.is_(None) | (Timer.kind != "event")
_DUE = (
    select(Timer.id, Timer.case_id, Timer.task_id, Timer.element, Timer.kind, Timer.due_at, Timer.facts)
    .join(Case, Case.id == Timer.case_id)
    .where(_WAITING, _MAY_MOVE)
    .order_by(Timer.due_at, Timer.id)
    .limit(1)
    .with_for_update(of=Case, skip_locked=True)
)
MAX_ATTEMPTS = 3


def settle_next(by: By) -> int | None:
    """Settle the timer that has been due longest and whose case nobody holds; return its id, None when none is due.

    The case's row is the lock: whoever moves a case changes its timers, so both take the same lock first.
    Raises: CaseStuck with the case; `put_off` then counts the attempt in a transaction of its own.
    """
    due = by.connection.execute(_DUE.where(Timer.due_at <= by.at)).one_or_none()
    if due is None:
        return None
    # Its moment may have been put off while the lock was awaited: the row was read before.
    fired = update(Timer).where(Timer.id == due.id, Timer.status == "waiting", Timer.due_at <= by.at)
    if by.connection.execute(fired.values(status="fired", settled_at=by.at)).rowcount == 1:
        _settle(by, due)
    timer_id: int = due.id
    return timer_id


def _settle(by: By, due: Row[Any]) -> None:
    """Do what a timer is for. Whatever goes wrong is of this case alone: it must not keep the others waiting."""
    try:
        {"event": _fire, "warning": _warn, "validity": _warn_of_end}[due.kind](by, due)
    except (CaseStuck, OperationalError):
        raise
    except Refused as refused:
        raise CaseStuck(case=due.case_id, reason=refused.code, facts=refused.facts) from refused
    except Exception as broken:  # what is not foreseen here would be met again first at every tick
        raise CaseStuck(case=due.case_id, reason="engine", facts={"error": repr(broken)[:500]}) from broken


def next_due(by: By) -> datetime | None:
    """Return the earliest instant at which a timer falls due."""
    query = select(Timer.due_at).join(Case, Case.id == Timer.case_id)
    query = query.where(_WAITING, Timer.due_at.is_not(None), _MAY_MOVE)
    return by.connection.execute(query.order_by(Timer.due_at).limit(1)).scalar()


def put_off(by: By, case_id: int) -> None:
    """Count a failed attempt on a case's due timers; at the third they are set aside as failed."""
    by.connection.execute(select(Case.id).where(Case.id == case_id).with_for_update())
    mine = update(Timer).where(Timer.case_id == case_id, Timer.status == "waiting", Timer.due_at <= by.at)
    by.connection.execute(mine.values(attempts=Timer.attempts + 1))
    by.connection.execute(mine.where(Timer.attempts >= MAX_ATTEMPTS).values(status="failed", settled_at=by.at))


def _fire(by: By, due: Row[Any]) -> None:
    held = hold_case(by, due.case_id)
    act = Entry("deadline.settle", due.element, {"timer": due.id, "due_at": due.due_at.isoformat()})
    advance(by, held, act, lambda run: run.fire(due.task_id, due.element))


def _warn(by: By, due: Row[Any]) -> None:
    """Tell the holder of a task, or else its sector, that the deadline is near."""
    query = select(Task.name, Task.role, Task.due_at, Task.assignee_id, Case.number).join(Case, Case.id == Task.case_id)
    task = by.connection.execute(query.where(Task.id == due.task_id)).one()
    if task.role == EXTERNAL:
        _tell_requester(by, due, "near", task.name)
    else:
        for address in _addresses(by, task.role, task.assignee_id):
            payload = {"notice": "near", "to": address, "number": task.number, "what": task.name}
            _order(by, due, payload | {"due_at": task.due_at.isoformat() if task.due_at else None})
    record_on_case(by, due.case_id, Entry("deadline.warn", due.element, {"timer": due.id}))


def _warn_of_end(by: By, due: Row[Any]) -> None:
    """Tell the requester that what was issued runs out."""
    _tell_requester(by, due, "validity", due.facts["ends_at"])
    record_on_case(by, due.case_id, Entry("validity.warn", due.element, {"timer": due.id}))


def _tell_requester(by: By, due: Row[Any], notice: str, what: str) -> None:
    case = by.connection.execute(select(Case.number, Case.requester_email).where(Case.id == due.case_id)).one()
    if case.requester_email:
        _order(by, due, {"notice": notice, "to": case.requester_email, "number": case.number, "what": what})


def _addresses(by: By, role: str, assignee_id: int | None) -> list[str]:
    today = by.at.astimezone(ZoneInfo(by.house.settings.zone)).date()
    query = select(Servant.email).where(Servant.email.is_not(None), Servant.active)
    if assignee_id is not None:
        query = query.where(Servant.id == assignee_id)
    else:
        holders = (
            select(Membership.servant_id)
            .join(Role, Role.id == Membership.role_id)
            .where(Role.code == role, Membership.since_on <= today)
            .where(Membership.until_on.is_(None) | (Membership.until_on >= today))
        )
        query = query.where(Servant.id.in_(holders))
    return [address for address in by.connection.execute(query).scalars() if address]


def _order(by: By, due: Row[Any], payload: dict[str, Any]) -> None:
    row = {"case_id": due.case_id, "task_id": due.task_id, "element": due.element, "kind": "mail", "payload": payload}
    place(by, [row])
