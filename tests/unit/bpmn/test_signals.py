"""Signals within a case: every event that awaits one hears it at once, wherever it stands; who comes later does not.

Between any two moves the case is saved and restored.
"""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import (
    Node,
    boundary,
    end,
    event_based,
    exclusive,
    message,
    on,
    parallel,
    script,
    signal,
    signalled,
    sketch,
    sub,
    task,
)  # fmt: skip
from tests.unit.bpmn.test_events import Case, handler, says

CATCH = "intermediateCatchEvent"


def caught(element: str, name: str = "s", **outputs: str) -> Node:
    return signal(element, name, kind=CATCH, outputs=outputs)


def test_a_signal_is_heard_by_every_event_that_awaits_it() -> None:
    nodes = [
        parallel("p"), task("a"), signal("lanca", "s"), caught("c1"), says("um"), caught("c2"), says("dois"),
        parallel("j"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > p > a > lanca > j > fim\np > c1 > um > j\np > c2 > dois > j")
    assert [(wait.kind, wait.name, wait.key) for wait in case.effects.waits] == [("signal", "s", "")] * 2

    case.done("a")

    assert (sorted(case.log), case.finished) == (["dois", "um"], True)
    assert len(case.effects.waits_gone) == 2


def test_a_signal_of_another_name_is_not_heard() -> None:
    nodes = [parallel("p"), task("a"), signal("lanca", "outro"), caught("c"), says("um"), parallel("j"), end("fim")]
    case = Case(nodes, "inicio > p > a > lanca > j > fim\np > c > um > j")

    assert (case.done("a").log, case.finished) == ([], False)


def test_a_signal_thrown_before_anyone_waits_is_gone() -> None:
    case = Case([signal("lanca", "s"), caught("c"), says("um"), end("fim")], "inicio > lanca > c > um > fim")

    assert (case.log, case.finished) == ([], False)
    assert [one.name for one in case.effects.thrown] == ["s"]


def test_a_signal_carries_what_its_inputs_say_into_what_the_outputs_say() -> None:
    nodes = [
        parallel("p"), task("a"), signal("lanca", "s", inputs={"grau": "nivel + 1"}), caught("c", alerta="sinal.grau"),
        parallel("j"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > p > a > lanca > j > fim\np > c > j")

    case.done("a", nivel=2)

    assert case.run.document.values["alerta"] == 3
    written = {one.element.id: one.changes for one in case.effects.trace}
    assert (written["lanca"], [path for path, _, _ in written["c"]]) == ([], ["alerta"])


def test_a_signal_ends_the_activity_on_whose_boundary_it_is_awaited() -> None:
    inside = [task("b"), end("fi")]
    nodes = [
        parallel("p"), task("a"), signal("lanca", "s"), sub("sp", inside, "inicio_sp > b > fi"),
        boundary("ouve", "sp", signalled("s")), task("depois"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > p > a > lanca > fim\np > sp > fim\nouve > depois > fim")

    assert case.done("a").open == ["depois"]
    assert case.done("depois").finished


def test_a_signal_that_does_not_interrupt_is_heard_each_time() -> None:
    inside = [signal("l1", "s"), task("b"), signal("l2", "s"), end("fi")]
    nodes = [
        sub("sp", inside, "inicio_sp > l1 > b > l2 > fi"), boundary("ouve", "sp", signalled("s"), interrupting=False),
        says("avisa"), task("depois"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > sp > depois > fim\nouve > avisa > fim")

    assert (case.open, case.log) == (["b"], ["avisa"])
    assert (case.done("b").open, case.log) == (["depois"], ["avisa", "avisa"])


def test_the_end_of_a_sub_process_may_throw_what_its_own_boundary_catches() -> None:
    inside = [signal("fs", "s", kind="endEvent")]
    nodes = [sub("sp", inside, "inicio_sp > fs"), boundary("ouve", "sp", signalled("s")), says("t"), says("errado")]
    case = Case([*nodes, end("fim"), end("f2")], "inicio > sp > errado > fim\nouve > t > f2")

    assert (case.log, case.finished) == (["t"], True)


@pytest.mark.parametrize(("interrupting", "after"), [(True, ["trata"]), (False, ["b", "trata"])])
def test_a_signal_starts_an_event_sub_process(interrupting: bool, after: list[str]) -> None:
    start = on("e", signalled("s"), interrupting=interrupting)
    nodes = [
        parallel("p"), task("a"), signal("lanca", "s"), task("b"), end("fim"),
        handler("h", start, task("trata"), flows="e > trata"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > p > a > lanca > fim\np > b > fim")

    assert case.done("a").open == after


def test_a_signal_thrown_in_an_event_sub_process_is_caught_around_it() -> None:
    inside = [task("a"), end("fi")]
    inside += [handler("h", on("e", signalled("x")), signal("lanca", "s"), flows="e > lanca")]
    nodes = [
        parallel("p"), task("z"), signal("lx", "x"), sub("sp", inside, "inicio_sp > a > fi"),
        boundary("ouve", "sp", signalled("s")), task("depois"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > p > z > lx > fim\np > sp > fim\nouve > depois > fim")

    assert case.done("z").open == ["depois"]


def test_after_an_event_based_gateway_the_signal_goes_its_way_and_the_message_no_more() -> None:
    nodes = [
        parallel("p"), task("a"), signal("lanca", "s"), event_based("g"), caught("c"), message("m", "recado", '"1"'),
        task("pelo_sinal"), task("pelo_recado"), end("fim"),
    ]  # fmt: skip
    flows = "inicio > p > a > lanca > fim\np > g\ng > c > pelo_sinal > fim\ng > m > pelo_recado > fim"
    case = Case(nodes, flows)
    assert sorted(wait.kind for wait in case.effects.waits) == ["message", "signal"]

    assert case.done("a").open == ["pelo_sinal"]
    assert len(case.effects.waits_gone) == 2


def test_in_a_loop_each_round_waits_anew() -> None:
    nodes = [
        exclusive("volta"), parallel("p"), task("a"), signal("lanca", "s"), caught("c"), parallel("j"),
        exclusive("g"), end("fim"),
    ]  # fmt: skip
    flows = """
    inicio > volta > p > a > lanca > j > g
    p > c > j
    g > volta : de_novo = true
    g > fim : *
    """
    case = Case(nodes, flows)

    for _ in range(3):
        assert case.done("a", de_novo=True).open == ["a"]
    assert case.done("a", de_novo=False).finished


def test_a_signal_without_a_name_is_refused() -> None:
    nodes = [Node(CATCH, "c", {}, '<bpmn:signalEventDefinition signalRef="nada" />'), end("fim")]

    with pytest.raises(DiagramRefused) as refused:
        read(sketch(nodes, "inicio > c > fim"))

    assert refused.value.facts["findings"] == [{"element": "c", "code": "signal-without-name"}]


@pytest.mark.parametrize("parameters", [{"outputs": {"x": "1"}}, {}])
def test_what_throws_takes_inputs_and_what_catches_outputs(parameters: dict[str, dict[str, str]]) -> None:
    nodes = [signal("l", "s", **parameters), caught("c"), script("x", "y = 1"), end("fim")]

    if parameters:
        with pytest.raises(DiagramRefused, match="unsupported-parameters"):
            read(sketch(nodes, "inicio > l > c > x > fim"))
    else:
        assert read(sketch(nodes, "inicio > l > c > x > fim")).elements["l"].event == "signal"
