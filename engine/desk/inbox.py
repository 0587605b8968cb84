"""The inbox of a servant: open tasks of his roles, the most pressing first, a page at a time, with capped counts.

Two statements a page, whatever the number of open tasks: each role's tasks are read in the order of their index, and no
further than the page; a count stops at its cap. It must never show a task of a role that the reader does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Subquery, bindparam, func, literal_column, select, union_all
from sqlalchemy.orm import aliased

from engine.access import By
from engine.desk.deadline import Deadline, deadline
from engine.desk.roles import role_names
from engine.store.cases import Case, Task
from engine.store.people import Servant
from engine.store.prepared import Prepared
from engine.store.procedures import Procedure

PAGE = 25
CAP = 100
FILTERS = ("setor", "minhas", "hoje", "atrasadas", "devolvidas")
_OPEN = Task.status == literal_column("'open'")  # a bound value would hide the partial index from the planner
_MINE = Task.assignee_id == bindparam("me")
_SHOWN = (
    Task.id, Task.name, Task.attempt, Task.role, Task.opened_at, Task.due_at, Task.assignee_id, Case.number,
    Case.subject, Case.requester_name, Procedure.name.label("procedure"), Servant.name.label("taken_by"),
    Case.suspended_at,
)  # fmt: skip
_ID, _DUE_AT = 0, 5  # where these two stand in it
_SHAPES = 256  # statements kept: filters, ways to go on, and how many roles people hold

Way = Literal["first", "dated", "undated"]


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
    suspended: bool


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
    values = _values(by, after)
    rows = _page(chosen, len(by.roles), _way(after), PAGE).rows(by.connection, values)
    counts = _counts(len(by.roles)).row(by.connection, values)
    assert counts is not None, "counting gives a row"
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Inbox(
        chosen=chosen,
        lines=_lines(by, rows[:PAGE]),
        counts=dict(zip(FILTERS, counts, strict=True)),
        after=After(last[_DUE_AT], last[_ID]) if last else None,
    )


# -- the statements: one per shape, made once --------------------------------------------------------------------------


def _values(by: By, after: After | None) -> dict[str, Any]:
    """Return what the statements of every shape are bound to."""
    local = by.at.astimezone(ZoneInfo(by.house.settings.zone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "me": by.servant_id, "now": by.at, "midnight": midnight,
        "after_due": after and after.due_at, "after_id": after and after.id,
        **{f"role_{number}": role for number, role in enumerate(sorted(by.roles))},
    }  # fmt: skip


def _way(after: After | None) -> Way:
    if after is None:
        return "first"
    return "undated" if after.due_at is None else "dated"


@lru_cache(maxsize=_SHAPES)
def _page(chosen: str, roles: int, way: Way, page: int) -> Prepared:
    """Return the statement of a page: of one filter, for so many roles, going on `way`, of so many lines and one."""
    heads = union_all(*(select(part.c.id, part.c.due_at) for part in _parts(chosen, roles, way, page))).subquery()
    first = select(heads.c.id).order_by(heads.c.due_at.is_(None), heads.c.due_at, heads.c.id).limit(page + 1)
    picked = first.subquery()
    before = aliased(Task)
    came_from = (
        select(before.role)
        .where(before.case_id == Task.case_id, before.status == literal_column("'done'"))
        .order_by(before.closed_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return Prepared(
        select(*_SHOWN, came_from.label("came_from"))
        .join(picked, picked.c.id == Task.id)
        .join(Case, Case.id == Task.case_id)
        .join(Procedure, Procedure.id == Case.procedure_id)
        .outerjoin(Servant, Servant.id == Task.assignee_id)
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
    )


def _parts(chosen: str, roles: int, way: Way, page: int) -> Sequence[Subquery]:
    """Return the heads of the lists to be merged: one per role, with and without a due moment."""
    wanted = _wanted(chosen, roles)
    owners = [_MINE] if chosen == "minhas" else [Task.role == role for role in _roles(roles)]
    parts = []
    for owner in owners:
        if way != "undated":
            dated = select(Task.id, Task.due_at).where(owner, _OPEN, Task.due_at.is_not(None), *wanted)
            if way == "dated":
                due = bindparam("after_due", type_=Task.due_at.type)
                last = bindparam("after_id", type_=Task.id.type)
                dated = dated.where((Task.due_at > due) | ((Task.due_at == due) & (Task.id > last)), Task.due_at >= due)
            parts.append(dated.order_by(Task.due_at, Task.id).limit(page + 1).subquery())
        if chosen not in ("hoje", "atrasadas"):
            undated = select(Task.id, Task.due_at).where(owner, _OPEN, Task.due_at.is_(None), *wanted)
            if way == "undated":
                undated = undated.where(Task.id > bindparam("after_id"))
            parts.append(
                undated.order_by(Task.due_at, Task.id).limit(page + 1).subquery()
            )  # the index is in this order
    return parts


def _roles(count: int) -> list[BindParameter[str]]:
    return [bindparam(f"role_{number}", type_=Task.role.type) for number in range(count)]


def _wanted(chosen: str, roles: int) -> list[ColumnElement[bool]]:
    if chosen == "minhas":
        return [Task.role.in_(_roles(roles))]
    if chosen == "hoje":
        return [Task.due_at >= bindparam("now"), Task.due_at < bindparam("midnight")]
    if chosen == "atrasadas":
        return [Task.due_at < bindparam("now")]
    return [Task.attempt > literal_column("1")] if chosen == "devolvidas" else []  # written out as in its index


@lru_cache(maxsize=_SHAPES)
def _counts(roles: int) -> Prepared:
    """Return the statement that counts every filter, in their order, for so many roles."""
    return Prepared(select(*[_count(chosen, roles).label(chosen) for chosen in FILTERS]))


def _count(chosen: str, roles: int) -> Any:
    owner = _MINE if chosen == "minhas" else Task.role.in_(_roles(roles))
    found = (
        select(literal_column("1")).select_from(Task).where(owner, _OPEN, *_wanted(chosen, roles)).limit(CAP).subquery()
    )
    return select(func.count()).select_from(found).scalar_subquery()


# -- the lines --------------------------------------------------------------------------------------------------------


def _lines(by: By, rows: Sequence[tuple[Any, ...]]) -> tuple[Line, ...]:
    names = role_names(by)
    return tuple(
        Line(
            id=task_id,
            name=name,
            attempt=attempt,
            sector=names.get(role, role),
            number=number,
            subject=subject,
            procedure=procedure,
            requester=requester,
            opened_at=opened_at,
            came_from=names.get(came_from, came_from or ""),
            deadline=deadline(by, due_at, opened_at, role),
            taken_by=taken_by,
            mine=assignee is not None and assignee == by.servant_id,
            suspended=suspended_at is not None,
        )
        for (
            task_id, name, attempt, role, opened_at, due_at, assignee, number, subject, requester, procedure, taken_by,
            suspended_at, came_from,
        ) in rows
    )  # fmt: skip
