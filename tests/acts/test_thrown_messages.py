"""Messages that cases throw: ordered in the step that throws, then correlated like one from outside, once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, update

from engine.acts import cases
from engine.store.cases import Incident, MessageWait
from engine.store.session import transaction
from engine.store.trail import AuditEntry, Inbox, Outbox
from tests.city import City
from tests.sketches import end, message, parallel, receive, send, sketch, task

_PEDIR = """{"type": "default", "id": "pedir", "schemaVersion": 19, "components": [
  {"type": "textfield", "id": "l", "key": "lote", "label": "Lote"}]}"""
_FORMS = {"pedir": _PEDIR}
_SURVEY = sketch(  # waits for the survey of its plot
    [
        task("pedir", "requerente", form="pedir"), task("preparar"),
        receive("espera", "vistoria_feita", "lote", {"zona": "mensagem.zona"}), task("emitir"), end("fim"),
    ],
    "inicio > pedir > preparar > espera > emitir > fim",
)  # fmt: skip
_SURVEYOR = sketch(  # tells what was found on a plot
    [
        task("pedir", "requerente", form="pedir"), task("vistoriar"),
        send("avisa", "vistoria_feita", "lote", {"zona": '"ZR" + lote'}), end("fim"),
    ],
    "inicio > pedir > vistoriar > avisa > fim",
)  # fmt: skip
_ITSELF = sketch(
    [
        task("pedir", "requerente"), parallel("p"), task("a"), send("manda", "recado", "processo.numero"),
        message("m", "recado", "processo.numero"), task("b"), parallel("j"), end("fim"),
    ],
    "inicio > pedir > p > a > manda > j > fim\np > m > b > j",
)  # fmt: skip


def _ask(city: City, procedure: str, plot: str) -> int:
    return city.start({"lote": plot}, procedure=procedure).case_id


@pytest.fixture
def town(city: City) -> City:
    city.publish(_SURVEY, key="alvara", forms=_FORMS)
    city.publish(_SURVEYOR, key="vistoria", forms=_FORMS)
    return city


def _wait(city: City, case_id: int) -> None:
    city.complete(case_id, "preparar")


def _throw(city: City, case_id: int) -> None:
    city.complete(case_id, "vistoriar")


@pytest.mark.parametrize("first", [_wait, _throw], ids=["awaited-first", "thrown-first"])
def test_a_thrown_message_finds_the_case_of_its_key_whoever_comes_first(town: City, first: Any) -> None:
    mine, other = _ask(town, "alvara", "7"), _ask(town, "alvara", "8")
    thrower = _ask(town, "vistoria", "7")
    steps = [(_wait, mine), (_throw, thrower)]
    for act, case_id in sorted(steps, key=lambda step: step[0] is not first):
        act(town, case_id)
        assert town.findings() == []
        town.tick()
    _wait(town, other)
    town.tick()
    town.forget()

    assert (town.open_elements(mine), town.case(mine)["data"]["zona"]) == (["emitir"], "ZR7")
    assert town.open_elements(other) == []
    assert [(row["source"], row["case_id"]) for row in town.rows(Inbox)] == [(f"case:{thrower}", mine)]
    assert [row["action"] for row in town.rows(AuditEntry, chain=mine)].count("message.deliver") == 1
    assert town.case(thrower)["status"] == "done"
    assert town.findings() == []


def test_a_message_may_be_for_the_very_case_that_throws_it(city: City) -> None:
    city.publish(_ITSELF)
    case_id = city.start().case_id

    city.complete(case_id, "a")
    city.tick()

    assert city.open_elements(case_id) == ["b"]
    assert city.rows(MessageWait) == []
    assert city.findings() == []


def test_a_message_that_the_other_case_cannot_take_is_its_incident_and_goes_in_when_retried(city: City) -> None:
    too_long = "if pode = true then mensagem.zona else count(for i in 1..100000000 return i)"
    breaks = sketch(
        [
            task("pedir", "requerente", form="pedir"), parallel("p"), task("dar", form="dar"), parallel("j"),
            receive("espera", "vistoria_feita", "lote", {"zona": too_long}), end("fim"),
        ],
        "inicio > pedir > p > dar > j > fim\np > espera > j",
    )  # fmt: skip
    pode = _PEDIR.replace('"pedir"', '"dar"').replace("textfield", "checkbox").replace("lote", "pode")
    city.publish(breaks, key="alvara", forms={**_FORMS, "dar": pode})
    city.publish(_SURVEYOR, key="vistoria", forms=_FORMS)
    hears, thrower = _ask(city, "alvara", "7"), _ask(city, "vistoria", "7")

    _throw(city, thrower)
    city.tick()

    (incident,) = city.rows(Incident)
    assert (incident["case_id"], incident["code"]) == (hears, "expression-refused")
    assert city.rows(Inbox) == []
    assert city.findings() == []
    city.complete(hears, "dar", {"pode": True})
    with city.by("operador") as by:
        cases.retry(by, incident["id"], "a causa foi afastada")
    city.tick()
    assert (city.case(hears)["data"]["zona"], city.case(hears)["status"]) == ("ZR7", "done")
    assert city.findings() == []


@pytest.mark.parametrize(
    ("alter", "kind"),
    [
        (delete(Outbox).where(Outbox.kind == "message"), "messages-thrown"),
        (delete(Inbox), "message-lost"),
        (update(MessageWait).values(name="outra"), "wait-name-differs"),
        (update(MessageWait).values(kind="signal"), "wait-name-differs"),
    ],
)
def test_verify_finds_a_message_that_was_lost_and_a_wait_for_another(town: City, alter: Any, kind: str) -> None:
    _throw(town, _ask(town, "vistoria", "7"))
    town.tick()
    waiting = _ask(town, "alvara", "8")
    _wait(town, waiting)
    assert town.findings() == []

    with transaction(town.house.store) as session:
        session.connection().execute(alter)

    assert {finding.kind for finding in town.findings()} == {kind}
