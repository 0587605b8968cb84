"""What becomes of a case in a changed version: what it keeps, what begins, what stops, and why some cases stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.bpmn.reader import read
from engine.errors import StateNotReadable
from engine.runtime import moving
from engine.runtime.effects import Effects
from engine.runtime.moving import Choices, Plan
from engine.runtime.run import Run
from tests.city import MORNING
from tests.sketches import (
    Node,
    boundary_message,
    boundary_timer,
    end,
    event_based,
    exclusive,
    inclusive,
    message,
    parallel,
    script,
    service,
    sketch,
    sub,
    task,
    timer,
)  # fmt: skip
from tests.unit.runtime.walks import around, move, standing

_LATER = MORNING + timedelta(days=2)
_FIM = end("fim", "emitido")
_LINE = "inicio > pedir > analisar > fim"


def _drawn(nodes: list[Node], flows: str) -> bytes:
    return sketch([task("pedir", "requerente"), *nodes, _FIM], flows)


def _simple(*nodes: Node, flows: str = _LINE) -> bytes:
    return _drawn([task("analisar"), *nodes], flows)


class _Case:
    """A case of one version, taken where its moves lead, that a test plans to carry to another."""

    def __init__(self, xml: bytes, *moved: tuple[str, str], given: dict[str, Any] | None = None) -> None:
        self.old = read(xml)
        self.run = Run.start(self.old, {}, around())
        self.run.effects()
        for kind, element in [("complete", "pedir"), *moved]:
            move(self.run, kind, element, given or {})
            self.run.effects()
        self.data = self.run.document.values

    def plan(self, xml: bytes, **chosen: str) -> Plan:
        self.new = read(xml)
        return moving.plan(self.old, self.new, self.run.dump(), Choices(elements=chosen))

    def reasons(self, xml: bytes, **chosen: str) -> list[tuple[str, str]]:
        return [(reason.code, reason.element) for reason in self.plan(xml, **chosen).reasons]

    def carry(self, xml: bytes, **chosen: str) -> Effects:
        plan = self.plan(xml, **chosen)
        assert plan.reasons == ()
        made = moving.apply(plan, self.data, around(_LATER))
        effects = made.effects()
        self.run = Run.load(self.new, made.dump(), made.document.values, around(_LATER))
        return effects

    def step(self, kind: str, element: str) -> Effects:
        move(self.run, kind, element, {})
        effects = self.run.effects()
        self.run = Run.load(self.new, self.run.dump(), self.run.document.values, around(_LATER))
        return effects

    @property
    def now(self) -> dict[str, Any]:
        return standing(self.run.awaited())


# -- what it keeps ----------------------------------------------------------------------------------------------------


def test_an_open_task_keeps_its_id_under_the_new_id_of_its_element() -> None:
    case = _Case(_simple())
    (task_id,) = case.run.awaited().people

    case.carry(_drawn([task("novo"), script("x", "x = 1")], "inicio > pedir > novo > x > fim"), analisar="novo")

    assert case.run.awaited().people == {task_id: "novo"}
    assert case.step("complete", "novo").finished
    assert case.run.document.values["x"] == 1


def test_a_renamed_task_is_found_by_its_name_when_only_one_has_it() -> None:
    renamed = Node("userTask", "t9", {"name": "analisar", "camunda:candidateGroups": "obras"})
    case = _Case(_simple())

    plan = case.plan(_drawn([renamed], "inicio > pedir > t9 > fim"))

    assert plan.verdict == "goes"
    assert plan.mapping == {"analisar": "t9"}


def test_a_name_that_two_tasks_have_is_nobodys() -> None:
    twins = [Node("userTask", name, {"name": "analisar", "camunda:candidateGroups": "obras"}) for name in ("a", "b")]
    case = _Case(_simple())

    plan = case.plan(_drawn(twins, "inicio > pedir > a > b > fim"))

    assert plan.verdict == "needs-choice"
    assert plan.reasons == (moving.Reason(code="task-gone", element="analisar", candidates=("a", "b")),)


def test_a_finished_step_that_is_gone_leaves_no_trace_in_the_state() -> None:
    case = _Case(_drawn([script("x", "x = 1"), task("analisar")], "inicio > pedir > x > analisar > fim"))

    case.carry(_simple())

    assert '"x"' not in case.run.dump()
    assert case.step("complete", "analisar").finished


def test_a_step_put_before_the_end_is_gone_through() -> None:
    case = _Case(_simple())

    case.carry(_simple(task("assinar"), flows="inicio > pedir > analisar > assinar > fim"))
    effects = case.step("complete", "analisar")

    assert [one.element.id for one in effects.opened] == ["assinar"]


def test_timers_and_messages_that_are_kept_keep_their_instants_and_keys() -> None:
    nodes = [boundary_timer("b", "analisar", "P10D"), end("f_b"), boundary_message("m", "analisar", "pago", "1 + 1")]
    case = _Case(_simple(*nodes, end("f_m"), flows=f"{_LINE}\nb > f_b\nm > f_m"))
    before = case.now

    nodes = [boundary_timer("b", "analisar", "P90D"), end("f_b"), boundary_message("m", "analisar", "pago", "7")]
    effects = case.carry(_simple(*nodes, end("f_m"), flows=f"{_LINE}\nb > f_b\nm > f_m"))

    assert case.now == before
    assert (effects.timers, effects.waits) == ([], [])


# -- what begins and stops --------------------------------------------------------------------------------------------


def test_a_deadline_that_is_new_on_an_open_task_is_counted_from_the_move() -> None:
    case = _Case(_simple())

    effects = case.carry(
        _simple(boundary_timer("b", "analisar", "P3D"), end("f_b", "tarde"), flows=f"{_LINE}\nb > f_b")
    )

    (start,) = effects.timers
    assert start.element == "b"
    assert start.due_at > _LATER + timedelta(days=2)
    assert case.now["timers"] == [("b", start.due_at)]
    assert case.step("fire", "b").outcome == "tarde"


def test_a_task_with_a_new_deadline_ends_as_before() -> None:
    case = _Case(_simple())

    case.carry(_simple(boundary_timer("b", "analisar", "P3D"), end("f_b", "tarde"), flows=f"{_LINE}\nb > f_b"))
    effects = case.step("complete", "analisar")

    assert (effects.outcome, effects.finished) == ("emitido", True)
    assert [name for _, name in effects.timers_gone] == ["b"]


def test_a_deadline_that_is_gone_stops() -> None:
    case = _Case(_simple(boundary_timer("b", "analisar", "P3D"), end("f_b"), flows=f"{_LINE}\nb > f_b"))

    effects = case.carry(_simple())

    assert [name for _, name in effects.timers_gone] == ["b"]
    assert case.now["timers"] == []
    assert case.step("complete", "analisar").finished


def test_one_deadline_may_take_the_place_of_another() -> None:
    case = _Case(_simple(boundary_timer("b", "analisar", "P3D"), end("f_b"), flows=f"{_LINE}\nb > f_b"))

    plan = case.plan(_simple(boundary_timer("c", "analisar", "P5D"), end("f_c"), flows=f"{_LINE}\nc > f_c"))

    assert (plan.verdict, plan.stops, plan.begins) == ("goes", ("b",), ("c",))


def test_a_warning_that_was_given_is_not_given_again() -> None:
    nodes = [boundary_timer("b", "analisar", "P1D", interrupting=False), end("f_b")]
    case = _Case(_simple(*nodes, flows=f"{_LINE}\nb > f_b"), ("fire", "b"))

    effects = case.carry(_simple(*nodes, task("ver"), flows="inicio > pedir > analisar > ver > fim\nb > f_b"))

    assert effects.timers == []
    assert [one.element.id for one in case.step("complete", "analisar").opened] == ["ver"]


def test_what_a_warning_started_goes_on_when_the_warning_is_gone() -> None:
    nodes = [boundary_timer("b", "analisar", "P1D", interrupting=False), task("cobrar"), end("f_b")]
    flows = f"{_LINE}\nb > cobrar > f_b"
    case = _Case(_simple(*nodes, flows=flows), ("fire", "b"))

    case.carry(_simple(exclusive("g"), task("cobrar"), flows="inicio > pedir > g\ng > analisar : true\n"
                       "g > cobrar : *\nanalisar > fim\ncobrar > fim"))  # fmt: skip

    assert case.now["tasks"] == ["analisar", "cobrar"]
    assert not case.step("complete", "analisar").finished
    assert case.step("complete", "cobrar").finished


def test_what_a_warning_started_goes_on_beside_another_warning() -> None:
    nodes = [boundary_timer("b", "analisar", "P1D", interrupting=False), task("cobrar"), end("f_b")]
    case = _Case(_simple(*nodes, flows=f"{_LINE}\nb > cobrar > f_b"), ("fire", "b"))
    other = [boundary_timer("c", "analisar", "P2D", interrupting=False), task("cobrar"), end("f_b")]

    case.carry(_simple(*other, flows=f"{_LINE}\nc > cobrar > f_b"))

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
    case = _Case(_drawn([event_based("g"), _PAID, timer("tm", "P3D")], _RACE))
    kept = case.now["waits"]

    effects = case.carry(_drawn([event_based("g"), _PAID, timer("outro", "P9D")], _RACE.replace("tm", "outro")))

    assert case.now["waits"] == kept
    assert [name for name, _ in case.now["timers"]] == ["outro"]
    assert [one.element for one in effects.timers] == ["outro"]
    assert case.step("fire", "outro").finished


def test_a_failed_element_is_retried_as_the_new_version_has_it() -> None:
    flows = "inicio > pedir > g\ng > analisar : valor > 10\ng > fim : valor <= 10\nanalisar > fim"
    case = _Case(_simple(exclusive("g"), flows=flows))
    (failed,) = case.run.awaited().failed

    case.carry(_simple(exclusive("g"), flows=flows.replace("valor > 10", "valor = null")))
    assert case.run.retry(failed)

    assert [one.element.id for one in case.run.effects().opened] == ["analisar"]


def test_a_job_on_its_way_brings_its_result_to_the_new_version() -> None:
    def served(name: str) -> bytes:
        lot = service("s", "cadastro.consultar", {"inscricao": '"1"'}, {name: "resultado.zona"})
        return _drawn([lot, task("analisar")], "inicio > pedir > s > analisar > fim")

    case = _Case(served("zona"))

    case.carry(served("bairro"))
    move(case.run, "finish", "", {"zona": "ZR2"})

    assert case.run.document.values["bairro"] == "ZR2"


_BLOCK = """
inicio > pedir > p
p > a > q
p > b > q
q > fim
"""
_SPLIT = [parallel("p"), task("a"), task("b"), parallel("q")]


def test_a_token_that_has_come_to_a_join_has_come_there_in_the_new_version() -> None:
    case = _Case(_drawn(_SPLIT, _BLOCK), ("complete", "a"))

    case.carry(_drawn([*_SPLIT, script("x", "x = 1")], _BLOCK.replace("b > q", "b > x > q")))

    assert case.step("complete", "b").finished


def test_a_loop_keeps_its_turns() -> None:
    def looped(name: str) -> bytes:
        inner = '<bpmn:standardLoopCharacteristics testBefore="false" loopMaximum="3" />'
        again = Node("userTask", name, {"name": "Repetir", "camunda:candidateGroups": "obras"}, inner)
        return _drawn([again], f"inicio > pedir > {name} > fim")

    case = _Case(looped("a"), ("complete", "a"), ("complete", "a"))

    case.carry(looped("b"))

    assert case.step("complete", "b").finished


def test_a_sub_process_in_course_goes_with_what_is_in_it() -> None:
    def inside(name: str) -> bytes:
        body = sub(name, [task("dentro"), end("f")], f"inicio_{name} > dentro > f").inner
        return _drawn([Node("subProcess", name, {"name": "Análise"}, body)], f"inicio > pedir > {name} > fim")

    case = _Case(inside("sp"))

    case.carry(inside("novo"))

    assert case.step("complete", "dentro").finished


# -- why cases stay ---------------------------------------------------------------------------------------------------


def test_a_case_stays_whose_open_task_is_gone() -> None:
    case = _Case(_simple())

    assert case.reasons(_drawn([], "inicio > pedir > fim")) == [("task-gone", "analisar")]


def test_a_case_stays_whose_open_task_does_not_wait_for_people_any_more() -> None:
    case = _Case(_simple())

    assert case.reasons(_drawn([script("analisar", "x = 1")], _LINE)) == [("task-gone", "analisar")]


def test_a_case_stays_whose_open_task_is_now_inside_a_sub_process() -> None:
    case = _Case(_simple())
    inside = sub("sp", [task("analisar"), end("f")], "inicio_sp > analisar > f")

    assert case.reasons(_drawn([inside], "inicio > pedir > sp > fim")) == [("other-scope", "analisar")]


def test_a_case_stays_whose_sub_process_in_course_is_gone() -> None:
    inside = sub("sp", [task("dentro"), end("f")], "inicio_sp > dentro > f")
    case = _Case(_drawn([inside], "inicio > pedir > sp > fim"))

    assert case.reasons(_simple()) == [("subprocess-gone", "sp")]


def test_a_case_stays_whose_awaited_message_is_gone() -> None:
    case = _Case(_drawn([message("m", "pago", '"k"')], "inicio > pedir > m > fim"))

    assert case.reasons(_simple()) == [("element-gone", "m")]


def test_a_case_stays_whose_task_is_now_done_several_times() -> None:
    inner = '<bpmn:standardLoopCharacteristics testBefore="false" loopMaximum="3" />'
    again = Node("userTask", "analisar", {"camunda:candidateGroups": "obras"}, inner)
    case = _Case(_simple())

    assert case.reasons(_drawn([again], _LINE)) == [("repeats-otherwise", "analisar")]


def test_a_case_stays_whose_job_on_its_way_is_another() -> None:
    def served(topic: str) -> bytes:
        lot = service("s", topic, {"inscricao": '"1"'}, {"zona": "resultado.zona"})
        return _drawn([lot, task("analisar")], "inicio > pedir > s > analisar > fim")

    case = _Case(served("cadastro.consultar"))

    assert case.reasons(served("pix.cobrar")) == [("job-changed", "s")]


def test_a_case_stays_whose_warning_was_given_and_would_now_interrupt() -> None:
    def warned(*, interrupting: bool) -> bytes:
        nodes = [boundary_timer("b", "analisar", "P1D", interrupting=interrupting), task("cobrar"), end("f_b")]
        return _simple(*nodes, flows=f"{_LINE}\nb > cobrar > f_b")

    case = _Case(warned(interrupting=False), ("fire", "b"))

    assert case.reasons(warned(interrupting=True)) == [("boundary-changed", "b")]


@pytest.mark.parametrize(
    ("nodes", "flows", "reasons"),
    [
        ([exclusive("p"), task("a"), task("b"), exclusive("q")],
         "inicio > pedir > p\np > a : x = 1\np > b : *\na > q\nb > q\nq > fim", [("join-changed", "q")]),
        ([parallel("p"), task("a"), task("b"), inclusive("q")], _BLOCK, [("join-changed", "q")]),
        ([*_SPLIT, task("c")], f"{_BLOCK}\np > c > q", [("join-would-wait", "q")]),
        ([*_SPLIT, task("c")], _BLOCK.replace("a > q", "a > c > q"), [("branch-changed", "q")]),
        ([*_SPLIT, task("c"), parallel("r")], "inicio > pedir > p\np > a > q\np > b > r\np > c > r > q\nq > fim",
         [("join-would-wait", "r")]),
    ],
    ids=["choice-instead", "inclusive-instead", "branch-more", "step-behind-the-token", "block-more"],
)  # fmt: skip
def test_a_case_stays_whose_running_branches_would_not_meet(
    nodes: list[Node], flows: str, reasons: list[tuple[str, str]]
) -> None:
    case = _Case(_drawn(_SPLIT, _BLOCK), ("complete", "a"))

    assert case.reasons(_drawn(nodes, flows)) == reasons


def test_the_same_change_lets_a_case_go_that_has_not_come_to_the_split() -> None:
    case = _Case(_drawn([task("analisar"), *_SPLIT], _BLOCK.replace("pedir > p", "pedir > analisar > p")))
    flows = _BLOCK.replace("pedir > p", "pedir > analisar > p") + "p > c > q"

    case.carry(_drawn([task("analisar"), *_SPLIT, task("c")], flows))

    assert sorted(one.element.id for one in case.step("complete", "analisar").opened) == ["a", "b", "c"]


@pytest.mark.parametrize("chosen", [{"analisar": "fim"}, {"ninguem": "analisar"}, {"analisar": "ninguem"}])
def test_a_choice_of_what_is_not_there_or_of_another_kind_is_told(chosen: dict[str, str]) -> None:
    case = _Case(_simple())

    assert case.reasons(_simple(), **chosen) == [("wrong-choice", next(iter(chosen)))]


def test_a_case_stays_whose_state_names_an_element_in_words_we_do_not_know() -> None:
    case = _Case(_simple())
    case.run.notes["desconhecido"] = {"onde": ["analisar"]}

    assert case.reasons(_drawn([task("outro")], "inicio > pedir > outro > fim"), analisar="outro") == [
        ("not-understood", "analisar")
    ]


def test_a_state_of_the_future_is_not_planned_for() -> None:
    case = _Case(_simple())

    with pytest.raises(StateNotReadable):
        moving.plan(case.old, case.old, case.run.dump().replace('"v":1', '"v":99'), Choices())


def test_what_a_new_version_would_ask_of_an_open_task_can_be_foreseen() -> None:
    new = read(_drawn([task("analisar", due="P5D")], _LINE))

    due, term = moving.foreseen_due(new, "analisar", {}, around(MORNING))

    assert due is not None
    assert term is not None
    assert (term.amount, term.unit, due > MORNING) == (5, "uteis", True)
