"""A case carried to another version: what speaks for and against it, what its deadlines would be there, the step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.access import By
from engine.acts.advance import Held, Moved, around_at, back, former, ledger, take_over
from engine.audit import Entry
from engine.bpmn.drawing import Element
from engine.city import Edition, calendar, edition
from engine.errors import CaseStuck, Refused, StateNotReadable
from engine.runtime import moving
from engine.runtime.moving import Choices, Plan, Reason
from engine.runtime.run import Run
from engine.worktime import Interval, Term, due_of_ledger

__all__ = ["Choices", "Plan", "Reason", "carry", "clock_rule", "event_of", "take_back", "task_rule", "weigh"]


def weigh(by: By, case: Mapping[str, Any], to: Edition, choices: Choices) -> Plan:
    """Return what moving a case would do; changes nothing. Raises: CaseStuck when its state cannot be read."""
    try:
        return moving.plan(edition(by, case["version_id"]).blueprint, to.blueprint, case["state"], choices)
    except StateNotReadable as unreadable:
        raise CaseStuck(case=case["id"], reason=unreadable.code, facts=unreadable.facts) from unreadable


def carry(by: By, held: Held, to: Edition, plan: Plan, act: Entry, *, recount: bool) -> tuple[Moved, dict[str, Any]]:
    """Move a held case as planned; return what was done, and the rows and state that take it back.

    Raises: CaseStuck, CaseMoved.
    """
    case = held.case
    before = former.rows(by, case["id"])
    waiting: set[tuple[str, str]] = set()

    def meanwhile(run: Run) -> None:
        waiting.update((task_id.hex, element) for task_id, element in run.awaited().timers)
        former.rename(by, case["id"], before, plan.identity.keys, to)
        former.keep_papers(by, before, held.edition.id)
        if recount:
            _recount(by, case, to, before, run.notes)

    moved = take_over(by, held, to, act, lambda around: moving.apply(plan, case["data"], around), meanwhile)
    former.keep_waiting(by, before, plan.identity.keys, waiting)
    went_on = bool(moved.effects.trace or moved.effects.finished)
    kept = {"state": case["state"], "version": case["version_id"], "at": by.at.isoformat(), "went_on": went_on}
    return moved, {**before, **kept}


def take_back(by: By, held: Held, before: Mapping[str, Any]) -> None:
    """Give a held case that has not gone on since its move its former version, state and rows."""
    former.restore(by, held.case["id"], before)
    back(by, held, before["version"], before["state"])


# -- deadlines by the rules of the other version ----------------------------------------------------------------------


def event_of(to: Edition, key: str | None) -> Element | None:
    """Return the element of a key, or the one among the definitions of an event; None for none."""
    return to.blueprint.triggers.get(key or "") or to.blueprint.elements.get(key or "")


def task_rule(by: By, case: Mapping[str, Any], to: Edition, element: Element, opened_at: datetime) -> datetime | None:
    """Return when an open task would be due as `to` has it, counted from when it opened; None without a deadline."""
    return _counted(by, case, to, element, element.note.due, opened_at)[0]


def clock_rule(
    by: By, case: Mapping[str, Any], to: Edition, element: Element, ran: list[Interval]
) -> tuple[datetime | None, Term | None]:
    """Return when a legal clock would run out as `to` has it, over the intervals that it has run, and its term."""
    due, term = _counted(by, case, to, element, element.expression, ran[0].began_at)
    return (due_of_ledger(term, ran, calendar(by)), term) if term is not None else (due, None)


def _counted(
    by: By, case: Mapping[str, Any], to: Edition, element: Element, source: str | None, since: datetime
) -> tuple[datetime | None, Term | None]:
    if not source:
        return None, None
    around = around_at(by, to, case, since)
    try:
        return moving.foreseen_due(to.blueprint, source, element.id, case["data"], around)
    except Refused:  # what cannot be counted is shown as no deadline; the move itself does not need it
        return None, None


def _recount(by: By, case: Mapping[str, Any], to: Edition, before: Mapping[str, Any], notes: Mapping[str, Any]) -> None:
    """Count open tasks and running clocks anew, from when they began, by the rules of the new version."""
    elements = to.blueprint.elements
    for task in former.open_tasks(by, case["id"]):
        element = elements[task.element]
        if element.note.due:
            warned_at = _counted(by, case, to, element, element.note.warn, task.opened_at)[0]
            former.set_due(by, task.id, task_rule(by, case, to, element, task.opened_at), warned_at)
    for clock in notes.get("clocks", {}).values():
        timer, ran = event_of(to, clock["element"]), former.intervals(before, clock["id"])
        if clock["state"] != ledger.ENDED and timer is not None and ran:
            due, term = clock_rule(by, case, to, timer, ran)
            if term is not None:
                clock |= {"amount": term.amount, "unit": term.unit, "due": due.isoformat() if due else None}
                former.set_clock(by, case["id"], clock, timer.note)
