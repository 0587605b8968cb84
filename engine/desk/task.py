"""The page of one task: its form and draft, and the case in short beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select

from engine.access import EXTERNAL, By, case_criterion, may_work
from engine.bpmn.drawing import Drawing
from engine.city import local_names
from engine.desk.beside import beside
from engine.desk.deadline import Deadline, deadline
from engine.desk.file import Event, Head, Paper, TaskRow, done_by, head_by_id, papers, present, story, tasks
from engine.desk.hand import returned
from engine.desk.portal import fields
from engine.desk.roles import role_names
from engine.desk.then import edition_then
from engine.desk.way import Follows, Stage, follows, strip
from engine.desk.words import Section, sections
from engine.errors import NotFound
from engine.forms.components import Form
from engine.forms.view import Shown
from engine.store.cases import TASK_DONE, TASK_OPEN, Case, Draft, Task
from engine.store.people import Servant

_ROW = (
    Task.id, Task.case_id, Task.element, Task.name, Task.attempt, Task.role, Task.form, Task.status, Task.opened_at,
    Task.due_at, Task.assignee_id, Task.closed_at, Task.closed_by, Task.answers, Task.act_id, Case.version_id,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What is needed to read what was typed into a task: its form and the draft that the page was made from."""

    task_id: UUID
    case_id: int
    name: str
    form: Form | None
    draft: Mapping[str, Any] | None
    signs: str | None


@dataclass(frozen=True, kw_only=True)
class TaskPage:
    """A task as its page shows it. `can` says what the reader may do: fill, take, give back.

    `beside` gives the documents that a question of the form is about, by the question's path.
    """

    id: UUID
    name: str
    attempt: int
    role: str
    sector: str
    status: str
    deadline: Deadline | None
    norm: str | None
    head: Head
    form: Form | None
    shown: list[Shown]
    beside: Mapping[str, tuple[Paper, ...]]
    draft_at: datetime | None
    taken_by: str | None
    mine: bool
    may_work: bool
    closed_by: str | None
    closed_at: datetime | None
    stages: tuple[Stage, ...]
    story: list[Event]
    papers: list[Paper]
    data: list[Section]
    follows: tuple[tuple[Follows, str], ...]
    awaited: tuple[str, ...]
    lost: list[Shown]
    signs: str | None
    prepared: Paper | None
    returned: Mapping[str, Any] | None

    @property
    def may_return(self) -> bool:
        """Whether tasks of this kind are returned at all; to where, `engine.acts.returns` says."""
        return self.role != EXTERNAL and self.head.suspended_at is None

    @property
    def open(self) -> bool:
        return self.status == TASK_OPEN

    @property
    def can_fill(self) -> bool:
        return self.open and self.may_work and (self.mine or self.taken_by is None)


def sheet(by: By, task_id: UUID) -> Sheet:
    """Return what is needed to read what was typed into a task. Raises: NotFound."""
    row = _row(by, task_id)
    if not may_work(by, row.role, row.case_id):
        raise NotFound(task=str(task_id))
    version = edition_then(by, row.case_id, row.version_id, row.closed_at)
    return Sheet(
        task_id=task_id, case_id=row.case_id, name=row.name, form=version.forms.get(row.form or ""), draft=row.draft,
        signs=version.blueprint.elements[row.element].note.signs,
    )  # fmt: skip


def shown(by: By, task_id: UUID, raw: Mapping[str, Any]) -> list[Shown]:
    """Return a task's fields as `raw` makes them. Raises: NotFound."""
    row = _row(by, task_id, Case.data, Case.number, Case.started_at, Case.state)
    if not may_work(by, row.role, row.case_id):
        raise NotFound(task=str(task_id))
    version = edition_then(by, row.case_id, row.version_id, row.closed_at)
    form = version.forms.get(row.form or "")
    protocol = {"numero": row.number, "protocolado_em": row.started_at.isoformat()}
    context = {**row.data, **local_names(row.state, task_id), "processo": protocol}
    return fields(by, form, raw, context, version) if form else []


def refreshed(by: By, task_id: UUID, raw: Mapping[str, Any]) -> tuple[list[Shown], Mapping[str, tuple[Paper, ...]]]:
    """Return a task's fields as `raw` makes them and the documents beside them. Raises: NotFound."""
    found = shown(by, task_id, raw)
    head = head_by_id(by, _row(by, task_id).case_id)
    return found, beside(found, head.data, papers(by, head))


def page(by: By, task_id: UUID, raw: Mapping[str, Any] | None = None) -> TaskPage:
    """Return the page of a task; `raw` is what was just typed, instead of the draft.

    Raises: NotFound, also for whoever may neither work on it nor see its case.
    """
    row = _row(by, task_id, Case.state)
    head = head_by_id(by, row.case_id)
    context = {**head.context, **local_names(row.state, task_id)}
    rows = tasks(by, head.id)
    filed = papers(by, head)
    version = edition_then(by, row.case_id, row.version_id, row.closed_at)
    element = version.blueprint.elements[row.element]
    drawing = head.edition.blueprint.drawing
    form = version.forms.get(row.form or "")
    typed = raw if raw is not None else row.draft if row.status == TASK_OPEN else row.answers
    following, awaited = _follows(by, drawing, row, rows)
    is_shown = row.status == TASK_OPEN or typed is not None
    done = [one.element for one in rows if one.status == TASK_DONE]
    asked = fields(by, form, typed or {}, context, version) if form and is_shown else []
    return TaskPage(
        id=row.id, name=row.name, attempt=row.attempt, role=row.role,
        sector=role_names(by).get(row.role, row.role), status=row.status,
        deadline=deadline(by, row.due_at, row.opened_at, row.role) if row.status == TASK_OPEN else None,
        norm=element.note.norm, head=head, form=form,
        shown=asked, beside=beside(asked, head.data, filed),
        draft_at=row.draft_at if row.status == TASK_OPEN else None, taken_by=row.taken_by,
        mine=row.assignee_id is not None and row.assignee_id == by.servant_id,
        may_work=may_work(by, row.role, row.case_id), closed_by=done_by(head, row.role, row.closed_by),
        closed_at=row.closed_at, stages=strip(drawing, present(by, head, rows)), story=story(by, head, rows),
        papers=filed,
        data=sections(head.edition, head.data, done, by.house.settings.zone),
        follows=following, awaited=awaited, lost=_lost(by, row, form, head), signs=element.note.signs,
        prepared=next((one for one in filed if one.task_id == task_id and one.status == "minuta"), None),
        returned=returned(by, row.act_id),
    )  # fmt: skip


def _follows(
    by: By, drawing: Drawing, row: Row[Any], rows: Sequence[TaskRow]
) -> tuple[tuple[tuple[Follows, str], ...], tuple[str, ...]]:
    """Return what an open task may lead to, each with the name of its sector, and the parallel tasks awaited first."""
    if row.status != TASK_OPEN:
        return (), ()
    names = role_names(by)
    found, joins = follows(drawing, row.element)
    scope = drawing.elements[row.element].scope
    others = [
        one.name
        for one in rows
        if one.status == TASK_OPEN and one.id != row.id and drawing.elements[one.element].scope == scope
    ]
    return tuple((one, names.get(one.role or "", "")) for one in found), tuple(others) if joins else ()


def _lost(by: By, row: Row[Any], form: Form | None, head: Head) -> list[Shown]:
    """Return what the reader had typed into a task that somebody else completed first."""
    if row.status == TASK_OPEN or form is None or not row.draft or row.closed_by == by.name:
        return []
    return fields(by, form, row.draft, head.context, head.edition)


def _row(by: By, task_id: UUID, *more: Any) -> Row[Any]:
    query = (
        select(
            *_ROW, *more, Draft.answers.label("draft"), Draft.saved_at.label("draft_at"),
            Servant.name.label("taken_by"),
        )
        .join(Case, Case.id == Task.case_id)
        .outerjoin(Draft, and_(Draft.owner == by.actor, Draft.subject == f"task:{task_id}"))
        .outerjoin(Servant, Servant.id == Task.assignee_id)
        .where(Task.id == task_id, case_criterion(by))
    )  # fmt: skip
    row = by.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(task=str(task_id))
    return row
