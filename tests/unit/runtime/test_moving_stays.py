"""Why a case stays in its version: every reason, with its element."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import StateNotReadable
from engine.runtime import moving
from engine.runtime.moving import Choices
from tests.city import MORNING
from tests.sketches import (
    Node,
    boundary_timer,
    end,
    exclusive,
    inclusive,
    message,
    parallel,
    script,
    service,
    sub,
    task,
    undo,
    undone_by,
)  # fmt: skip
from tests.unit.runtime.carried import BLOCK, LINE, SPLIT, Carried, drawn, many, simple
from tests.unit.runtime.walks import around


def test_a_case_stays_whose_open_task_is_gone() -> None:
    case = Carried(simple())

    assert case.reasons(drawn([], "inicio > pedir > fim")) == [("task-gone", "analisar")]


def test_a_case_stays_whose_open_task_does_not_wait_for_people_any_more() -> None:
    case = Carried(simple())

    assert case.reasons(drawn([script("analisar", "x = 1")], LINE)) == [("task-gone", "analisar")]


def test_a_case_stays_whose_open_task_is_now_inside_a_sub_process() -> None:
    case = Carried(simple())
    inside = sub("sp", [task("analisar"), end("f")], "inicio_sp > analisar > f")

    assert case.reasons(drawn([inside], "inicio > pedir > sp > fim")) == [("other-scope", "analisar")]


def test_a_case_stays_whose_sub_process_in_course_is_gone() -> None:
    inside = sub("sp", [task("dentro"), end("f")], "inicio_sp > dentro > f")
    case = Carried(drawn([inside], "inicio > pedir > sp > fim"))

    assert case.reasons(simple()) == [("subprocess-gone", "sp")]


def test_a_case_stays_whose_awaited_message_is_gone() -> None:
    case = Carried(drawn([message("m", "pago", '"k"')], "inicio > pedir > m > fim"))

    assert case.reasons(simple()) == [("element-gone", "m")]


def test_a_case_stays_whose_task_is_now_done_several_times() -> None:
    inner = '<bpmn:standardLoopCharacteristics testBefore="false" loopMaximum="3" />'
    again = Node("userTask", "analisar", {"camunda:candidateGroups": "obras"}, inner)
    case = Carried(simple())

    assert case.reasons(drawn([again], LINE)) == [("repeats-otherwise", "analisar")]


@pytest.mark.parametrize("words", [{"isSequential": "true"}, {"camunda:elementVariable": "outro"}])
def test_a_case_stays_whose_instances_under_way_would_be_others(words: dict[str, str]) -> None:
    case = Carried(many("a"), ("complete", "a"))

    assert ("repeats-otherwise", "a") in case.reasons(many("a", **words))


def test_a_case_stays_whose_instances_under_way_would_be_one_task() -> None:
    case = Carried(many("a"))

    assert ("repeats-otherwise", "a") in case.reasons(drawn([task("a")], "inicio > pedir > a > fim"))


def test_a_case_stays_whose_job_on_its_way_is_another() -> None:
    def served(topic: str) -> bytes:
        lot = service("s", topic, {"inscricao": '"1"'}, {"zona": "resultado.zona"})
        return drawn([lot, task("analisar")], "inicio > pedir > s > analisar > fim")

    case = Carried(served("cadastro.consultar"))

    assert case.reasons(served("pix.cobrar")) == [("job-changed", "s")]


def test_a_case_stays_whose_warning_was_given_and_would_now_interrupt() -> None:
    def warned(*, interrupting: bool) -> bytes:
        nodes = [boundary_timer("b", "analisar", "P1D", interrupting=interrupting), task("cobrar"), end("f_b")]
        return simple(*nodes, flows=f"{LINE}\nb > cobrar > f_b")

    case = Carried(warned(interrupting=False), ("fire", "b"))

    assert case.reasons(warned(interrupting=True)) == [("boundary-changed", "b")]


@pytest.mark.parametrize(
    ("nodes", "flows", "reasons"),
    [
        ([exclusive("p"), task("a"), task("b"), exclusive("q")],
         "inicio > pedir > p\np > a : x = 1\np > b : *\na > q\nb > q\nq > fim", [("join-changed", "q")]),
        ([parallel("p"), task("a"), task("b"), inclusive("q")], BLOCK, [("join-changed", "q")]),
        ([*SPLIT, task("c")], f"{BLOCK}\np > c > q", [("join-would-wait", "q")]),
        ([*SPLIT, task("c")], BLOCK.replace("a > q", "a > c > q"), [("branch-changed", "q")]),
        ([*SPLIT, task("c"), parallel("r")], "inicio > pedir > p\np > a > q\np > b > r\np > c > r > q\nq > fim",
         [("join-would-wait", "r")]),
    ],
    ids=["choice-instead", "inclusive-instead", "branch-more", "step-behind-the-token", "block-more"],
)  # fmt: skip
def test_a_case_stays_whose_running_branches_would_not_meet(
    nodes: list[Node], flows: str, reasons: list[tuple[str, str]]
) -> None:
    case = Carried(drawn(SPLIT, BLOCK), ("complete", "a"))

    assert case.reasons(drawn(nodes, flows)) == reasons


def test_the_same_change_lets_a_case_go_that_has_not_come_to_the_split() -> None:
    case = Carried(drawn([task("analisar"), *SPLIT], BLOCK.replace("pedir > p", "pedir > analisar > p")))
    flows = BLOCK.replace("pedir > p", "pedir > analisar > p") + "p > c > q"

    case.carry(drawn([task("analisar"), *SPLIT, task("c")], flows))

    assert sorted(one.element.id for one in case.step("complete", "analisar").opened) == ["a", "b", "c"]


def test_a_case_stays_that_could_not_undo_any_more_what_it_did() -> None:
    handlers = undone_by("a", script("x", "desfeito = true"))
    case = Carried(drawn([task("a"), *handlers, task("ver"), undo("u")], "inicio > pedir > a > ver > u > fim"),
                 ("complete", "a"))  # fmt: skip

    assert case.reasons(drawn([task("a"), task("ver")], "inicio > pedir > a > ver > fim")) == [("undo-gone", "a")]


@pytest.mark.parametrize("chosen", [{"analisar": "fim"}, {"ninguem": "analisar"}, {"analisar": "ninguem"}])
def test_a_choice_of_what_is_not_there_or_of_another_kind_is_told(chosen: dict[str, str]) -> None:
    case = Carried(simple())

    assert case.reasons(simple(), **chosen) == [("wrong-choice", next(iter(chosen)))]


def test_a_case_stays_whose_state_names_an_element_in_words_we_do_not_know() -> None:
    case = Carried(simple())
    case.run.notes["desconhecido"] = {"onde": ["analisar"]}

    assert case.reasons(drawn([task("outro")], "inicio > pedir > outro > fim"), analisar="outro") == [
        ("not-understood", "analisar")
    ]


def test_a_state_of_the_future_is_not_planned_for() -> None:
    case = Carried(simple())

    with pytest.raises(StateNotReadable):
        moving.plan(case.old, case.old, case.run.dump().replace('"v":1', '"v":99'), Choices())


def test_what_a_new_version_would_ask_of_an_open_task_can_be_foreseen() -> None:
    new = read(drawn([task("analisar", due="P5D")], LINE))

    due, term = moving.foreseen_due(new, "P5D", "analisar", {}, around(MORNING))

    assert term is not None
    assert (term.amount, term.unit, due > MORNING) == (5, "uteis", True)


def test_a_legal_clock_runs_on_when_its_timer_was_drawn_again() -> None:
    def clocked(name: str) -> bytes:
        legal = boundary_timer(name, "analisar", "P60D", relogio="prazo_legal")
        return simple(legal, end("f_b"), flows=f"{LINE}\n{name} > f_b")

    case = Carried(clocked("b"))
    ((_, due),) = case.now["timers"]

    case.carry(clocked("b2"))

    assert case.now["timers"] == [("b2", due)]
