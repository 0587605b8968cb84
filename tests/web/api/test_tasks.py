from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from engine.store.cases import Task
from engine.store.session import transaction
from tests.city import City
from tests.sketches import end, sketch, task
from tests.web.api.caller import ANSWERS, Caller, problem
from tests.web.api.conftest import Calling


@pytest.fixture
def number(counter: Caller) -> str:
    """The number of a case that stands at the counter's task."""
    return str(counter.start().get_json()["number"])


def test_a_task_is_read_with_its_form_and_the_data_of_its_case(counter: Caller, number: str) -> None:
    read = counter.get(f"/tasks/{counter.task_of(number)}").get_json()

    assert (read["case"], read["element"], read["form"], read["status"]) == (number, "conferir", "conferir", "open")
    assert read["form_schema"]["components"][0]["key"] == "completo"
    assert read["data"]["requerente"]["nome"] == "Ana Souza"


def test_the_list_holds_the_tasks_of_ones_own_roles_only(counter: Caller, calling: Calling, number: str) -> None:
    assert [one["case"] for one in counter.get("/tasks").get_json()["items"]] == [number]
    assert calling("obras").get("/tasks").get_json()["items"] == []


def test_a_list_of_anothers_role_is_refused(counter: Caller) -> None:
    assert problem(counter.get("/tasks", role="fazenda"), 403, "denied")["role"] == "fazenda"


def test_pages_of_tasks_go_from_the_most_urgent_to_those_without_a_term(counter: Caller, city: City) -> None:
    for _ in range(5):
        counter.start()
    due = datetime(2026, 5, 1, tzinfo=UTC)
    rows = city.rows(Task, status="open")
    with transaction(city.house.store) as session:
        for days, row in enumerate(rows[:3]):
            moment = due + timedelta(days=days // 2)  # two of them at the same moment
            session.connection().execute(update(Task).where(Task.id == row["id"]).values(due_at=moment))

    found, after = [], {}
    for _ in range(3):
        page = counter.get("/tasks", limit=2, **after).get_json()
        found += [(one["due_at"], one["id"]) for one in page["items"]]
        after = {"after": page["next"]}

    assert len(set(found)) == 5
    assert found == sorted(found, key=lambda one: (one[0] is None, one))
    assert after == {"after": None}


def test_mine_and_overdue_narrow_the_list(counter: Caller, city: City) -> None:
    first, second = (counter.start().get_json()["number"] for _ in range(2))
    counter.post(f"/tasks/{counter.task_of(first)}/claim")
    with transaction(city.house.store) as session:
        late = update(Task).where(Task.id == uuid.UUID(counter.task_of(second)))
        session.connection().execute(late.values(due_at=datetime(2020, 1, 1, tzinfo=UTC)))

    assert [one["case"] for one in counter.get("/tasks", mine="true").get_json()["items"]] == [first]
    assert [one["case"] for one in counter.get("/tasks", overdue="true").get_json()["items"]] == [second]


def test_of_two_keys_that_claim_a_task_one_has_it_and_the_other_learns_who(
    counter: Caller, calling: Calling, number: str
) -> None:
    task_id = counter.task_of(number)
    rival = calling("protocolo", name="Balcão Sul")

    claimed = rival.post(f"/tasks/{task_id}/claim")
    refused = counter.post(f"/tasks/{task_id}/claim")

    assert claimed.get_json() == {"id": task_id, "mine": True}
    assert problem(refused, 409, "task-taken")["by"] == "Balcão Sul"
    assert problem(counter.post(f"/tasks/{task_id}/complete", {}), 409, "task-taken")["by"] == "Balcão Sul"


def test_a_released_task_can_be_claimed_by_another(counter: Caller, calling: Calling, number: str) -> None:
    task_id = counter.task_of(number)
    rival = calling("protocolo")
    rival.post(f"/tasks/{task_id}/claim")

    released = rival.post(f"/tasks/{task_id}/release")

    assert released.get_json() == {"id": task_id, "mine": False}
    assert counter.post(f"/tasks/{task_id}/claim").status_code == 200


def test_what_another_holds_cannot_be_released(counter: Caller, calling: Calling, number: str) -> None:
    task_id = counter.task_of(number)
    calling("protocolo").post(f"/tasks/{task_id}/claim")

    problem(counter.post(f"/tasks/{task_id}/release"), 409, "task-taken")


def test_completing_a_task_moves_its_case_and_says_what_opened(counter: Caller, number: str) -> None:
    done = counter.post(f"/tasks/{counter.task_of(number)}/complete", {"answers": {"completo": True}})

    body = done.get_json()
    assert (body["case"], body["status"], body["outcome"]) == (number, "open", None)
    assert [(one["element"], one["role"]) for one in body["opened"]] == [("analisar", "obras")]


def test_the_last_task_ends_the_case_with_its_outcome(counter: Caller, number: str) -> None:
    done = counter.post(f"/tasks/{counter.task_of(number)}/complete", {"answers": {"completo": False}})

    assert (done.get_json()["status"], done.get_json()["outcome"]) == ("done", "indeferido")
    assert counter.get(f"/cases/{number}").get_json()["status"] == "done"


def test_a_task_that_was_completed_says_by_whom(counter: Caller, calling: Calling, number: str) -> None:
    task_id = counter.task_of(number)
    calling("protocolo", name="Balcão Sul").post(f"/tasks/{task_id}/complete", {"answers": {"completo": True}})

    assert problem(counter.post(f"/tasks/{task_id}/complete", {}), 409, "task-not-open")["by"] == "Balcão Sul"


@pytest.mark.parametrize("verb", ["claim", "release", "complete"])
def test_a_task_of_a_case_that_one_may_not_see_is_not_found(calling: Calling, counter: Caller, verb: str) -> None:
    number = counter.start().get_json()["number"]
    task_id = counter.task_of(number)

    body = {} if verb == "complete" else None
    problem(calling("fazenda").post(f"/tasks/{task_id}/{verb}", body), 404, "not-found")
    problem(calling("fazenda").get(f"/tasks/{task_id}"), 404, "not-found")
    problem(counter.post(f"/tasks/{uuid.uuid4()}/{verb}", body), 404, "not-found")


@pytest.mark.parametrize("verb", ["claim", "release", "complete"])
def test_a_task_of_another_role_in_a_case_that_one_sees_is_denied(calling: Calling, counter: Caller, verb: str) -> None:
    number = counter.start().get_json()["number"]
    counter.post(f"/tasks/{counter.task_of(number)}/complete", {"answers": {"completo": True}})

    refused = counter.post(f"/tasks/{counter.task_of(number)}/{verb}", {} if verb == "complete" else None)

    assert problem(refused, 403, "denied")["role"] == "obras"


@pytest.mark.parametrize("verb", ["claim", "release", "complete"])
def test_working_needs_its_scope(calling: Calling, counter: Caller, number: str, verb: str) -> None:
    reader = calling("protocolo", scopes=["cases:read"])

    body = {} if verb == "complete" else None
    problem(reader.post(f"/tasks/{counter.task_of(number)}/{verb}", body), 403, "denied")
    problem(reader.get("/tasks"), 403, "denied")


def test_a_task_id_that_is_none_is_not_found(counter: Caller) -> None:
    problem(counter.get("/tasks/1"), 404, "not-found")


def test_a_task_that_asks_for_an_advanced_signature_is_left_to_a_person(calling: Calling, city: City) -> None:
    drawing = sketch(
        [task("pedir", "requerente"), task("assinar", "secretario", assina="avancada"), end("fim", "emitido")],
        "inicio > pedir > assinar > fim",
    )
    city.publish(drawing, key="assinatura")
    caller = calling("secretario")
    started = caller.post("/procedures/assinatura/cases", {"answers": ANSWERS})
    task_id = caller.task_of(started.get_json()["number"])

    refused = caller.post(f"/tasks/{task_id}/complete", {})

    assert problem(refused, 422, "signature-refused")["reason"] == "password"
