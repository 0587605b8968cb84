"""The operator's acts on a case: each has a reason that is kept, shows its effect first, and is undone where it may be.

What has left the house is never called back: an act whose notice was sent or whose paper was issued stays done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from engine.access import MANAGER, OPERATOR, By, require_duty, require_scope, require_sight
from engine.acts.advance import Held, Moved, advance, earlier, foresee, hold_case, put_back, see_case
from engine.acts.advance.byhand import Filled, Wish, step_of
from engine.audit import Entry
from engine.city import Edition, calendar, form_context, parameter
from engine.errors import BadInput, CaseClosed, CaseMoved, CaseSuspended, HandRefused, NotFound
from engine.forms.answers import check_answer
from engine.store.cases import CASE_OPEN, Case, Step, Task
from engine.store.hand import HandAct
from engine.words import words

SCOPE = "cases:operate"
LONGEST_REASON = 1000
_EVEN_SUSPENDED = frozenset({"correct", "end"})
_ACTIONS = {
    "correct": "hand.correct", "skip": "hand.skip", "add": "hand.add", "remove": "hand.remove", "move": "hand.move",
    "restart": "hand.restart", "end": "hand.end", "reopen": "hand.reopen",
}  # fmt: skip
_NEED = {"token": {"skip", "remove", "move"}, "element": {"add", "move", "restart", "reopen"}}
_ENGINE = "motor"


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why an act is done. `seen` is the case's version that the person looked at; a return has a `motive` as well."""

    reason: str
    seen: int | None = None
    motive: str | None = None


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A task that an act would open."""

    element: str
    name: str
    role: str
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What an act would do, in the words of the drawing. `not_again`: joins that will not wait again, and for what."""

    version: int
    opens: tuple[Opening, ...]
    closes: tuple[str, ...]
    begins: tuple[str, ...]
    stops: tuple[str, ...]
    clocks_begin: tuple[str, ...]
    clocks_stop: tuple[str, ...]
    fails: tuple[str, ...]
    not_again: tuple[tuple[str, tuple[str, ...]], ...]
    ends: bool
    outcome: str | None


# -- what would be ----------------------------------------------------------------------------------------------------


def foresee_act(by: By, case_id: int, wish: Wish) -> Foreseen:
    """Return what an act would do; changes nothing. Raises: NotFound, Denied, and whatever the act would refuse."""
    _require_operator(by, case_id)
    held = see_case(by, case_id)
    _require_possible(held, wish)
    return seen_ahead(by, held, _checked(by, held, wish))


def seen_ahead(by: By, held: Held, wish: Wish) -> Foreseen:
    """Return what a step by hand would do to a case, tried on a copy."""
    told: Filled = []
    effects = foresee(by, held, step_of(wish, held.edition, done_of(by, held.case["id"]), told))
    names, event = _Names(held.edition), held.edition.blueprint.event
    begun = [(one.element, event(one.element).note.clock) for one in effects.timers]
    gone = [(key, event(key).note.clock) for _, key in effects.timers_gone]
    return Foreseen(
        version=held.case["lock_version"],
        opens=tuple(
            Opening(element=one.element.id, name=names[one.element.id], role=one.role, due_at=one.due_at)
            for one in effects.opened
        ),
        closes=tuple(names[element] for _, element in effects.closed),
        begins=tuple(names[one] for one in [*(e for e, c in begun if not c), *(w.element for w in effects.waits)]),
        stops=tuple(names[one] for one in [*(e for e, c in gone if not c), *(e for _, e in effects.waits_gone)]),
        clocks_begin=tuple(clock for _, clock in begun if clock),
        clocks_stop=tuple(clock for _, clock in gone if clock),
        fails=tuple(names[one.element] for one in effects.failures),
        not_again=tuple((names[join], tuple(names[one] for one in inputs)) for join, inputs in told),
        ends=effects.finished,
        outcome=effects.outcome if effects.finished else None,
    )


class _Names:
    """The names of elements as drawn, their ids where they have none."""

    def __init__(self, version: Edition) -> None:
        self._blueprint = version.blueprint

    def __getitem__(self, key: str) -> str:
        element = self._blueprint.elements.get(self._blueprint.drawn_as(key))
        return element.name or element.id if element is not None else key


# -- doing it ---------------------------------------------------------------------------------------------------------


def act_by_hand(by: By, case_id: int, wish: Wish, why: Why) -> Moved:
    """Do an act by hand.

    Raises: NotFound, Denied, BadInput without a reason, CaseMoved when the case has moved since it was seen,
    CaseClosed, CaseSuspended, HandRefused, AnswersRefused (a correction that its form would not take), CaseStuck.
    """
    _require_operator(by, case_id)
    held = hold_case(by, case_id)
    require_reason(why)
    _require_possible(held, wish)
    return carry_out(by, held, _checked(by, held, wish), why, _ACTIONS[wish.kind])


def carry_out(by: By, held: Held, wish: Wish, why: Why, action: str, acting_for: str | None = None) -> Moved:
    """Take the step of an act on a held case and keep the act, with what would take it back.

    Raises: CaseMoved, CaseSuspended, HandRefused, CaseStuck.
    """
    case = held.case
    if why.seen is not None and why.seen != case["lock_version"]:
        raise CaseMoved(case=case["number"])
    former = _former(by, held)
    told: Filled = []
    step = step_of(wish, held.edition, done_of(by, case["id"]), told)
    facts = {**_facts(held, wish), "reason": why.reason, "motive": why.motive}
    act = Entry(action, f"case:{case['number']}", facts, acting_for)
    moved = advance(by, held, act, step, even_suspended=wish.kind in _EVEN_SUSPENDED)
    row = {
        "case_id": case["id"], "kind": action.partition(".")[2], "element": wish.element or facts.get("element"),
        "motive": why.motive, "reason": why.reason, "facts": facts, "at": by.at, "by_name": by.name,
        "lock_version": case["lock_version"] + 1, "former": former,
    }  # fmt: skip
    act_id = by.connection.execute(insert(HandAct).values(**row).returning(HandAct.id)).scalar_one()
    _sign(by, moved, act_id)
    if wish.kind == "end" and case["suspended_at"] is not None:
        by.connection.execute(update(Case).where(Case.id == case["id"]).values(suspended_at=None))
    return moved


def _sign(by: By, moved: Moved, act_id: int) -> None:
    """Say of the tasks that an act opened and closed that it did."""
    opened = [one.task_id for one in moved.effects.opened]
    by.connection.execute(update(Task).where(Task.id.in_(opened)).values(act_id=act_id))
    closed = [task_id for task_id, _ in moved.effects.closed]
    mine = update(Task).where(Task.id.in_(closed), Task.closed_at == by.at, Task.closed_by == _ENGINE)
    by.connection.execute(mine.values(closed_by=by.name))


def _former(by: By, held: Held) -> dict[str, Any]:
    case = held.case
    ended = by.connection.execute(select(Case.outcome, Case.ended_at).where(Case.id == case["id"])).one()
    return {
        **earlier.rows(by, case["id"]), "state": case["state"], "data": case["data"], "status": case["status"],
        "outcome": ended.outcome, "ended_at": ended.ended_at.isoformat() if ended.ended_at else None,
        "at": by.at.isoformat(),
    }  # fmt: skip


def _facts(held: Held, wish: Wish) -> dict[str, Any]:
    """Return what the trail tells of an act beside its reason."""
    facts: dict[str, Any] = {"where": wish.where} if wish.kind in {"add", "move", "reopen"} else {}
    if wish.element is not None:
        facts["element"] = wish.element
    if wish.kind == "correct":
        facts |= {"path": ".".join(wish.path), "before": _stored(held.case["data"], wish.path), "after": wish.value}
    if wish.token is not None:
        facts["token"] = str(wish.token)
    return facts | ({"outputs": dict(wish.outputs)} if wish.outputs else {}) | _outcome(wish)


def _outcome(wish: Wish) -> dict[str, Any]:
    return {"outcome": wish.outcome} if wish.kind == "end" else {}


# -- undoing ----------------------------------------------------------------------------------------------------------


def undo(by: By, case_id: int, act_id: int, why: Why) -> None:
    """Undo an act by hand: state, data and rows are what they were; the record of both stays.

    Raises: NotFound, Denied, BadInput without a reason, CaseSuspended, HandRefused when it cannot be undone, when the
    case has moved since, or when something of the act has left the house.
    """
    _require_operator(by, case_id)
    held = hold_case(by, case_id)
    require_reason(why)
    query = select(HandAct.__table__).where(HandAct.id == act_id, HandAct.case_id == case_id)
    act = by.connection.execute(query).mappings().one_or_none()
    if act is None:
        raise NotFound(act=act_id)
    if held.case["suspended_at"] is not None:
        raise CaseSuspended(case=held.case["number"], at=held.case["suspended_at"])
    _require_undoable(by, held, dict(act))
    facts = {"act": act_id, "kind": act["kind"], "reason": why.reason}
    put_back(by, held, Entry("hand.undo", f"case:{held.case['number']}", facts), act["former"])
    earlier.put_back(by, case_id, act["former"])
    done = update(HandAct).where(HandAct.id == act_id, HandAct.undone_at.is_(None))
    by.connection.execute(done.values(undone_at=by.at, undone_by=by.name, former=None))


def _require_undoable(by: By, held: Held, act: Mapping[str, Any]) -> None:
    if act["former"] is None or act["undone_at"] is not None:
        raise HandRefused(reason="not-undoable")
    if act["lock_version"] != held.case["lock_version"]:
        raise HandRefused(reason="moved-since")
    left = earlier.left_the_house(by, held.case["id"], act["former"])
    if left:
        raise HandRefused(reason="left-the-house", others=left)


# -- what is asked of every act ---------------------------------------------------------------------------------------


def _require_operator(by: By, case_id: int) -> None:
    require_scope(by, SCOPE)
    require_duty(by, OPERATOR, MANAGER)
    require_sight(by, case_id)


def require_reason(why: Why) -> None:
    """Refuse an act without a reason. Raises: BadInput."""
    if not why.reason.strip() or len(why.reason) > LONGEST_REASON:
        raise BadInput(errors={"reason": ["length" if why.reason.strip() else "required"]})


def _require_possible(held: Held, wish: Wish) -> None:
    if held.case["status"] != CASE_OPEN and wish.kind != "reopen":
        raise CaseClosed(case=held.case["number"])
    if held.case["suspended_at"] is not None and wish.kind not in _EVEN_SUSPENDED:
        raise CaseSuspended(case=held.case["number"], at=held.case["suspended_at"])
    needs = {
        "token": wish.kind in {"skip", "remove", "move"},
        "element": wish.kind in {"add", "move", "restart", "reopen"},
    }
    missing = [name for name, needed in needs.items() if needed and getattr(wish, name) is None]
    if wish.kind == "correct" and not all(wish.path):
        missing.append("path")
    if missing:
        raise BadInput(errors={name: ["required"] for name in missing})


def done_of(by: By, case_id: int) -> dict[str, int]:
    """Return the number of the last step at which each element of a case was done."""
    query = select(Step.element, func.max(Step.seq)).where(Step.case_id == case_id, Step.state == "done")
    return {element: seq for element, seq in by.connection.execute(query.group_by(Step.element)) if element}


def _checked(by: By, held: Held, wish: Wish) -> Wish:
    """Return a correction with its value as the form that asks for it would keep it; other acts as they are."""
    if wish.kind != "correct":
        return wish
    stored = _stored(held.case["data"], wish.path)
    if isinstance(stored, dict) or any(
        not isinstance(_stored(held.case["data"], wish.path[:end]), dict | None) for end in range(1, len(wish.path))
    ):
        raise HandRefused(reason="not-a-value", path=".".join(wish.path))
    host = words(by.at, calendar(by), parameter(by))
    for form in held.edition.forms.values():
        try:
            value = check_answer(form, ".".join(wish.path), wish.value, form_context(held.case, UUID(int=0)), host)
        except KeyError:
            continue
        return replace(wish, value=value)
    return wish


def _stored(data: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data
