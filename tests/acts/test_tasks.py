"""What may be done with a task, by whom, and what is said no to."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from engine.acts import drafts, tasks
from engine.acts.documents import signature_seal
from engine.errors import AnswersRefused, Denied, NotFound, SignatureRefused, TaskNotOpen, TaskTaken
from engine.store.cases import Document, Draft, Signature, Task
from engine.store.trail import AuditEntry
from tests.city import MORNING, City
from tests.sketches import DEADLINE, FIVE_TASKS, FORMS, LOOP, end, sketch, task

_SIGNED = sketch(
    [task("pedir", "requerente"), task("assinar", "secretario", minuta="alvara", assina="avancada"), end("fim")],
    "inicio > pedir > assinar > fim",
)  # fmt: skip
_PAPER = "# Alvará\n\nProcesso {processo.numero}.\n"
_MANY = """{"type": "default", "id": "conferir", "schemaVersion": 19, "components": [
  {"type": "number", "id": "n", "key": "area", "label": "Área", "validate": {"required": true, "min": 1}}]}"""


def _conferir(city: City) -> int:
    city.publish(FIVE_TASKS, forms=FORMS)
    return city.start().case_id


# -- complete ---------------------------------------------------------------------------------------------------------


def test_answers_go_into_the_case_and_the_task_keeps_them(city: City) -> None:
    case_id = _conferir(city)

    city.complete(case_id, "conferir", {"completo": True})

    (row,) = city.rows(Task, element="conferir")
    assert city.case(case_id)["data"] == {"completo": True}
    assert (row["status"], row["closed_by"], row["closed_at"], row["answers"]) == (
        "done", "protocolo", MORNING, {"completo": True},
    )  # fmt: skip
    assert [row["action"] for row in city.rows(AuditEntry, chain=case_id)] == [
        "case.start", "task.complete", "gateway.condition",
    ]  # fmt: skip


def test_the_record_tells_what_a_gateway_asked_and_what_it_saw(city: City) -> None:
    case_id = _conferir(city)

    city.complete(case_id, "conferir", {"completo": False})

    (asked,) = city.rows(AuditEntry, chain=case_id, action="gateway.condition")
    assert asked["facts"] == {
        "element": "g_completo", "condition": "completo = false", "value": True, "saw": {"completo": False},
    }  # fmt: skip


def test_a_return_opens_a_second_attempt_and_keeps_the_first(city: City) -> None:
    case_id = _conferir(city)
    city.complete(case_id, "conferir", {"completo": False})
    city.complete(case_id, "corrigir")

    attempts = sorted((row["attempt"], row["status"]) for row in city.rows(Task, element="conferir"))

    assert attempts == [(1, "done"), (2, "open")]


def test_answers_that_do_not_hold_are_refused_by_field_and_nothing_moves(city: City) -> None:
    city.publish(FIVE_TASKS, forms={**FORMS, "conferir": _MANY})
    case_id = city.start().case_id

    with pytest.raises(AnswersRefused) as refused:
        city.complete(case_id, "conferir", {"area": "0"})

    assert list(refused.value.facts["errors"]) == ["area"]
    assert city.case(case_id)["lock_version"] == 1
    assert city.open_elements(case_id) == ["conferir"]


def test_only_whoever_holds_the_role_completes(city: City) -> None:
    case_id = _conferir(city)
    other = city.start().case_id

    with pytest.raises(Denied):
        city.complete(case_id, "conferir", {"completo": True}, who="obras")
    with pytest.raises(Denied):
        city.complete(case_id, "conferir", {"completo": True}, who="requerente")
    city.complete(case_id, "conferir", {"completo": False})
    task_id = city.task_id(case_id, "corrigir")
    with pytest.raises(NotFound), city.by("requerente", case=other) as by:
        tasks.complete(by, task_id, {})
    with pytest.raises(NotFound), city.by("protocolo") as by:
        tasks.complete(by, uuid4(), {})


def test_a_deputy_acts_for_the_absent_colleague_and_the_record_says_so(city: City) -> None:
    case_id = _conferir(city)
    task_id = city.task_id(case_id, "conferir")

    with city.by("obras") as by:
        by.roles |= {"protocolo"}
        by.titulars = {"protocolo": "Ana de Souza"}
        tasks.complete(by, task_id, {"completo": True})

    (row,) = city.rows(Task, id=task_id)
    (entry,) = city.rows(AuditEntry, chain=case_id, action="task.complete")
    assert (row["closed_by"], row["acting_for"]) == ("obras", "Ana de Souza")
    assert (entry["actor"], entry["acting_for"]) == ("obras", "Ana de Souza")


def test_a_task_done_before_is_refused_with_who_and_when(city: City) -> None:
    case_id = _conferir(city)
    task_id = city.task_id(case_id, "conferir")
    city.complete(case_id, "conferir", {"completo": True})
    city.pass_time(hours=1)

    with pytest.raises(TaskNotOpen) as refused, city.by("protocolo") as by:
        tasks.complete(by, task_id, {"completo": True})

    assert refused.value.facts == {"task": str(task_id), "by": "protocolo", "at": MORNING}


def test_a_process_that_kept_nothing_goes_on_where_another_stopped(city: City) -> None:
    city.publish(LOOP, forms=FORMS)
    case_id = city.start().case_id
    for _ in range(3):
        for element, answers in (("urb", {}), ("amb", {}), ("decidir", {"de_novo": True})):
            city.complete(case_id, element, answers)
            city.forget()

    assert city.open_elements(case_id) == ["amb", "urb"]
    assert city.findings() == []


# -- take and give back -----------------------------------------------------------------------------------------------


def test_a_task_that_another_took_is_refused_with_his_name(city: City) -> None:
    city.publish(DEADLINE)
    task_id = city.task_id(city.start().case_id, "analisar")
    with city.by("obras2") as by:
        tasks.take(by, task_id)

    with pytest.raises(TaskTaken) as refused, city.by("obras") as by:
        tasks.complete(by, task_id, {})
    assert refused.value.facts["by"] == "Obras2"
    with pytest.raises(TaskTaken), city.by("obras") as by:
        tasks.take(by, task_id)
    with pytest.raises(TaskTaken), city.by("obras") as by:
        tasks.give_back(by, task_id)
    with city.by("obras2") as by:
        tasks.take(by, task_id)
        tasks.give_back(by, task_id)
    with city.by("obras") as by:
        tasks.complete(by, task_id, {})
    assert city.findings() == []


def test_who_may_not_work_on_a_task_may_not_take_it(city: City) -> None:
    city.publish(DEADLINE)
    case_id = city.start().case_id
    task_id = city.task_id(case_id, "analisar")

    with pytest.raises(Denied), city.by("fazenda") as by:
        tasks.take(by, task_id)
    with pytest.raises(NotFound), city.by("fazenda") as by:
        tasks.take(by, uuid4())
    city.complete(case_id, "analisar")
    with pytest.raises(TaskNotOpen), city.by("obras") as by:
        tasks.take(by, task_id)


def test_the_next_task_is_the_one_that_is_due_first(city: City) -> None:
    city.publish(DEADLINE)
    late = city.start().case_id
    city.at -= timedelta(days=7)
    urgent = city.start().case_id
    city.at = MORNING

    with city.by("obras") as by:
        first = tasks.take_next(by)
    with city.by("obras") as by:
        second = tasks.take_next(by)

    assert (first, second) == (city.task_id(urgent, "analisar"), city.task_id(late, "analisar"))
    with pytest.raises(NotFound), city.by("obras") as by:
        tasks.take_next(by)


# -- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_nobodys_data_until_the_task_is_completed(city: City) -> None:
    case_id = _conferir(city)
    task_id = city.task_id(case_id, "conferir")

    with city.by("protocolo") as by:
        tasks.keep_draft(by, task_id, {"completo": "tal"})
        tasks.keep_draft(by, task_id, {"completo": "talvez"})

    assert [row["answers"] for row in city.rows(Draft)] == [{"completo": "talvez"}]
    assert city.case(case_id)["data"] == {}
    with city.by("protocolo") as by:
        tasks.discard_draft(by, task_id)
    assert city.rows(Draft) == []


def test_no_draft_is_kept_of_anothers_task_nor_of_one_that_is_done(city: City) -> None:
    case_id = _conferir(city)
    task_id = city.task_id(case_id, "conferir")

    with pytest.raises(Denied), city.by("obras") as by:
        tasks.keep_draft(by, task_id, {})
    city.complete(case_id, "conferir", {"completo": True})
    with pytest.raises(TaskNotOpen), city.by("protocolo") as by:
        tasks.keep_draft(by, task_id, {})


def test_a_draft_that_nobody_touched_for_ninety_days_is_forgotten(city: City) -> None:
    with city.by("protocolo") as by:
        drafts.keep(by, "start:teste", {"a": 1})
    with city.by("protocolo", MORNING + timedelta(days=30)) as by:
        drafts.keep(by, "start:outro", {"a": 2})

    with city.by("clock", MORNING + timedelta(days=91)) as by:
        assert drafts.sweep(by) == 1
    assert [row["subject"] for row in city.rows(Draft)] == ["start:outro"]


# -- signatures -------------------------------------------------------------------------------------------------------


def test_a_signature_asks_for_the_document_and_for_the_password(city: City) -> None:
    city.publish(_SIGNED, papers={"alvara": _PAPER})
    case_id = city.start().case_id

    with pytest.raises(SignatureRefused) as refused:
        city.complete(case_id, "assinar")
    assert refused.value.facts == {"reason": "document-not-ready"}
    city.tick()
    with pytest.raises(SignatureRefused) as refused:
        city.complete(case_id, "assinar", confirmed=False)
    assert refused.value.facts == {"reason": "password"}
    assert city.rows(Signature) == []


def test_a_signature_binds_signer_moment_and_content(city: City) -> None:
    city.publish(_SIGNED, papers={"alvara": _PAPER})
    case_id = city.start().case_id
    city.tick()

    city.complete(case_id, "assinar")

    (document,) = city.rows(Document)
    (row,) = city.rows(Signature)
    assert (document["status"], row["sha256"], row["signer"]) == ("assinado", document["sha256"], "secretario")
    assert row["seal"] == signature_seal(city.settings.seal_key, row)
    assert row["seal"] != signature_seal(city.settings.seal_key, {**row, "signer": "outro"})
    assert city.findings() == []
