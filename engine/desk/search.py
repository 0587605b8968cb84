"""Cases found by number, by the requester's name or CPF/CNPJ, or by what they are about; only those one may see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, select

from engine.access import By, case_criterion
from engine.desk.deadline import Deadline, deadline
from engine.store.cases import CASE_OPEN, Case, Task
from engine.store.procedures import Procedure

PAGE = 30
LONGEST_QUERY = 120
_DIGITS = re.compile(r"[^0-9A-Za-z]")
_NUMBER = re.compile(r"\d{4}\.?\d{1,6}(-?\d)?")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A case in the list. `stage` is what is open in it now."""

    id: int
    number: str
    subject: str
    procedure: str
    requester: str
    status: str
    outcome: str | None
    started_at: datetime
    stage: str
    deadline: Deadline | None


@dataclass(frozen=True, kw_only=True)
class Search:
    """A page of what was found, the newest first; `before` leads to the next."""

    lines: tuple[Found, ...]
    before: int | None


def search(by: By, sought: str = "", *, status: str = "", before: int | None = None) -> Search:
    """Return a page of the cases that `by` may see and that `sought` names. Everything when nothing is sought."""
    now_open = select(func.min(Task.name)).where(Task.case_id == Case.id, Task.status == CASE_OPEN).scalar_subquery()
    query: Any = (
        select(
            Case.id, Case.number, Case.subject, Case.requester_name, Case.status, Case.outcome, Case.started_at,
            Case.due_at, Procedure.name.label("procedure"), now_open.label("stage"),
        )
        .join(Procedure, Procedure.id == Case.procedure_id)
        .where(case_criterion(by), *_wanted(sought, status))
    )  # fmt: skip
    if before is not None:
        query = query.where(Case.id < before)
    rows = by.connection.execute(query.order_by(Case.id.desc()).limit(PAGE + 1)).all()
    return Search(
        lines=tuple(_found(by, row) for row in rows[:PAGE]), before=rows[PAGE - 1].id if len(rows) > PAGE else None
    )


def _wanted(sought: str, status: str) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [Case.status == status] if status else []
    text = " ".join("".join(sign for sign in sought if sign.isprintable()).split())[:LONGEST_QUERY]
    plain = _DIGITS.sub("", text).upper()
    if not text:
        return [*wanted, false()] if sought else wanted
    if _NUMBER.fullmatch(text) and len(plain) <= 11 and "." in text:
        return [*wanted, Case.number.like(f"{text}%")]
    if plain.isdigit() and len(plain) in (11, 14):
        return [*wanted, (Case.requester_document == plain) | _has(Case.subject, text)]
    return [*wanted, _has(Case.requester_name, text) | _has(Case.subject, text) | (Case.requester_document == plain)]


def _has(column: Any, text: str) -> ColumnElement[bool]:
    """Return the claim that a column holds the text, whatever the case of its letters."""
    pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    held: ColumnElement[bool] = column.ilike(f"%{pattern}%", escape="\\")
    return held


def _found(by: By, row: Any) -> Found:
    is_open = row.status == CASE_OPEN
    return Found(
        id=row.id, number=row.number, subject=row.subject, procedure=row.procedure, requester=row.requester_name,
        status=row.status, outcome=row.outcome, started_at=row.started_at, stage=row.stage or "",
        deadline=deadline(by, row.due_at, row.started_at) if is_open else None,
    )  # fmt: skip
