"""Returning a case to an earlier task: whither it may go, attempts that count on, and what stays as it was done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.acts import operator, returns, tasks
from engine.acts.operator import Why
from engine.errors import BadInput, CaseMoved, CaseSuspended, Denied, HandRefused, TaskNotOpen, TaskTaken
from engine.store.cases import Case, Step, Task
from engine.store.hand import HandAct
from engine.store.trail import AuditEntry
from tests.city import City
from tests.sketches import FORMS, LOOP, PAYMENT, boundary_timer, end, exclusive, parallel, sketch, sub, task
from tests.unit.runtime.handled import BLOCK

WHY = Why(reason="Falta a planta do pavimento superior.", motive="documento-faltante")
CHAIN = sketch(
    [
        task("pedir", "requerente"), task("conferir", "protocolo", due="P5D"), task("analisar", "obras", due="P10D"),
        task("parecer", "planejamento"), task("complementar", "requerente"), task("revisar", "obras"),
        task("assinar", "secretario", documento="termo"), task("arquivar", "protocolo"), end("fim", "emitido"),
    ],
    "inicio > pedir > conferir > analisar > parecer > complementar > revisar > assinar > arquivar > fim",
)  # fmt: skip


def _at(city: City, xml: bytes, *done: str) -> int:
    city.publish(xml, papers={"termo": "# Termo\n\nProcesso {{ processo.numero }}."})
    case_id = city.start().case_id
    for element in done:
        city.complete(case_id, element)
    return case_id


def _return(city: City, case_id: int, held: str, element: str, *, who: str = "obras", why: Why = WHY) -> None:
    task_id = city.task_id(case_id, held)
    with city.by(who) as by:
        returns.return_to(by, task_id, element, why)


def _targets(city: City, case_id: int, held: str, who: str) -> list[str]:
    with city.by(who, writes=False) as by:
        return [one.element for one in returns.targets(by, city.task_id(case_id, held))]


def test_a_returned_task_is_a_new_attempt_and_says_who_returned_it_and_why(city: City) -> None:
    case_id = _at(city, CHAIN, "conferir")
    city.pass_time(days=1)

    _return(city, case_id, "analisar", "conferir")

    (first, second) = sorted(city.rows(Task, element="conferir"), key=lambda row: row["attempt"])
    assert [(row["attempt"], row["status"]) for row in (first, second)] == [(1, "done"), (2, "open")]
    assert second["due_at"] - first["due_at"] == timedelta(days=1)  # its term is counted anew
    (act,) = city.rows(HandAct)
    assert (second["act_id"], act["kind"], act["motive"], act["by_name"]) == (
        act["id"], "return", "documento-faltante", "obras",
    )  # fmt: skip
    (closed,) = city.rows(Task, element="analisar")
    assert (closed["status"], closed["closed_by"]) == ("cancelled", "obras")
    (entry,) = city.rows(AuditEntry, action="task.return")
    assert entry["facts"]["reason"] == WHY.reason
    assert city.findings() == []


def test_returned_twice_the_attempts_are_one_two_three_and_nothing_of_them_is_lost(city: City) -> None:
    case_id = _at(city, CHAIN, "conferir")
    for _ in range(2):
        _return(city, case_id, "analisar", "conferir")
        city.complete(case_id, "conferir")

    assert [row["attempt"] for row in city.rows(Task, element="analisar", status="open")] == [3]
    attempts = sorted((row["attempt"], row["status"]) for row in city.rows(Task, element="conferir"))
    assert attempts == [(1, "done"), (2, "done"), (3, "done")]
    assert [row["element"] for row in city.rows(Step)].count("conferir") == 3
    for element in ("analisar", "parecer", "complementar", "revisar", "assinar", "arquivar"):
        city.complete(case_id, element)
    assert city.case(case_id)["outcome"] == "emitido"
    assert city.findings() == []


def test_a_return_goes_to_people_of_the_house_and_past_nothing_that_is_final(city: City) -> None:
    case_id = _at(city, CHAIN, "conferir", "analisar")

    assert _targets(city, case_id, "parecer", "planejamento") == ["analisar", "conferir"]
    city.complete(case_id, "parecer")
    city.complete(case_id, "complementar")
    assert _targets(city, case_id, "revisar", "obras") == []  # the requester has answered since
    city.complete(case_id, "revisar")
    assert _targets(city, case_id, "assinar", "secretario") == ["revisar"]
    city.complete(case_id, "assinar")
    assert _targets(city, case_id, "arquivar", "protocolo") == []  # the term is issued
    with pytest.raises(HandRefused) as refused:
        _return(city, case_id, "arquivar", "revisar", who="protocolo")
    assert refused.value.facts["reason"] == "not-returnable"


def test_a_return_does_not_go_past_a_payment(city: City) -> None:
    city.publish(PAYMENT)
    started = city.start()
    city.tell("pagamento_confirmado", started.number)

    assert _targets(city, started.case_id, "entregar", "protocolo") == []


def test_a_return_does_not_leave_what_a_legal_clock_runs_on(city: City) -> None:
    inside = [task("analisar", "obras"), task("rever", "obras"), end("fim_analise")]
    xml = sketch(
        [
            task("pedir", "requerente"), task("conferir", "protocolo"),
            sub("sp_analise", inside, "inicio_sp_analise > analisar > rever > fim_analise"),
            boundary_timer("b_legal", "sp_analise", "P60D", relogio="prazo_legal"), end("fim", "emitido"),
            end("fim_legal", "tacito"),
        ],
        "inicio > pedir > conferir > sp_analise > fim\nb_legal > fim_legal",
    )  # fmt: skip
    case_id = _at(city, xml, "conferir", "analisar")
    due = city.case(case_id)["due_at"]

    assert _targets(city, case_id, "rever", "obras") == ["analisar"]
    _return(city, case_id, "rever", "analisar")

    assert due is not None
    assert city.case(case_id)["due_at"] == due


def test_a_parallel_branch_that_did_not_come_of_the_task_is_no_target_and_stays_open(city: City) -> None:
    case_id = _at(city, BLOCK, "a", "b")

    assert _targets(city, case_id, "a2", "obras") == ["a"]
    _return(city, case_id, "a2", "a")

    assert city.open_elements(case_id) == ["a", "c"]


def test_returned_into_a_block_that_is_done_only_that_branch_is_done_again(city: City) -> None:
    case_id = _at(city, BLOCK, "a", "a2", "b", "c")
    with city.by("obras", writes=False) as by:
        seen = returns.foresee_return(by, city.task_id(case_id, "reunir"), "b")

    _return(city, case_id, "reunir", "b")

    assert ([one.element for one in seen.opens], seen.not_again) == (["b"], (("fecha", ("a2", "c")),))
    city.complete(case_id, "b")
    assert city.open_elements(case_id) == ["reunir"]
    assert city.findings() == []


def test_a_return_before_a_split_takes_the_colleagues_tasks_back_too(city: City) -> None:
    xml = sketch(
        [
            task("pedir", "requerente"), task("conferir", "protocolo"), parallel("abre"), task("urb", "planejamento"),
            task("amb", "meio_ambiente"), parallel("fecha"), end("fim"),
        ],
        "inicio > pedir > conferir > abre > urb > fecha\nabre > amb > fecha > fim",
    )  # fmt: skip
    case_id = _at(city, xml, "conferir")

    _return(city, case_id, "amb", "conferir", who="meio_ambiente")

    assert city.open_elements(case_id) == ["conferir"]
    assert {row["closed_by"] for row in city.rows(Task, status="cancelled")} == {"meio_ambiente"}
    city.complete(case_id, "conferir")
    assert city.open_elements(case_id) == ["amb", "urb"]
    assert city.findings() == []


def test_in_a_loop_a_return_counts_attempts_over_all_rounds(city: City) -> None:
    city.publish(LOOP, forms=FORMS)
    case_id = city.start().case_id
    for again in (True, False):
        city.complete(case_id, "urb")
        city.complete(case_id, "amb")
        if again:
            city.complete(case_id, "decidir", {"de_novo": True})

    _return(city, case_id, "decidir", "urb", who="secretario")

    assert city.open_task(case_id, "urb")["attempt"] == 3
    city.complete(case_id, "urb")
    assert city.open_elements(case_id) == ["decidir"]


def test_only_who_may_work_on_the_task_returns_it_with_a_motive_of_the_list_and_words(city: City) -> None:
    case_id = _at(city, CHAIN, "conferir")

    with pytest.raises(Denied):
        _return(city, case_id, "analisar", "conferir", who="fazenda")
    for why in (Why(reason="x"), Why(reason="x", motive="qualquer"), Why(reason=" ", motive="outro")):
        with pytest.raises(BadInput):
            _return(city, case_id, "analisar", "conferir", why=why)
    with city.by("obras2") as by:
        tasks.take(by, city.task_id(case_id, "analisar"))
    with pytest.raises(TaskTaken):
        _return(city, case_id, "analisar", "conferir")
    with pytest.raises(CaseMoved):
        _return(city, case_id, "analisar", "conferir", who="obras2", why=Why(reason="x", motive="outro", seen=1))

    assert city.open_elements(case_id) == ["analisar"]
    assert city.rows(HandAct) == []


def test_a_requester_returns_nothing_and_a_closed_task_or_a_suspended_case_neither(city: City) -> None:
    case_id = _at(city, CHAIN, "conferir", "analisar")
    gone = city.rows(Task, element="analisar")[0]["id"]
    with pytest.raises(TaskNotOpen), city.by("obras") as by:
        returns.return_to(by, gone, "conferir", WHY)
    city.complete(case_id, "parecer")
    with pytest.raises(Denied), city.by("requerente", case=case_id) as by:
        returns.return_to(by, city.task_id(case_id, "complementar"), "analisar", WHY)

    city.complete(case_id, "complementar")
    with city.by("operador") as by:
        by.connection.execute(Case.__table__.update().values(suspended_at=city.at))
    with pytest.raises(CaseSuspended):
        _return(city, case_id, "revisar", "analisar")


def test_an_operator_undoes_a_return_that_was_a_mistake(city: City) -> None:
    case_id = _at(city, CHAIN, "conferir")
    task_id = city.task_id(case_id, "analisar")
    _return(city, case_id, "analisar", "conferir")

    with city.by("operador") as by:
        operator.undo(by, case_id, city.rows(HandAct)[0]["id"], Why(reason="era outro processo"))

    assert city.task_id(case_id, "analisar") == task_id
    assert city.findings() == []


def test_a_choice_taken_before_is_taken_anew_after_the_return(city: City) -> None:
    xml = sketch(
        [task("pedir"), task("ver", form="conferir"), exclusive("g"), task("sim"), task("nao"), end("fim")],
        "inicio > pedir > ver > g\ng > sim : completo = true\ng > nao : *\nsim > fim\nnao > fim",
    )
    city.publish(xml, forms=FORMS)
    case_id = city.start(who="obras").case_id
    city.complete(case_id, "ver", {"completo": True})

    _return(city, case_id, "sim", "ver")
    city.complete(case_id, "ver", {"completo": False})

    assert city.open_elements(case_id) == ["nao"]
    assert city.findings() == []
