"""Conditional events: asked when they begin to wait and whenever the case's data change."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import boundary, end, event_based, exclusive, on, parallel, script, sketch, sub, task, timer
from tests.unit.runtime.played import Played, catches, holds, says

BESIDE = "inicio > g > a > j\ng > espera > seguir > j\nj > fim"


def beside(condition: str, **data: object) -> Played:
    """Return a case that waits for a condition beside a task."""
    nodes = [parallel("g"), task("a"), catches("espera", holds(condition)), says("seguir"), parallel("j"), end("fim")]
    return Played(nodes, BESIDE, **data)


def watched(condition: str, *, interrupting: bool, **data: object) -> Played:
    """Return a case of two tasks, one after the other, in a scope that a condition watches."""
    nodes = [
        sub("parte", [task("a"), task("b"), task("c")], "inicio_parte > a > b > c"),
        boundary("alerta", "parte", holds(condition), interrupting=interrupting), says("avisar"), says("seguir"),
        end("fim"), end("fim_alerta"),
    ]  # fmt: skip
    return Played(nodes, "inicio > parte > seguir > fim\nalerta > avisar > fim_alerta", **data)


def test_a_condition_that_holds_already_is_caught_at_once():
    assert beside("valor > 10", valor=11).log == ["seguir"]


def test_a_condition_is_caught_when_the_data_come_to_fulfil_it():
    case = beside("valor > 10", valor=1)

    assert case.log == []
    assert case.done("a", valor=11).log == ["seguir"]
    assert case.finished


def test_data_that_are_not_there_yet_are_waited_for():
    case = beside("valor > 10")

    assert (case.log, case.failures) == ([], [])
    assert case.done("a", valor=11).finished


def test_a_condition_that_is_no_boolean_is_an_incident_until_it_is_one():
    case = beside("valor", valor=3)

    assert (case.failures, case.log) == (["expression-refused"], [])
    assert case.done("a", valor=True).log == ["seguir"]
    assert len(case.failures) == 1


def test_a_failing_condition_is_told_once_and_may_be_retried():
    nodes = [parallel("g"), task("a"), task("b"), catches("espera", holds("valor")), parallel("j"), end("fim")]
    case = Played(nodes, "inicio > g > a > b > j\ng > espera > j\nj > fim", valor=3)

    case.done("a", valor=4)

    assert case.failures == ["expression-refused"]
    assert case.retried().failures == ["expression-refused"] * 2


def test_a_condition_on_a_boundary_interrupts_when_it_becomes_true():
    case = watched("urgente", interrupting=True, urgente=False).done("a")

    case.done("b", urgente=True)

    assert (case.log, case.finished, case.open) == (["avisar"], True, [])


def test_a_condition_that_does_not_interrupt_is_caught_each_time_that_it_becomes_true():
    case = watched("urgente", interrupting=False, urgente=True)

    assert case.log == ["avisar"]
    assert case.done("a", urgente=False).log == ["avisar"]
    assert case.done("b", urgente=True).log == ["avisar", "avisar"]
    assert case.done("c", outro=1).log == ["avisar", "avisar", "seguir"]
    assert case.finished


def test_a_condition_that_stays_true_is_caught_once():
    case = watched("valor > 0", interrupting=False, valor=1).done("a", valor=2).done("b", valor=3)

    assert case.log == ["avisar"]


def test_what_is_true_only_between_two_scripts_of_one_step_is_caught():
    inside = [task("a"), script("x", "n = 1"), script("y", "n = 0"), task("b")]
    nodes = [
        sub("parte", inside, "inicio_parte > a > x > y > b"),
        boundary("alerta", "parte", holds("n = 1"), interrupting=False), says("avisar"), end("fim"), end("fim_alerta"),
    ]  # fmt: skip
    case = Played(nodes, "inicio > parte > fim\nalerta > avisar > fim_alerta", n=0)

    assert case.done("a").log == ["avisar"]


def test_a_condition_starts_an_event_sub_process_that_takes_its_scope_over():
    handler = sub("h", [on("s", holds("cancelado")), says("desfazer")], "s > desfazer", on_event=True)
    case = Played([task("a"), task("b"), handler], "inicio > a > b", cancelado=False)

    case.done("a", cancelado=True)

    assert (case.log, case.finished) == (["desfazer"], True)


def test_a_condition_may_win_after_an_event_based_gateway():
    nodes = [
        parallel("abre"), task("a"), event_based("g"), catches("c", holds("pago")), timer("t", "P1D"), says("pagou"),
        says("venceu"), exclusive("m"), parallel("j"), end("fim"),
    ]  # fmt: skip
    flows = "inicio > abre > a > j\nabre > g > c > pagou > m > j\ng > t > venceu > m\nj > fim"

    assert Played(nodes, flows).done("a", pago=True).log == ["pagou"]
    late = Played(nodes, flows).passed(days=3).done("a", pago=True)
    assert (late.log, late.finished) == (["venceu"], True)


def test_a_case_that_waits_only_for_data_has_no_next_move():
    case = Played([catches("espera", holds("pago"))], "inicio > espera")

    assert not case.run.has_next_move()


def test_a_correction_of_the_data_is_noticed_by_the_next_move():
    case = watched("urgente", interrupting=True, urgente=False)

    case.run.document.write(("urgente",), True)

    assert case.done("a").log == ["avisar"]


@pytest.mark.parametrize(("condition", "code"), [("", "event-without-condition"), ("a +", "expression-refused")])
def test_a_condition_that_says_nothing_is_refused(condition: str, code: str):
    with pytest.raises(DiagramRefused, match=code):
        read(sketch([catches("espera", holds(condition))], "inicio > espera"))
