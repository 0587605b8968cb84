"""Errors, escalations, messages and terms on boundaries and in event sub-processes, as the standard has them.

Between any two moves the case is saved and restored.
"""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from engine.runtime.run import Run
from tests.sketches import (
    Node,
    after,
    boundary,
    boundary_error,
    end,
    error,
    escalate,
    escalation,
    exclusive,
    on,
    parallel,
    script,
    sketch,
    sub,
    task,
    told,
)  # fmt: skip
from tests.unit.runtime.walks import around, move, standing


class Case:
    """A case of a drawing; every verb saves and restores it. `log` is what its scripts wrote, in order."""

    def __init__(self, nodes: list[Node], flows: str, **data: Any) -> None:
        self.run = Run.start(read(sketch(nodes, flows)), {"log": [], **data}, around())
        self._settle()

    def _settle(self) -> None:
        self.effects = self.run.effects()
        self.run = Run.load(self.run.blueprint, self.run.dump(), self.run.document.values, around())

    def done(self, element: str, **answers: Any) -> Case:
        move(self.run, "complete", element, answers)
        self._settle()
        return self

    def fired(self, element: str) -> Case:
        move(self.run, "fire", element, {})
        self._settle()
        return self

    def heard(self, element: str) -> Case:
        move(self.run, "deliver", element, {})
        self._settle()
        return self

    @property
    def open(self) -> list[str]:
        return list(standing(self.run.awaited())["tasks"])

    @property
    def log(self) -> list[str]:
        return list(self.run.document.values["log"])

    @property
    def finished(self) -> bool:
        return self.run.awaited().finished


def says(element: str) -> Node:
    """Return a script that writes its own id into the log."""
    return script(element, f'log = append(log, "{element}")')


def handler(element: str, start: Node, *nodes: Node, flows: str) -> Node:
    return sub(element, [start, *nodes], flows, on_event=True)


# -- errors -----------------------------------------------------------------------------------------------------------


def test_an_error_is_caught_by_the_event_sub_process_of_its_own_scope() -> None:
    inside = [says("antes"), end("fe", error="x"), handler("h", on("e", error("x")), says("trata"), flows="e > trata")]
    case = Case([sub("sp", inside, "inicio_sp > antes > fe"), says("depois"), end("fim")], "inicio > sp > depois > fim")

    assert (case.log, case.finished) == (["antes", "trata", "depois"], True)


def test_an_error_ends_what_else_stood_open_in_the_scope_that_catches_it() -> None:
    inside = [parallel("p"), task("a"), task("b"), end("fe", error="x"), end("fi")]
    inside += [handler("h", on("e", error("x")), task("trata"), flows="e > trata")]
    flows = "inicio_sp > p > a > fe\np > b > fi"
    case = Case([sub("sp", inside, flows), task("depois"), end("fim")], "inicio > sp > depois > fim")

    assert case.open == ["a", "b"]
    assert case.done("a").open == ["trata"]
    assert case.effects.closed
    assert case.done("trata").open == ["depois"]


def test_an_error_passes_scopes_that_await_another_code_and_asks_its_own_before_any() -> None:
    inner = sub("dentro", [end("fe", error="x")], "inicio_dentro > fe")
    nodes = [
        sub("fora", [inner, boundary_error("outro", "dentro", "y"), end("fo"), end("fy")],
            "inicio_fora > dentro > fo\noutro > fy"),
        boundary("qualquer", "fora", error()), boundary_error("certo", "fora", "x"),
        says("s_qualquer"), says("s_certo"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > fora > fim\nqualquer > s_qualquer > fim\ncerto > s_certo > fim")

    assert (case.log, case.finished) == (["s_certo"], True)


def test_an_error_of_a_handler_is_not_caught_by_the_handler_itself() -> None:
    inside = [end("f1", error="x"), handler("h", on("e", error("x")), end("f2", error="x"), flows="e > f2")]
    nodes = [sub("sp", inside, "inicio_sp > f1"), boundary_error("b", "sp", "x"), says("fora"), end("fim")]
    case = Case(nodes, "inicio > sp > fim\nb > fora > fim")

    assert (case.log, case.finished) == (["fora"], True)


def test_an_error_that_only_its_own_handler_would_catch_is_refused() -> None:
    inside = [end("f1", error="x"), handler("h", on("e", error("x")), end("f2", error="x"), flows="e > f2")]

    with pytest.raises(DiagramRefused) as refused:
        Case([sub("sp", inside, "inicio_sp > f1"), end("fim")], "inicio > sp > fim")

    assert refused.value.facts["findings"] == [{"element": "f2", "code": "error-not-caught"}]


def test_nothing_automatic_runs_between_an_error_and_who_catches_it() -> None:
    inside = [parallel("p"), says("lenta"), says("mais_lenta"), end("fe", error="x"), end("fi")]
    nodes = [sub("sp", inside, "inicio_sp > p > fe\np > lenta > mais_lenta > fi"), boundary_error("b", "sp", "x")]
    case = Case([*nodes, says("trata"), end("fim")], "inicio > sp > fim\nb > trata > fim")

    assert case.log == ["trata"]


def test_an_error_start_that_does_not_interrupt_is_refused() -> None:
    nodes = [task("a"), handler("h", on("e", error("x"), interrupting=False), says("t"), flows="e > t"), end("fim")]

    with pytest.raises(DiagramRefused, match="unsupported-event-scope"):
        Case(nodes, "inicio > a > fim")


# -- escalations ------------------------------------------------------------------------------------------------------


def test_an_escalation_that_does_not_interrupt_lets_the_scope_go_on_and_is_heard_each_time() -> None:
    inside = [escalate("e1", "x"), task("a"), escalate("e2", "x"), task("b"), end("fi")]
    nodes = [
        sub("sp", inside, "inicio_sp > e1 > a > e2 > b > fi"),
        boundary("ouve", "sp", escalation("x"), interrupting=False), says("avisa"), task("depois"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > sp > depois > fim\nouve > avisa > fim")

    assert (case.open, case.log) == (["a"], ["avisa"])
    assert (case.done("a").open, case.log) == (["b"], ["avisa", "avisa"])
    assert (case.done("b").open, case.log) == (["depois"], ["avisa", "avisa"])
    assert case.done("depois").finished


def test_two_escalations_of_one_step_are_heard_twice() -> None:
    inside = [escalate("e1", "x"), escalate("e2", "x"), end("fi")]
    nodes = [sub("sp", inside, "inicio_sp > e1 > e2 > fi"), boundary("o", "sp", escalation("x"), interrupting=False)]
    case = Case([*nodes, says("avisa"), end("fim")], "inicio > sp > fim\no > avisa > fim")

    assert (case.log, case.finished) == (["avisa", "avisa"], True)


def test_an_escalation_that_interrupts_ends_the_scope() -> None:
    inside = [parallel("p"), task("a"), task("b"), escalate("e", "x", ends=True), end("fi")]
    nodes = [sub("sp", inside, "inicio_sp > p > a > e\np > b > fi"), boundary("o", "sp", escalation("x"))]
    case = Case([*nodes, task("acima"), end("fim")], "inicio > sp > fim\no > acima > fim")

    assert case.done("a").open == ["acima"]


def test_an_escalation_that_nobody_awaits_changes_nothing() -> None:
    inside = [escalate("e", "x"), task("a"), end("fi")]
    nodes = [sub("sp", inside, "inicio_sp > e > a > fi"), boundary("o", "sp", escalation("y")), says("t"), end("fim")]
    case = Case([escalate("antes", "x"), *nodes], "inicio > antes > sp > fim\no > t > fim")

    assert (case.open, case.log) == (["a"], [])
    assert case.done("a").finished


def test_an_escalation_beside_an_activity_is_not_caught_on_its_boundary() -> None:
    nodes = [
        parallel("p"), task("a"), escalate("e", "x"), sub("sp", [task("b"), end("fi")], "inicio_sp > b > fi"),
        boundary("o", "sp", escalation("x")), says("errado"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > p > a > e > fim\np > sp > fim\no > errado > fim")

    assert (case.done("a").open, case.log) == (["b"], [])


def test_an_escalation_starts_an_event_sub_process_beside_what_goes_on() -> None:
    inside = [escalate("e", "x"), task("a"), end("fi")]
    inside += [handler("h", on("s", escalation("x"), interrupting=False), task("olha"), flows="s > olha")]
    case = Case([sub("sp", inside, "inicio_sp > e > a > fi"), task("depois"), end("fim")], "inicio > sp > depois > fim")

    assert case.open == ["a", "olha"]
    assert case.done("a").open == ["olha"]
    assert case.done("olha").open == ["depois"]


def test_an_escalation_on_a_plain_task_is_refused() -> None:
    with pytest.raises(DiagramRefused, match="unsupported-event"):
        Case([task("a"), boundary("o", "a", escalation("x")), end("fim")], "inicio > a > fim\no > fim")


# -- messages and terms -----------------------------------------------------------------------------------------------


def test_a_message_on_a_boundary_that_does_not_interrupt_is_heard_each_time() -> None:
    nodes = [
        task("a"), boundary("m", "a", told("recado"), interrupting=False, chave='"1"'), says("anota"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > a > fim\nm > anota > fim")

    for times in (1, 2, 3):
        assert (case.heard("m").open, case.log) == (["a"], ["anota"] * times)
        assert [one.key for one in case.effects.waits] == ["1"]
    assert case.done("a").finished
    assert case.effects.waits_gone


def test_an_event_sub_process_in_a_sub_process_ends_it_when_its_term_passes() -> None:
    inside = [task("a"), end("fi"), handler("h", on("t", after("P5D")), says("venceu"), flows="t > venceu")]
    case = Case([sub("sp", inside, "inicio_sp > a > fi"), task("depois"), end("fim")], "inicio > sp > depois > fim")

    assert (case.fired("t").open, case.log) == (["depois"], ["venceu"])


def test_a_term_that_does_not_interrupt_passes_once() -> None:
    inside = [task("a"), end("fi"), handler("h", on("t", after("P5D"), interrupting=False), says("v"), flows="t > v")]
    case = Case([sub("sp", inside, "inicio_sp > a > fi"), end("fim")], "inicio > sp > fim")

    assert (case.fired("t").open, case.log) == (["a"], ["v"])
    assert standing(case.run.awaited())["timers"] == []
    assert case.done("a").finished


def test_event_sub_processes_stand_in_each_other() -> None:
    deep = handler("h2", on("m2", told("fundo"), chave='"2"'), says("fundo"), flows="m2 > fundo")
    inner = handler("h1", on("m1", told("raso"), chave='"1"'), task("trata"), end("ft"), deep, flows="m1 > trata > ft")
    case = Case([task("a"), inner, end("fim")], "inicio > a > fim")

    assert case.heard("m1").open == ["trata"]
    assert (case.heard("m2").finished, case.log) == (True, ["fundo"])


def test_of_two_event_sub_processes_each_hears_its_own() -> None:
    nodes = [
        task("a"), handler("h1", on("m1", told("um"), chave='"1"', ), says("um"), flows="m1 > um"),
        handler("h2", on("m2", told("dois"), interrupting=False, chave='"2"'), says("dois"), flows="m2 > dois"),
        exclusive("g"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > a > g > fim")

    assert (case.heard("m2").open, case.log) == (["a"], ["dois"])
    assert (case.heard("m2").open, case.log) == (["a"], ["dois", "dois"])
    assert (case.heard("m1").finished, case.log) == (True, ["dois", "dois", "um"])
