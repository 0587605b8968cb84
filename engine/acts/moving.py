"""Moving open cases to another version: what would become of each, the order, one case at a time, and the way back.

Publishing never moves a case: this is an act of its own, with a reason. By default the deadlines of an open case stay
as they are, for they run by the rule of the day of the request; what new rules would give is shown beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, func, insert, select, update

from engine.access import ANALYST, MANAGER, By, require_duty
from engine.acts.advance import Held, hold_case
from engine.acts.advance.carrying import (
    Choices,
    Plan,
    Reason,
    carry,
    clock_rule,
    event_of,
    take_back,
    task_rule,
    weigh,
)
from engine.audit import Entry, record, record_on_case
from engine.city import Edition, edition
from engine.errors import BadInput, CaseStuck, MoveNotUndone, NotFound
from engine.store.base import table
from engine.store.cases import CASE_OPEN, TASK_OPEN, Case, Task
from engine.store.deadlines import Clock, ClockEntry
from engine.store.moves import MOVED, STAYED, UNDONE, WAITING, CaseMove, Moving
from engine.store.procedures import Procedure, Version
from engine.worktime import Interval, State

PAGE = 100
__all__ = ["Choices", "Deadline", "Progress", "Reason", "Verdict"]
_ENDED = "encerrado"
_SEEN = (Case.id, Case.number, Case.version_id, Case.started_at, Case.state, Case.data)


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A deadline of an open case: of a task, or a legal clock. `by_new_rule` is what it would be, counted anew."""

    kind: str
    name: str
    now: datetime | None
    by_new_rule: datetime | None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What moving one case would do. `verdict` is goes, needs-choice or stays; `mapping` the ids that change."""

    case_id: int
    number: str
    version: int
    verdict: str
    reasons: tuple[Reason, ...]
    mapping: Mapping[str, str | None]
    stops: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an order is."""

    waiting: int
    moved: int
    stayed: int
    undone: int


# -- what would become of them ----------------------------------------------------------------------------------------


def version_of(by: By, procedure_key: str, number: int) -> int:
    """Return the id of a numbered version of a procedure. Raises: Denied, NotFound."""
    require_duty(by, MANAGER, ANALYST)
    query = select(Version.id).join(Procedure, Procedure.id == Version.procedure_id)
    found = by.connection.execute(query.where(Procedure.key == procedure_key, Version.number == number)).scalar()
    if found is None:
        raise NotFound(procedure=procedure_key, version=number)
    return found


def verdicts(by: By, to_version: int, choices: Choices, *, after: int = 0, limit: int = PAGE) -> list[Verdict]:
    """Return a page of the open cases of the procedure that are of another version, each with its verdict.

    `after`: the last case id of the page before. Four queries, whatever the number of cases. Raises: Denied, NotFound.
    """
    require_duty(by, MANAGER, ANALYST)
    to = edition(by, to_version)
    cases = [dict(row) for row in by.connection.execute(_open(to, after).limit(limit)).mappings()]
    ids = [case["id"] for case in cases]
    tasks = _by_case(by, select(table(Task)).where(Task.case_id.in_(ids), Task.status == TASK_OPEN).order_by(Task.id))
    clocks = _by_case(by, select(table(Clock)).where(Clock.case_id.in_(ids), Clock.status != _ENDED).order_by(Clock.id))
    ledger = _ledger(by, [clock["id"] for rows in clocks.values() for clock in rows])
    found = []
    for case in cases:
        plan, reasons = _weighed(by, case, to, choices)
        due = _deadlines(by, case, to, plan, (tasks.get(case["id"], []), clocks.get(case["id"], []), ledger))
        found.append(_verdict(by, case, plan, reasons, due))
    return found


def all_verdicts(by: By, to_version: int, choices: Choices) -> Iterator[Verdict]:
    """Yield the verdicts of every page."""
    after = 0
    while page := verdicts(by, to_version, choices, after=after):
        yield from page
        after = page[-1].case_id


def _open(to: Edition, after: int) -> Select[Any]:
    theirs = (Case.procedure_id == to.procedure_id, Case.status == CASE_OPEN, Case.version_id != to.id)
    return select(*_SEEN).where(*theirs, Case.id > after).order_by(Case.id)


def _by_case(by: By, query: Any) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in by.connection.execute(query).mappings():
        found.setdefault(row["case_id"], []).append(dict(row))
    return found


def _ledger(by: By, clock_ids: Sequence[int]) -> dict[int, list[Interval]]:
    query = select(ClockEntry.clock_id, ClockEntry.began_at, ClockEntry.ended_at, ClockEntry.state)
    found: dict[int, list[Interval]] = {}
    for clock_id, began, ended, state in by.connection.execute(
        query.where(ClockEntry.clock_id.in_(clock_ids)).order_by(ClockEntry.id)
    ):
        found.setdefault(clock_id, []).append(Interval(began, ended, cast(State, state)))
    return found


def _weighed(by: By, case: Mapping[str, Any], to: Edition, choices: Choices) -> tuple[Plan | None, tuple[Reason, ...]]:
    try:
        plan = weigh(by, case, to, choices)
    except CaseStuck as stuck:
        return None, (Reason(code=str(stuck.facts["reason"]), element=""),)
    return plan, plan.reasons


def _verdict(
    by: By, case: Mapping[str, Any], plan: Plan | None, reasons: tuple[Reason, ...], due: tuple[Deadline, ...]
) -> Verdict:
    known = {"mapping": plan.mapping, "stops": plan.stops, "begins": plan.begins} if plan else {"mapping": {}}
    return Verdict(
        case_id=case["id"], number=case["number"], version=edition(by, case["version_id"]).number,
        verdict=plan.verdict if plan else "stays", reasons=reasons, deadlines=due, **cast(Any, known),
    )  # fmt: skip


def _deadlines(
    by: By, case: Mapping[str, Any], to: Edition, plan: Plan | None, rows: tuple[Any, Any, Mapping[int, list[Interval]]]
) -> tuple[Deadline, ...]:
    tasks, clocks, ledger = rows
    found = []
    heirs = plan.identity.keys if plan else {}
    for task in tasks:
        heir = event_of(to, heirs.get(task["element"]))
        new = task_rule(by, case, to, heir, task["opened_at"]) if heir else None
        found.append(Deadline(kind="task", name=task["name"], now=task["due_at"], by_new_rule=new))
    for clock in clocks:
        heir = event_of(to, heirs.get(clock["element"]))
        new = clock_rule(by, case, to, heir, ledger[clock["id"]])[0] if heir else None
        found.append(Deadline(kind="clock", name=clock["name"], now=clock["due_at"], by_new_rule=new))
    return tuple(found)


# -- the order --------------------------------------------------------------------------------------------------------


def order(by: By, to_version: int, case_ids: Collection[int] | None, choices: Choices, reason: str) -> int:
    """Order that open cases be moved, all of the procedure or those named; return the order's id.

    Nothing is moved yet: `move_next` takes the cases one by one. Raises: Denied, NotFound, BadInput (reason: required).
    """
    require_duty(by, MANAGER, ANALYST)
    if not reason.strip():
        raise BadInput(errors={"reason": ["required"]})
    to = edition(by, to_version)
    kept = {"elements": dict(choices.elements), "recount": choices.recount}
    row = {"procedure_id": to.procedure_id, "version_id": to.id, "choices": kept, "reason": reason.strip()[:1000]}
    query = insert(Moving).values(ordered_at=by.at, ordered_by=by.name, **row).returning(Moving.id)
    moving_id: int = by.connection.execute(query).scalar_one()
    chosen = _open(to, 0).with_only_columns(Case.id, Case.version_id)
    found = [one for one in by.connection.execute(chosen).all() if case_ids is None or one.id in case_ids]
    rows = [
        {"moving_id": moving_id, "case_id": case_id, "from_version_id": version_id, "status": WAITING}
        for case_id, version_id in found
    ]
    if rows:
        by.connection.execute(insert(table(CaseMove)), rows)
    facts = {"moving": moving_id, "version": to.number, "cases": len(rows), "reason": row["reason"], **kept}
    record(by, "procedure.move", f"procedure:{to.procedure_key}", facts)
    return moving_id


def progress(by: By, moving_id: int) -> Progress:
    """Return how many cases of an order wait, were moved, stayed and were taken back. Raises: Denied."""
    require_duty(by, MANAGER, ANALYST)
    query = select(CaseMove.status, func.count()).where(CaseMove.moving_id == moving_id).group_by(CaseMove.status)
    counts: dict[str, int] = dict(by.connection.execute(query).all())
    return Progress(**{status: counts.get(status, 0) for status in (WAITING, MOVED, STAYED, UNDONE)})


# -- one case ---------------------------------------------------------------------------------------------------------


def move_next(by: By) -> int | None:
    """Move the case that has waited longest in any order, or note why it stays; return its move, None without one.

    The record names who ordered it. Raises: CaseStuck, whose case `set_aside` then notes in a transaction of its own.
    """
    query = (
        select(CaseMove.id, CaseMove.case_id, Moving.version_id, Moving.choices, Moving.reason, Moving.ordered_by)
        .join(Moving, Moving.id == CaseMove.moving_id)
        .join(Case, Case.id == CaseMove.case_id)
        .where(CaseMove.status == WAITING)
        .order_by(CaseMove.id)
        .limit(1)
        .with_for_update(of=Case, skip_locked=True)
    )
    found = by.connection.execute(query).one_or_none()
    if found is None:
        return None
    mine = update(CaseMove).where(CaseMove.id == found.id, CaseMove.status == WAITING)
    if by.connection.execute(mine.values(status=STAYED, settled_at=by.at)).rowcount == 1:
        held = hold_case(by, found.case_id)
        settled = update(CaseMove).where(CaseMove.id == found.id)
        by.connection.execute(settled.values(**_settled(by, held, found)))
    move_id: int = found.id
    return move_id


def _settled(by: By, held: Held, found: Any) -> dict[str, Any]:
    """Move a held case if it can go; return what its row of the order is to say."""
    to = edition(by, found.version_id)
    code = _out_of_reach(held, to)
    if code is not None:
        return {"status": STAYED, "reasons": [{"code": code, "element": ""}]}
    plan = weigh(by, held.case, to, Choices(elements=found.choices["elements"]))
    if plan.verdict != "goes":
        return {"status": STAYED, "reasons": [_told(reason) for reason in plan.reasons]}
    facts = {
        "move": found.id, "from": held.edition.number, "to": to.number, "reason": found.reason,
        "ordered_by": found.ordered_by, "mapping": dict(plan.mapping), "stops": list(plan.stops),
        "begins": list(plan.begins), "recount": found.choices["recount"],
    }  # fmt: skip
    act = Entry("case.move", f"case:{held.case['number']}", facts)
    _, before = carry(by, held, to, plan, act, recount=found.choices["recount"])
    return {"status": MOVED, "before": before, "lock_version": held.case["lock_version"] + 1}


def _out_of_reach(held: Held, to: Edition) -> str | None:
    if held.case["status"] != CASE_OPEN:
        return "case-closed"
    if held.case["suspended_at"] is not None:
        return "case-suspended"
    return "there-already" if held.edition.id == to.id else None


def _told(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "element": reason.element, "candidates": list(reason.candidates)}


def set_aside(by: By, case_id: int, code: str) -> None:
    """Note that a case stays because the engine could not take the step; it is no worse than before."""
    mine = update(CaseMove).where(CaseMove.case_id == case_id, CaseMove.status == WAITING)
    reasons = [{"code": code, "element": ""}]
    by.connection.execute(mine.values(status=STAYED, settled_at=by.at, reasons=reasons))


# -- back -------------------------------------------------------------------------------------------------------------


def undo(by: By, move_id: int, reason: str) -> None:
    """Take a moved case back to where it was, as long as it has not gone on since.

    Raises: Denied, NotFound, BadInput (reason: required), MoveNotUndone.
    """
    require_duty(by, MANAGER, ANALYST)
    if not reason.strip():
        raise BadInput(errors={"reason": ["required"]})
    case_id = by.connection.execute(select(CaseMove.case_id).where(CaseMove.id == move_id)).scalar()
    if case_id is None:
        raise NotFound(move=move_id)
    held = hold_case(by, case_id)
    move = by.connection.execute(select(table(CaseMove)).where(CaseMove.id == move_id)).mappings().one()
    before = move["before"] or {}
    gone_on = move["lock_version"] != held.case["lock_version"] or held.case["suspended_at"] is not None
    if move["status"] != MOVED or before["went_on"] or gone_on:
        raise MoveNotUndone(move=move_id, number=held.case["number"])
    take_back(by, held, before)
    done = {"status": UNDONE, "undone_at": by.at, "undone_by": by.name, "before": None}
    by.connection.execute(update(CaseMove).where(CaseMove.id == move_id).values(**done))
    # The case stands again as its last move but one left it: that one may be undone next.
    earlier = update(CaseMove).where(CaseMove.case_id == case_id, CaseMove.status == MOVED)
    same = earlier.where(CaseMove.lock_version == held.case["lock_version"] - 1)
    by.connection.execute(same.values(lock_version=held.case["lock_version"] + 1))
    facts = {"move": move_id, "from": held.edition.number, "to": edition(by, before["version"]).number}
    record_on_case(by, case_id, Entry("case.move-undo", f"case:{held.case['number']}", {**facts, "reason": reason}))


def undoable(by: By, moving_id: int) -> list[int]:
    """Return the moves of an order that were made and not yet undone, the last first. Raises: Denied."""
    require_duty(by, MANAGER, ANALYST)
    query = select(CaseMove.id).where(CaseMove.moving_id == moving_id, CaseMove.status == MOVED)
    return list(by.connection.execute(query.order_by(CaseMove.id.desc())).scalars())
