"""Cases that begin with a message or a signal: once, at their own event, with what it brought; or by hand as ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from engine.acts import cases, procedures, suspension
from engine.acts.operator import Why
from engine.errors import BeginsByEvent, DiagramRefused, ExpressionRefused
from engine.store.cases import Case, Numbering
from engine.store.procedures import StartEvent
from engine.store.session import transaction
from engine.store.trail import AuditEntry, Inbox, Outbox
from tests.city import City
from tests.sketches import Node, end, exclusive, message, send, signal, signalled, sketch, task, told

_OUTPUTS = {"outputParameter": {"requerente.nome": "mensagem.nome", "bairro": "mensagem.bairro"}}


def _started_by_message(name: str = "denuncia", *, key: str | None = None, first: str = "apurar") -> bytes:
    told_of = Node("startEvent", "chegou", {}, told(name), {"chave": key} if key else {}, _OUTPUTS)
    nodes = [
        Node("startEvent", "inicio"),
        told_of,
        task("pedir", "requerente"),
        task(first),
        exclusive("g"),
        end("fim"),
    ]
    return sketch(nodes, f"inicio > pedir > g\nchegou > {first} > g > fim", subject='"Denúncia em " + bairro')


_RAIN = Node("startEvent", "s", {}, signalled("chuva"), {}, {"outputParameter": {"nivel": "sinal.nivel"}})
_BY_SIGNAL = sketch([_RAIN, task("vistoriar"), end("fim")], "s > vistoriar > fim")
_SAID = {"nome": "Ana", "bairro": "Centro"}


def test_a_message_that_nobody_awaits_begins_a_case_with_what_it_brought(city: City) -> None:
    city.publish(_started_by_message())

    heard = city.tell("denuncia", "qualquer", _SAID)

    assert heard.case_id is not None
    case = city.case(heard.case_id)
    assert (case["subject"], case["requester_name"], case["origin"]) == ("Denúncia em Centro", "Ana", "mensagem")
    assert (case["data"]["bairro"], heard.number) == ("Centro", case["number"])
    assert city.open_elements(heard.case_id) == ["apurar"]
    (begun,) = city.rows(AuditEntry, chain=heard.case_id, action="case.start")
    assert (begun["facts"]["at"], begun["facts"]["id"]) == ("chegou", "1")
    assert city.findings() == []
    city.complete(heard.case_id, "apurar")
    assert city.case(heard.case_id)["status"] == "done"
    assert city.findings() == []


def test_the_same_message_ten_times_begins_one_case(city: City) -> None:
    city.publish(_started_by_message())

    answers = [city.tell("denuncia", "x", _SAID) for _ in range(10)]
    city.tick()

    assert {one.case_id for one in answers} == {city.rows(Case)[0]["id"]}
    assert len(city.rows(Case)) == len(city.rows(Inbox)) == 1


def test_another_message_begins_another_case_and_by_hand_it_begins_as_ever(city: City) -> None:
    city.publish(_started_by_message())

    one, other = city.tell("denuncia", "x", _SAID, once="1"), city.tell("denuncia", "x", _SAID, once="2")
    asked = city.start()

    assert len({one.case_id, other.case_id, asked.case_id}) == 3
    assert city.case(asked.case_id)["status"] == "done"  # its first task was done with the request
    assert city.findings() == []


def test_a_case_that_waits_goes_before_one_that_would_begin(city: City) -> None:
    city.publish(_started_by_message(), key="apuracao")
    waits = sketch([task("pedir", "requerente"), message("m", "denuncia", '"7"'), task("b"), end("fim")],
                   "inicio > pedir > m > b > fim")  # fmt: skip
    city.publish(waits, key="espera")
    waiting = city.start(procedure="espera").case_id

    first, second = city.tell("denuncia", "7", _SAID, once="1"), city.tell("denuncia", "7", _SAID, once="2")

    assert first.case_id == waiting
    assert second.case_id not in {waiting, None}


def test_a_message_for_a_suspended_case_is_kept_for_it_and_begins_no_other(city: City) -> None:
    city.publish(_started_by_message(), key="apuracao")
    waits = sketch([task("pedir", "requerente"), message("m", "denuncia", '"7"'), task("b"), end("fim")],
                   "inicio > pedir > m > b > fim")  # fmt: skip
    city.publish(waits, key="espera")
    waiting = city.start(procedure="espera").case_id
    with city.by("operador") as by:
        suspension.suspend(by, waiting, Why(reason="diligência"))

    kept = city.tell("denuncia", "7", _SAID)
    with city.by("operador") as by:
        suspension.resume(by, waiting, Why(reason="voltou"))
    city.tick()

    assert kept.case_id is None
    assert city.open_elements(waiting) == ["b"]
    assert len(city.rows(Case)) == 1
    assert city.findings() == []


def test_a_start_with_a_key_hears_messages_of_that_key_only(city: City) -> None:
    city.publish(_started_by_message(key='"obras"'))

    assert city.tell("denuncia", "saude", _SAID, once="1").case_id is None
    assert city.tell("denuncia", "obras", _SAID, once="2").case_id is not None


def test_only_the_version_in_force_begins(city: City) -> None:
    city.publish(_started_by_message(first="antiga"))
    with city.by("analista") as by:
        bundle = procedures.Bundle(
            key="teste", name="Teste", xml=_started_by_message(first="nova"), forms={}, tables={}, papers={}
        )
        procedures.publish(by, bundle, effective_from=city.at + timedelta(days=10))

    before = city.tell("denuncia", "x", _SAID, once="1")
    city.pass_time(days=11)
    after = city.tell("denuncia", "x", _SAID, once="2")

    assert before.case_id is not None
    assert after.case_id is not None
    assert (city.open_elements(before.case_id), city.open_elements(after.case_id)) == (["antiga"], ["nova"])


def test_a_message_thrown_by_a_case_begins_another(city: City) -> None:
    city.publish(_started_by_message(), key="apuracao")
    thrower = sketch(
        [
            task("pedir", "requerente"),
            send("manda", "denuncia", '"x"', {"bairro": '"Sul"', "nome": '"Rui"'}),
            end("fim"),
        ],
        "inicio > pedir > manda > fim",
    )
    city.publish(thrower, key="ouvidoria")
    city.start(procedure="ouvidoria")

    city.tick()

    assert [row["subject"] for row in city.rows(Case)] == ["Procedimento ouvidoria", "Denúncia em Sul"]
    assert city.findings() == []


def test_a_message_whose_case_cannot_begin_leaves_nothing_and_gives_no_number(city: City) -> None:
    breaks = Node(
        "startEvent", "e", {}, told("x"), {}, {"outputParameter": {"a": "count(for i in 1..100000000 return i)"}}
    )
    city.publish(sketch([breaks, task("a"), end("fim")], "e > a > fim"))

    with pytest.raises(ExpressionRefused):
        city.tell("x", "y")

    assert city.rows(Case) == city.rows(Inbox) == city.rows(Numbering) == []


def test_a_message_that_waits_for_nobody_takes_no_number(city: City) -> None:
    city.publish(_started_by_message(key='"obras"'))
    city.tell("denuncia", "outra", _SAID)

    assert city.start().number.startswith("2026.000001")
    assert city.findings() == []


def test_nobody_starts_by_hand_what_only_an_event_begins(city: City) -> None:
    city.publish(_BY_SIGNAL)

    with pytest.raises(BeginsByEvent):
        city.start()

    assert city.rows(Case) == []


def test_a_signal_begins_a_case_of_each_procedure_that_begins_with_it_once(city: City) -> None:
    city.publish(_BY_SIGNAL, key="defesa")
    city.publish(_BY_SIGNAL, key="saude")
    throws = sketch([task("pedir", "requerente"), signal("avisa", "chuva", inputs={"nivel": "3"}), end("fim")],
                    "inicio > pedir > avisa > fim")  # fmt: skip
    city.publish(throws, key="avisa")
    city.start(procedure="avisa")
    city.tick()
    city.tick()

    begun = [row for row in city.rows(Case) if row["origin"] == "sinal"]
    assert [(row["data"]["nivel"], city.open_elements(row["id"])) for row in begun] == [(3, ["vistoriar"])] * 2
    assert city.findings() == []
    assert city.signal("chuva", {"nivel": 9}).cases == 2
    city.tick()
    assert [row["data"]["nivel"] for row in city.rows(Case, origin="sinal")] == [3, 3, 9, 9]
    assert {row["status"] for row in city.rows(Outbox, kind="start")} == {"done"}


def test_two_procedures_cannot_begin_with_one_message(city: City) -> None:
    city.publish(_started_by_message(), key="um")

    with pytest.raises(DiagramRefused) as refused:
        city.publish(_started_by_message(), key="dois")
    city.publish(_started_by_message(first="outra"), key="um")

    found: Any = refused.value.facts["findings"]
    assert [(one["element"], one["code"], one["procedure"]) for one in found] == [
        ("chegou", "start-message-taken", "um")
    ]


def test_they_may_by_different_keys(city: City) -> None:
    city.publish(_started_by_message(key='"obras"'), key="um")
    city.publish(_started_by_message(key='"saude"'), key="dois")

    heard = city.tell("denuncia", "saude", _SAID)

    assert [row["id"] for row in city.rows(Case)] == [heard.case_id]


def test_verify_finds_a_version_whose_beginning_was_forgotten(city: City) -> None:
    city.publish(_started_by_message())
    assert city.findings() == []

    with transaction(city.house.store) as session:
        session.connection().execute(delete(StartEvent))

    assert [finding.kind for finding in city.findings()] == ["start-events"]


def test_a_message_of_another_name_begins_nothing(city: City) -> None:
    city.publish(_started_by_message())

    with city.by("banco", scopes=frozenset({"messages"})) as by:
        heard = cases.correlate(by, cases.Message(source="b", external_id="1", name="outra", key="x", payload={}))

    assert heard.case_id is None
