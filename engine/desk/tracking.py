"""What a citizen sees of the one case that is his: where it stands, what it waits for, what is asked of him.

It must never show a servant's name, a remark that is not public, a draft of a document, or another case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.access import EXTERNAL, By, case_criterion
from engine.bpmn.drawing import Drawing
from engine.bpmn.picture import Picture, draw
from engine.city import Edition, edition, local_names
from engine.desk.file import SHOWN_INLINE
from engine.desk.portal import fields, goal_name, stages
from engine.errors import NotFound, TaskNotOpen
from engine.forms.components import Form
from engine.forms.view import Shown
from engine.store.cases import (
    CASE_OPEN,
    TASK_CANCELLED,
    TASK_OPEN,
    Case,
    Comment,
    Document,
    Draft,
    MessageWait,
    Step,
    Task,
)
from engine.store.deadlines import Clock

SHOWN_TO_CITIZENS = ("valido", "assinado")
PAYMENT, WITHDRAWAL = "pagamento_confirmado", "desistencia"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A step in plain words. `state` is done, now, late or next, as the page draws it."""

    name: str
    state: str
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Demand:
    """A task that waits for the requester."""

    id: UUID
    name: str
    due_at: datetime | None
    opened_at: datetime
    stage: str | None
    form: Form | None
    shown: list[Shown]


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What is to be paid. `value` is in reais with cents, exact."""

    value: Decimal
    due_at: datetime | None
    copy_text: str
    txid: str
    number: int
    paper_id: int | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document that the requester may open."""

    id: int
    title: str
    name: str
    size: int
    mime: str
    secrecy: str
    issued: bool
    inline: bool
    code: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Remark:
    body: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A case as its requester follows it. `due_at` is the legal clock's, `stage_due_at` that of the tasks at hand.

    `clock` is corre, suspenso, encerrado, or None before the legal clock begins; `late`: the stage is past its due day.
    """

    case_id: int
    number: str
    procedure: str
    procedure_key: str
    subject: str
    status: str
    outcome: str | None
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    clock: str | None
    late: bool
    stage: str | None
    stage_since: datetime | None
    stage_due_at: datetime | None
    stages: tuple[Stage, ...]
    demands: tuple[Demand, ...]
    charge: Charge | None
    papers: tuple[Paper, ...]
    remarks: tuple[Remark, ...]
    may_withdraw: bool


def case(by: By) -> Followed:
    """Return the case that the citizen's session is of. Raises: NotFound."""
    row = _case(by)
    version = edition(by, row["version_id"])
    tasks, waits = _tasks(by, row["id"]), _waits(by, row["id"])
    papers = _papers(by, row["id"])
    now = _Now(version.blueprint.drawing, row, tasks, waits, _visits(by, row["id"]))
    return Followed(
        case_id=row["id"],
        number=row["number"],
        procedure=version.procedure_name,
        procedure_key=version.procedure_key,
        subject=row["subject"],
        status=row["status"],
        outcome=row["outcome"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        due_at=row["due_at"],
        clock=_clock(by, row["id"]),
        late=now.is_late(by.at),
        stage=now.stage,
        stage_since=now.since,
        stage_due_at=now.due_at,
        stages=tuple(now.way(by.at)),
        demands=tuple(_demands(by, version, row, tasks)),
        charge=_charge(row["data"], waits, papers),
        papers=tuple(papers),
        remarks=tuple(_remarks(by, row["id"])),
        may_withdraw=row["status"] == CASE_OPEN and any(wait["name"] == WITHDRAWAL for wait in waits),
    )


def demand(by: By, task_id: UUID) -> Demand:
    """Return one open task of the citizen's case, for its form alone. Raises: NotFound, TaskNotOpen."""
    row = _case(by)
    task = next((task for task in _tasks(by, row["id"]) if task["id"] == task_id and task["role"] == EXTERNAL), None)
    if task is None:
        raise NotFound(task=str(task_id))
    if task["status"] != TASK_OPEN:
        raise TaskNotOpen(task=str(task_id), by=task["closed_by"], at=task["closed_at"])
    return next(_demands(by, edition(by, row["version_id"]), row, [task]))


def show_again(by: By, asked: Demand, raw: Mapping[str, Any]) -> list[Shown]:
    """Return a demand's form with what was just typed instead of the draft."""
    assert asked.form is not None
    row = _case(by)
    return fields(by, asked.form, raw, _context(row, asked.id), edition(by, row["version_id"]))


def data(by: By) -> Mapping[str, Any]:
    """Return the data of the citizen's case. Raises: NotFound."""
    found: Mapping[str, Any] = _case(by)["data"]
    return found


def drawing_of(by: By) -> tuple[str, Picture, dict[str, str]]:
    """Return number, picture and {element: done | now} of the citizen's case. Raises: NotFound."""
    row = _case(by)
    states = dict.fromkeys(_visits(by, row["id"]), "done")
    states |= {task["element"]: "now" for task in _tasks(by, row["id"]) if task["status"] == TASK_OPEN}
    states |= {wait["element"]: "now" for wait in _waits(by, row["id"]) if wait["name"] != WITHDRAWAL}
    return row["number"], draw(edition(by, row["version_id"]).xml), states


# -- rows -------------------------------------------------------------------------------------------------------------


def _case(by: By) -> Mapping[str, Any]:
    if by.case_id is None:
        raise NotFound(case="own")
    columns = (
        Case.id, Case.number, Case.version_id, Case.status, Case.outcome, Case.subject, Case.started_at, Case.ended_at,
        Case.due_at, Case.data, Case.state,
    )  # fmt: skip
    row = by.connection.execute(select(*columns).where(Case.id == by.case_id, case_criterion(by))).mappings()
    found = row.one_or_none()
    if found is None:
        raise NotFound(case=by.case_id)
    return dict(found)


def _tasks(by: By, case_id: int) -> list[Mapping[str, Any]]:
    columns = (
        Task.id, Task.element, Task.name, Task.role, Task.form, Task.status, Task.opened_at, Task.due_at,
        Task.closed_at, Task.closed_by,
    )  # fmt: skip
    query = select(*columns).where(Task.case_id == case_id).order_by(Task.opened_at, Task.id)
    return [dict(row) for row in by.connection.execute(query).mappings()]


def _waits(by: By, case_id: int) -> list[Mapping[str, Any]]:
    query = select(MessageWait.element, MessageWait.name, MessageWait.key).where(MessageWait.case_id == case_id)
    return [dict(row) for row in by.connection.execute(query).mappings()]


def _visits(by: By, case_id: int) -> dict[str, tuple[int, datetime]]:
    """Return {element: (first step, moment of the last)} in the order of first visits."""
    query = (
        select(Step.element, func.min(Step.seq).label("first"), func.max(Step.seq).label("last"))
        .where(Step.case_id == case_id)
        .group_by(Step.element)
        .subquery()
    )
    dated = select(query.c.element, query.c.first, Step.at).join(
        Step, (Step.case_id == case_id) & (Step.seq == query.c.last)
    )
    rows = by.connection.execute(dated.order_by(query.c.first))
    return {row.element: (row.first, row.at) for row in rows}


def _papers(by: By, case_id: int) -> list[Paper]:
    columns = (
        Document.id, Document.title, Document.name, Document.size, Document.mime, Document.secrecy, Document.origin,
        Document.code, Document.created_at, Document.type,
    )  # fmt: skip
    query = (
        select(*columns)
        .where(Document.case_id == case_id, Document.status.in_(SHOWN_TO_CITIZENS))
        .order_by(Document.id.desc())
    )
    return [
        Paper(
            id=row.id, title=row.title, name=row.name, size=row.size, mime=row.mime, secrecy=row.secrecy,
            issued=row.origin == "emitido", inline=row.mime in SHOWN_INLINE, code=row.code, at=row.created_at,
        )
        for row in by.connection.execute(query)
    ]  # fmt: skip


def _remarks(by: By, case_id: int) -> list[Remark]:
    query = select(Comment.body, Comment.created_at).where(Comment.case_id == case_id, Comment.public.is_(True))
    rows = by.connection.execute(query.order_by(Comment.created_at.desc()))
    return [Remark(body=row.body, at=row.created_at) for row in rows]


def _clock(by: By, case_id: int) -> str | None:
    """Return how the newest legal clock of the case stands (corre, suspenso, encerrado), None while none has begun."""
    query = select(Clock.status).where(Clock.case_id == case_id).order_by(Clock.id.desc()).limit(1)
    return by.connection.execute(query).scalar()


# -- what is asked ----------------------------------------------------------------------------------------------------


def _demands(by: By, version: Edition, row: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> Iterator[Demand]:
    waiting = [task for task in tasks if task["role"] == EXTERNAL and task["status"] == TASK_OPEN]
    drafts = _drafts(by, [task["id"] for task in waiting])
    for task in waiting:
        form = version.forms.get(task["form"] or "")
        typed = drafts.get(f"task:{task['id']}", {})
        yield Demand(
            id=task["id"],
            name=task["name"],
            due_at=task["due_at"],
            opened_at=task["opened_at"],
            stage=version.blueprint.elements[task["element"]].note.stage,
            form=form,
            shown=fields(by, form, typed, _context(row, task["id"]), version) if form else [],
        )


def _drafts(by: By, task_ids: Sequence[UUID]) -> dict[str, Mapping[str, Any]]:
    if not task_ids:
        return {}
    subjects = [f"task:{task_id}" for task_id in task_ids]
    query = select(Draft.subject, Draft.answers).where(Draft.owner == by.actor, Draft.subject.in_(subjects))
    return {row.subject: row.answers for row in by.connection.execute(query)}


def _context(row: Mapping[str, Any], task_id: UUID) -> Mapping[str, Any]:
    protocol = {"numero": row["number"], "protocolado_em": row["started_at"].isoformat()}
    return {**row["data"], **local_names(row["state"], task_id), "processo": protocol}


def _charge(data: Mapping[str, Any], waits: Sequence[Mapping[str, Any]], papers: Sequence[Paper]) -> Charge | None:
    """Return the charge that the case waits to see paid, None when it waits for no payment."""
    charge = data.get("cobranca")
    keys = {wait["key"] for wait in waits if wait["name"] == PAYMENT}
    if not isinstance(charge, Mapping) or charge.get("txid") not in keys:
        return None
    due = charge.get("vencimento")
    return Charge(
        value=Decimal(str(charge["valor"])),
        due_at=datetime.fromisoformat(due) if isinstance(due, str) else None,
        copy_text=str(charge["copia_e_cola"]),
        txid=str(charge["txid"]),
        number=int(charge.get("sequencia") or 1),
        paper_id=next((paper.id for paper in papers if paper.issued and paper.name.startswith("dam")), None),
    )


# -- where it stands --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Now:
    """A case's present place among the public stages of its drawing."""

    drawing: Drawing
    row: Mapping[str, Any]
    tasks: Sequence[Mapping[str, Any]]
    waits: Sequence[Mapping[str, Any]]
    visits: Mapping[str, tuple[int, datetime]]

    @property
    def here(self) -> list[Mapping[str, Any]]:
        return [task for task in self.tasks if task["status"] == TASK_OPEN]

    @property
    def stage(self) -> str | None:
        """The stage of what is open; while only the house itself is at work, the last one that was reached."""
        if self.row["status"] != CASE_OPEN:
            return None
        mine = [task["element"] for task in self.here if task["role"] == EXTERNAL]
        places = mine + [task["element"] for task in self.here]
        places += [wait["element"] for wait in self.waits if wait["name"] != WITHDRAWAL]
        found = next((stage for place in places if (stage := self._stage_of(place))), None)
        return found or next(iter(reversed(self._seen())), None)

    @property
    def since(self) -> datetime | None:
        opened = [task["opened_at"] for task in self.here if self._stage_of(task["element"]) == self.stage]
        return min(opened) if opened else max((at for _, at in self.visits.values()), default=self.row["started_at"])

    @property
    def due_at(self) -> datetime | None:
        dues = [task["due_at"] for task in self.here if task["due_at"] is not None]
        return max(dues) if dues else None

    def is_late(self, at: datetime) -> bool:
        return self.due_at is not None and self.due_at < at

    def way(self, at: datetime) -> list[Stage]:
        """Return the stages gone through and those still to come on the plain way, the present one marked."""
        seen, now = self._seen(), self.stage
        if self.row["status"] != CASE_OPEN:
            gone_through = [self._done(name) for name in seen if name not in self._broken_off()]
            return [*gone_through, Stage(name=self._end(), state="done", at=self.row["ended_at"])]
        planned = stages(self.drawing)
        order = _merged(planned, [*seen, now] if now and now not in seen else seen)
        place = order.index(now) if now else len(order)
        late = self.is_late(at)
        found = [self._done(name) for name in order[:place]]
        if now:
            found.append(Stage(name=now, state="late" if late else "now", at=self.since))
        found += [Stage(name=name, state="next", at=None) for name in order[place + 1 :] if name in planned]
        return [*found, Stage(name=goal_name(self.drawing), state="next", at=None)]

    def _broken_off(self) -> set[str | None]:
        """Return the stages whose tasks were still open when the case ended."""
        ended = self.row["ended_at"]
        off = [task for task in self.tasks if task["status"] == TASK_CANCELLED and task["closed_at"] == ended]
        return {self._stage_of(task["element"]) for task in off}

    def _done(self, name: str) -> Stage:
        ends = [at for element, (_, at) in self.visits.items() if self._stage_of(element) == name]
        return Stage(name=name, state="done", at=max(ends) if ends else None)

    def _end(self) -> str:
        """Return the name of the end event that the case reached."""
        ends = [self.drawing.elements[one] for one in self.visits if one in self.drawing.elements]
        return next((end.name for end in reversed(ends) if end.kind == "endEvent" and end.note.outcome), "Encerrado")

    def _seen(self) -> list[str]:
        found: dict[str, None] = {}
        for element in self.visits:
            stage = self._stage_of(element)
            if stage:
                found.setdefault(stage)
        return list(found)

    def _stage_of(self, element: str) -> str | None:
        drawn = self.drawing.elements.get(element)
        return drawn.note.stage if drawn else None


def _merged(planned: Sequence[str], seen: Sequence[str]) -> list[str]:
    """Return the planned stages with each detour put in after the stage that was seen before it."""
    order = list(planned)
    for before, stage in zip([None, *seen], seen, strict=False):
        if stage not in order:
            order.insert(order.index(before) + 1 if before in order else 0, stage)
    return order
