"""Where cases begin: by hand at the plain start, or at the event that came; what did not begin does not."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn.beginnings import event_starts
from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from engine.runtime.run import Run
from tests.sketches import (
    Node,
    after,
    boundary,
    end,
    event_based,
    exclusive,
    message,
    on,
    parallel,
    receive,
    signal,
    signalled,
    sketch,
    sub,
    task,
    timer,
    told,
)  # fmt: skip
from tests.unit.runtime.walks import around, move, standing

_PLAIN = Node("startEvent", "inicio")
_TOLD = Node("startEvent", "por_mensagem", {}, told("pedido"))
_SIGNALLED = Node("startEvent", "por_sinal", {}, signalled("alerta"))
_SEVERAL = [_PLAIN, _TOLD, _SIGNALLED, task("a"), task("b"), task("c"), exclusive("g"), task("d"), end("fim")]
_FLOWS = "inicio > a > g\npor_mensagem > b > g\npor_sinal > c > g\ng > d > fim"


def _findings(nodes: list[Node], flows: str) -> list[str]:
    with pytest.raises(DiagramRefused) as refused:
        read(sketch(nodes, flows))
    found: Any = refused.value.facts["findings"]
    return [f"{one['element']}: {one['code']}" for one in found]


def _begun(nodes: list[Node], flows: str, at: str | None) -> Run:
    """Return a case that began so, saved and restored."""
    run = Run.start(read(sketch(nodes, flows)), {}, around(), at)
    run.effects()
    return Run.load(run.blueprint, run.dump(), run.document.values, around())


def _open(run: Run) -> list[str]:
    return list(standing(run.awaited())["tasks"])


@pytest.mark.parametrize(("at", "first"), [(None, "a"), ("por_mensagem", "b"), ("por_sinal", "c")])
def test_of_several_starts_the_one_that_came_begins_and_no_other(at: str | None, first: str) -> None:
    run = _begun(_SEVERAL, _FLOWS, at)

    assert (_open(run), standing(run.awaited())["waits"]) == ([first], [])
    move(run, "complete", first, {})
    run.effects()
    assert _open(run) == ["d"]
    move(run, "complete", "d", {})
    run.effects()
    assert run.awaited().finished


@pytest.mark.parametrize("at", [None, "por_mensagem"])
def test_the_trail_names_the_start_that_came(at: str | None) -> None:
    run = Run.start(read(sketch(_SEVERAL, _FLOWS)), {}, around(), at)

    assert [entry.element.id for entry in run.effects().trace] == [at or "inicio"]


def test_the_form_of_a_request_is_that_of_the_start_by_hand() -> None:
    found = read(sketch(_SEVERAL, _FLOWS))

    assert found.first_task is not None
    assert found.first_task.id == "a"
    assert [one.id for one in event_starts(found.drawing)] == ["por_mensagem", "por_sinal"]


def test_where_only_a_message_begins_there_is_no_form_to_ask_with() -> None:
    found = read(sketch([_TOLD, task("a"), end("fim")], "por_mensagem > a > fim"))

    assert found.first_task is None


def test_an_event_sub_process_stands_around_whatever_began() -> None:
    handler = sub("h", [on("e", told("recado"), chave='"1"'), task("trata")], "e > trata", on_event=True)
    run = _begun([*_SEVERAL, handler], _FLOWS, "por_sinal")

    assert _open(run) == ["c"]
    move(run, "deliver", "e", {})
    run.effects()
    assert _open(run) == ["trata"]


def test_a_branch_of_each_start_may_fork_and_join() -> None:
    nodes = [_PLAIN, _TOLD, exclusive("g"), parallel("p"), task("a"), task("b"), parallel("j"), task("d"), end("fim")]
    flows = "inicio > g\npor_mensagem > g > p\np > a > j\np > b > j\nj > d > fim"
    run = _begun(nodes, flows, "por_mensagem")

    for element in ("a", "b"):
        move(run, "complete", element, {})
        run.effects()
    assert _open(run) == ["d"]


def test_a_join_of_two_starts_would_never_fire() -> None:
    nodes = [_PLAIN, _TOLD, task("a"), task("b"), parallel("j"), end("fim")]

    assert _findings(nodes, "inicio > a > j\npor_mensagem > b > j > fim") == ["j: join-never-fires"]


_GATE = Node("eventBasedGateway", "porta", {"instantiate": "true"})


@pytest.mark.parametrize(("at", "first"), [("m", "a"), ("s", "b"), ("r", "c")])
def test_a_gateway_may_begin_a_case_at_any_of_the_events_behind_it(at: str, first: str) -> None:
    nodes = [
        _GATE, message("m", "um", '"1"'), signal("s", "dois", kind="intermediateCatchEvent"),
        receive("r", "tres", '"3"'), task("a"), task("b"), task("c"),
    ]  # fmt: skip
    flows = "porta > m > a\nporta > s > b\nporta > r > c"
    plain = b'<bpmn:startEvent id="nada" name="nada"></bpmn:startEvent>'
    xml = sketch([Node("startEvent", "nada"), *nodes], flows).replace(plain, b"")
    run = Run.start(read(xml), {}, around(), at)

    assert [entry.element.id for entry in run.effects().trace] == ["porta", at]
    assert (_open(run), standing(run.awaited())["waits"]) == ([first], [])


def test_a_receive_task_may_begin_a_case_beside_a_plain_start() -> None:
    nodes = [_PLAIN, receive("r", "pedido", '"1"', instantiate="true"), task("a"), task("b"), end("fim")]
    flows = "inicio > a > fim\nr > b > fim"

    assert _open(_begun(nodes, flows, None)) == ["a"]
    assert _open(_begun(nodes, flows, "r")) == ["b"]


def test_two_plain_starts_and_a_start_by_event_inside_a_sub_process_are_refused() -> None:
    twice = [_PLAIN, Node("startEvent", "outro"), task("a"), end("fim")]
    inside = [sub("sp", [Node("startEvent", "e", {}, told("x")), task("a"), end("fi")], "e > a > fi"), end("fim")]

    assert _findings(twice, "inicio > a > fim\noutro > a") == ["None: several-starts"]
    assert _findings(inside, "inicio > sp > fim") == ["e: unsupported-event"]


def test_a_message_that_begins_has_a_key_that_is_written_out_or_none() -> None:
    keyed = Node("startEvent", "e", {}, told("x"), {"chave": "processo.numero"})

    assert _findings([keyed, task("a"), end("fim")], "e > a > fim") == ["e: start-key-not-constant"]


_BEGINS = receive("r", "x", '"1"', instantiate="true")
_ALL = Node("eventBasedGateway", "porta", {"eventGatewayType": "Parallel"})
_MESSAGE = message("m", "x", '"1"')


@pytest.mark.parametrize(
    ("nodes", "flows"),
    [
        ([task("a"), _BEGINS, end("fim")], "inicio > a > r > fim"),
        ([_BEGINS, boundary("b", "r", after("P1D")), end("fim")], "inicio > fim\nr > fim\nb > fim"),
        ([_GATE, timer("t", "P1D"), _MESSAGE, end("fim")], "inicio > fim\nporta > t > fim\nporta > m > fim"),
        ([_ALL, _MESSAGE, end("fim")], "inicio > porta > m > fim"),
    ],
    ids=["entered", "with-boundary", "timer", "all-of-them"],
)
def test_what_cannot_begin_a_case_is_refused(nodes: list[Node], flows: str) -> None:
    assert "unsupported-instantiate" in "; ".join(_findings(nodes, flows))


def test_a_gateway_that_does_not_begin_waits_as_ever() -> None:
    nodes = [event_based("g"), message("m", "x", '"1"'), message("n", "y", '"1"'), end("fim")]
    run = _begun(nodes, "inicio > g\ng > m > fim\ng > n > fim", None)

    assert len(standing(run.awaited())["waits"]) == 2
