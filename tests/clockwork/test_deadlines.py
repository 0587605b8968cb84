"""What falls due is settled at its instant, once, and one that cannot be settled stops no other."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from sqlalchemy import update

from engine.acts import cases
from engine.clockwork import Clockwork
from engine.store.cases import Case, Incident, Task
from engine.store.deadlines import Heartbeat, Timer
from engine.store.session import transaction
from engine.store.trail import AuditEntry
from tests.city import City
from tests.sketches import DEADLINE, boundary_timer, end, parallel, sketch, task

_PATIENCE_SECONDS = 20.0
_REPEATED = sketch(
    [
        task("pedir", "requerente", form="pedir"), task("responder", "requerente", due="P10D", warn="P5D"),
        boundary_timer("b", "responder", "P20D", interrupting=False), task("cobrar", "obras"), end("fim_b"),
        end("fim", "emitido", validade="P1Y", avisar_antes="P30D"),
    ],
    "inicio > pedir > responder > fim\nb > cobrar > fim_b",
)  # fmt: skip
_PEDIR = """{"type": "default", "id": "pedir", "schemaVersion": 19, "components": [
  {"type": "textfield", "id": "b", "key": "requerente.email", "label": "E-mail"}]}"""
_MARINA = {"requerente": {"email": "marina@exemplo.com.br"}}


def _due(city: City, case_id: int, kind: str) -> datetime:
    (row,) = city.rows(Timer, case_id=case_id, kind=kind)
    return row["due_at"]


def _spoil(city: City, case_id: int, state: str) -> str:
    """Put another state in the place of a case's own and return that; the process must not know better."""
    before = city.case(case_id)["state"]
    with transaction(city.house.store) as session:
        session.connection().execute(update(Case).where(Case.id == case_id).values(state=state))
    city.forget()
    return before


def test_nothing_is_settled_a_moment_early_and_everything_at_its_instant(city: City) -> None:
    city.publish(DEADLINE)
    case_id = city.start().case_id
    due = _due(city, case_id, "event")

    city.tick(due - timedelta(microseconds=1))
    assert city.case(case_id)["status"] == "open"
    city.tick(due)
    assert city.case(case_id)["outcome"] == "arquivado"
    assert city.tick(due) == 0
    assert city.findings() == []


def test_a_sector_is_warned_before_a_deadline_and_then_only_the_holder(city: City) -> None:
    city.publish(DEADLINE)
    free, held = city.start(), city.start()
    with transaction(city.house.store) as session:
        taken = update(Task).where(Task.case_id == held.case_id, Task.status == "open")
        session.connection().execute(taken.values(assignee_id=city.servants["obras2"]))

    city.tick(_due(city, free.case_id, "warning"))

    told = {number: set() for number in (free.number, held.number)}
    for notice in city.notices():
        assert notice["notice"] == "near"
        told[notice["number"]].add(notice["to"].partition("@")[0])
    assert told == {free.number: {"obras", "obras2"}, held.number: {"obras2"}}
    assert [row["action"] for row in city.rows(AuditEntry, chain=free.case_id)][-1] == "deadline.warn"
    assert city.findings() == []


def test_the_citizen_is_asked_warned_and_told_of_the_end_by_mail(city: City) -> None:
    city.publish(_REPEATED, forms={"pedir": _PEDIR})
    case_id = city.start(_MARINA).case_id

    city.tick(_due(city, case_id, "warning"))
    city.complete(case_id, "responder")

    assert [notice["notice"] for notice in city.notices(case_id)] == ["demand", "near", "ended"]
    assert {notice["to"] for notice in city.notices(case_id)} == {"marina@exemplo.com.br"}


def test_a_warning_goes_with_its_task(city: City) -> None:
    city.publish(DEADLINE)
    case_id = city.start().case_id

    city.complete(case_id, "analisar")

    assert {row["status"] for row in city.rows(Timer)} == {"cancelled"}
    assert city.tick(city.at + timedelta(days=100)) == 0


def test_a_timer_that_does_not_interrupt_leaves_its_task_open(city: City) -> None:
    city.publish(_REPEATED, forms={"pedir": _PEDIR})
    case_id = city.start(_MARINA).case_id

    city.tick(_due(city, case_id, "event"))

    assert city.open_elements(case_id) == ["cobrar", "responder"]
    assert city.findings() == []


def test_the_holder_is_told_before_what_was_issued_runs_out(city: City) -> None:
    city.publish(_REPEATED, forms={"pedir": _PEDIR})
    case_id = city.start(_MARINA).case_id
    city.complete(case_id, "responder")
    due = _due(city, case_id, "validity")

    city.tick(due - timedelta(seconds=1))
    before = len(city.notices(case_id))
    city.tick(due)

    assert timedelta(days=330) < due - city.at < timedelta(days=340)
    assert [notice["notice"] for notice in city.notices(case_id)[before:]] == ["validity"]
    assert city.findings() == []


def test_two_branches_that_fall_due_in_one_tick_are_two_steps(city: City) -> None:
    xml = sketch(
        [
            task("pedir", "requerente"), parallel("p"), task("a"), task("b"), boundary_timer("ta", "a", "P2D"),
            boundary_timer("tb", "b", "P2D"), end("fa"), end("fb"), end("fta"), end("ftb"),
        ],
        "inicio > pedir > p\np > a > fa\np > b > fb\nta > fta\ntb > ftb",
    )  # fmt: skip
    city.publish(xml)
    case_id = city.start().case_id

    city.tick(city.at + timedelta(days=9))

    assert len(city.rows(AuditEntry, chain=case_id, action="deadline.settle")) == 2
    assert city.case(case_id)["status"] == "done"
    assert city.findings() == []


# -- what cannot be settled -------------------------------------------------------------------------------------------


def test_a_deadline_that_cannot_be_settled_is_set_aside_seen_and_stops_no_other(city: City) -> None:
    city.publish(DEADLINE)
    broken, sound = city.start().case_id, city.start().case_id
    later = city.at + timedelta(days=30)
    _spoil(city, broken, '{"v": 99}')

    city.tick(later)

    assert city.case(sound)["outcome"] == "arquivado"
    timers = {(row["kind"], row["status"], row["attempts"]) for row in city.rows(Timer, case_id=broken)}
    assert ("event", "failed", 3) in timers
    assert {row["code"] for row in city.rows(Incident, case_id=broken)} == {"state-not-readable"}
    assert city.tick(later) == 0


def test_a_deadline_that_was_set_aside_is_settled_once_an_operator_retries(city: City) -> None:
    city.publish(DEADLINE)
    case_id = city.start().case_id
    later = city.at + timedelta(days=30)
    sound = _spoil(city, case_id, '{"v": 99}')
    city.tick(later)
    _spoil(city, case_id, sound)

    for incident in city.rows(Incident, status="open"):
        with city.by("operador", later) as by:
            cases.retry(by, incident["id"], "a causa foi afastada")
    city.tick(later)

    assert city.case(case_id)["outcome"] == "arquivado"
    assert city.rows(Incident, status="open") == []
    assert city.findings() == []


# -- the clock of a process -------------------------------------------------------------------------------------------


def test_a_started_clock_ticks_leaves_its_heartbeat_and_stops_when_told(city: City) -> None:
    clock = Clockwork(city.house, period_seconds=0.01)
    deadline = time.monotonic() + _PATIENCE_SECONDS

    clock.start()
    while not city.rows(Heartbeat):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    clock.stop()

    assert [row["name"] for row in city.rows(Heartbeat)] == [clock.name]
    clock.stop()
