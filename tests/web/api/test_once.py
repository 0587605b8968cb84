"""A POST repeated with its key is done once, whatever it is; the same key with another body is refused."""

from __future__ import annotations

import pytest

from engine.store.cases import Case, Task
from engine.store.procedures import Version
from engine.store.trail import AuditEntry
from tests.city import City
from tests.web.api.caller import ANSWERS, FORMS, PEDIDO, Caller, problem
from tests.web.api.conftest import Calling

KEY = "4f0c1a9e-uma-chave"
BUNDLE = {"process.bpmn": PEDIDO, **{f"{key}.form.json": body for key, body in FORMS.items()}}


def test_a_start_repeated_ten_times_starts_one_case(counter: Caller, city: City) -> None:
    answers = [counter.start(key=KEY) for _ in range(10)]

    assert {(one.status_code, one.text, one.headers["Location"]) for one in answers} == {
        (201, answers[0].text, answers[0].headers["Location"])
    }
    assert [one.headers.get("Idempotent-Replay") for one in answers] == [None, *["true"] * 9]
    assert len(city.rows(Case)) == 1


def test_a_completion_repeated_ten_times_completes_once(counter: Caller, city: City) -> None:
    task_id = counter.task_of(counter.start().get_json()["number"])

    answers = [counter.post(f"/tasks/{task_id}/complete", {"answers": {"completo": True}}, key=KEY) for _ in range(10)]

    assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}
    completed = [row for row in city.rows(AuditEntry) if row["action"] == "task.complete"]
    assert len(completed) == 1
    assert sorted(row["element"] for row in city.rows(Task)) == ["analisar", "conferir", "pedir"]


def test_a_claim_repeated_after_the_release_answers_as_before_and_claims_nothing(counter: Caller, city: City) -> None:
    task_id = counter.task_of(counter.start().get_json()["number"])
    claimed = counter.post(f"/tasks/{task_id}/claim", key=KEY)
    counter.post(f"/tasks/{task_id}/release")

    again = counter.post(f"/tasks/{task_id}/claim", key=KEY)

    assert (again.status_code, again.text) == (200, claimed.text)
    assert city.rows(Task, status="open")[0]["assignee_id"] is None


def test_a_deployment_repeated_makes_one_version(calling: Calling, city: City) -> None:
    analyst = calling("analista")

    answers = [analyst.deploy(BUNDLE, key=KEY) for _ in range(3)]

    assert {(one.status_code, one.text) for one in answers} == {(201, answers[0].text)}
    assert len(city.rows(Version)) == 2


@pytest.mark.parametrize("changed", [{"name": "Outro nome"}, {"note": "outra nota"}])
def test_a_deployment_with_the_same_key_and_other_fields_is_refused(calling: Calling, changed: dict[str, str]) -> None:
    analyst = calling("analista")
    analyst.deploy(BUNDLE, key=KEY)

    problem(analyst.deploy(BUNDLE, key=KEY, **changed), 422, "key-reused")


def test_a_deployment_with_the_same_key_and_another_diagram_is_refused(calling: Calling, city: City) -> None:
    analyst = calling("analista")
    analyst.deploy(BUNDLE, key=KEY)

    problem(analyst.deploy(BUNDLE | {"process.bpmn": PEDIDO + b" "}, key=KEY), 422, "key-reused")

    assert len(city.rows(Version)) == 2


def test_the_same_key_with_another_body_is_refused_and_does_nothing(counter: Caller, city: City) -> None:
    counter.start(key=KEY)

    problem(counter.start({**ANSWERS, "area": 7}, key=KEY), 422, "key-reused")

    assert len(city.rows(Case)) == 1


def test_the_same_key_at_another_address_is_refused(counter: Caller, city: City) -> None:
    task_id = counter.task_of(counter.start().get_json()["number"])
    counter.post(f"/tasks/{task_id}/claim", key=KEY)

    problem(counter.post(f"/tasks/{task_id}/release", key=KEY), 422, "key-reused")

    assert city.rows(Task, status="open")[0]["assignee_id"] is not None


def test_two_integrations_may_use_the_same_key(counter: Caller, calling: Calling, city: City) -> None:
    counter.start(key=KEY)
    calling("protocolo").start(key=KEY)

    assert len(city.rows(Case)) == 2


def test_a_refused_request_does_not_use_its_key_up(counter: Caller, city: City) -> None:
    problem(counter.start({}, key=KEY), 422, "answers-refused")

    assert counter.start(key=KEY).status_code == 201
    assert len(city.rows(Case)) == 1


@pytest.mark.parametrize("key", ["curta", "x" * 81, "com espaço no meio", "acentuação-não"])
def test_a_key_out_of_shape_is_refused(counter: Caller, city: City, key: str) -> None:
    errors = problem(counter.start(key=key), 400, "bad-input")["errors"]

    assert [one["field"] for one in errors] == ["Idempotency-Key"]
    assert city.rows(Case) == []
