"""What `rito verify` finds: every kind of row is altered past the acts, one at a time, and is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from engine.acts import verification
from engine.audit import Entry, Head, chained
from engine.store.base import dumps, loads
from engine.store.cases import Case, Incident, MessageWait, Numbering, Step, Task
from engine.store.deadlines import Clock, ClockEntry, Timer
from engine.store.session import transaction
from engine.store.trail import CITY_CHAIN, AuditEntry, ChainHead, Outbox
from tests.city import MORNING, City
from tests.sketches import (
    FIVE_TASKS,
    FORMS,
    LEGAL_CLOCK,
    boundary_timer,
    end,
    exclusive,
    message,
    parallel,
    script,
    service,
    sketch,
    task,
)  # fmt: skip

_ALL_OPEN = sketch(
    [
        task("pedir", "requerente"), parallel("g_abre"), task("conferir", "protocolo", due="P5D", warn="P3D"),
        boundary_timer("b_prazo", "conferir", "P10D"), exclusive("g_valor"), script("x_alto", "alto = true"),
        exclusive("g_faixa"),
        service("s_lote", "cadastro.consultar", {"inscricao": '"01.02"'}, {"zona": "resultado.zona"}),
        message("m_pago", "pagamento_confirmado", "processo.numero"), parallel("g_fecha"),
        end("fim", "emitido"), end("fim_prazo", "arquivado"),
    ],
    """
    inicio > pedir > g_abre
    g_abre > conferir > g_fecha
    g_abre > g_valor
    g_valor > x_alto : valor > 10
    g_valor > g_faixa : *
    x_alto > g_faixa > g_fecha
    g_abre > s_lote > g_fecha
    g_abre > m_pago > g_fecha
    g_fecha > fim
    b_prazo > fim_prazo
    """,
)  # fmt: skip
Alter = Callable[[Connection, "_Stage"], Any]


class _Stage:
    """A city with three cases: `open` has one of everything, `clocked` a stopped legal clock, `done` has ended."""

    def __init__(self, city: City) -> None:
        self.city = city
        city.publish(_ALL_OPEN, key="tudo")
        city.publish(LEGAL_CLOCK, key="relogio", forms=FORMS)
        city.publish(FIVE_TASKS, key="cinco", forms=FORMS)
        self.open = city.start(procedure="tudo").case_id
        self.clocked = city.start(procedure="relogio").case_id
        city.pass_time(days=3)
        city.complete(self.clocked, "analisar", {"exige": True})
        self.done = city.start(procedure="cinco").case_id
        for element, answers in (("conferir", {"completo": True}), ("analisar", {}), ("cobrar", {}), ("assinar", {})):
            city.complete(self.done, element, answers)


@pytest.fixture
def stage(city: City) -> _Stage:
    made = _Stage(city)
    assert city.findings() == []
    return made


def _kinds(stage: _Stage, alter: Alter) -> set[tuple[str | None, str]]:
    with transaction(stage.city.house.store) as session:
        alter(session.connection(), stage)
    return {(finding.case, finding.kind) for finding in stage.city.findings()}


def _set(model: Any, case: str, *, of: dict[str, Any] | None = None, **values: Any) -> Alter:
    """Return an alteration of the rows of a case that have the values `of`."""

    def alter(into: Connection, stage: _Stage) -> None:
        changed = into.execute(_where(update(model), model, getattr(stage, case), of or {}).values(**values))
        assert changed.rowcount >= 1

    return alter


def _drop(model: Any, case: str, **of: Any) -> Alter:
    def alter(into: Connection, stage: _Stage) -> None:
        assert into.execute(_where(delete(model), model, getattr(stage, case), of)).rowcount >= 1

    return alter


def _copy(model: Any, case: str, *, of: dict[str, Any] | None = None, **other: Any) -> Alter:
    """Return an alteration that inserts a copy of a row with some values changed."""

    def alter(into: Connection, stage: _Stage) -> None:
        query = _where(select(model.__table__), model, getattr(stage, case), of or {})
        row = dict(into.execute(query).mappings().first() or {})
        if "id" in row and "id" not in other:
            del row["id"]
        into.execute(insert(model).values(**{**row, **other}))

    return alter


def _where(statement: Any, model: Any, case_id: int, of: dict[str, Any]) -> Any:
    if model is Case:
        statement = statement.where(Case.id == case_id)
    elif model is ClockEntry:
        clocks = select(Clock.id).where(Clock.case_id == case_id)
        statement = statement.where(ClockEntry.clock_id.in_(clocks))
    elif model is AuditEntry:
        statement = statement.where(AuditEntry.chain == case_id)
    else:
        statement = statement.where(model.case_id == case_id)
    for name, value in of.items():
        statement = statement.where(getattr(model, name) == value)
    return statement


_STANDING, _COMPLETED = {8, 16, 32}, 64  # states of SpiffWorkflow's tasks
_MUCH_LATER = MORNING + timedelta(days=400)
_CONFERIR = {"element": "conferir", "status": "open"}

_ALTERATIONS = [
    # tasks
    ("task-missing", "open", _drop(Task, "open", element="conferir")),
    ("task-missing", "open", _set(Task, "open", of=_CONFERIR, status="done")),
    ("tasks-done", "done", _set(Task, "done", of={"element": "cobrar"}, status="cancelled")),
    ("task-unknown", "open", _copy(Task, "open", of=_CONFERIR, id=uuid4())),
    ("task-unknown", "done", _set(Task, "done", of={"element": "assinar"}, status="open")),
    ("task-differs", "open", _set(Task, "open", of=_CONFERIR, element="pedir")),
    # timers
    ("timer-missing", "open", _drop(Timer, "open", kind="event")),
    ("timer-missing", "open", _set(Timer, "open", of={"kind": "event"}, status="fired")),
    ("timer-unknown", "open", _copy(Timer, "open", of={"kind": "event"}, element="b_outro")),
    ("timer-unknown", "open", _copy(Timer, "open", of={"kind": "warning"}, task_id=uuid4())),
    ("timer-differs", "open", _set(Timer, "open", of={"kind": "event"}, due_at=_MUCH_LATER)),
    ("timer-differs", "clocked", _set(Timer, "clocked", of={"element": "b_legal"}, due_at=_MUCH_LATER)),
    # messages
    ("wait-missing", "open", _drop(MessageWait, "open")),
    ("wait-differs", "open", _set(MessageWait, "open", key="outra")),
    ("wait-unknown", "open", _copy(MessageWait, "open", task_id=uuid4())),
    # jobs
    ("job-missing", "open", _drop(Outbox, "open", kind="service")),
    ("job-missing", "open", _set(Outbox, "open", of={"kind": "service"}, status="done")),
    ("job-unknown", "open", _copy(Outbox, "open", of={"kind": "service"}, task_id=uuid4())),
    ("incident-missing", "open", _set(Outbox, "open", of={"kind": "service"}, status="failed")),
    # incidents
    ("incident-missing", "open", _drop(Incident, "open")),
    ("incident-missing", "open", _set(Incident, "open", status="closed")),
    ("incidents", "open", _copy(Incident, "open")),
    # clocks and their ledger
    ("clock-differs", "clocked", _set(Clock, "clocked", due_at=_MUCH_LATER)),
    ("clock-differs", "clocked", _set(Clock, "clocked", suspensions=2)),
    ("clock-left-running", "clocked", _copy(Clock, "clocked", cycle=0)),
    ("ledger", "clocked", _drop(ClockEntry, "clocked", state="suspenso")),
    ("ledger", "clocked", _drop(ClockEntry, "clocked")),
    ("ledger", "clocked", _set(ClockEntry, "clocked", of={"state": "suspenso"}, state="corre")),
    ("ledger", "clocked", _set(ClockEntry, "clocked", of={"state": "suspenso"}, began_at=_MUCH_LATER)),
    ("ledger", "clocked", _set(ClockEntry, "clocked", of={"state": "corre"}, began_at=_MUCH_LATER)),
    ("ledger", "clocked", _copy(ClockEntry, "clocked", of={"state": "suspenso"})),
    # steps
    ("steps", "done", _drop(Step, "done", seq=2)),
    ("steps", "done", _set(Step, "done", of={"seq": 2}, seq=99)),
    ("steps", "done", _copy(Step, "done", of={"seq": 2}, seq=50)),
    # the case's own row
    ("status", "open", _set(Case, "open", status="done")),
    ("status", "done", _set(Case, "done", status="open")),
    ("due", "clocked", _set(Case, "clocked", due_at=_MUCH_LATER)),
    ("number-differs", "open", _set(Case, "open", number="2026.000009-9")),
    ("state-not-readable", "open", _set(Case, "open", state='{"v": 99, "w": [], "a": {}, "n": {}}')),
    ("state-not-readable", "open", _set(Case, "open", state="nada")),
    # the chain
    ("chain-altered", "done", _set(AuditEntry, "done", of={"seq": 2}, actor="Outro")),
    ("chain-altered", "done", _set(AuditEntry, "done", of={"seq": 2}, facts={"x": 1})),
    ("chain-altered", "done", _set(AuditEntry, "done", of={"seq": 2}, at=_MUCH_LATER)),
    ("chain-altered", "done", _set(AuditEntry, "done", of={"seq": 2}, seal=b"0" * 32)),
    ("chain-missing", "done", _drop(AuditEntry, "done", seq=2)),
    ("chain-missing", "done", _drop(AuditEntry, "done", seq=1)),
    ("chain-truncated", "done", _drop(AuditEntry, "done")),
    ("chain-missing", "done", _copy(AuditEntry, "done", of={"seq": 1}, seq=0)),
    ("chain-appended", "done", _set(Case, "done", trail_seal=b"1" * 32)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "case", "alter"),
    [pytest.param(*one, id=f"{number} {one[0]}") for number, one in enumerate(_ALTERATIONS)],
)
def test_what_was_altered_past_the_acts_is_named(stage: _Stage, kind: str, case: str, alter: Alter) -> None:
    number = stage.city.case(getattr(stage, case))["number"]

    found = _kinds(stage, alter)

    renamed = "2026.000009-9" if kind == "number-differs" else number
    assert (renamed, kind) in found
    assert {named for named, _ in found} <= {renamed, None, "2026.000002-1"}


def test_a_case_that_nobody_and_nothing_will_move_is_named(stage: _Stage) -> None:
    number = stage.city.case(stage.clocked)["number"]

    found = _kinds(stage, _strand)

    assert (number, "no-next-move") in found


def _strand(into: Connection, stage: _Stage) -> None:
    """Make every task that waits in the state of a case a finished one, its end still to come."""
    text = into.execute(select(Case.state).where(Case.id == stage.clocked)).scalar_one()
    state = loads(text)
    for _, _, tasks in state["w"]:
        for row in tasks:
            row[3] = _COMPLETED if row[3] in _STANDING else row[3]
    into.execute(update(Case).where(Case.id == stage.clocked).values(state=dumps(state)))


def test_swapped_entries_of_a_chain_are_named(stage: _Stage) -> None:
    number = stage.city.case(stage.done)["number"]

    def swap(into: Connection, stage: _Stage) -> None:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            into.execute(_where(update(AuditEntry), AuditEntry, stage.done, {"seq": old}).values(seq=new))

    assert _kinds(stage, swap) == {(number, "chain-altered")}


def test_the_last_entries_cut_off_are_named_also_when_the_head_is_moved_back(stage: _Stage) -> None:
    number = stage.city.case(stage.done)["number"]

    def cut(into: Connection, stage: _Stage) -> None:
        last = into.execute(select(func.max(AuditEntry.seq)).where(AuditEntry.chain == stage.done)).scalar_one()
        seals = select(AuditEntry.seal).where(AuditEntry.chain == stage.done, AuditEntry.seq == last - 1)
        before = into.execute(seals).scalar_one()
        into.execute(_where(delete(AuditEntry), AuditEntry, stage.done, {"seq": last}))
        into.execute(update(Case).where(Case.id == stage.done).values(trail_seq=last - 1, trail_seal=before))

    # The chain itself holds then; that the case's own rows tell of more gives it away, and the seal sent out each hour.
    assert (number, "chain-truncated") not in _kinds(stage, cut)


def test_a_case_that_was_dropped_whole_is_named_by_its_number_and_its_chain(stage: _Stage) -> None:
    def drop(into: Connection, stage: _Stage) -> None:
        for model in (Task, Step, Timer, Outbox, Incident, MessageWait):
            into.execute(delete(model).where(model.case_id == stage.open))
        into.execute(delete(Case).where(Case.id == stage.open))

    found = _kinds(stage, drop)

    assert (None, "chain-dropped") in found
    assert ("2026.000002-1", "number-gap") in found


def test_the_last_case_dropped_with_its_chain_is_missed_in_the_numbering(stage: _Stage) -> None:
    def drop(into: Connection, stage: _Stage) -> None:
        for model in (Task, Step, Timer, Outbox):
            into.execute(delete(model).where(model.case_id == stage.done))
        into.execute(delete(AuditEntry).where(AuditEntry.chain == stage.done))
        into.execute(delete(Case).where(Case.id == stage.done))

    assert _kinds(stage, drop) == {(None, "number-last")}


def test_a_numbering_that_was_set_back_is_named(stage: _Stage) -> None:
    assert _kinds(stage, lambda into, _stage: into.execute(update(Numbering).values(last=1))) == {(None, "number-last")}
    assert (None, "number-last") in _kinds(stage, lambda into, _stage: into.execute(delete(Numbering)))


def test_the_chain_of_the_city_is_watched_like_those_of_cases(stage: _Stage) -> None:
    def alter(into: Connection, _stage: _Stage) -> None:
        into.execute(
            update(AuditEntry).where(AuditEntry.chain == CITY_CHAIN, AuditEntry.seq == 1).values(actor="Outro")
        )

    assert _kinds(stage, alter) == {(None, "chain-altered")}
    assert (None, "chain-dropped") in _kinds(stage, lambda into, _stage: into.execute(delete(ChainHead)))


def test_the_first_bad_entry_of_ten_thousand_is_named(stage: _Stage) -> None:
    case = stage.city.case(stage.open)
    entries = [Entry("case.remark", f"case:{number}", {"public": False}) for number in range(10_000)]
    with stage.city.by("clock") as by:
        rows, head = chained(by, stage.open, Head(case["trail_seq"], case["trail_seal"]), entries)
        by.connection.execute(insert(AuditEntry), rows)
        into_case = update(Case).where(Case.id == stage.open)
        by.connection.execute(into_case.values(trail_seq=head.seq, trail_seal=head.seal))
    assert stage.city.findings() == []

    _kinds(stage, _set(AuditEntry, "open", of={"seq": 7_777}, subject="case:outro"))
    _kinds(stage, _set(AuditEntry, "open", of={"seq": 9_999}, subject="case:outro"))

    (finding,) = stage.city.findings()
    assert (finding.kind, finding.facts) == ("chain-altered", {"seq": 7_777})


def test_another_key_gives_away_whoever_wrote_without_knowing_it(stage: _Stage) -> None:
    stage.city.settings = replace(stage.city.settings, seal_key="another key " * 4)

    assert {finding.kind for finding in stage.city.findings()} == {"chain-altered"}


def test_one_case_can_be_verified_alone(stage: _Stage) -> None:
    _kinds(stage, _drop(Timer, "open", kind="event"))

    assert stage.city.findings(stage.done) == []
    assert [finding.kind for finding in stage.city.findings(stage.open)] == ["timer-missing"]


def test_many_cases_are_read_in_batches_and_none_is_left_out(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "BATCH", 3)
    city.publish(FIVE_TASKS, forms=FORMS)
    started = [city.start() for _ in range(7)]
    with transaction(city.house.store) as session:
        session.connection().execute(update(Case).values(due_at=MORNING))

    assert [finding.case for finding in city.findings()] == [one.number for one in started]
