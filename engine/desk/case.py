"""The page of one case: its story, its drawing with where it stands, its documents, its data, its trail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select

from engine import audit
from engine.access import By
from engine.bpmn.picture import Picture, draw
from engine.city import calendar
from engine.desk import file
from engine.desk.file import PAYMENT, WITHDRAWAL, Event, Head, Paper, TaskRow
from engine.desk.way import Stage, states, strip
from engine.desk.words import Section, sections
from engine.store.cases import TASK_DONE, TASK_OPEN, Incident, MessageWait
from engine.store.deadlines import Clock, ClockEntry
from engine.store.trail import AuditEntry
from engine.worktime import Interval, Line, Term, extrato

TRAIL_PAGE = 100
CONDITION, DECISION = "gateway.condition", "decision.made"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Something automatic that failed and waits for an operator. `facts` say why."""

    id: int
    element: str
    name: str
    code: str
    facts: Mapping[str, Any]
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What every tab of a case shows above itself, and what may be done to the case."""

    head: Head
    stages: tuple[Stage, ...]
    tasks: list[TaskRow]
    open_tasks: list[TaskRow]
    failures: list[Failure]
    awaits_payment: bool
    may_withdraw: bool
    states: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The diagram as a picture, with the state of each shape and how many tasks are open there, when several."""

    picture: Picture
    states: Mapping[str, str]
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class TrailLine:
    """One entry of the trail; `name` is that of the element it is about, when it is about one."""

    seq: int
    at: datetime
    actor: str
    acting_for: str | None
    action: str
    subject: str
    name: str
    facts: Mapping[str, Any]
    seal: str


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a case took a turn: the conditions asked at a gateway, in order, or a table's rows, with what they saw.

    `asked` holds (condition, its value) of a gateway; `table`, `rows` and `outputs` are those of a decision.
    """

    name: str
    at: datetime
    seq: int
    asked: tuple[tuple[str, object], ...] = ()
    saw: Mapping[str, Any]
    table: str = ""
    rows: tuple[int, ...] = ()
    outputs: Any = None


@dataclass(frozen=True, kw_only=True)
class Trail:
    """A page of the trail, newest first. `broken` is the first entry at which the chain does not hold, if any."""

    lines: list[TrailLine]
    broken: int | None
    before: int | None
    reasons: list[Reason]


@dataclass(frozen=True, kw_only=True)
class Account:
    """The statement of one legal clock: its term, norm, state, end, and the lines that count to it."""

    name: str
    cycle: int
    amount: int
    unit: str
    norm: str | None
    effect: str | None
    status: str
    started_at: datetime
    due_at: datetime | None
    lines: list[Line]


def overview(by: By, number: str) -> Overview:
    """Return a case's head, tasks, incidents and what may be done to it. Raises: NotFound."""
    head = file.head(by, number)
    rows = file.tasks(by, head.id)
    present = file.present(by, head, rows)
    waits = set(by.connection.execute(select(MessageWait.name).where(MessageWait.case_id == head.id)).scalars())
    drawing = head.edition.blueprint.drawing
    return Overview(
        head=head,
        stages=strip(drawing, present),
        tasks=rows,
        open_tasks=[row for row in rows if row.status == TASK_OPEN],
        failures=_failures(by, head) if present.failed else [],
        awaits_payment=PAYMENT in waits and "fazenda" in by.roles,
        may_withdraw=head.open and WITHDRAWAL in waits and "protocolo" in by.roles,
        states=states(drawing, present),
    )


def _failures(by: By, head: Head) -> list[Failure]:
    query = select(Incident.id, Incident.element, Incident.code, Incident.facts, Incident.opened_at)
    query = query.where(Incident.case_id == head.id, Incident.status == "open").order_by(Incident.id)
    return [
        Failure(
            id=row.id, element=row.element, name=_name(head, row.element), code=row.code, facts=row.facts or {},
            opened_at=row.opened_at,
        )
        for row in by.connection.execute(query)
    ]  # fmt: skip


def story(by: By, of: Overview) -> list[Event]:
    """Return what happened in a case, newest first."""
    return file.story(by, of.head, of.tasks)


def drawn(of: Overview) -> Drawn:
    """Return the diagram of the version that the case runs on, with where it stands."""
    open_here = Counter(row.element for row in of.open_tasks)
    counts = {element: count for element, count in open_here.items() if count > 1}
    return Drawn(picture=draw(of.head.edition.xml), states=of.states, counts=counts)


def documents(by: By, of: Overview) -> list[Paper]:
    """Return the documents of a case, newest first."""
    return file.papers(by, of.head)


def data(by: By, of: Overview) -> list[Section]:
    """Return what is known of a case, in words, under the tasks that asked for it."""
    done = [row.element for row in of.tasks if row.status == TASK_DONE]
    return sections(of.head.edition, of.head.data, done, by.house.settings.zone)


def trail(by: By, of: Overview, before: int | None = None) -> Trail:
    """Return a page of a case's trail before an entry, whether its chain holds, and why each turn was taken."""
    columns = (
        AuditEntry.seq, AuditEntry.at, AuditEntry.actor, AuditEntry.acting_for, AuditEntry.action, AuditEntry.subject,
        AuditEntry.facts, AuditEntry.seal,
    )  # fmt: skip
    query = select(*columns).where(AuditEntry.chain == of.head.id)
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    rows = by.connection.execute(query.order_by(AuditEntry.seq.desc()).limit(TRAIL_PAGE + 1)).mappings().all()
    lines = [_line(of.head, row) for row in rows[:TRAIL_PAGE]]
    found = audit.verify(by, of.head.id)
    return Trail(
        lines=lines,
        broken=found.seq if found else None,
        before=lines[-1].seq if len(rows) > TRAIL_PAGE else None,
        reasons=list(_reasons(lines)),
    )


def _reasons(lines: Sequence[TrailLine]) -> Iterator[Reason]:
    """Yield the turns among the lines (newest first), the conditions of one gateway at one moment together."""
    for (name, at, action), group in groupby(lines, key=lambda line: (line.name or line.subject, line.at, line.action)):
        entries = sorted(group, key=lambda line: line.seq)
        if action == CONDITION:
            asked = tuple((str(one.facts.get("condition")), one.facts.get("value")) for one in entries)
            saw = {key: value for one in entries for key, value in (one.facts.get("saw") or {}).items()}
            yield Reason(name=name, at=at, seq=entries[0].seq, asked=asked, saw=saw)
        elif action == DECISION:
            for one in entries:
                yield Reason(
                    name=name, at=at, seq=one.seq, saw=one.facts.get("inputs") or {},
                    table=str(one.facts.get("table") or ""), rows=tuple(one.facts.get("rows") or ()),
                    outputs=one.facts.get("outputs"),
                )  # fmt: skip


def _line(head: Head, row: Any) -> TrailLine:
    facts = row["facts"] or {}
    values = {**row, "facts": facts, "seal": row["seal"].hex()}
    return TrailLine(name=_name(head, str(facts.get("element") or row["subject"])), **values)


def _name(head: Head, element_id: str) -> str:
    element = head.edition.blueprint.elements.get(element_id)
    return element.name or element_id if element else ""


def accounts(by: By, of: Overview) -> list[Account]:
    """Return the statement of every legal clock of a case, the oldest first. Source: Lei 9.784/1999 art. 66."""
    query = select(Clock.__table__).where(Clock.case_id == of.head.id).order_by(Clock.id)
    clocks = [dict(row) for row in by.connection.execute(query).mappings()]
    stretches = (
        select(ClockEntry.clock_id, ClockEntry.state, ClockEntry.began_at, ClockEntry.ended_at)
        .join(Clock, Clock.id == ClockEntry.clock_id)
        .where(Clock.case_id == of.head.id)
        .order_by(ClockEntry.id)
    )
    entries = by.connection.execute(stretches).all()
    return [_account(by, row, [one for one in entries if one.clock_id == row["id"]]) for row in clocks]


def _account(by: By, row: Mapping[str, Any], entries: Sequence[Any]) -> Account:
    intervals = [Interval(one.began_at, one.ended_at, one.state) for one in entries]
    kept = ("name", "cycle", "amount", "unit", "norm", "effect", "status", "started_at", "due_at")
    lines = extrato(Term(row["amount"], row["unit"]), intervals, calendar(by), row["ended_at"] or by.at)
    return Account(**{name: row[name] for name in kept}, lines=lines)
