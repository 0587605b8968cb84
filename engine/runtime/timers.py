"""When timers fall due: terms, moments and cycles, from what the diagram says to the instant kept in the case's state.

Nothing here asks a clock: the moment is that of the step. A cycle keeps where it stands under `cycle:<key>`; after a
stretch in which nobody could fire it, it fires once and counts the instants that went by. `scripts` is the script
engine of the case, which knows nothing of this module's rules.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.bpmn.drawing import role_of
from engine.bpmn.notes import TIMERS, iso_cycle
from engine.errors import BadInput, ExpressionRefused, Refused
from engine.runtime.records import NotBegun, TimerStart
from engine.worktime import Round, Term, parse_cycle
from engine.worktime.cycle import begin as begin_cycle
from engine.worktime.cycle import passed


def begin_timer(scripts: Any, task: Any, key: str) -> None:
    """Keep the instant at which a timer falls due, and where its cycle stands; make a record of it.

    When it cannot be computed nothing is kept: the event then stands failed, and what was done before it holds.
    """
    try:
        moment, term, standing = _first(scripts, key)
    except Refused as refused:
        scripts.records.not_begun.append(NotBegun(task.id, key, refused.code, refused.facts))
        return
    if standing is not None:
        task.internal_data[f"cycle:{key}"] = standing.kept
    _wait(scripts, task, key, moment, term)


def carry_timer(scripts: Any, task: Any, again: Any, key: str) -> None:
    """Let the task that awaits an event once more wait for what is left of its timer: a cycle's next, or the same."""
    kept = task.internal_data.get(f"cycle:{key}")
    due = datetime.fromisoformat(task.internal_data[f"due:{key}"])
    if kept is not None:
        again.internal_data[f"cycle:{key}"] = kept
        due = Round.of(kept).due(scripts.around.calendar.zone)
    _wait(scripts, again, key, due, None)


def turn_cycle(scripts: Any, task: Any, key: str) -> None:
    """Move the cycle of a timer that fires on to its next instant, or end it; count what went by unfired."""
    kept = task.internal_data.pop(f"cycle:{key}", None)
    if kept is None:
        return
    missed, left = passed(Round.of(kept), scripts.around.at, scripts.around.calendar.zone)
    if left is not None:
        task.internal_data[f"cycle:{key}"] = left.kept
    if missed:
        scripts.records.missed.append({"element": key, "count": missed})


def _wait(scripts: Any, task: Any, key: str, due: datetime, term: Term | None) -> None:
    task.internal_data[f"due:{key}"] = due.isoformat()
    scripts.records.timers.append(TimerStart(task.id, key, due, term))


def _first(scripts: Any, key: str) -> tuple[datetime, Term | None, Round | None]:
    event = scripts.blueprint.event(key)
    source = event.expression or ""
    host = scripts.blueprint.elements.get(event.attached_to or "")
    if event.event in TIMERS:
        moment, term = scripts.moment(source, role=role_of(host) if host else None, days="corridos")
        return moment, term, None
    text = iso_cycle(source) or scripts.value(source)
    if not isinstance(text, str):
        raise ExpressionRefused(reason="not-a-cycle", source=source, found=type(text).__name__)
    try:
        cycle = parse_cycle(text, shortest=scripts.around.shortest_cycle)
        standing = begin_cycle(cycle, scripts.around.at, scripts.around.calendar.zone)
        return standing.due(scripts.around.calendar.zone), None, standing
    except BadInput as bad:
        raise ExpressionRefused(reason="not-a-cycle", source=source, found=text[:80], why=bad.facts["errors"]) from bad
