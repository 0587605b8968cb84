"""Events of several definitions: any of them, or all of them."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import (
    Node,
    after,
    boundary,
    end,
    error,
    escalate,
    escalation,
    event_based,
    on,
    sketch,
    sub,
    task,
    timer,
    told,
)
from tests.unit.runtime.played import Played, catches, cycle, holds, says

THREE = told("pago") + after("P5D") + holds("dispensado")


def test_any_one_of_several_is_enough():
    flows = "inicio > espera > seguir"
    nodes = [catches("espera", THREE, chave='"1"'), says("seguir")]

    assert Played(nodes, flows).heard("espera#0").finished
    assert Played(nodes, flows).passed(days=9).finished
    assert Played(nodes, flows, dispensado=True).finished


def test_what_is_left_of_several_is_no_longer_awaited():
    case = Played([catches("espera", THREE, chave='"1"'), task("a")], "inicio > espera > a").heard("espera#0")

    assert (case.waits, case.due, case.open) == ([], [], ["a"])


def test_all_of_several_are_awaited_in_any_order():
    nodes = [catches("espera", told("pago") + told("assinado") + after("P5D"), parallel=True, chave='"1"')]
    case = Played([*nodes, says("seguir")], "inicio > espera > seguir")

    case.heard("espera#1")

    assert (case.waits, len(case.due), case.log) == (["espera#0"], 1, [])
    assert case.passed(days=9).waits == ["espera#0"]
    assert case.heard("espera#0").finished


def test_a_condition_among_several_stays_caught():
    nodes = [task("a"), catches("espera", told("pago") + holds("pronto"), parallel=True, chave='"1"'), says("seguir")]
    case = Played(nodes, "inicio > a > espera > seguir").done("a", pronto=True)

    assert case.heard("espera#0").finished


def test_a_boundary_event_of_several_interrupts_at_the_first():
    nodes = [
        task("a"),
        boundary("b", "a", told("desiste") + after("P5D"), chave='"1"'),
        says("fora"),
        end("fim"),
        end("f"),
    ]
    flows = "inicio > a > fim\nb > fora > f"

    assert Played(nodes, flows).heard("b#0").finished
    late = Played(nodes, flows).passed(days=9)
    assert (late.log, late.finished, late.waits) == (["fora"], True, [])


def test_one_that_does_not_interrupt_hears_messages_again_while_its_term_goes_on():
    nodes = [
        task("a"), boundary("b", "a", told("lembrete") + after("P5D"), interrupting=False, chave='"1"'), says("fora"),
        end("fim"), end("f"),
    ]  # fmt: skip
    case = Played(nodes, "inicio > a > fim\nb > fora > f")
    term = case.due

    case.heard("b#0").heard("b#0")

    assert (case.log, case.due, case.waits) == (["fora", "fora"], term, ["b#0"])
    case.passed(days=9)
    assert (case.log, case.due, case.waits) == (["fora"] * 3, [], ["b#0"])
    assert len(case.heard("b#0").log) == 4
    assert case.done("a").finished


def test_a_cycle_among_several_goes_on():
    nodes = [
        task("a"), boundary("b", "a", told("lembrete") + cycle("R3/PT1H"), interrupting=False, chave='"1"'),
        says("fora"), end("fim"), end("f"),
    ]  # fmt: skip
    case = Played(nodes, "inicio > a > fim\nb > fora > f").passed(hours=1).heard("b#0").passed(hours=1).passed(hours=1)

    assert (len(case.log), case.due) == (4, [])


def test_all_of_several_are_not_awaited_again_when_one_cannot_come_again():
    nodes = [
        task("a"), boundary("b", "a", told("ok") + after("P1D"), interrupting=False, chave='"1"'), says("fora"),
        end("fim"), end("f"),
    ]  # fmt: skip
    nodes[1].attributes["parallelMultiple"] = "true"  # type: ignore[index]  # the sketch's own dict
    case = Played(nodes, "inicio > a > fim\nb > fora > f").heard("b#0").passed(days=3)

    assert (case.log, case.waits, case.due) == (["fora"], [], [])


def test_an_event_sub_process_starts_on_any_of_several():
    handler = sub("h", [on("s", told("desiste") + holds("nulo"), chave='"1"'), says("encerrar")], "s > encerrar",
                  on_event=True)  # fmt: skip
    nodes = [task("a"), task("b"), handler]

    assert Played(nodes, "inicio > a > b").heard("s#0").finished
    assert Played(nodes, "inicio > a > b").done("a", nulo=True).log == ["encerrar"]


def test_what_rises_is_caught_among_several():
    inside = [escalate("sobe", "demora"), says("resto")]
    nodes = [
        sub("parte", inside, "inicio_parte > sobe > resto"),
        boundary("b", "parte", escalation("demora") + error("falha")), says("fora"), end("fim"), end("f"),
    ]  # fmt: skip

    assert Played(nodes, "inicio > parte > fim\nb > fora > f").log == ["fora"]


def test_several_thrown_are_all_thrown():
    both = escalation("demora") + escalation("custo")
    inside = [Node("intermediateThrowEvent", "sobe", {}, both)]
    nodes = [
        sub("parte", inside, "inicio_parte > sobe"),
        boundary("b1", "parte", escalation("demora"), interrupting=False), says("um"), end("f1"),
        boundary("b2", "parte", escalation("custo"), interrupting=False), says("dois"), end("f2"), end("fim"),
    ]  # fmt: skip
    case = Played(nodes, "inicio > parte > fim\nb1 > um > f1\nb2 > dois > f2")

    assert (sorted(case.log), case.finished) == (["dois", "um"], True)


def test_several_may_race_after_an_event_based_gateway():
    nodes = [
        event_based("g"),
        catches("c", told("pago") + told("isento"), chave='"1"'),
        timer("t", "P1D"),
        says("ok"),
        says("fora"),
    ]
    flows = "inicio > g > c > ok\ng > t > fora"

    assert Played(nodes, flows).heard("c#1").log == ["ok"]
    assert Played(nodes, flows).passed(days=3).log == ["fora"]


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (told("a") + "<bpmn:cancelEventDefinition />", "unsupported-event"),
        (told("a") + holds(""), "event-without-condition"),
        (told("a") + after("a +"), "expression-refused"),
        (told("a") + "<bpmn:eventDefinitionRef>nada</bpmn:eventDefinitionRef>", "reference-unknown"),
    ],
)
def test_each_of_several_is_checked_as_one_alone_is(inner: str, code: str):
    with pytest.raises(DiagramRefused, match=code):
        read(sketch([catches("espera", inner, chave='"1"')], "inicio > espera"))
