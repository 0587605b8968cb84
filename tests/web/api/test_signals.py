from __future__ import annotations

from typing import Any

import pytest

from engine.store.cases import Case
from engine.store.trail import Inbox, Outbox
from tests.city import City
from tests.sketches import end, signal, sketch, task
from tests.web.api.caller import Caller, problem
from tests.web.api.conftest import Calling

_HEARS = sketch(
    [task("pedir", "requerente"), signal("s", "chuva", kind="intermediateCatchEvent"), task("vistoriar"), end("fim")],
    "inicio > pedir > s > vistoriar > fim",
)


@pytest.fixture
def defence(calling: Calling, city: City) -> Caller:
    """The civil defence's system; two cases await its signal."""
    city.publish(_HEARS)
    for _ in range(2):
        city.start()
    return calling(scopes=["signals"], name="Defesa Civil")


def sent(external_id: str = "DC-1", **more: Any) -> dict[str, Any]:
    return {"external_id": external_id, "name": "chuva", "payload": {"nivel": 2}, **more}


def test_a_signal_is_heard_by_every_case_that_waits(defence: Caller, city: City) -> None:
    answer = defence.post("/signals", sent())
    city.tick(city.at.replace(year=2100))

    assert (answer.status_code, answer.get_json()) == (202, {"cases": 2})
    assert [city.open_elements(row["id"]) for row in city.rows(Case)] == [["vistoriar"], ["vistoriar"]]


def test_the_same_signal_ten_times_is_sent_once(defence: Caller, city: City) -> None:
    answers = [defence.post("/signals", sent()) for _ in range(10)]

    assert {one.text for one in answers} == {answers[0].text}
    assert (len(city.rows(Inbox)), len(city.rows(Outbox, kind="signal"))) == (1, 2)


def test_the_same_key_is_answered_as_before_and_with_another_body_refused(defence: Caller, city: City) -> None:
    first = defence.post("/signals", sent(), key="k" * 20)
    again = defence.post("/signals", sent(), key="k" * 20)

    assert (again.text, again.headers["Idempotent-Replay"]) == (first.text, "true")
    problem(defence.post("/signals", sent("DC-2"), key="k" * 20), 422, "key-reused")


def test_signals_need_a_scope_of_their_own(calling: Calling, city: City) -> None:
    problem(calling(scopes=["messages"]).post("/signals", sent()), 403, "denied")

    assert city.rows(Inbox) == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [({"name": ""}, "name", "length"), ({"payload": 1}, "payload", "invalid"), ({"key": "x"}, "key", "unknown")],
)
def test_a_signal_out_of_shape_is_refused_by_field(
    defence: Caller, change: dict[str, Any], field: str, code: str
) -> None:
    errors = problem(defence.post("/signals", sent() | change), 400, "bad-input")["errors"]

    assert [(one["field"], one["code"]) for one in errors] == [(field, code)]
