"""Signals between cases: ordered in the step that throws, heard in a step of each case that waited then, once."""

from __future__ import annotations

from typing import Any

import pytest

from engine.acts import cases, signals
from engine.errors import Denied
from engine.store.cases import Incident, MessageWait
from engine.store.trail import AuditEntry, Inbox, Outbox
from tests.city import City
from tests.sketches import boundary, end, parallel, script, signal, signalled, sketch, sub, task

_CATCH = "intermediateCatchEvent"
_PODE = """{"type": "default", "id": "dar", "schemaVersion": 19, "components": [
  {"type": "checkbox", "id": "p", "key": "pode", "label": "Pode"}]}"""
_HEARS = sketch(
    [
        task("pedir", "requerente"), signal("s", "chuva", kind=_CATCH, outputs={"nivel": "sinal.nivel"}),
        task("vistoriar"), end("fim"),
    ],
    "inicio > pedir > s > vistoriar > fim",
)  # fmt: skip
_THROWS = sketch(
    [
        task("pedir", "requerente"), parallel("p"), task("medir", form=None),
        signal("avisa", "chuva", inputs={"nivel": "nivel"}), signal("ouve", "chuva", kind=_CATCH), task("abrigar"),
        parallel("j"), end("fim"),
    ],
    "inicio > pedir > p > medir > avisa > j > fim\np > ouve > abrigar > j",
)  # fmt: skip
_TWICE = sketch(
    [
        task("pedir", "requerente"), parallel("p"),
        sub("sp", [task("obra"), end("fo")], "inicio_sp > obra > fo"),
        boundary("para", "sp", signalled("chuva")), task("parada"),
        task("rotina"), boundary("anota", "rotina", signalled("chuva"), interrupting=False), task("anotacao"),
        parallel("j"), end("fim"), end("f2"), end("f3"),
    ],
    "inicio > pedir > p > sp > j > fim\np > rotina > j\npara > parada > f2\nanota > anotacao > f3",
)  # fmt: skip


def _actions(city: City, case_id: int, action: str) -> list[dict[str, Any]]:
    return city.rows(AuditEntry, chain=case_id, action=action)


def test_a_thrown_signal_is_heard_in_its_own_case_at_once_and_in_the_others_when_the_clock_ticks(city: City) -> None:
    city.publish(_HEARS, key="ouve")
    city.publish(_THROWS, key="avisa")
    hearers = [city.start(procedure="ouve").case_id for _ in range(3)]
    thrower = city.start(procedure="avisa").case_id

    city.complete(thrower, "medir")

    assert city.open_elements(thrower) == ["abrigar"]
    assert [city.open_elements(one) for one in hearers] == [[], [], []]
    assert city.findings() == []
    city.forget()
    city.tick()
    assert [city.open_elements(one) for one in hearers] == [["vistoriar"]] * 3
    assert [len(_actions(city, one, "signal.deliver")) for one in [*hearers, thrower]] == [1, 1, 1, 0]
    assert len(_actions(city, thrower, "signal.throw")) == 1
    assert city.rows(MessageWait) == []
    assert city.findings() == []


def test_whoever_begins_to_wait_after_the_throw_does_not_hear_it(city: City) -> None:
    city.publish(_HEARS, key="ouve")
    city.publish(_THROWS, key="avisa")
    thrower = city.start(procedure="avisa").case_id
    city.complete(thrower, "medir")

    late = city.start(procedure="ouve").case_id
    city.tick()

    assert city.open_elements(late) == []
    assert [row["kind"] for row in city.rows(MessageWait)] == ["signal"]


def test_a_case_that_awaits_a_signal_at_two_places_hears_it_at_both_in_one_step(city: City) -> None:
    city.publish(_TWICE)
    case_id = city.start().case_id
    before = city.case(case_id)["lock_version"]

    sent = city.signal("chuva")
    city.tick()

    assert sent.cases == 1
    assert city.open_elements(case_id) == ["anotacao", "parada", "rotina"]
    assert city.case(case_id)["lock_version"] == before + 1
    assert [row["element"] for row in city.rows(MessageWait)] == ["anota"]
    assert city.findings() == []


def test_a_signal_from_outside_brings_what_it_carries_and_comes_once_however_often_it_is_told(city: City) -> None:
    city.publish(_HEARS)
    waiting = [city.start().case_id for _ in range(2)]

    first = city.signal("chuva", {"nivel": 7}, once="a")
    again = city.signal("chuva", {"nivel": 7}, once="a")
    city.tick()

    assert (first.cases, first.repeated, again.cases, again.repeated) == (2, False, 2, True)
    assert [city.case(one)["data"]["nivel"] for one in waiting] == [7, 7]
    assert len(city.rows(Outbox, kind="signal")) == 2
    assert [row["name"] for row in city.rows(Inbox)] == ["chuva"]
    assert [row["action"] for row in city.rows(AuditEntry, chain=0)].count("signal.broadcast") == 1
    assert city.findings() == []


def test_a_signal_is_not_kept_for_a_message_of_its_name_nor_a_message_for_a_signal(city: City) -> None:
    city.publish(_HEARS)
    city.signal("chuva")
    case_id = city.start().case_id

    heard = city.tell("chuva", "*")
    city.tick()

    assert heard.case_id is None
    assert city.open_elements(case_id) == []


def test_a_signal_that_finds_its_place_left_moves_nothing(city: City) -> None:
    city.publish(_TWICE)
    case_id = city.start().case_id
    city.signal("chuva")
    city.complete(case_id, "obra")
    city.complete(case_id, "rotina")
    version = city.case(case_id)["lock_version"]

    city.tick()

    assert (city.case(case_id)["status"], city.case(case_id)["lock_version"]) == ("done", version)
    assert [row["status"] for row in city.rows(Outbox, kind="signal")] == ["done"]
    assert city.findings() == []


def test_a_case_that_cannot_hear_a_signal_keeps_no_other_from_it_and_hears_it_when_retried(city: City) -> None:
    too_long = "if pode = true then sinal.nivel else count(for i in 1..100000000 return i)"
    breaks = sketch(
        [
            task("pedir", "requerente"), parallel("p"), script("x", "pode = false"), task("dar", form="dar"),
            parallel("j"), signal("s", "chuva", kind=_CATCH, outputs={"nivel": too_long}), end("fim"),
        ],
        "inicio > pedir > p > x > dar > j > fim\np > s > j",
    )  # fmt: skip
    city.publish(breaks, key="quebra", forms={"dar": _PODE})
    city.publish(_HEARS, key="ouve")
    broken, sound = city.start(procedure="quebra").case_id, city.start(procedure="ouve").case_id

    city.signal("chuva", {"nivel": 3})
    city.tick()

    assert city.open_elements(sound) == ["vistoriar"]
    (incident,) = city.rows(Incident)
    assert (incident["case_id"], incident["code"]) == (broken, "expression-refused")
    assert city.findings() == []
    city.complete(broken, "dar", {"pode": True})
    with city.by("operador") as by:
        cases.retry(by, incident["id"], "a causa foi afastada")
    city.tick()
    assert (city.case(broken)["data"]["nivel"], city.case(broken)["status"]) == (3, "done")


def test_only_an_operator_or_a_token_with_the_scope_broadcasts(city: City) -> None:
    sent = signals.Signal(source="x", external_id="1", name="chuva", payload={})

    with pytest.raises(Denied), city.by("defesa_civil", scopes=frozenset({"messages"})) as by:
        signals.broadcast(by, sent)
    with pytest.raises(Denied), city.by("obras") as by:
        signals.broadcast(by, sent)
    with city.by("operador") as by:
        assert signals.broadcast(by, sent).cases == 0


def test_the_token_of_a_bank_tells_no_signal_by_a_message(city: City) -> None:
    city.publish(_HEARS)
    city.start()

    with city.by("banco", scopes=frozenset({"messages"})) as by:
        heard = cases.correlate(by, cases.Message(source="b", external_id="1", name="chuva", key="x", payload={}))

    assert heard.case_id is None
