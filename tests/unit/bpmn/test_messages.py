"""Messages that a case throws, and tasks that send and receive them. Between any two moves the case is saved."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import (
    Node,
    after,
    boundary,
    end,
    event_based,
    exclusive,
    message,
    receive,
    send,
    sketch,
    sub,
    task,
    told,
)  # fmt: skip
from tests.unit.bpmn.test_events import Case, says
from tests.unit.runtime.walks import standing


def _findings(nodes: list[Node], flows: str) -> list[dict[str, Any]]:
    with pytest.raises(DiagramRefused) as refused:
        read(sketch(nodes, flows))
    found: list[dict[str, Any]] = refused.value.facts["findings"]
    return found


@pytest.mark.parametrize("kind", ["sendTask", "intermediateThrowEvent"])
def test_what_throws_a_message_goes_on_at_once_and_says_name_key_and_what_it_carries(kind: str) -> None:
    thrower = send("manda", "recado", "processo.numero", {"soma": "a + 1"}, kind=kind)
    case = Case([thrower, task("b"), end("fim")], "inicio > manda > b > fim", a=1)

    (one,) = case.effects.thrown
    assert (one.kind, one.name, one.key, one.payload) == ("message", "recado", "2026.000001-3", {"soma": 2})
    assert case.open == ["b"]


def test_an_end_event_throws_its_message_and_ends() -> None:
    case = Case([send("fim", "recado", '"1"', kind="endEvent")], "inicio > fim")

    assert ([one.element for one in case.effects.thrown], case.finished) == (["fim"], True)


def test_a_message_without_a_key_stands_failed_until_it_has_one_and_is_thrown_once() -> None:
    nodes = [send("manda", "recado", "chave"), task("depois"), end("fim")]
    case = Case(nodes, "inicio > manda > depois > fim")
    assert [(one.element, one.code) for one in case.effects.failures] == [("manda", "expression-refused")]
    assert case.effects.thrown == []

    case.run.document.write(("chave",), "k")
    case.run.retry(next(iter(case.run.awaited().failed)))
    case._settle()

    assert [one.key for one in case.effects.thrown] == ["k"]
    assert case.open == ["depois"]


def test_a_message_is_thrown_in_each_round_of_a_loop() -> None:
    nodes = [exclusive("volta"), send("manda", "recado", '"1"'), task("a"), exclusive("g"), end("fim")]
    case = Case(nodes, "inicio > volta > manda > a > g\ng > volta : de_novo = true\ng > fim : *")
    ids = {one.task_id for one in case.effects.thrown}

    for _ in range(2):
        case.done("a", de_novo=True)
        ids |= {one.task_id for one in case.effects.thrown}

    assert len(ids) == 3


def test_a_receive_task_waits_and_its_outputs_take_what_came() -> None:
    case = Case(
        [receive("r", "recado", '"k"', {"pago": "mensagem.valor"}), task("b"), end("fim")], "inicio > r > b > fim"
    )
    assert standing(case.run.awaited())["waits"] == [("r", "k")]

    assert case.heard("r").open == ["b"]
    assert case.run.document.values["pago"] == 10


def test_a_receive_task_is_left_when_the_event_on_its_boundary_comes_first() -> None:
    nodes = [receive("r", "recado", '"k"'), boundary("prazo", "r", after("P3D")), task("b"), task("atraso"), end("fim")]
    case = Case(nodes, "inicio > r > b > fim\nprazo > atraso > fim")

    assert case.fired("prazo").open == ["atraso"]
    assert [element for _, element in case.effects.waits_gone] == ["r"]


def test_another_message_on_the_boundary_of_a_receive_task_may_come_again_and_again() -> None:
    nodes = [
        receive("r", "recado", '"k"'), boundary("b", "r", told("lembrete"), interrupting=False, chave='"k"'),
        says("lembra"), task("depois"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > r > depois > fim\nb > lembra > fim")

    assert case.heard("b").log == ["lembra"]
    assert case.heard("b").log == ["lembra", "lembra"]
    assert case.heard("r").open == ["depois"]
    assert case.done("depois").finished


def test_a_receive_task_may_follow_an_event_based_gateway() -> None:
    nodes = [
        event_based("g"), receive("r", "recado", '"k"'), message("m", "outro", '"k"'), task("um"), task("dois"),
        end("fim"),
    ]  # fmt: skip
    flows = "inicio > g\ng > r > um > fim\ng > m > dois > fim"

    assert Case(nodes, flows).heard("r").open == ["um"]
    assert Case(nodes, flows).heard("m").open == ["dois"]


def test_a_receive_task_with_a_boundary_event_may_not() -> None:
    nodes = [
        event_based("g"), receive("r", "recado", '"k"'), message("m", "outro", '"k"'),
        boundary("prazo", "r", after("P3D")), end("fim"),
    ]  # fmt: skip

    found = _findings(nodes, "inicio > g\ng > r > fim\ng > m > fim\nprazo > fim")

    assert found == [{"element": "g", "code": "event-gateway-to-other", "target": "r"}]


def test_a_receive_task_in_a_sub_process_that_is_interrupted_waits_no_more() -> None:
    inside = [receive("r", "recado", '"k"'), end("fi")]
    nodes = [sub("sp", inside, "inicio_sp > r > fi"), boundary("prazo", "sp", after("P3D")), task("b"), end("fim")]
    case = Case(nodes, "inicio > sp > fim\nprazo > b > fim")

    assert (case.fired("prazo").open, standing(case.run.awaited())["waits"]) == (["b"], [])


@pytest.mark.parametrize("tag", ["sendTask", "receiveTask"])
def test_a_task_of_no_message_or_without_a_key_is_refused(tag: str) -> None:
    nameless = Node(tag, "x", {"messageRef": "nada"}, properties={"chave": '"1"'})
    keyless = Node(tag, "x", {"messageRef": "msg_recado"})

    assert _findings([nameless, end("fim")], "inicio > x > fim") == [{"element": "x", "code": "message-without-name"}]
    assert _findings([keyless, end("fim")], "inicio > x > fim") == [{"element": "x", "code": "message-without-key"}]


def test_a_loop_that_only_sends_is_endless() -> None:
    nodes = [exclusive("g"), send("manda", "recado", '"1"')]

    assert [one["code"] for one in _findings(nodes, "inicio > g > manda > g")] == ["endless-loop"]
