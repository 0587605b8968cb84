from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.store.cases import Case, Document
from engine.store.trail import AuditEntry, Idempotency
from tests.city import City
from tests.web.api.caller import ANSWERS, Caller, problem
from tests.web.api.conftest import Calling


def test_a_started_case_can_be_read_with_what_is_open_in_it(counter: Caller) -> None:
    started = counter.start()

    assert started.status_code == 201
    number = started.get_json()["number"]
    assert started.headers["Location"] == f"/api/v1/cases/{number}"
    read = counter.get(f"/cases/{number}").get_json()
    assert (read["procedure"], read["status"], read["outcome"], read["origin"]) == ("pedido", "open", None, "api")
    assert read["requester"] == {"name": "Ana Souza", "document": "52998224725"}
    assert [(one["element"], one["role"], one["mine"]) for one in read["tasks"]] == [("conferir", "protocolo", False)]


def test_numbers_travel_exactly(counter: Caller, city: City) -> None:
    body = b'{"answers": {"requerente": {"nome": "Ana"}, "area": 0.10}}'

    started = counter.raw("/procedures/pedido/cases", body)

    assert started.status_code == 201
    assert city.rows(Case)[0]["data"]["area"] == Decimal("0.10")
    task = counter.get(f"/tasks/{counter.task_of(started.get_json()['number'])}")
    exact = msgspec.json.decode(task.data, type=dict[str, msgspec.Raw])
    assert b'"area":0.1' in bytes(exact["data"])


def test_the_access_code_opens_the_case_and_is_kept_only_veiled(counter: Caller, city: City) -> None:
    started = counter.start(key="chave-do-inicio")

    code = started.get_json()["access_code"]
    assert len(code) == 10
    assert code not in str(city.rows(Idempotency)[0]["answer"])
    assert counter.start(key="chave-do-inicio").get_json()["access_code"] == code


def test_answers_that_do_not_hold_are_refused_by_field(counter: Caller, city: City) -> None:
    refused = counter.start({"area": "muita"})

    errors = problem(refused, 422, "answers-refused")["errors"]
    assert {(one["field"], one["code"]) for one in errors} == {
        ("requerente.nome", "required"),
        ("area", "not-a-number"),
    }
    assert {one["detail"] for one in errors} >= {"Preencha este campo."}
    assert city.rows(Case) == []


def test_an_unknown_procedure_is_not_found(counter: Caller) -> None:
    problem(counter.post("/procedures/nenhum/cases", {"answers": {}}), 404, "not-found")


def test_a_key_without_the_scope_starts_nothing(calling: Calling, city: City) -> None:
    reader = calling("protocolo", scopes=["cases:read"])

    assert problem(reader.start(), 403, "denied")["role"] == "cases:start"
    assert city.rows(Case) == []


def test_a_case_of_others_is_as_absent_as_one_that_is_not_there(counter: Caller, calling: Calling) -> None:
    number = counter.start().get_json()["number"]
    treasury = calling("fazenda")

    of_others = problem(treasury.get(f"/cases/{number}"), 404, "not-found")
    absent = problem(treasury.get("/cases/2026.999999-0"), 404, "not-found")

    assert of_others["detail"] == absent["detail"]
    assert treasury.get("/cases").get_json()["items"] == []
    problem(treasury.get(f"/cases/{number}/trail"), 404, "not-found")


@pytest.mark.parametrize("path", ["/cases", "/cases/2026.000001-5"])
def test_reading_needs_its_scope(calling: Calling, path: str) -> None:
    problem(calling("protocolo", scopes=["tasks:work"]).get(path), 403, "denied")


def test_pages_of_cases_meet_every_case_once_the_last_first(counter: Caller) -> None:
    numbers = [counter.start().get_json()["number"] for _ in range(5)]

    found, after = [], {}
    for _ in range(3):
        page = counter.get("/cases", limit=2, **after).get_json()
        found += [one["number"] for one in page["items"]]
        after = {"after": page["next"]}

    assert found == numbers[::-1]
    assert after == {"after": None}


def test_cases_are_found_by_what_is_asked(counter: Caller) -> None:
    mine = counter.start().get_json()["number"]
    other = counter.start({"requerente": {"nome": "Bia", "cpf_cnpj": "11144477735"}}).get_json()["number"]
    counter.post(f"/tasks/{counter.task_of(other)}/complete", {"answers": {"completo": False}})

    def found(**asked: str) -> list[str]:
        return [one["number"] for one in counter.get("/cases", **asked).get_json()["items"]]

    assert found(document="529.982.247-25") == [mine]
    assert found(status="done") == [other]
    assert found(number=mine) == [mine]
    assert found(procedure="pedido") == [other, mine]
    assert found(procedure="outro") == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"status": "aberto"}, "status"),
        ({"limit": "0"}, "limit"),
        ({"limit": "9" * 60}, "limit"),
        ({"after": "!"}, "after"),
        ({"after": "f" * 30}, "after"),
        ({"statu": "open"}, "statu"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(counter: Caller, asked: dict[str, str], field: str) -> None:
    errors = problem(counter.get("/cases", **asked), 400, "bad-input")["errors"]

    assert [one["field"] for one in errors] == [field]


def test_the_trail_is_read_in_order_and_page_by_page(counter: Caller, city: City) -> None:
    number = counter.start().get_json()["number"]
    counter.post(f"/tasks/{counter.task_of(number)}/complete", {"answers": {"completo": True}})

    first = counter.get(f"/cases/{number}/trail", limit=2).get_json()
    rest = counter.get(f"/cases/{number}/trail", after=first["next"]).get_json()

    entries = first["items"] + rest["items"]
    kept = city.rows(AuditEntry, chain=city.rows(Case)[0]["id"])
    assert [one["seq"] for one in entries] == [row["seq"] for row in kept]
    assert [one["seal"] for one in entries] == [row["seal"].hex() for row in kept]
    assert (entries[0]["action"], rest["next"]) == ("case.start", None)


def test_the_trail_has_a_scope_of_its_own(counter: Caller, calling: Calling) -> None:
    number = counter.start().get_json()["number"]

    problem(calling("protocolo", scopes=["cases:read"]).get(f"/cases/{number}/trail"), 403, "denied")


def test_a_file_that_was_sent_becomes_a_document_of_the_case(counter: Caller) -> None:
    reference = counter.send().get_json()

    number = counter.start({**ANSWERS, "planta": [reference]}).get_json()["number"]

    (document,) = counter.get(f"/cases/{number}").get_json()["documents"]
    assert (document["sha256"], document["name"], document["mime"]) == (
        reference["sha256"],
        "planta.pdf",
        "application/pdf",
    )


@pytest.mark.parametrize("change", [{"receipt": ""}, {"receipt": None}, {"sha256": "0" * 64}, {"name": "outra.pdf"}])
def test_a_file_that_was_never_sent_cannot_be_named(counter: Caller, city: City, change: dict[str, str]) -> None:
    reference = counter.send().get_json() | change

    refused = counter.start({**ANSWERS, "planta": [reference]})

    errors = problem(refused, 422, "answers-refused")["errors"]
    assert [(one["field"], one["code"]) for one in errors] == [("planta.0", "file-reference")]
    assert city.rows(Document) == []


def test_a_file_of_another_integration_cannot_be_named(counter: Caller, calling: Calling) -> None:
    reference = calling("protocolo").send().get_json()

    problem(counter.start({**ANSWERS, "planta": [reference]}), 422, "answers-refused")


def test_the_same_file_gets_the_same_reference(counter: Caller) -> None:
    assert counter.send().get_json() == counter.send().get_json()


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [("planta.pdf", b"MZ\x90\x00 not a pdf", "unknown-type"), ("planta.pdf", b"", "empty"),
     ("planta.png", b"%PDF-1.4\n%%EOF\n", "type-disagrees")],
)  # fmt: skip
def test_a_file_is_known_by_its_content(counter: Caller, name: str, body: bytes, reason: str) -> None:
    assert problem(counter.send(name, body), 422, "file-refused")["reason"] == reason


def test_sending_a_file_needs_a_scope_that_uses_one(calling: Calling) -> None:
    problem(calling("protocolo", scopes=["cases:read"]).send(), 403, "denied")
