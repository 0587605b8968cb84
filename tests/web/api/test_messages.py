from __future__ import annotations

from typing import Any

import pytest

from engine.store.trail import Inbox
from tests.city import City
from tests.sketches import PAYMENT
from tests.web.api.caller import Caller, problem
from tests.web.api.conftest import Calling


@pytest.fixture
def number(city: City, counter: Caller) -> str:
    """The number of a case that waits for its payment."""
    city.publish(PAYMENT, key="pagamento")
    return str(counter.post("/procedures/pagamento/cases", {"answers": {}}).get_json()["number"])


def told(key: str, external_id: str = "E1") -> dict[str, Any]:
    return {"external_id": external_id, "name": "pagamento_confirmado", "key": key, "payload": {"valor": 341.2}}


def test_a_message_that_is_awaited_is_delivered(counter: Caller, number: str) -> None:
    heard = counter.post("/messages", told(number))

    assert (heard.status_code, heard.get_json()) == (200, {"status": "delivered", "case": number})
    assert [one["element"] for one in counter.get(f"/cases/{number}").get_json()["tasks"]] == ["entregar"]


def test_a_message_that_nobody_awaits_yet_is_kept(counter: Caller, city: City) -> None:
    heard = counter.post("/messages", told("ninguém"))

    assert (heard.status_code, heard.get_json()) == (202, {"status": "kept", "case": None})
    assert [row["key"] for row in city.rows(Inbox)] == ["ninguém"]


def test_the_same_message_ten_times_is_delivered_once(counter: Caller, city: City, number: str) -> None:
    answers = [counter.post("/messages", told(number)) for _ in range(10)]

    assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}
    assert len(city.rows(Inbox)) == 1


def test_two_integrations_may_use_the_same_id(counter: Caller, calling: Calling, city: City) -> None:
    counter.post("/messages", told("a"))
    calling("fazenda").post("/messages", told("b"))

    assert len(city.rows(Inbox)) == 2


def test_the_source_of_a_message_is_its_key_and_not_what_it_says(calling: Calling, city: City) -> None:
    bank = calling(scopes=["messages"], name="Banco")

    problem(bank.post("/messages", told("a") | {"source": "outro"}), 400, "bad-input")
    bank.post("/messages", told("a"))

    assert [row["source"] for row in city.rows(Inbox)] == ["Banco"]


def test_messages_need_their_scope(calling: Calling, city: City) -> None:
    problem(calling("protocolo", scopes=["cases:read"]).post("/messages", told("a")), 403, "denied")

    assert city.rows(Inbox) == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"key": ""}, "key", "length"),
        ({"key": None}, "key", "required"),
        ({"name": 7}, "name", "invalid"),
        ({"payload": []}, "payload", "invalid"),
        ({"external_id": "x" * 121}, "external_id", "length"),
    ],
)
def test_a_message_out_of_shape_is_refused_by_field(
    counter: Caller, change: dict[str, Any], field: str, code: str
) -> None:
    errors = problem(counter.post("/messages", told("a") | change), 400, "bad-input")["errors"]

    assert [(one["field"], one["code"]) for one in errors] == [(field, code)]
