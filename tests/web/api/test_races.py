"""Several integrations at once, on both databases: one wins, nothing happens twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from werkzeug.test import TestResponse

from engine.store.cases import Case, Task
from engine.store.trail import AuditEntry, Inbox
from tests.city import City
from tests.sketches import PAYMENT
from tests.web.api.caller import Caller
from tests.web.api.conftest import Calling

MANY = 6


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def at_once(calls: list[Callable[[], TestResponse]]) -> Counter[int]:
    """Return how often each status came of calls that start together."""
    gate = Barrier(len(calls))

    def call(one: Callable[[], TestResponse]) -> int:
        gate.wait()
        return one().status_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(call, calls))


def test_of_many_keys_that_claim_a_task_at_once_one_has_it(counter: Caller, calling: Calling, city: City) -> None:
    task_id = counter.task_of(counter.start().get_json()["number"])
    rivals = [calling("protocolo") for _ in range(MANY)]

    statuses = at_once([lambda one=one: one.post(f"/tasks/{task_id}/claim") for one in rivals])

    assert statuses == {200: 1, 409: MANY - 1}
    assert len([row for row in city.rows(AuditEntry) if row["action"] == "task.take"]) == 1


def test_of_many_keys_that_complete_a_task_at_once_one_does(counter: Caller, calling: Calling, city: City) -> None:
    task_id = counter.task_of(counter.start().get_json()["number"])
    rivals = [calling("protocolo") for _ in range(MANY)]

    body = {"answers": {"completo": True}}
    statuses = at_once([lambda one=one: one.post(f"/tasks/{task_id}/complete", body) for one in rivals])

    assert statuses == {200: 1, 409: MANY - 1}
    assert len(city.rows(Task, element="analisar")) == 1


def test_one_start_sent_many_times_at_once_starts_one_case(counter: Caller, city: City) -> None:
    statuses = at_once([lambda: counter.start(key="a-mesma-chave") for _ in range(MANY)])

    assert statuses == {201: MANY}
    assert len(city.rows(Case)) == 1


def test_one_message_sent_many_times_at_once_is_delivered_once(counter: Caller, city: City) -> None:
    city.publish(PAYMENT, key="pagamento")
    number = counter.post("/procedures/pagamento/cases", {"answers": {}}).get_json()["number"]
    body = {"external_id": "E1", "name": "pagamento_confirmado", "key": number, "payload": {"valor": 1}}

    statuses = at_once([lambda: counter.post("/messages", body) for _ in range(MANY)])

    assert statuses == {200: MANY}
    assert len(city.rows(Inbox)) == 1
    assert [row["status"] for row in city.rows(Task, element="entregar")] == ["open"]


@pytest.mark.parametrize("rounds", [5, pytest.param(100, marks=pytest.mark.nightly)])
def test_of_two_simultaneous_completions_one_is_refused_each_time(
    rounds: int, counter: Caller, calling: Calling, city: City
) -> None:
    rivals = [calling("protocolo") for _ in range(2)]
    for _ in range(rounds):
        task_id = counter.task_of(counter.start().get_json()["number"])
        path, body = f"/tasks/{task_id}/complete", {"answers": {"completo": True}}

        statuses = at_once([lambda one=one, path=path, body=body: one.post(path, body) for one in rivals])

        assert statuses == {200: 1, 409: 1}
    assert len(city.rows(Task, element="analisar")) == rounds
