"""Verifies what is kept: chains of seals, and that the rows of every case agree with its state. Changes nothing.

A step writes state and rows in one transaction, so any disagreement means that somebody wrote past the acts, that the
store lost something, or that we have a defect. It must never repair what it finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select, text

from engine import audit
from engine.access import By
from engine.acts.advance import Held, standing
from engine.acts.advance.ledger import legal_due
from engine.acts.cases import source_of
from engine.acts.openings import BY_MESSAGE, BY_SIGNAL
from engine.bpmn.beginnings import event_starts
from engine.bpmn.reader import Blueprint
from engine.city import edition, revision
from engine.errors import Refused
from engine.house import House
from engine.store.base import table
from engine.store.cases import CASE_DONE, CASE_OPEN, Case, Incident, MessageWait, Numbering, Step, Task
from engine.store.deadlines import Clock, ClockEntry, Timer
from engine.store.procedures import StartEvent, Version
from engine.store.session import transaction
from engine.store.trail import CITY_CHAIN, AuditEntry, Inbox, Outbox

BATCH = 100
_NO_MOMENT = datetime.fromtimestamp(0, UTC)  # nothing that is verified depends on when
_ENDED, _SUSPENDED = "encerrado", "suspenso"
_ACTIVE = ("pending", "leased", "failed")


@dataclass(frozen=True)
class Finding:
    """Something that does not agree. `case` is its number, None for what belongs to no case."""

    case: str | None
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def verify(house: House, only: int | None = None) -> Iterator[Finding]:
    """Yield everything in a store that does not agree: the city's own, then case by case in the order of their ids.

    `only`: look at one case beside the city's own. Every batch is read in one snapshot, so the city may go on working.
    """
    yield from _city(house)
    last = 0 if only is None else only - 1
    while True:
        with _snapshot(house) as by:
            batch = _cases_after(by, last, BATCH if only is None else 1)
            if not batch:
                return
            rows = _Rows.of(by, batch)
            for case in batch:
                yield from (Finding(case["number"], kind, facts) for kind, facts in _case(by, case, rows))
            last = batch[-1]["id"]
        if only is not None:
            return


@contextmanager
def _snapshot(house: House) -> Iterator[By]:
    with transaction(house.store, writes=False) as session:
        if house.store.dialect.name == "postgresql":
            session.connection().execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield By(
            house=house, session=session, at=_NO_MOMENT, actor="verify", name="verificação", revision=revision(session)
        )


_Found = tuple[str, dict[str, Any]]


# -- the city ---------------------------------------------------------------------------------------------------------


def _city(house: House) -> Iterator[Finding]:
    with _snapshot(house) as by:
        broken = audit.verify(by, CITY_CHAIN)
        if broken is not None:
            yield Finding(None, f"chain-{broken.kind}", {"chain": CITY_CHAIN, "seq": broken.seq})
        of_case = select(Case.id).where(Case.id == AuditEntry.chain)
        orphans = select(AuditEntry.chain).where(AuditEntry.chain != CITY_CHAIN, ~of_case.exists()).distinct()
        for chain in by.connection.execute(orphans.order_by(AuditEntry.chain)).scalars():
            yield Finding(None, "chain-dropped", {"chain": chain})
        yield from _numbers(by)
        yield from _starts(by)


def _numbers(by: By) -> Iterator[Finding]:
    """The numbers of a year run from 1 to the last that was given, without a gap."""
    last: dict[int, int] = {}
    given = select(Case.number).order_by(Case.number)
    for number in by.connection.execute(given, execution_options={"yield_per": 1000}).scalars():
        year, sequence = int(number[:4]), int(number[5:-2])
        expected = last.get(year, 0) + 1
        if sequence != expected:
            yield Finding(number, "number-gap", {"expected": expected, "was": sequence})
        last[year] = sequence
    kept = select(Numbering.year, Numbering.last).where(Numbering.series == "processo").order_by(Numbering.year)
    for year, last_given in by.connection.execute(kept):
        if last.pop(year, 0) != last_given:
            yield Finding(None, "number-last", {"year": year, "given": last_given})
    yield from (Finding(None, "number-last", {"year": year, "given": None}) for year in sorted(last))


def _starts(by: By) -> Iterator[Finding]:
    """The events with which cases of a version begin are those that its diagram draws."""
    kept: dict[int, set[tuple[str, str, str]]] = {}
    for row in by.connection.execute(select(table(StartEvent))):
        kept.setdefault(row.version_id, set()).add((row.element, row.kind, row.name))
    for version_id in by.connection.execute(select(Version.id).order_by(Version.id)).scalars():
        drawing = edition(by, version_id).blueprint.drawing
        drawn = {(one.id, one.event, drawing.heard_name(one)) for one in event_starts(drawing)}
        if drawn != kept.get(version_id, set()):
            yield Finding(None, "start-events", {"version": version_id})


# -- the cases --------------------------------------------------------------------------------------------------------


def _cases_after(by: By, last: int, count: int) -> list[dict[str, Any]]:
    query = select(table(Case)).where(Case.id > last).order_by(Case.id).limit(count)
    return [dict(row) for row in by.connection.execute(query).mappings()]


@dataclass(frozen=True)
class _Rows:
    """The rows of a batch of cases, by case."""

    tasks: Mapping[int, list[dict[str, Any]]]
    timers: Mapping[int, list[dict[str, Any]]]
    waits: Mapping[int, list[dict[str, Any]]]
    orders: Mapping[int, list[dict[str, Any]]]
    thrown: Mapping[int, list[dict[str, Any]]]
    heard: Set[tuple[str, str]]
    incidents: Mapping[int, list[dict[str, Any]]]
    clocks: Mapping[int, list[dict[str, Any]]]
    ledger: Mapping[int, list[dict[str, Any]]]
    steps: Mapping[int, tuple[int, int]]
    trail: Mapping[int, Mapping[str, int]]
    first: Mapping[int, str]

    @classmethod
    def of(cls, by: By, batch: Sequence[Mapping[str, Any]]) -> _Rows:
        ids = [case["id"] for case in batch]
        jobs = select(table(Outbox)).where(Outbox.case_id.in_(ids), Outbox.kind == "service")
        thrown = select(table(Outbox)).where(Outbox.case_id.in_(ids), Outbox.kind == "message")
        heard = select(Inbox.source, Inbox.external_id).where(Inbox.source.in_([source_of(one) for one in ids]))
        entries = select(table(ClockEntry), Clock.case_id).join(Clock, Clock.id == ClockEntry.clock_id)
        steps = select(Step.case_id, func.count(), func.max(Step.seq)).where(Step.case_id.in_(ids))
        return cls(
            tasks=_by_case(by, select(table(Task)).where(Task.case_id.in_(ids)).order_by(Task.id)),
            timers=_by_case(by, select(table(Timer)).where(Timer.case_id.in_(ids)).order_by(Timer.id)),
            waits=_by_case(by, select(table(MessageWait)).where(MessageWait.case_id.in_(ids))),
            orders=_by_case(by, jobs.order_by(Outbox.id)),
            thrown=_by_case(by, thrown.order_by(Outbox.id)),
            heard={(row.source, row.external_id) for row in by.connection.execute(heard)},
            incidents=_by_case(by, select(table(Incident)).where(Incident.case_id.in_(ids)).order_by(Incident.id)),
            clocks=_by_case(by, select(table(Clock)).where(Clock.case_id.in_(ids)).order_by(Clock.name, Clock.cycle)),
            ledger=_by_case(by, entries.where(Clock.case_id.in_(ids)).order_by(ClockEntry.id)),
            steps={row[0]: (row[1], row[2]) for row in by.connection.execute(steps.group_by(Step.case_id))},
            trail=_told(by, ids),
            first=_first_subjects(by, ids),
        )


def _by_case(by: By, query: Any) -> dict[int, list[dict[str, Any]]]:
    kept: dict[int, list[dict[str, Any]]] = {}
    for row in by.connection.execute(query).mappings():
        kept.setdefault(row["case_id"], []).append(dict(row))
    return kept


def _told(by: By, ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return how often each action stands in the trail of each case."""
    query = select(AuditEntry.chain, AuditEntry.action, func.count()).where(AuditEntry.chain.in_(list(ids)))
    told: dict[int, dict[str, int]] = {}
    for chain, action, count in by.connection.execute(query.group_by(AuditEntry.chain, AuditEntry.action)):
        told.setdefault(chain, {})[action] = count
    return told


def _first_subjects(by: By, ids: Iterable[int]) -> dict[int, str]:
    first = select(AuditEntry.chain, AuditEntry.subject).where(AuditEntry.chain.in_(list(ids)), AuditEntry.seq == 1)
    return dict(by.connection.execute(first).all())


def _case(by: By, case: Mapping[str, Any], rows: _Rows) -> Iterator[_Found]:
    broken = audit.verify(by, case["id"])
    if broken is not None:
        yield f"chain-{broken.kind}", {"seq": broken.seq}
    version = edition(by, case["version_id"])
    by_hand = case["origin"] not in (BY_MESSAGE, BY_SIGNAL) and version.blueprint.first_task is not None
    yield from _history(case, rows, int(by_hand))
    try:
        awaited, notes = standing(by, Held(case=case, task=None, edition=version))
    except Refused as refused:
        yield "state-not-readable", {"code": refused.code, **refused.facts}
        return
    told = _Told(case, awaited, notes.get("clocks", {}), version.blueprint)
    yield from _people(told, rows)
    yield from _events(told, rows)
    yield from _outside(told, rows)
    yield from _messages(case, rows)
    yield from _clocks(told, rows)
    yield from _moves(told, rows)


@dataclass(frozen=True)
class _Told:
    """A case's row and what its saved state says: what is open (`runtime`'s Awaited), and its clocks; its blueprint."""

    case: Mapping[str, Any]
    awaited: Any
    clocks: Mapping[str, Mapping[str, Any]]
    blueprint: Blueprint


def _history(case: Mapping[str, Any], rows: _Rows, with_start: int) -> Iterator[_Found]:
    """The number is the sealed one, steps have no gap, and the trail tells of each incident and finished task.

    `with_start`: how many tasks were completed by the start of the case itself.
    """
    if rows.first.get(case["id"]) != f"case:{case['number']}":
        yield "number-differs", {"trail": rows.first.get(case["id"])}
    count, last = rows.steps.get(case["id"], (0, 0))
    if not count == last == case["step_seq"]:
        yield "steps", {"rows": count, "last": last, "case": case["step_seq"]}
    told = rows.trail.get(case["id"], {})
    incidents = len(rows.incidents.get(case["id"], ()))
    if incidents != told.get("incident.open", 0):
        yield "incidents", {"rows": incidents, "trail": told.get("incident.open", 0)}
    done = sum(1 for row in rows.tasks.get(case["id"], ()) if row["status"] == "done")
    if done != told.get("task.complete", 0) + with_start:
        yield "tasks-done", {"rows": done, "trail": told.get("task.complete", 0)}


def _people(told: _Told, rows: _Rows) -> Iterator[_Found]:
    stand = {row["id"]: row["element"] for row in rows.tasks.get(told.case["id"], ()) if row["status"] == "open"}
    yield from _differ("task", told.awaited.people, stand)


def _differ(what: str, state: Mapping[Any, Any], kept: Mapping[Any, Any]) -> Iterator[_Found]:
    """Yield where rows (`kept`) and state differ: a row too few, one too many, or one with another value."""
    for key in sorted({*state, *kept}, key=str):
        facts = {"id": str(key[0] if isinstance(key, tuple) else key), "state": state.get(key), "row": kept.get(key)}
        if key not in kept:
            yield f"{what}-missing", facts
        elif key not in state:
            yield f"{what}-unknown", facts
        elif state[key] != kept[key]:
            yield f"{what}-differs", facts


def _events(told: _Told, rows: _Rows) -> Iterator[_Found]:
    timers = rows.timers.get(told.case["id"], [])
    # A timer whose event failed three times is set aside: its row says so, and the state still waits for it.
    stand = [row for row in timers if row["kind"] == "event" and row["status"] in {"waiting", "failed"}]
    due = {(row["task_id"], row["element"]): row["due_at"] for row in stand}
    yield from _differ("timer", _instants(told), due)
    still_open = set(told.awaited.people)
    for row in timers:
        if row["kind"] == "warning" and row["status"] == "waiting" and row["task_id"] not in still_open:
            yield "timer-unknown", {"id": str(row["task_id"]), "state": None, "row": row["due_at"]}
    keys = {(row["task_id"], row["element"]): row["key"] for row in rows.waits.get(told.case["id"], ())}
    yield from _differ("wait", told.awaited.waits, keys)
    for row in rows.waits.get(told.case["id"], ()):
        known = row["element"] in told.blueprint.elements or row["element"] in told.blueprint.triggers
        drawn = told.blueprint.event(row["element"]) if known else None
        named = (drawn.event, told.blueprint.drawing.heard_name(drawn)) if drawn is not None else None
        if named != (row["kind"], row["name"]):
            yield "wait-name-differs", {"element": row["element"], "drawn": named, "row": (row["kind"], row["name"])}


def _instants(told: _Told) -> dict[Any, datetime | None]:
    """Return when the timers of the state fall due; that of a clock moves with its ledger."""
    moved = {
        (clock["task"], clock["element"]): datetime.fromisoformat(clock["due"]) if clock["due"] else None
        for clock in told.clocks.values()
        if clock["state"] != _ENDED
    }
    return {key: moved.get((key[0].hex, key[1]), due) for key, due in told.awaited.timers.items()}


def _outside(told: _Told, rows: _Rows) -> Iterator[_Found]:
    orders = [row for row in rows.orders.get(told.case["id"], ()) if row["status"] in _ACTIVE]
    asked = {row["task_id"]: True for row in orders}
    yield from _differ("job", dict.fromkeys(told.awaited.jobs, True), asked)
    incidents = {row["task_id"] for row in rows.incidents.get(told.case["id"], ()) if row["status"] == "open"}
    failed = set(told.awaited.failed) | {row["task_id"] for row in orders if row["status"] == "failed"}
    yield from (("incident-missing", {"id": str(task_id)}) for task_id in sorted(failed - incidents))


def _messages(case: Mapping[str, Any], rows: _Rows) -> Iterator[_Found]:
    """Each message that the case threw was ordered once, and what was carried out came into the inbox."""
    orders = rows.thrown.get(case["id"], [])
    told = rows.trail.get(case["id"], {}).get("message.throw", 0)
    if told != len(orders):
        yield "messages-thrown", {"rows": len(orders), "trail": told}
    for row in orders:
        once = row["payload"]["external_id"]
        if row["status"] == "done" and (source_of(case["id"]), once) not in rows.heard:
            yield "message-lost", {"id": row["id"], "external_id": once}


def _clocks(told: _Told, rows: _Rows) -> Iterator[_Found]:
    clocks = rows.clocks.get(told.case["id"], [])
    ledger: dict[int, list[dict[str, Any]]] = {}
    for entry in rows.ledger.get(told.case["id"], ()):
        ledger.setdefault(entry["clock_id"], []).append(entry)
    latest = {clock["name"]: clock["id"] for clock in clocks}  # in the order of their cycles
    noted = {name: _noted(clock) for name, clock in told.clocks.items()}
    kept = {clock["name"]: _kept(clock) for clock in clocks if latest[clock["name"]] == clock["id"]}
    yield from _differ("clock", noted, kept)
    for clock in clocks:
        if latest[clock["name"]] != clock["id"] and clock["status"] != _ENDED:
            yield "clock-left-running", {"id": clock["id"], "name": clock["name"], "cycle": clock["cycle"]}
        fault = _fault(clock, ledger.get(clock["id"], []))
        if fault is not None:
            yield "ledger", {"clock": clock["id"], "name": clock["name"], "fault": fault}


def _noted(clock: Mapping[str, Any]) -> tuple[Any, ...]:
    due = datetime.fromisoformat(clock["due"]) if clock["due"] else None
    return clock["id"], clock["cycle"], clock["state"], clock["suspensions"], due


def _kept(clock: Mapping[str, Any]) -> tuple[Any, ...]:
    return clock["id"], clock["cycle"], clock["status"], clock["suspensions"], clock["due_at"]


def _fault(clock: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what is wrong with a clock's intervals: they follow one another from its start to its end or to now."""
    if not entries:
        return "empty"
    ended, stopped = clock["status"] == _ENDED, entries[-1]["state"] == _SUSPENDED
    holds = {
        "start": entries[0]["began_at"] == clock["started_at"],
        "gap": all(before["ended_at"] == after["began_at"] for before, after in pairwise(entries)),
        "end": entries[-1]["ended_at"] == clock["ended_at"] and ended == (clock["ended_at"] is not None),
        "state": ended or stopped == (clock["status"] == _SUSPENDED),
        "suspensions": sum(1 for entry in entries if entry["state"] == _SUSPENDED) == clock["suspensions"],
    }
    return next((name for name, held in holds.items() if not held), None)


def _moves(told: _Told, rows: _Rows) -> Iterator[_Found]:
    """A case is finished, or somebody or something will move it; its own row says the same."""
    case, awaited = told.case, told.awaited
    if case["status"] != (CASE_DONE if awaited.finished else CASE_OPEN):
        yield "status", {"row": case["status"], "finished": awaited.finished}
    due = None if awaited.finished else legal_due({"clocks": told.clocks})
    if case["due_at"] != due:
        yield "due", {"row": case["due_at"], "state": due}
    moves = awaited.people or awaited.timers or awaited.waits or awaited.jobs
    stuck = any(row["status"] == "open" for row in rows.incidents.get(case["id"], ()))
    if not (awaited.finished or moves or stuck):
        yield "no-next-move", {}
