"""Suspending and resuming a case: nothing of it moves meanwhile, and what came or fell due happens afterwards.

An internal suspension is no ground for stopping a legal clock: the clocks run on unless a ground in law is named.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select, update

from engine.access import MANAGER, OPERATOR, By, require_duty, require_scope, require_sight
from engine.acts.advance import Held, advance, hold_case, ledger
from engine.acts.buffer import buffered
from engine.acts.operator import SCOPE, Why, require_reason
from engine.audit import Entry
from engine.errors import BadInput, CaseClosed, CaseMoved, HandRefused
from engine.store.cases import CASE_OPEN, MESSAGE, Case, MessageWait
from engine.store.hand import HandAct

LONGEST_GROUND = 200


def suspend(by: By, case_id: int, why: Why, ground: str = "") -> None:
    """Suspend a case. `ground`: the norm by which its legal clocks stop as well; without one they run on.

    Raises: NotFound, Denied, BadInput without a reason, CaseMoved, CaseClosed, HandRefused when it is suspended.
    """
    held = _held(by, case_id, why)
    if held.case["suspended_at"] is not None:
        raise HandRefused(reason="already-suspended")
    if len(ground) > LONGEST_GROUND:
        raise BadInput(errors={"ground": ["length"]})
    act = Entry("hand.suspend", _subject(held), {"reason": why.reason, "ground": ground or None})
    advance(by, held, act, lambda run: ledger.halt(by, case_id, run.notes, ground) if ground else None)
    by.connection.execute(update(Case).where(Case.id == case_id).values(suspended_at=by.at))
    _keep(by, held, "suspend", why, {"ground": ground or None})


def resume(by: By, case_id: int, why: Why) -> None:
    """Resume a suspended case: what fell due meanwhile is settled by the clock, messages that came are delivered.

    Raises: NotFound, Denied, BadInput without a reason, CaseMoved, HandRefused when it is not suspended.
    """
    held = _held(by, case_id, why)
    if held.case["suspended_at"] is None:
        raise HandRefused(reason="not-suspended")
    by.connection.execute(update(Case).where(Case.id == case_id).values(suspended_at=None))
    since = held.case["suspended_at"]
    held = replace(held, case={**held.case, "suspended_at": None})
    act = Entry("hand.resume", _subject(held), {"reason": why.reason, "since": since.isoformat()})
    advance(by, held, act, lambda run: ledger.let_run(by, case_id, run.notes, None))
    waits = select(MessageWait.name, MessageWait.key).where(MessageWait.case_id == case_id, MessageWait.kind == MESSAGE)
    buffered(by, [(name, key) for name, key in by.connection.execute(waits)])
    _keep(by, held, "resume", why, {})


def _held(by: By, case_id: int, why: Why) -> Held:
    require_scope(by, SCOPE)
    require_duty(by, OPERATOR, MANAGER)
    require_sight(by, case_id)
    held = hold_case(by, case_id)
    require_reason(why)
    if held.case["status"] != CASE_OPEN:
        raise CaseClosed(case=held.case["number"])
    if why.seen is not None and why.seen != held.case["lock_version"]:
        raise CaseMoved(case=held.case["number"])
    return held


def _subject(held: Held) -> str:
    return f"case:{held.case['number']}"


def _keep(by: By, held: Held, kind: str, why: Why, facts: dict[str, Any]) -> None:
    row = {
        "case_id": held.case["id"], "kind": kind, "reason": why.reason, "facts": facts, "at": by.at,
        "by_name": by.name, "lock_version": held.case["lock_version"] + 1, "former": None,
    }  # fmt: skip
    by.connection.execute(insert(HandAct).values(**row))
