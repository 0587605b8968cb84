"""Starting and withdrawing cases, messages and payments, remarks, and retrying what failed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.acts import cases, protocol
from engine.errors import AnswersRefused, BadInput, CaseClosed, Denied, MessageUnmatched, NotFound
from engine.store.cases import Case, Comment, Incident, Task
from engine.store.trail import AuditEntry, Inbox
from tests.city import City
from tests.sketches import (
    BROKEN_GATEWAY,
    FIVE_TASKS,
    FORMS,
    PAYMENT,
    end,
    message,
    on_message,
    sketch,
    sub,
    task,
)  # fmt: skip

_ASKING = sketch(
    [task("pedir", "requerente", form="pedir"), task("conferir", "protocolo"), end("fim")],
    "inicio > pedir > conferir > fim", subject='"Rua " + rua',
)  # fmt: skip
_PAID = message("m", "pagamento_confirmado", "processo.numero")
_PEDIR = """{"type": "default", "id": "pedir", "schemaVersion": 19, "components": [
  {"type": "textfield", "id": "a", "key": "requerente.nome", "label": "Nome", "validate": {"required": true}},
  {"type": "textfield", "id": "b", "key": "requerente.email", "label": "E-mail"},
  {"type": "textfield", "id": "c", "key": "rua", "label": "Rua"}]}"""
_WITHDRAWABLE = sketch(
    [
        task("pedir", "requerente"), task("conferir", "protocolo"), end("fim", "emitido"),
        sub("sp", [on_message("m", "desistencia", "processo.numero", {"motivo": "mensagem.motivo"}),
                   end("fd", "desistencia")], "m > fd", on_event=True),
    ],
    "inicio > pedir > conferir > fim",
)  # fmt: skip


def _digit(number: str) -> str:
    """The check digit by the rule itself: modulo 11, weights 2 to 9 from the right."""
    digits = [int(letter) for letter in reversed(number[:-2].replace(".", ""))]
    total = sum(digit * (2 + place % 8) for place, digit in enumerate(digits))
    rest = 11 - total % 11
    return str(0 if rest >= 10 else rest)


# -- start ------------------------------------------------------------------------------------------------------------


def test_a_case_begins_with_its_first_task_done_and_the_next_one_open(city: City) -> None:
    city.publish(_ASKING, forms={"pedir": _PEDIR})

    started = city.start({"requerente": {"nome": "Marina", "email": "marina@exemplo.com.br"}, "rua": "das Flores"})

    case = city.case(started.case_id)
    assert (case["subject"], case["requester_name"], case["status"]) == ("Rua das Flores", "Marina", "open")
    assert case["data"]["requerente"]["nome"] == "Marina"
    assert [(row["element"], row["status"]) for row in sorted(city.rows(Task), key=lambda row: row["status"])] == [
        ("pedir", "done"), ("conferir", "open"),
    ]  # fmt: skip
    assert started.moved.first_task == city.rows(Task, element="pedir")[0]["id"]


def test_a_start_whose_answers_do_not_hold_leaves_nothing_behind(city: City) -> None:
    city.publish(_ASKING, forms={"pedir": _PEDIR})

    with pytest.raises(AnswersRefused) as refused:
        city.start({})

    assert "requerente.nome" in refused.value.facts["errors"]
    assert city.rows(Case) == []
    assert city.start({"requerente": {"nome": "Marina"}}).number.startswith("2026.000001-")


def test_numbers_follow_one_another_within_the_year_of_the_citys_own_clock(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    numbers = [city.start().number for _ in range(30)]
    city.at = city.at.replace(year=2027, month=1, day=1, hour=2)  # still the 31st of December in São Paulo
    numbers.append(city.start().number)
    city.pass_time(hours=1)
    numbers.append(city.start().number)

    assert [number[:11] for number in numbers[:31]] == [f"2026.{one:06d}" for one in range(1, 32)]
    assert numbers[31].startswith("2027.000001-")
    assert all(number[-1] == _digit(number) for number in numbers)
    assert city.findings() == []


def test_a_token_without_the_scope_starts_nothing(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)

    with pytest.raises(Denied), city.by("banco", scopes=frozenset({"messages"})) as by:
        cases.start(by, "teste", {}, origin="api")


def test_an_unknown_procedure_is_not_found(city: City) -> None:
    with pytest.raises(NotFound):
        city.start(procedure="nada")


def test_the_access_code_opens_the_case_however_it_is_typed_and_is_kept_only_as_a_hash(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    started = city.start()
    code = started.access_code
    kept = city.case(started.case_id)["access_hash"]

    with city.by("requerente") as by:
        typed = protocol.access_hash(by, started.number, f" {code[:5].lower()}-{code[5:].lower()} ")
        other = protocol.access_hash(by, started.number, "A" * 10)

    assert typed == kept != other
    assert code not in str(city.rows(Case)) + str(city.rows(AuditEntry))


# -- withdrawing ------------------------------------------------------------------------------------------------------


def test_the_citizen_withdraws_his_case_and_everything_in_it_ends(city: City) -> None:
    city.publish(_WITHDRAWABLE)
    case_id = city.start().case_id

    with city.by("requerente", case=case_id) as by:
        cases.withdraw(by, case_id, "mudei de ideia")

    case = city.case(case_id)
    assert (case["status"], case["outcome"], case["data"]["motivo"]) == ("done", "desistencia", "mudei de ideia")
    assert [row["status"] for row in city.rows(Task, element="conferir")] == ["cancelled"]
    assert city.findings() == []


def test_a_case_that_ended_cannot_be_withdrawn(city: City) -> None:
    city.publish(_WITHDRAWABLE)
    case_id = city.start().case_id
    city.complete(case_id, "conferir")

    with pytest.raises(CaseClosed), city.by("requerente", case=case_id) as by:
        cases.withdraw(by, case_id, "tarde")


def test_nobody_withdraws_anothers_case(city: City) -> None:
    city.publish(_WITHDRAWABLE)
    mine, other = city.start().case_id, city.start().case_id

    with pytest.raises(NotFound), city.by("requerente", case=mine) as by:
        cases.withdraw(by, other, "não é meu")
    with pytest.raises(NotFound), city.by("obras") as by:
        cases.withdraw(by, other, "nem do meu setor")
    with pytest.raises(Denied), city.by("gestor") as by:
        cases.withdraw(by, other, "vejo, mas não posso")


# -- messages ---------------------------------------------------------------------------------------------------------


def test_a_message_moves_the_case_that_waits_for_it(city: City) -> None:
    city.publish(PAYMENT)
    started, other = city.start(), city.start()

    heard = city.tell("pagamento_confirmado", started.number, {"valor": 12})

    assert (heard.case_id, heard.number, heard.repeated) == (started.case_id, started.number, False)
    assert city.case(started.case_id)["data"]["pago"] == 12
    assert city.open_elements(other.case_id) == []


def test_a_message_that_nobody_awaits_is_kept_until_somebody_does(city: City) -> None:
    xml = sketch(
        [
            task("pedir", "requerente"),
            task("a"),
            _PAID,
            task("b"),
            end("fim"),
        ],
        "inicio > pedir > a > m > b > fim",
    )
    city.publish(xml)
    started = city.start()

    early = city.tell("pagamento_confirmado", started.number)
    again = city.tell("pagamento_confirmado", started.number)
    city.complete(started.case_id, "a")
    city.tick()

    assert (early.case_id, early.repeated, again.repeated) == (None, False, True)
    assert city.open_elements(started.case_id) == ["b"]
    assert [row["case_id"] for row in city.rows(Inbox)] == [started.case_id]


def test_a_token_without_the_scope_tells_nothing(city: City) -> None:
    with pytest.raises(Denied), city.by("banco", scopes=frozenset({"cases:start"})) as by:
        cases.correlate(by, cases.Message(source="banco", external_id="1", name="x", key="y", payload={}))


def _confirm(city: City, case_id: int, who: str = "fazenda") -> cases.Heard:
    with city.by(who) as by:
        by.roles |= {"gestor"}
        return cases.confirm_payment(by, case_id, 1234, "extrato 7")


def test_the_treasury_confirms_a_payment_that_it_saw_itself(city: City) -> None:
    city.publish(PAYMENT)
    started = city.start()

    heard = _confirm(city, started.case_id)

    assert heard.case_id == started.case_id
    assert str(city.case(started.case_id)["data"]["pago"]) == "12.34"
    with pytest.raises(MessageUnmatched):
        _confirm(city, started.case_id)


def test_only_the_treasury_confirms_payments_and_only_of_cases_that_it_sees(city: City) -> None:
    city.publish(PAYMENT)
    case_id = city.start().case_id

    with pytest.raises(Denied):
        _confirm(city, case_id, who="obras")
    with pytest.raises(NotFound), city.by("fazenda") as by:
        cases.confirm_payment(by, 10_000, 1, "x")


# -- incidents --------------------------------------------------------------------------------------------------------


def _retry(city: City, who: str = "operador") -> None:
    (incident,) = city.rows(Incident, status="open")
    with city.by(who) as by:
        cases.retry(by, incident["id"], "a causa foi afastada")


def test_nothing_is_retried_without_a_reason(city: City) -> None:
    city.publish(BROKEN_GATEWAY, forms=FORMS)
    city.start()
    (incident,) = city.rows(Incident, status="open")

    with pytest.raises(BadInput) as refused, city.by("operador") as by:
        cases.retry(by, incident["id"], " ")

    assert refused.value.facts["errors"] == {"reason": ["required"]}
    assert city.rows(Incident, status="open") == [incident]


def test_what_failed_stands_as_an_incident_with_what_it_saw_and_is_retried(city: City) -> None:
    city.publish(BROKEN_GATEWAY, forms=FORMS)
    case_id = city.start().case_id
    (incident,) = city.rows(Incident)
    city.complete(case_id, "urb", {"valor": 12})
    city.forget()

    _retry(city)

    assert (incident["element"], incident["code"]) == ("g_valor", "expression-refused")
    assert incident["facts"]["reason"] == "not-boolean"
    assert [row["status"] for row in city.rows(Incident)] == ["closed"]
    assert city.open_elements(case_id) == ["assinar"]
    assert city.case(case_id)["data"]["faixa"] == "alta"
    assert city.findings() == []


def test_a_retry_that_fails_again_opens_another_incident(city: City) -> None:
    city.publish(BROKEN_GATEWAY, forms=FORMS)
    city.start()

    _retry(city)

    assert sorted(row["status"] for row in city.rows(Incident)) == ["closed", "open"]
    assert city.findings() == []


def test_only_an_operator_retries_and_only_what_stands_open(city: City) -> None:
    city.publish(BROKEN_GATEWAY, forms=FORMS)
    case_id = city.start().case_id

    with pytest.raises(Denied):
        _retry(city, who="obras")
    city.complete(case_id, "urb", {"valor": 1})
    (incident,) = city.rows(Incident)
    _retry(city)
    with pytest.raises(NotFound), city.by("operador") as by:
        cases.retry(by, incident["id"], "a causa foi afastada")


# -- remarks ----------------------------------------------------------------------------------------------------------


def _remark(city: City, case_id: int, who: str, **be: Any) -> None:
    with city.by(who, **be) as by:
        cases.remark(by, case_id, "Falta a planta.", public=False)


def test_a_servant_who_sees_a_case_may_remark_on_it(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    case_id = city.start().case_id

    _remark(city, case_id, "protocolo")

    assert [row["body"] for row in city.rows(Comment)] == ["Falta a planta."]
    assert [row["action"] for row in city.rows(AuditEntry, chain=case_id)][-1] == "case.remark"
    with pytest.raises(NotFound):
        _remark(city, case_id, "meio_ambiente")
    with pytest.raises(Denied):
        _remark(city, case_id, "requerente", case=case_id)
    assert city.findings() == []
