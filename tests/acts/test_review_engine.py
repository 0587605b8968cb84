"""What was done is kept and nothing stands in the way of others, whatever fails behind it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from engine.acts import cases, drafts, orders, procedures, tasks
from engine.audit import Entry, record_on_case, verify
from engine.errors import BadInput, Denied, TaskTaken
from engine.outlets.mail import Mail
from engine.store.cases import Case, Draft, Incident, Task
from engine.store.deadlines import Clock, Timer
from engine.store.people import Membership
from engine.store.procedures import Version
from engine.store.session import transaction
from engine.store.trail import AuditEntry, Outbox
from tests.city import City
from tests.races.pairs import at_once, crossed
from tests.sketches import (
    DEADLINE,
    FIVE_TASKS,
    FORMS,
    SERVICE,
    Node,
    boundary_timer,
    end,
    exclusive,
    message,
    parallel,
    script,
    sketch,
    sub,
    task,
    timer,
)

LATER = timer("t_espera", 'prazo(parametro("dias_espera"), "corridos")')
UNTIL_KNOWN = sketch(
    [task("pedir", "requerente"), task("analisar"), LATER, end("fim", "emitido")],
    "inicio > pedir > analisar > t_espera > fim",
)
UNTIL_TOLD = sketch(
    [task("pedir", "requerente"), task("analisar"), message("m", "aviso", 'parametro("chave_aviso")'), end("fim")],
    "inicio > pedir > analisar > m > fim",
)


def _incidents(city: City) -> list[tuple[str, str]]:
    return [(row["element"], row["status"]) for row in city.rows(Incident)]


def _retry(city: City) -> None:
    (row,) = city.rows(Incident, status="open")
    with city.by("operador") as by:
        cases.retry(by, row["id"], "a causa foi afastada")


def _set(city: City, key: str, value: str) -> None:
    with city.by("gestor") as by:
        procedures.set_parameter(by, key, value, date(2026, 1, 1), "Lei 3/2026")


# -- events that cannot begin to wait ---------------------------------------------------------------------------------


def test_a_task_is_done_though_the_timer_behind_it_has_no_moment(city: City) -> None:
    city.publish(UNTIL_KNOWN)
    case_id = city.start().case_id

    city.complete(case_id, "analisar")

    assert [row["status"] for row in city.rows(Task, element="analisar")] == ["done"]
    assert _incidents(city) == [("t_espera", "open")]
    assert city.rows(Timer) == []
    assert city.findings() == []


def test_a_timer_without_a_moment_waits_once_it_is_retried_with_one(city: City) -> None:
    city.publish(UNTIL_KNOWN)
    case_id = city.start().case_id
    city.complete(case_id, "analisar")
    _retry(city)
    assert _incidents(city) == [("t_espera", "closed"), ("t_espera", "open")]
    _set(city, "dias_espera", "3")

    _retry(city)

    assert _incidents(city) == [("t_espera", "closed"), ("t_espera", "closed")]
    assert [row["status"] for row in city.rows(Timer)] == ["waiting"]
    assert city.findings() == []
    city.tick(city.pass_time(days=5))
    assert city.case(case_id)["outcome"] == "emitido"


def test_a_message_without_a_key_is_waited_for_once_it_has_one(city: City) -> None:
    city.publish(UNTIL_TOLD)
    case_id = city.start().case_id
    city.complete(case_id, "analisar")
    assert _incidents(city) == [("m", "open")]
    assert city.findings() == []
    _set(city, "chave_aviso", "a7")

    _retry(city)
    heard = city.tell("aviso", "a7")

    assert heard.case_id == case_id
    assert city.case(case_id)["status"] == "done"


def test_a_key_longer_than_its_row_is_an_incident_and_not_a_broken_step(city: City) -> None:
    city.publish(UNTIL_TOLD)
    _set(city, "chave_aviso", "a" * 121)
    case_id = city.start().case_id

    city.complete(case_id, "analisar")

    assert _incidents(city) == [("m", "open")]


def test_a_clause_that_cannot_be_read_leaves_its_task_open_with_an_incident(city: City) -> None:
    asks = task("exigir", suspende="prazo_legal", nova_suspensao='prazo(dias, "uteis")')
    city.publish(sketch([task("pedir", "requerente"), asks, end("fim")], "inicio > pedir > exigir > fim"))

    case_id = city.start().case_id

    assert city.open_elements(case_id) == ["exigir"]
    assert _incidents(city) == [("exigir", "open")]


def test_what_failed_inside_an_interrupted_part_is_no_incident_any_more(city: City) -> None:
    inside = sub(
        "parte", [parallel("p"), task("a"), exclusive("x"), end("f1"), end("f2"), end("f3")],
        "inicio_parte > p\np > a > f1\np > x\nx > f2 : valor > 3\nx > f3 : *",
    )  # fmt: skip
    nodes = [task("pedir", "requerente"), inside, boundary_timer("prazo", "parte", "P1D"), end("fim"), end("fora")]
    city.publish(sketch(nodes, "inicio > pedir > parte > fim\nprazo > fora"))
    case_id = city.start().case_id
    assert _incidents(city) == [("x", "open")]

    city.tick(city.pass_time(days=3))

    assert city.case(case_id)["status"] == "done"
    assert _incidents(city) == [("x", "closed")]
    assert city.findings() == []


def test_what_failed_before_the_end_of_everything_is_no_incident_any_more(city: City) -> None:
    nodes = [
        task("pedir", "requerente"), parallel("p"), task("a"), exclusive("x"), end("f1"), end("f2"),
        Node("endEvent", "fim", {}, "<bpmn:terminateEventDefinition />"),
    ]  # fmt: skip
    city.publish(sketch(nodes, "inicio > pedir > p\np > a > fim\np > x\nx > f1 : valor > 3\nx > f2 : *"))
    case_id = city.start().case_id

    city.complete(case_id, "a")

    assert city.case(case_id)["status"] == "done"
    assert _incidents(city) == [("x", "closed")]
    assert city.findings() == []


def test_a_legal_clock_that_two_tasks_stopped_runs_on_after_the_second(city: City) -> None:
    asks = [task(name, "requerente", suspende="prazo_legal") for name in ("um", "outro")]
    inside = sub(
        "parte", [parallel("p"), *asks, parallel("j"), task("rever"), end("f1")],
        "inicio_parte > p\np > um > j\np > outro > j > rever > f1",
    )  # fmt: skip
    legal = boundary_timer("legal", "parte", 'prazo(60, "corridos")', relogio="prazo_legal")
    nodes = [task("pedir", "requerente"), inside, legal, end("fim"), end("fora")]
    city.publish(sketch(nodes, "inicio > pedir > parte > fim\nlegal > fora"))
    case_id = city.start().case_id
    city.pass_time(days=2)

    city.complete(case_id, "um")
    (stopped,) = city.rows(Clock)
    city.complete(case_id, "outro")

    assert (stopped["status"], stopped["suspensions"]) == ("suspenso", 1)
    assert city.rows(Clock)[0]["status"] == "corre"
    assert city.findings() == []


# -- the clock --------------------------------------------------------------------------------------------------------


def test_a_case_that_cannot_be_read_keeps_no_other_deadline_waiting(city: City) -> None:
    city.publish(DEADLINE, key="um")
    city.publish(
        sketch([task("pedir", "requerente"), timer("t", "P2D"), end("fim", "emitido")], "inicio > pedir > t > fim")
    )
    broken, sound = city.start(procedure="um").case_id, city.start().case_id
    with transaction(city.house.store) as session:
        theirs = select(Case.version_id).where(Case.id == broken).scalar_subquery()
        session.connection().execute(update(Version).where(Version.id == theirs).values(xml=b"<nada/>"))
    city.forget()

    city.tick(city.pass_time(days=30))

    assert city.case(sound)["outcome"] == "emitido"
    assert {row["case_id"] for row in city.rows(Incident)} == {broken}
    assert "failed" in {row["status"] for row in city.rows(Timer, case_id=broken)}


def test_a_warning_goes_to_who_holds_the_role_on_the_local_day(city: City) -> None:
    city.publish(DEADLINE)
    city.start()
    warned_at = city.rows(Timer, kind="warning")[0]["due_at"]
    evening = warned_at.replace(hour=1, minute=30) + timedelta(days=1)  # 22:30 in São Paulo, already tomorrow in UTC
    last_day = evening.date() - timedelta(days=1)
    with transaction(city.house.store) as session:
        session.connection().execute(update(Membership).values(until_on=last_day))

    city.tick(evening)

    assert {one["to"] for one in city.notices() if one["notice"] == "near"} == {
        "obras@vilaserena.sc.gov.br", "obras2@vilaserena.sc.gov.br",
    }  # fmt: skip


def test_a_notice_asked_for_months_ahead_comes_months_ahead(city: City) -> None:
    ends = end("fim", "emitido", validade="P24M", avisar_antes="P3M")
    city.publish(sketch([task("pedir", "requerente"), ends], "inicio > pedir > fim"))

    city.start()

    (row,) = city.rows(Timer, kind="validity")
    left = datetime.fromisoformat(row["facts"]["ends_at"]) - row["due_at"].astimezone(UTC)
    assert timedelta(days=89) <= left <= timedelta(days=93)


# -- who may ----------------------------------------------------------------------------------------------------------


def test_nobody_starts_a_case_with_a_task_that_he_may_not_complete(city: City) -> None:
    city.publish(
        sketch([task("instaurar", "secretario"), task("apurar"), end("fim")], "inicio > instaurar > apurar > fim")
    )

    for who in ("requerente", "obras", "protocolo"):
        with pytest.raises(Denied):
            city.start(who=who)

    assert city.rows(Case) == []
    assert city.open_elements(city.start(who="secretario").case_id) == ["apurar"]


def test_a_payment_entered_again_under_one_reference_is_refused_not_swallowed(city: City) -> None:
    paid = message("m", "pagamento_confirmado", "processo.numero", {"pago": "mensagem.valor"})
    nodes = [
        task("pedir", "requerente"),
        task("cobrar", "fazenda"),
        exclusive("de_novo"),
        paid,
        exclusive("g"),
        end("fim"),
    ]
    flows = "inicio > pedir > cobrar > de_novo > m > g\ng > fim : pago = 100\ng > de_novo : *"
    city.publish(sketch(nodes, flows))
    case_id = city.start().case_id
    city.complete(case_id, "cobrar")
    with city.by("fazenda") as by:
        cases.confirm_payment(by, case_id, 100, "extrato 1")

    with pytest.raises(BadInput) as refused, city.by("fazenda") as by:
        cases.confirm_payment(by, case_id, 10_000, "extrato 1")

    assert refused.value.facts["errors"] == {"reference": ["taken"]}
    with city.by("fazenda") as by:
        cases.confirm_payment(by, case_id, 10_000, "extrato 1, corrigido")
    assert city.case(case_id)["status"] == "done"


@pytest.mark.parametrize("statement", [4, 5, 6])
def test_who_waits_for_a_case_hears_that_its_task_was_taken_meanwhile(city: City, statement: int) -> None:
    city.publish(DEADLINE)
    task_id = city.task_id(city.start().case_id, "analisar")

    def take(city: City) -> None:
        with city.by("obras") as by:
            tasks.take(by, task_id)

    def complete(city: City) -> None:
        with city.by("obras2") as by:
            tasks.complete(by, task_id, {})

    first, second, _ = crossed(city, take, complete, statement)

    assert first.refused is None
    assert isinstance(second.refused, TaskTaken)
    assert city.findings() == []


# -- the outbox, drafts -----------------------------------------------------------------------------------------------


def test_every_attempt_at_an_order_goes_out_under_the_same_key(city: City) -> None:
    city.publish(SERVICE)
    city.start()
    keys = set()

    for attempt in range(3):
        with city.by("clock", city.at + timedelta(minutes=2 * attempt)) as by:
            order = orders.claim(by)
        assert order is not None
        keys.add(order.key)

    assert len(keys) == 1
    assert Mail(to="a@b.c", subject="", text="", ref=keys.pop(), at=city.at)


def test_a_draft_kept_twice_at_once_is_kept(city: City) -> None:
    def keep(what: str) -> Any:
        def act(city: City) -> None:
            with city.by("obras") as by:
                drafts.keep(by, "start:teste", {"campo": what})

        return act

    for who in at_once(city, *(keep(str(number)) for number in range(6))):
        assert who.refused is None

    assert len(city.rows(Draft)) == 1


# -- the chain --------------------------------------------------------------------------------------------------------


def test_a_chain_cut_short_is_known_though_its_head_was_moved_back(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    case_id = city.start().case_id
    city.complete(case_id, "conferir", {"completo": True})
    with transaction(city.house.store) as session:
        into = session.connection()
        ours = AuditEntry.chain == case_id
        last = into.execute(select(AuditEntry.seq).where(ours).order_by(AuditEntry.seq.desc()).limit(1)).scalar_one()
        before = into.execute(select(AuditEntry.seal).where(ours, AuditEntry.seq == last - 1)).scalar_one()
        into.execute(delete(AuditEntry).where(ours, AuditEntry.seq == last))
        into.execute(update(Case).where(Case.id == case_id).values(trail_seq=last - 1, trail_seal=before))

    with city.by("auditor", writes=False) as by:
        assert verify(by, case_id) is not None


def test_a_minus_zero_breaks_no_chain(city: City) -> None:
    nodes = [task("pedir", "requerente"), script("s", "x = 0 * -1"), exclusive("g"), task("a"), end("f1"), end("f2")]
    city.publish(sketch(nodes, "inicio > pedir > s > g\ng > a : x = 0\ng > f2 : *\na > f1"))
    case_id = city.start().case_id

    with city.by("clock") as by:
        record_on_case(by, case_id, Entry("case.remark", "x", {"value": -0.0}))

    with city.by("auditor", writes=False) as by:
        assert verify(by, case_id) is None
    assert city.rows(Outbox, kind="service") == []
