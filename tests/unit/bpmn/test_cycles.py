"""Timers that repeat: boundary events that do not interrupt, event sub-processes, waits; bounds and interruptions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.bpmn.check.around import Surroundings
from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.city import MORNING
from tests.sketches import Node, boundary, end, exclusive, on, sketch, sub, task
from tests.unit.runtime.played import Played, catches, cycle, says


def reminded(text: str, *, interrupting: bool = False) -> Played:
    """Return a case whose task is reminded by a cycle."""
    nodes = [
        task("analisar"), boundary("b_lembra", "analisar", cycle(text), interrupting=interrupting), says("lembrar"),
        says("seguir"), end("fim"), end("fim_lembrado"),
    ]  # fmt: skip
    return Played(nodes, "inicio > analisar > seguir > fim\nb_lembra > lembrar > fim_lembrado")


def test_a_cycle_that_does_not_interrupt_fires_as_often_as_it_says():
    case = reminded("R3/PT10S")

    for _ in range(6):
        case.passed(seconds=10)

    assert case.log == ["lembrar"] * 3
    assert (case.open, case.due) == (["analisar"], [])
    assert case.done("analisar").finished


def test_a_cycle_without_end_goes_on_while_the_activity_does():
    case = reminded("R/P1D")

    for _ in range(20):
        case.passed(days=1)

    assert len(case.run.dump()) < 1_200
    assert len(case.log) == 20
    assert case.done("analisar").log[-1] == "seguir"
    assert case.finished


def test_a_cycle_that_interrupts_fires_at_its_first_instant_and_is_over():
    case = reminded("R3/PT10S", interrupting=True).passed(seconds=10)

    assert (case.log, case.finished, case.due) == (["lembrar"], True, [])


def test_after_an_interruption_a_cycle_fires_once_and_counts_what_it_missed():
    case = reminded("R10/PT1H").passed(hours=4, minutes=30)

    assert (case.log, case.missed) == (["lembrar"], [3])
    assert case.due == [MORNING + timedelta(hours=5)]
    assert case.passed(hours=20).missed == [3, 5]
    assert (case.log, case.due) == (["lembrar"] * 2, [])


def test_a_wait_for_a_cycle_ends_at_its_first_instant():
    case = Played([catches("espera", cycle("R3/PT10S")), says("seguir")], "inicio > espera > seguir").passed(seconds=10)

    assert (case.log, case.finished) == (["seguir"], True)


def test_each_round_of_a_loop_begins_the_cycle_anew():
    nodes = [
        exclusive("g_volta"), task("analisar"), boundary("b", "analisar", cycle("R2/PT10S"), interrupting=False),
        says("lembrar"), exclusive("g"), end("fim"), end("fim_b"),
    ]  # fmt: skip
    case = Played(nodes, "inicio > g_volta > analisar > g\ng > g_volta : volta\ng > fim : *\nb > lembrar > fim_b")

    case.passed(seconds=10).done("analisar", volta=True).passed(seconds=10).passed(seconds=10).passed(seconds=10)

    assert len(case.log) == 3
    assert case.done("analisar", volta=False).finished


def test_an_event_sub_process_starts_at_each_instant_while_its_scope_goes_on():
    handler = sub("lembrete", [on("s", cycle("R/PT1H"), interrupting=False), says("lembrar")], "s > lembrar",
                  on_event=True)  # fmt: skip
    case = Played([task("analisar"), handler], "inicio > analisar").passed(hours=1).passed(hours=1)

    assert case.log == ["lembrar", "lembrar"]
    assert case.done("analisar").finished


def test_an_expression_may_give_the_cycle():
    nodes = [
        task("a"), boundary("b", "a", cycle('"R2/PT" + string(horas) + "H"'), interrupting=False), says("lembrar"),
        end("fim"), end("fim_b"),
    ]  # fmt: skip
    case = Played(nodes, "inicio > a > fim\nb > lembrar > fim_b", horas=5)

    assert case.due == [MORNING + timedelta(hours=5)]


def test_an_expression_that_gives_no_cycle_leaves_the_event_failed_until_it_does():
    nodes = [
        task("a"), boundary("b", "a", cycle("lembra"), interrupting=False), says("lembrar"), end("fim"), end("fim_b"),
    ]  # fmt: skip
    case = Played(nodes, "inicio > a > fim\nb > lembrar > fim_b", lembra="amanhã")

    assert (case.failures, case.open, case.due) == (["expression-refused"], ["a"], [])
    case.run.document.write(("lembra",), "R1/PT1H")
    assert case.retried().due == [MORNING + timedelta(hours=1)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("R3/P", "not-a-cycle"),
        ("R0/P1D", "not-a-cycle"),
        ("R3/PT30S", "not-a-cycle"),
        ("0 0 9 * *", "expression-refused"),
    ],
)
def test_a_cycle_written_out_wrongly_or_too_often_is_refused(text: str, code: str):
    drawn = sketch([catches("espera", cycle(text))], "inicio > espera")

    with pytest.raises(DiagramRefused) as refused:
        read(drawn, Surroundings(shortest_cycle=timedelta(minutes=1)))

    assert [(one["element"], one["code"]) for one in refused.value.facts["findings"]] == [("espera", code)]


def test_a_legal_clock_is_not_a_cycle():
    nodes: list[Node] = [
        task("a"), boundary("b", "a", cycle("R/P1D"), interrupting=False, relogio="prazo"), end("fim"), end("fim_b"),
    ]  # fmt: skip

    with pytest.raises(DiagramRefused, match="clock-without-timer"):
        read(sketch(nodes, "inicio > a > fim\nb > fim_b"))
