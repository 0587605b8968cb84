"""The inbox of a servant: open tasks of his roles, the most pressing first, a page at a time, with capped counts.

Two statements a page, whatever the number of open tasks: each role's tasks are read in the order of their index, and no
further than the page; a count stops at its cap. It must never show a task of a role that the reader does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Subquery, func, literal_column, select, union_all
from sqlalchemy.orm import aliased

from engine.access import By
from engine.desk.deadline import Deadline, deadline
from engine.desk.roles import role_names
from engine.store.cases import Case, Task
from engine.store.people import Servant
from engine.store.procedures import Procedure

PAGE = 25
CAP = 100
FILTERS = ("setor", "minhas", "hoje", "atrasadas", "devolvidas")
_LOOKED_AT = 1000  # how far a count looks for what no index leads to
_OPEN = Task.status == literal_column("'open'")  # a bound value would hide the partial index from the planner


@dataclass(frozen=True, kw_only=True)
class Line:
    """A task in the list. `came_from` is the sector that worked on the case last."""

    id: UUID
    name: str
    attempt: int
    sector: str
    number: str
    subject: str
    procedure: str
    requester: str
    opened_at: datetime
    came_from: str
    deadline: Deadline | None
    taken_by: str | None
    mine: bool


@dataclass(frozen=True)
class After:
    """Where the page before ended: due moment (None: without one) and id of its last task."""

    due_at: datetime | None
    id: UUID


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """One page. `counts` by filter, at most CAP (which then means that many or more); `after` leads to the next."""

    chosen: str
    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    after: After | None


def inbox(by: By, chosen: str = "setor", after: After | None = None) -> Inbox:
    """Return a page of one filter: setor (all of one's roles), minhas, hoje, atrasadas or devolvidas."""
    if not by.roles:
        return Inbox(chosen=chosen, lines=(), counts=dict.fromkeys(FILTERS, 0), after=None)
    rows = by.connection.execute(_page(by, chosen, after)).all()
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Inbox(
        chosen=chosen,
        lines=tuple(_line(by, row) for row in rows[:PAGE]),
        counts=_counts(by),
        after=After(last.due_at, last.id) if last else None,
    )


def _page(by: By, chosen: str, after: After | None) -> Select[Any]:
    heads = union_all(*(select(part.c.id, part.c.due_at) for part in _parts(by, chosen, after))).subquery()
    first = select(heads.c.id).order_by(heads.c.due_at.is_(None), heads.c.due_at, heads.c.id).limit(PAGE + 1)
    picked = first.subquery()
    before = aliased(Task)
    came_from = (
        select(before.role)
        .where(before.case_id == Task.case_id, before.status == literal_column("'done'"))
        .order_by(before.closed_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    page: Any = (
        select(
            Task.id, Task.name, Task.attempt, Task.role, Task.opened_at, Task.due_at, Task.assignee_id, Case.number,
            Case.subject, Case.requester_name, Procedure.name.label("procedure"), Servant.name.label("taken_by"),
            came_from.label("came_from"),
        )
        .join(picked, picked.c.id == Task.id)
        .join(Case, Case.id == Task.case_id)
        .join(Procedure, Procedure.id == Case.procedure_id)
        .outerjoin(Servant, Servant.id == Task.assignee_id)
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
    )  # fmt: skip
    whole: Select[Any] = page
    return whole


def _parts(by: By, chosen: str, after: After | None) -> Sequence[Subquery]:
    """Return the heads of the lists to be merged: one per role, with and without a due moment."""
    wanted = _wanted(by, chosen)
    owners = [Task.assignee_id == by.servant_id] if chosen == "minhas" else [Task.role == role for role in _roles(by)]
    parts = []
    for owner in owners:
        if after is None or after.due_at is not None:
            dated = select(Task.id, Task.due_at).where(owner, _OPEN, Task.due_at.is_not(None), *wanted)
            if after is not None:
                dated = dated.where(
                    (Task.due_at > after.due_at) | ((Task.due_at == after.due_at) & (Task.id > after.id)),
                    Task.due_at >= after.due_at,
                )
            parts.append(dated.order_by(Task.due_at, Task.id).limit(PAGE + 1).subquery())
        if chosen not in ("hoje", "atrasadas"):
            undated = select(Task.id, Task.due_at).where(owner, _OPEN, Task.due_at.is_(None), *wanted)
            if after is not None and after.due_at is None:
                undated = undated.where(Task.id > after.id)
            parts.append(
                undated.order_by(Task.due_at, Task.id).limit(PAGE + 1).subquery()
            )  # the index is in this order
    return parts


def _roles(by: By) -> list[str]:
    return sorted(by.roles)


def _wanted(by: By, chosen: str) -> list[ColumnElement[bool]]:
    if chosen == "minhas":
        return [Task.role.in_(_roles(by))]
    if chosen == "hoje":
        return [Task.due_at >= by.at, Task.due_at < _midnight(by)]
    if chosen == "atrasadas":
        return [Task.due_at < by.at]
    return [Task.attempt > 1] if chosen == "devolvidas" else []


def _midnight(by: By) -> datetime:
    """Return the moment at which the local day of `by.at` ends."""
    local = by.at.astimezone(ZoneInfo(by.house.settings.zone))
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _counts(by: By) -> dict[str, int]:
    columns = [_count(by, chosen).label(chosen) for chosen in FILTERS]
    row = by.connection.execute(select(*columns)).one()
    return dict(row._mapping)


def _count(by: By, chosen: str) -> Any:
    owner = Task.assignee_id == by.servant_id if chosen == "minhas" else Task.role.in_(_roles(by))
    if chosen == "devolvidas":
        near = select(Task.attempt).where(owner, _OPEN).limit(_LOOKED_AT).subquery()
        found = select(literal_column("1")).select_from(near).where(near.c.attempt > 1).limit(CAP).subquery()
    else:
        found = (
            select(literal_column("1"))
            .select_from(Task)
            .where(owner, _OPEN, *_wanted(by, chosen))
            .limit(CAP)
            .subquery()
        )
    return select(func.count()).select_from(found).scalar_subquery()


def _line(by: By, row: Any) -> Line:
    names = role_names(by)
    return Line(
        id=row.id,
        name=row.name,
        attempt=row.attempt,
        sector=names.get(row.role, row.role),
        number=row.number,
        subject=row.subject,
        procedure=row.procedure,
        requester=row.requester_name,
        opened_at=row.opened_at,
        came_from=names.get(row.came_from, row.came_from or ""),
        deadline=deadline(by, row.due_at, row.opened_at, row.role),
        taken_by=row.taken_by,
        mine=row.assignee_id is not None and row.assignee_id == by.servant_id,
    )
