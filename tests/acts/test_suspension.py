"""Suspended, nothing of a case moves; resumed, what came and fell due meanwhile happens. Legal clocks need a ground."""

from __future__ import annotations

import pytest

from engine.acts import cases, operator, orders, suspension, tasks
from engine.acts.advance.byhand import Wish
from engine.acts.operator import Why
from engine.errors import BadInput, CaseClosed, CaseMoved, CaseSuspended, Denied, HandRefused
from engine.store.cases import Task
from engine.store.deadlines import Clock, ClockEntry, Timer
from engine.store.hand import HandAct
from engine.store.trail import AuditEntry, Inbox, Outbox
from tests.city import City
from tests.sketches import DEADLINE, FIVE_TASKS, FORMS, LEGAL_CLOCK, PAYMENT, SERVICE

WHY = Why(reason="ordem judicial em análise")


def _case(city: City, xml: bytes) -> int:
    city.publish(xml, forms=FORMS)
    return city.start().case_id


def suspend(city: City, case_id: int, ground: str = "", *, who: str = "gestor", why: Why = WHY) -> None:
    with city.by(who) as by:
        suspension.suspend(by, case_id, why, ground)


def resume(city: City, case_id: int, *, why: Why = WHY) -> None:
    with city.by("gestor") as by:
        suspension.resume(by, case_id, why)


def test_tasks_of_a_suspended_case_are_not_completed_and_go_on_afterwards(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    suspend(city, case_id)

    with pytest.raises(CaseSuspended) as refused:
        city.complete(case_id, "conferir", {"completo": True})
    assert refused.value.facts["at"] == city.at
    assert city.findings() == []

    resume(city, case_id)
    city.complete(case_id, "conferir", {"completo": True})
    assert city.open_elements(case_id) == ["analisar"]
    assert [row["action"] for row in city.rows(AuditEntry) if "hand." in row["action"]] == [
        "hand.suspend", "hand.resume",
    ]  # fmt: skip
    assert city.findings() == []


def test_a_timer_waits_and_fires_when_the_case_is_resumed(city: City) -> None:
    case_id = _case(city, DEADLINE)
    suspend(city, case_id)
    city.pass_time(days=60)

    city.tick()
    assert city.open_elements(case_id) == ["analisar"]
    assert city.case(case_id)["status"] == "open"

    resume(city, case_id)
    city.tick()
    assert city.case(case_id)["outcome"] == "arquivado"
    assert city.findings() == []


def test_other_cases_go_on_while_one_is_suspended(city: City) -> None:
    held, free = _case(city, DEADLINE), city.start().case_id
    suspend(city, held)
    city.pass_time(days=60)

    city.tick()

    assert (city.case(held)["status"], city.case(free)["status"]) == ("open", "done")


def test_a_message_is_kept_and_delivered_when_the_case_is_resumed(city: City) -> None:
    city.publish(PAYMENT)
    started = city.start()
    suspend(city, started.case_id)

    heard = city.tell("pagamento_confirmado", started.number, {"valor": 10})
    city.tick()
    assert heard.case_id is None
    assert city.rows(Inbox)[0]["case_id"] is None

    resume(city, started.case_id)
    city.tick()
    assert city.open_elements(started.case_id) == ["entregar"]
    assert city.findings() == []


def test_a_withdrawal_is_refused_while_the_case_is_suspended(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    suspend(city, case_id)

    with pytest.raises(CaseClosed), city.by("requerente", case=case_id) as by:
        cases.withdraw(by, case_id, "mudei de ideia")  # the diagram knows no withdrawal


def test_a_service_of_a_suspended_case_is_asked_only_when_it_is_resumed(city: City) -> None:
    case_id = _case(city, SERVICE)
    suspend(city, case_id)

    city.tick()
    assert city.rows(Outbox, kind="service")[0]["attempts"] == 0

    resume(city, case_id)
    city.tick()
    assert city.open_elements(case_id) == ["conferir"]
    assert city.findings() == []


def test_an_answer_that_comes_while_the_case_is_suspended_is_kept_and_not_asked_for_again(city: City) -> None:
    case_id = _case(city, SERVICE)
    with city.by("clock") as by:
        order = orders.claim(by)
    assert order is not None
    suspend(city, case_id)

    with city.by("clock") as by:
        assert orders.settle(by, order, {"zona": "ZR9"})
    assert city.findings() == []
    resume(city, case_id)
    city.tick()

    assert city.case(case_id)["data"]["zona"] == "ZR9"
    assert city.rows(Outbox, kind="service")[0]["attempts"] == 1
    assert city.findings() == []


def test_legal_clocks_run_on_through_an_internal_suspension(city: City) -> None:
    case_id = _case(city, LEGAL_CLOCK)
    due = city.case(case_id)["due_at"]
    suspend(city, case_id)
    city.pass_time(days=10)
    resume(city, case_id)

    assert city.case(case_id)["due_at"] == due
    assert [row["state"] for row in city.rows(ClockEntry)] == ["corre"]


def test_with_a_ground_they_stop_and_run_on_after_it(city: City) -> None:
    case_id = _case(city, LEGAL_CLOCK)
    due = city.case(case_id)["due_at"]

    suspend(city, case_id, "Lei 9.784/1999, art. 67")
    assert (city.rows(Clock)[0]["status"], city.case(case_id)["due_at"]) == ("suspenso", None)
    assert city.rows(Timer)[0]["due_at"] is None
    city.pass_time(days=10)
    resume(city, case_id)

    assert (city.case(case_id)["due_at"] - due).days == 7  # from the 1st of May, a holiday, to the 11th: 4th to 11th
    states = [(row["state"], row["norm"]) for row in city.rows(ClockEntry)]
    assert states[1] == ("suspenso", "Lei 9.784/1999, art. 67")
    assert city.findings() == []


def test_a_ground_does_not_use_up_the_one_stop_of_a_requirement(city: City) -> None:
    case_id = _case(city, LEGAL_CLOCK)
    suspend(city, case_id, "Lei 9.784/1999, art. 67")
    city.pass_time(days=1)
    resume(city, case_id)

    city.complete(case_id, "analisar", {"exige": True})

    assert city.rows(Clock)[0]["status"] == "suspenso"
    assert city.findings() == []


def test_a_clock_that_a_requirement_has_stopped_stays_stopped_after_the_suspension(city: City) -> None:
    case_id = _case(city, LEGAL_CLOCK)
    city.complete(case_id, "analisar", {"exige": True})
    suspend(city, case_id, "Lei 9.784/1999, art. 67")
    city.pass_time(days=1)

    resume(city, case_id)
    assert city.rows(Clock)[0]["status"] == "suspenso"

    city.complete(case_id, "complementar")
    assert city.rows(Clock)[0]["status"] == "corre"
    assert city.findings() == []


def test_suspending_and_resuming_need_the_duty_a_reason_and_the_right_moment(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)

    with pytest.raises(Denied):
        suspend(city, case_id, who="protocolo")
    with pytest.raises(BadInput):
        suspend(city, case_id, why=Why(reason=""))
    with pytest.raises(CaseMoved):
        suspend(city, case_id, why=Why(reason="x", seen=99))
    with pytest.raises(HandRefused):
        resume(city, case_id)
    suspend(city, case_id)
    with pytest.raises(HandRefused):
        suspend(city, case_id)
    with city.by("operador") as by:
        operator.act_by_hand(by, case_id, Wish(kind="end"), WHY)
    with pytest.raises(CaseClosed):
        resume(city, case_id)

    assert [row["kind"] for row in city.rows(HandAct)] == ["suspend", "end"]


def test_a_task_of_a_suspended_case_may_still_be_taken(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    suspend(city, case_id)

    with city.by("protocolo") as by:
        tasks.take(by, city.task_id(case_id, "conferir"))

    assert city.rows(Task, element="conferir")[0]["assignee_id"] == city.servants["protocolo"]
