"""What an operator sees of a case before acting on it by hand: where it stands, where it could go, what was done so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.access import MANAGER, OPERATOR, By, require_duty
from engine.desk import file
from engine.desk.file import Head
from engine.store.cases import TASK_OPEN, Case, Incident, MessageWait, Step, Task
from engine.store.deadlines import Timer
from engine.store.hand import HandAct
from engine.store.trail import Outbox

_NO_PLACE = frozenset({"boundaryEvent", "startEvent"})


@dataclass(frozen=True)
class Point:
    """Something open that an act may be done on: the engine's task, and the name of its element."""

    id: UUID
    name: str


@dataclass(frozen=True, kw_only=True)
class Past:
    """An act that was done by hand on the case. `undoable`: as far as it and the case's version say."""

    id: int
    kind: str
    name: str
    reason: str
    motive: str | None
    at: datetime
    by: str
    undone_by: str | None
    undoable: bool


@dataclass(frozen=True, kw_only=True)
class HandPage:
    """A case as its operator sees it. `places` and `done`: (id, name) of elements to go to, and of those done."""

    head: Head
    suspended_at: datetime | None
    points: tuple[Point, ...]
    places: tuple[tuple[str, str], ...]
    done: tuple[tuple[str, str], ...]
    past: tuple[Past, ...]


def page(by: By, number: str) -> HandPage:
    """Return what an operator needs to act on a case. Raises: NotFound, Denied."""
    head = file.head(by, number)
    require_duty(by, OPERATOR, MANAGER)
    row = by.connection.execute(select(Case.suspended_at, Case.lock_version).where(Case.id == head.id)).one()
    elements = head.edition.blueprint.drawing.elements
    steps = select(Step.element).where(Step.case_id == head.id, Step.state == "done").distinct()
    done = set(by.connection.execute(steps).scalars())
    return HandPage(
        head=head,
        suspended_at=row.suspended_at,
        points=tuple(_points(by, head)),
        places=tuple((one.id, one.name or one.id) for one in elements.values() if one.kind not in _NO_PLACE),
        done=tuple((one.id, one.name or one.id) for one in elements.values() if one.is_for_people and one.id in done),
        past=tuple(_past(by, head, row.lock_version)),
    )


def _points(by: By, head: Head) -> Iterator[Point]:
    elements, seen = head.edition.blueprint.elements, set()
    for task_id, element_id in _standing(by, head.id):
        element = elements.get(head.edition.blueprint.drawn_as(element_id))
        if task_id not in seen and element is not None and element.kind not in _NO_PLACE:
            seen.add(task_id)
            yield Point(task_id, element.name or element.id)


def _standing(by: By, case_id: int) -> Iterator[tuple[UUID, str]]:
    queries = (
        select(Task.id, Task.element).where(Task.case_id == case_id, Task.status == TASK_OPEN),
        select(Incident.task_id, Incident.element).where(
            Incident.case_id == case_id, Incident.status == "open", Incident.task_id.is_not(None)
        ),
        select(Timer.task_id, Timer.element).where(
            Timer.case_id == case_id, Timer.kind == "event", Timer.status == "waiting"
        ),
        select(MessageWait.task_id, MessageWait.element).where(MessageWait.case_id == case_id),
        select(Outbox.task_id, Outbox.element).where(
            Outbox.case_id == case_id, Outbox.kind == "service", Outbox.status.in_(("pending", "leased", "failed"))
        ),
    )
    for query in queries:
        yield from ((row[0], row[1] or "") for row in by.connection.execute(query) if row[0] is not None)


def _past(by: By, head: Head, version: int) -> Iterator[Past]:
    query = select(HandAct.__table__).where(HandAct.case_id == head.id).order_by(HandAct.id.desc())
    elements = head.edition.blueprint.elements
    for row in by.connection.execute(query).mappings():
        element = elements.get(row["element"] or "")
        undoable = row["former"] is not None and row["undone_at"] is None and row["lock_version"] == version
        yield Past(
            id=row["id"], kind=row["kind"], name=element.name or element.id if element is not None else "",
            reason=row["reason"], motive=row["motive"], at=row["at"], by=row["by_name"], undone_by=row["undone_by"],
            undoable=undoable,
        )  # fmt: skip


def returned(by: By, act_id: int | None) -> Mapping[str, Any] | None:
    """Return by whom and why an attempt was opened by a return: by_name, motive, reason, at; None for others."""
    if act_id is None:
        return None
    columns = (HandAct.by_name, HandAct.motive, HandAct.reason, HandAct.at)
    query = select(*columns).where(HandAct.id == act_id, HandAct.kind == "return")
    row = by.connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)
