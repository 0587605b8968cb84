"""What becomes of a case in a changed version: what it keeps, what begins, what stops, and why some cases stay."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from engine.runtime import moving
from tests.sketches import (
    Node,
    after,
    boundary_message,
    boundary_timer,
    end,
    event_based,
    exclusive,
    message,
    script,
    service,
    signalled,
    sketch,
    sub,
    task,
    timer,
    undo,
    undone_by,
)  # fmt: skip
from tests.unit.runtime.carried import BLOCK, LATER, LINE, SPLIT, Carried, drawn, many, simple, withdrawable
from tests.unit.runtime.walks import move

# -- what it keeps ----------------------------------------------------------------------------------------------------


def test_an_open_task_keeps_its_id_under_the_new_id_of_its_element() -> None:
    case = Carried(simple())
    (task_id,) = case.run.awaited().people

    case.carry(drawn([task("novo"), script("x", "x = 1")], "inicio > pedir > novo > x > fim"), analisar="novo")

    assert case.run.awaited().people == {task_id: "novo"}
    assert case.step("complete", "novo").finished
    assert case.run.document.values["x"] == 1


def test_a_renamed_task_is_found_by_its_name_when_only_one_has_it() -> None:
    renamed = Node("userTask", "t9", {"name": "analisar", "camunda:candidateGroups": "obras"})
    case = Carried(simple())

    plan = case.plan(drawn([renamed], "inicio > pedir > t9 > fim"))

    assert plan.verdict == "goes"
    assert plan.mapping == {"analisar": "t9"}


def test_a_name_that_two_tasks_have_is_nobodys() -> None:
    twins = [Node("userTask", name, {"name": "analisar", "camunda:candidateGroups": "obras"}) for name in ("a", "b")]
    case = Carried(simple())

    plan = case.plan(drawn(twins, "inicio > pedir > a > b > fim"))

    assert plan.verdict == "needs-choice"
    assert plan.reasons == (moving.Reason(code="task-gone", element="analisar", candidates=("a", "b")),)


def test_a_finished_step_that_is_gone_leaves_no_trace_in_the_state() -> None:
    case = Carried(drawn([script("x", "x = 1"), task("analisar")], "inicio > pedir > x > analisar > fim"))

    case.carry(simple())

    assert '"x"' not in case.run.dump()
    assert case.step("complete", "analisar").finished


def test_a_step_put_before_the_end_is_gone_through() -> None:
    case = Carried(simple())

    case.carry(simple(task("assinar"), flows="inicio > pedir > analisar > assinar > fim"))
    effects = case.step("complete", "analisar")

    assert [one.element.id for one in effects.opened] == ["assinar"]


def test_timers_and_messages_that_are_kept_keep_their_instants_and_keys() -> None:
    nodes = [boundary_timer("b", "analisar", "P10D"), end("f_b"), boundary_message("m", "analisar", "pago", "1 + 1")]
    case = Carried(simple(*nodes, end("f_m"), flows=f"{LINE}\nb > f_b\nm > f_m"))
    before = case.now

    nodes = [boundary_timer("b", "analisar", "P90D"), end("f_b"), boundary_message("m", "analisar", "pago", "7")]
    effects = case.carry(simple(*nodes, end("f_m"), flows=f"{LINE}\nb > f_b\nm > f_m"))

    assert case.now == before
    assert (effects.timers, effects.waits) == ([], [])


# -- what begins and stops --------------------------------------------------------------------------------------------


def test_a_deadline_that_is_new_on_an_open_task_is_counted_from_the_move() -> None:
    case = Carried(simple())

    effects = case.carry(simple(boundary_timer("b", "analisar", "P3D"), end("f_b", "tarde"), flows=f"{LINE}\nb > f_b"))

    (start,) = effects.timers
    assert start.element == "b"
    assert start.due_at > LATER + timedelta(days=2)
    assert case.now["timers"] == [("b", start.due_at)]
    assert case.step("fire", "b").outcome == "tarde"


def test_a_task_with_a_new_deadline_ends_as_before() -> None:
    case = Carried(simple())

    case.carry(simple(boundary_timer("b", "analisar", "P3D"), end("f_b", "tarde"), flows=f"{LINE}\nb > f_b"))
    effects = case.step("complete", "analisar")

    assert (effects.outcome, effects.finished) == ("emitido", True)
    assert [name for _, name in effects.timers_gone] == ["b"]


def test_a_deadline_that_is_gone_stops() -> None:
    case = Carried(simple(boundary_timer("b", "analisar", "P3D"), end("f_b"), flows=f"{LINE}\nb > f_b"))

    effects = case.carry(simple())

    assert [name for _, name in effects.timers_gone] == ["b"]
    assert case.now["timers"] == []
    assert case.step("complete", "analisar").finished


def test_one_deadline_may_take_the_place_of_another() -> None:
    case = Carried(simple(boundary_timer("b", "analisar", "P3D"), end("f_b"), flows=f"{LINE}\nb > f_b"))

    plan = case.plan(simple(boundary_timer("c", "analisar", "P5D"), end("f_c"), flows=f"{LINE}\nc > f_c"))

    assert (plan.verdict, plan.stops, plan.begins) == ("goes", ("b",), ("c",))


def test_a_warning_that_was_given_is_not_given_again() -> None:
    nodes = [boundary_timer("b", "analisar", "P1D", interrupting=False), end("f_b")]
    case = Carried(simple(*nodes, flows=f"{LINE}\nb > f_b"), ("fire", "b"))

    effects = case.carry(simple(*nodes, task("ver"), flows="inicio > pedir > analisar > ver > fim\nb > f_b"))

    assert effects.timers == []
    assert [one.element.id for one in case.step("complete", "analisar").opened] == ["ver"]


def test_what_a_warning_started_goes_on_when_the_warning_is_gone() -> None:
    nodes = [boundary_timer("b", "analisar", "P1D", interrupting=False), task("cobrar"), end("f_b")]
    flows = f"{LINE}\nb > cobrar > f_b"
    case = Carried(simple(*nodes, flows=flows), ("fire", "b"))

    case.carry(simple(exclusive("g"), task("cobrar"), flows="inicio > pedir > g\ng > analisar : true\n"
                       "g > cobrar : *\nanalisar > fim\ncobrar > fim"))  # fmt: skip

    assert case.now["tasks"] == ["analisar", "cobrar"]
    assert not case.step("complete", "analisar").finished
    assert case.step("complete", "cobrar").finished


def test_what_a_warning_started_goes_on_beside_another_warning() -> None:
    nodes = [boundary_timer("b", "analisar", "P1D", interrupting=False), task("cobrar"), end("f_b")]
    case = Carried(simple(*nodes, flows=f"{LINE}\nb > cobrar > f_b"), ("fire", "b"))
    other = [boundary_timer("c", "analisar", "P2D", interrupting=False), task("cobrar"), end("f_b")]

    case.carry(simple(*other, flows=f"{LINE}\nc > cobrar > f_b"))

    assert case.now["tasks"] == ["analisar", "cobrar"]
    assert [name for name, _ in case.now["timers"]] == ["c"]
    case.step("complete", "analisar")
    assert case.step("complete", "cobrar").finished


_RACE = """
inicio > pedir > g > m_pago > fim
g > tm > fim
"""
_PAID = message("m_pago", "pago", '"k"')


def test_a_gateway_waits_for_one_more_event_and_no_longer_for_one_that_is_gone() -> None:
    case = Carried(drawn([event_based("g"), _PAID, timer("tm", "P3D")], _RACE))
    kept = case.now["waits"]

    effects = case.carry(drawn([event_based("g"), _PAID, timer("outro", "P9D")], _RACE.replace("tm", "outro")))

    assert case.now["waits"] == kept
    assert [name for name, _ in case.now["timers"]] == ["outro"]
    assert [one.element for one in effects.timers] == ["outro"]
    assert case.step("fire", "outro").finished


def test_a_failed_element_is_retried_as_the_new_version_has_it() -> None:
    flows = "inicio > pedir > g\ng > analisar : valor > 10\ng > fim : valor <= 10\nanalisar > fim"
    case = Carried(simple(exclusive("g"), flows=flows))
    (failed,) = case.run.awaited().failed

    case.carry(simple(exclusive("g"), flows=flows.replace("valor > 10", "valor = null")))
    assert case.run.retry(failed)

    assert [one.element.id for one in case.run.effects().opened] == ["analisar"]


def test_a_job_on_its_way_brings_its_result_to_the_new_version() -> None:
    def served(name: str) -> bytes:
        lot = service("s", "cadastro.consultar", {"inscricao": '"1"'}, {name: "resultado.zona"})
        return drawn([lot, task("analisar")], "inicio > pedir > s > analisar > fim")

    case = Carried(served("zona"))

    case.carry(served("bairro"))
    move(case.run, "finish", "", {"zona": "ZR2"})

    assert case.run.document.values["bairro"] == "ZR2"


def test_a_token_that_has_come_to_a_join_has_come_there_in_the_new_version() -> None:
    case = Carried(drawn(SPLIT, BLOCK), ("complete", "a"))

    case.carry(drawn([*SPLIT, script("x", "x = 1")], BLOCK.replace("b > q", "b > x > q")))

    assert case.step("complete", "b").finished


def test_a_loop_keeps_its_turns() -> None:
    def looped(name: str) -> bytes:
        inner = '<bpmn:standardLoopCharacteristics testBefore="false" loopMaximum="3" />'
        again = Node("userTask", name, {"name": "Repetir", "camunda:candidateGroups": "obras"}, inner)
        return drawn([again], f"inicio > pedir > {name} > fim")

    case = Carried(looped("a"), ("complete", "a"), ("complete", "a"))

    case.carry(looped("b"))

    assert case.step("complete", "b").finished


def test_a_sub_process_in_course_goes_with_what_is_in_it() -> None:
    def inside(name: str) -> bytes:
        body = sub(name, [task("dentro"), end("f")], f"inicio_{name} > dentro > f").inner
        return drawn([Node("subProcess", name, {"name": "Análise"}, body)], f"inicio > pedir > {name} > fim")

    case = Carried(inside("sp"))

    case.carry(inside("novo"))

    assert case.step("complete", "dentro").finished


def test_what_was_done_is_undone_by_the_new_version() -> None:
    def undoing(name: str) -> bytes:
        kept = Node("userTask", name, {"name": "Fazer", "camunda:candidateGroups": "obras"})
        handlers = undone_by(name, script("x", "desfeito = true"))
        return drawn([kept, *handlers, task("ver"), undo("u")], f"inicio > pedir > {name} > ver > u > fim")

    case = Carried(undoing("a"), ("complete", "a"))

    case.carry(undoing("b"))

    assert case.step("complete", "ver").finished
    assert case.run.document.values["desfeito"] is True


def test_a_signal_that_was_awaited_is_awaited_under_the_new_id() -> None:
    def heard(name: str) -> bytes:
        catch = Node("intermediateCatchEvent", name, {"name": "Ouvir"}, signalled("aviso"))
        return drawn([catch, task("ver")], f"inicio > pedir > {name} > ver > fim")

    case = Carried(heard("s"))

    case.carry(heard("s2"))
    ((task_id, element),) = case.run.awaited().waits
    assert case.run.signal("aviso", {}, [(task_id, element)])

    assert element == "s2"
    assert [one.element.id for one in case.run.effects().opened] == ["ver"]


@pytest.mark.parametrize("sequential", ["false", "true"])
def test_instances_under_way_keep_their_number_and_what_is_theirs(sequential: str) -> None:
    case = Carried(many("a", isSequential=sequential), ("complete", "a"))
    kept = case.run.dump().split('"local"')[1:]

    case.carry(many("b", isSequential=sequential))

    assert [row[:12] for row in case.run.dump().split('"local"')[1:]] == [row[:12] for row in kept]
    case.step("complete", "b")
    assert case.step("complete", "b").finished


def test_a_called_process_in_course_goes_with_its_call() -> None:
    def calling(name: str) -> bytes:
        inner = sketch([task("dentro"), end("f")], "inicio > dentro > f", process="outro").decode()
        other = re.sub(r"(?:id|sourceRef|targetRef)=.inicio", lambda found: f"{found[0]}_outro", inner)
        called = other[other.index("<bpmn:process") : other.index("</bpmn:definitions>")].replace("true", "false", 1)
        kept = Node("callActivity", name, {"name": "Chamar", "calledElement": "outro"})
        mine = drawn([kept], f"inicio > pedir > {name} > fim").decode()
        return mine.replace("</bpmn:definitions>", f"{called}</bpmn:definitions>").encode()

    case = Carried(calling("c"))
    before = case.run.awaited().people

    case.carry(calling("d"))

    assert case.run.awaited().people == before
    assert case.step("complete", "dentro").finished


def test_an_event_sub_process_that_is_new_around_a_case_begins_to_wait() -> None:
    case = Carried(simple())
    people = case.run.awaited().people

    effects = case.carry(withdrawable())

    assert case.run.awaited().people == people
    assert [wait.element for wait in effects.waits] == ["m_d"]
    assert case.step("deliver", "m_d").closed
    assert case.step("complete", "juntar").outcome == "desistencia"


def test_a_case_ends_as_before_with_an_event_sub_process_put_around_it_or_taken_away() -> None:
    for old, new in ((simple(), withdrawable()), (withdrawable(), simple())):
        case = Carried(old)

        case.carry(new)

        assert case.step("complete", "analisar").outcome == "emitido"


def test_an_event_sub_process_that_is_gone_stops_waiting() -> None:
    case = Carried(withdrawable())

    effects = case.carry(simple())

    assert [name for _, name in effects.waits_gone] == ["m_d"]
    assert case.now["waits"] == []


def test_an_event_sub_process_may_come_around_a_sub_process_in_course() -> None:
    def inside(*more: Node) -> bytes:
        body = sub("sp", [task("dentro"), end("f"), *more], "inicio_sp > dentro > f")
        return drawn([body], "inicio > pedir > sp > fim")

    handler = sub("ev", [Node("startEvent", "t_ev", {}, after("P3D")), end("f_ev")], "t_ev > f_ev", on_event=True)
    case = Carried(inside())

    effects = case.carry(inside(handler))

    assert [one.element for one in effects.timers] == ["t_ev"]
    assert case.step("complete", "dentro").finished


def test_a_case_stays_whose_event_sub_process_in_course_is_gone() -> None:
    case = Carried(withdrawable(), ("deliver", "m_d"))

    assert [code for code, _ in case.reasons(simple())] == ["subprocess-gone"]
