"""A procedure published as a draft: who is asked, by which form, and what the record keeps of the choice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.acts.procedures import Bundle, publish
from engine.errors import AnswersRefused, DiagramRefused
from engine.store.cases import Task
from engine.store.procedures import FormVersion, Version
from engine.store.trail import AuditEntry
from tests.city import City
from tests.sketches import FORMS, Node, boundary, end, exclusive, inclusive, sketch, task

NODES = [Node("task", "analisar"), exclusive("g"), Node("serviceTask", "emitir"), Node("task", "negar"), end("fim")]
FLOWS = "inicio > analisar > g > emitir > fim\ng > negar > fim"
LACKING = sketch(NODES, FLOWS)
WITH_FORM = sketch([task("conferir", "obras", form="conferir"), *NODES[1:]], FLOWS.replace("analisar", "conferir"))


def test_the_drawing_is_refused_as_it_is_and_runs_as_a_draft_to_its_end(city: City) -> None:
    with pytest.raises(DiagramRefused):
        city.publish(LACKING)

    city.publish(LACKING, draft="protocolo")
    case_id = city.start({"caminho": "emitir"}, who="protocolo").case_id
    city.complete(case_id, "emitir", {"resultados": {"emitir": "Emitido à mão."}})

    assert city.case(case_id)["status"] == "done"
    assert city.case(case_id)["data"] == {
        "caminho": "emitir",
        "observacoes": {"analisar": None},
        "resultados": {"emitir": "Emitido à mão."},
    }
    assert city.findings() == []


def test_another_process_goes_on_with_the_plan_that_the_version_keeps(city: City) -> None:
    city.publish(LACKING, draft="protocolo")
    case_id = city.start({"caminho": "emitir"}, who="protocolo").case_id

    city.forget()
    city.complete(case_id, "emitir", {})

    assert city.case(case_id)["status"] == "done"
    assert city.rows(Version)[0]["manifest"]["draft"]["acts"] == [["hand", "emitir"], ["ask", "g"]]


def test_a_choice_is_one_of_those_offered_and_none_is_no_choice(city: City) -> None:
    city.publish(LACKING, draft="protocolo")

    for answers in ({}, {"caminho": ""}, {"caminho": "outro"}, {"caminho": ["emitir"]}):
        with pytest.raises(AnswersRefused) as refused:
            city.start(answers, who="protocolo")

        assert list(refused.value.facts["errors"]) == ["caminho"]


def test_the_record_keeps_which_way_was_chosen_and_by_whom(city: City) -> None:
    city.publish(
        sketch([Node("task", "receber"), *NODES], "inicio > receber > analisar > g > emitir > fim\ng > negar > fim"),
        draft="protocolo",
    )
    case_id = city.start({}, who="protocolo").case_id

    city.complete(case_id, "analisar", {"caminho": "negar"})

    kept = [(one["actor"], one["facts"]) for one in city.rows(AuditEntry, action="gateway.condition")]
    assert [(actor, facts["saw"], facts["value"]) for actor, facts in kept] == [
        ("protocolo", {"caminho": "negar"}, False),
        ("protocolo", {"caminho": "negar"}, True),
    ]


def test_a_task_with_a_form_asks_its_own_questions_and_then_which_way(city: City) -> None:
    city.publish(WITH_FORM, forms=FORMS, draft="protocolo")

    (kept,) = [json.loads(one["body"]) for one in city.rows(FormVersion, key="conferir")]
    own = [one.get("key") for one in json.loads(FORMS["conferir"])["components"]]

    assert [one.get("key") for one in kept["components"]] == [*own, "caminho"]
    assert city.rows(Version)[0]["manifest"]["forms"].keys() == {"conferir", "emitir", "negar"}


def test_a_form_with_a_field_of_the_questions_name_is_refused_by_its_name(city: City) -> None:
    form = json.loads(FORMS["conferir"])
    form["components"].append({"type": "textfield", "id": "c", "key": "caminho", "label": "Caminho"})

    with pytest.raises(DiagramRefused) as refused:
        city.publish(WITH_FORM, forms={"conferir": json.dumps(form)}, draft="protocolo")

    found: Any = refused.value.facts["findings"]
    assert {one["form"] for one in found} == {"conferir"}


def test_a_draft_of_a_role_that_the_city_does_not_have_is_refused(city: City) -> None:
    with pytest.raises(DiagramRefused) as refused:
        city.publish(LACKING, draft="nenhum")

    assert refused.value.facts["findings"] == [{"element": None, "code": "role-unknown", "name": "nenhum"}]


def test_publishing_the_same_draft_again_changes_nothing_and_for_another_role_is_another_version(city: City) -> None:
    numbers = [city.publish(LACKING, draft=role).number for role in ("protocolo", "protocolo", "obras")]

    assert numbers == [1, 1, 2]


def test_several_ways_of_an_inclusive_parting_open_their_tasks_at_once(city: City) -> None:
    nodes = [Node("task", "a"), inclusive("g"), Node("task", "b"), Node("task", "c"), Node("task", "d")]
    city.publish(sketch(nodes, "inicio > a > g > b\ng > c\ng > d"), draft="protocolo")

    with pytest.raises(AnswersRefused):
        city.start({"caminho": []}, who="protocolo")
    city.start({"caminho": ["b", "d"]}, who="protocolo")

    assert sorted(one["element"] for one in city.rows(Task, status="open")) == ["b", "d"]


def test_a_deadline_without_a_time_is_registered_by_a_person(city: City) -> None:
    late = boundary("t", "b", "<bpmn:timerEventDefinition />")
    nodes = [Node("task", "a"), Node("task", "b"), late, Node("task", "c"), end("fim")]
    city.publish(sketch(nodes, "inicio > a > b > fim\nt > c > fim"), draft="protocolo")
    case_id = city.start({}, who="protocolo").case_id
    (watch,) = [one for one in city.rows(Task, status="open") if one["element"] != "b"]

    city.complete(case_id, watch["element"], {"observacoes": {watch["element"]: "Venceu ontem."}})

    assert watch["name"] == "Registrar que o prazo passou: t"
    assert {one["element"]: one["status"] for one in city.rows(Task) if one["element"] in "bc"} == {
        "b": "cancelled",
        "c": "open",
    }
    assert city.findings() == []


def test_the_trail_says_that_what_was_published_is_a_draft(city: City) -> None:
    with city.by("analista") as by:
        publish(by, Bundle(key="t", name="T", xml=LACKING, forms={}, tables={}, papers={}, draft="obras"))

    (entry,) = city.rows(AuditEntry, action="procedure.publish")
    assert entry["facts"]["draft"] == "obras"
