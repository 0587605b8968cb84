"""What people see and leave behind where an activity is done for each of a list, on the store."""

from __future__ import annotations

from typing import Any

import pytest

from engine.acts import tasks
from engine.desk import task as desk
from engine.errors import AnswersRefused
from engine.store.cases import Incident, Step, Task
from tests.city import City
from tests.sketches import end, parallel, script, sketch, task
from tests.unit.bpmn.test_loops import repeated
from tests.unit.bpmn.test_many import OF_EACH, many

_FORM = """{"type": "default", "id": "parecer", "schemaVersion": 19, "components": [
  {"type": "number", "id": "n", "key": "nota", "label": "Nota", "validate": {"required": true}},
  {"type": "textfield", "id": "m", "key": "motivo", "label": "Motivo", "conditional": {"hide": "=setor = \\"obras\\""},
   "validate": {"required": true}}]}"""


def _begun(city: City, setores: str) -> int:
    each = repeated(task("parecer", form="parecer"), many(results="notas", result="nota", **OF_EACH))
    nodes = [
        task("pedir", "requerente"), script("lista", f"setores = {setores}"), each, task("assinar", "secretario"),
        end("fim", "emitido"),
    ]  # fmt: skip
    city.publish(sketch(nodes, "inicio > pedir > lista > parecer > assinar > fim"), forms={"parecer": _FORM})
    return city.start().case_id


def _of(city: City, word: str) -> Any:
    (found,) = [row["id"] for row in city.rows(Task, element="parecer") if word in row["name"]]
    return found


def _complete(city: City, task_id: Any, answers: dict[str, Any]) -> None:
    city.forget()
    with city.by("obras") as by:
        tasks.complete(by, task_id, answers)


def test_each_instance_is_a_task_that_says_which_it_is_and_a_first_attempt(city: City) -> None:
    _begun(city, '["obras", "saude"]')

    assert sorted((row["name"], row["attempt"]) for row in city.rows(Task, element="parecer")) == [
        ("parecer (1/2: obras)", 1),
        ("parecer (2/2: saude)", 1),
    ]


def test_the_form_of_an_instance_sees_its_item(city: City) -> None:
    _begun(city, '["obras", "saude"]')

    with pytest.raises(AnswersRefused):
        _complete(city, _of(city, "saude"), {"nota": 5})
    _complete(city, _of(city, "obras"), {"nota": 5})

    with city.by("obras") as by:
        assert [one.path for one in desk.page(by, _of(city, "saude")).shown] == ["nota", "motivo"]


def test_what_the_instances_answer_is_collected_and_the_steps_say_whose_it_was(city: City) -> None:
    case_id = _begun(city, '["obras", "saude"]')
    city.pass_time(days=1)

    _complete(city, _of(city, "saude"), {"nota": 7, "motivo": "vistoria"})
    _complete(city, _of(city, "obras"), {"nota": 5})

    assert city.case(case_id)["data"] == {"setores": ["obras", "saude"], "notas": [5, 7]}
    assert city.open_elements(case_id) == ["assinar"]
    assert [(row["actor"], row["changes"]) for row in city.rows(Step, element="parecer")] == [
        ("obras", [["parecer[2].nota", None, 7], ["parecer[2].motivo", None, "vistoria"], ["notas[1]", None, 7]]),
        ("obras", [["parecer[1].nota", None, 5], ["notas[1]", None, 5]]),
    ]
    assert city.findings() == []


def test_more_instances_than_the_city_allows_are_an_incident(city: City) -> None:
    case_id = _begun(city, "for i in 1..501 return i")

    (incident,) = city.rows(Incident, case_id=case_id)
    assert (incident["element"], incident["code"], incident["facts"]["limit"]) == ("parecer", "instances-refused", 500)
    assert city.findings() == []


def test_two_tasks_open_at_once_each_write_only_what_their_own_form_asks(city: City) -> None:
    forms = {
        key: f'{{"type": "default", "id": "{key}", "schemaVersion": 19, "components": ['
        f'{{"type": "textfield", "id": "x", "key": "parecer.{key}", "label": "Parecer"}}]}}'
        for key in ("urb", "amb")
    }
    nodes = [
        task("pedir", "requerente"), script("antes", 'parecer = {urb: "velho", amb: "velho"}'), parallel("p"),
        task("urb", form="urb"), task("amb", form="amb"), parallel("q"), task("assinar", "secretario"), end("fim"),
    ]  # fmt: skip
    flows = "inicio > pedir > antes > p\np > urb > q\np > amb > q\nq > assinar > fim"
    city.publish(sketch(nodes, flows), forms=forms)
    case_id = city.start().case_id

    for element, other in (("urb", "amb"), ("amb", "urb")):
        city.forget()
        stale = {"parecer": {element: f"sim de {element}", other: "velho"}, "alheio": 1}
        city.complete(case_id, element, stale)

    assert city.case(case_id)["data"] == {"parecer": {"urb": "sim de urb", "amb": "sim de amb"}}
