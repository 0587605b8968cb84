from __future__ import annotations

from typing import Any

import pytest

from engine.store.procedures import FormVersion, Procedure, Version
from tests.city import City
from tests.sketches import Node, end, exclusive, script, sketch, task
from tests.web.api.caller import FORMS, PEDIDO, Caller, problem
from tests.web.api.conftest import Calling

BUNDLE: dict[str, bytes | str] = {
    "process.bpmn": PEDIDO,
    **{f"{key}.form.json": body for key, body in FORMS.items()},
}


@pytest.fixture
def analyst(calling: Calling) -> Caller:
    return calling("analista", "protocolo")


def refused(response: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = problem(response, 422, "diagram-refused")["errors"]
    assert all(one["detail"] and "%(" not in one["detail"] for one in found)
    return found


def test_a_deployed_procedure_can_be_started_at_once(analyst: Caller) -> None:
    deployed = analyst.deploy(BUNDLE, procedure="novo")

    assert (deployed.status_code, deployed.get_json()) == (201, {"key": "novo", "version": 1, "fresh": True})
    listed = {one["key"]: one for one in analyst.get("/procedures").get_json()["items"]}
    assert (listed["novo"]["name"], listed["novo"]["version"]) == ("Procedimento novo", 1)
    assert analyst.post("/procedures/novo/cases", {"answers": {"requerente": {"nome": "Ana"}}}).status_code == 201


def test_the_same_content_again_is_the_version_that_it_was(analyst: Caller) -> None:
    analyst.deploy(BUNDLE)

    again = analyst.deploy(BUNDLE)

    assert (again.status_code, again.get_json()) == (200, {"key": "novo", "version": 1, "fresh": False})


def test_deploying_needs_the_scope_and_the_duty(calling: Calling, city: City) -> None:
    problem(calling("analista", scopes=["procedures:read"]).deploy(BUNDLE), 403, "denied")
    problem(calling("protocolo").deploy(BUNDLE), 403, "denied")
    problem(calling("protocolo", scopes=["messages"]).get("/procedures"), 403, "denied")

    assert len(city.rows(Version)) == 1


_PYTHON = sketch(
    [task("pedir", "requerente"), script("x_mau", "__import__('os').system('id')", language="python"), end("fim")],
    "inicio > pedir > x_mau > fim",
)
_NO_CONDITION = sketch(
    [task("pedir", "requerente"), exclusive("g_sem"), end("fim_a"), end("fim_b")],
    """
    inicio > pedir > g_sem
    g_sem > fim_a : valor > 1
    g_sem > fim_b
    """,
)
_HOSTILE_FEEL = sketch(
    [task("pedir", "requerente"), script("x_feel", "a = __import__('os')"), end("fim")], "inicio > pedir > x_feel > fim"
)
_XXE = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + PEDIDO.replace(
    b"Procedimento teste", b"&x;"
)
_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9))
    + b"]>"
    + PEDIDO
)


@pytest.mark.parametrize(
    ("diagram", "element", "code"),
    [
        (_PYTHON, "x_mau", "script-not-feel"),
        (_NO_CONDITION, "g_sem", "flow-without-condition"),
        (_HOSTILE_FEEL, "x_feel", "expression-refused"),
        (_XXE, None, "has-doctype"),
        (_XXE.decode().encode("utf-16"), None, None),
        (_LAUGHS, None, "has-doctype"),
        (b"", None, "not-xml"),
        (b"\x00\xff" * 50, None, "not-xml"),
        (b"<html/>", None, "not-bpmn"),
        (b"<a>" * 5000 + b"</a>" * 5000, None, None),
        (PEDIDO.replace(b'"obras"', b'"circo"'), "analisar", "role-unknown"),
        (PEDIDO.replace(b"exclusiveGateway", b"choreographyTask"), "g_completo", "unsupported-element"),
        (PEDIDO.replace(b'isExecutable="true"', b""), None, "not-one-process"),
    ],
)
def test_a_hostile_or_broken_diagram_is_refused_by_element_and_leaves_nothing(
    analyst: Caller, city: City, diagram: bytes, element: str | None, code: str | None
) -> None:
    found = refused(analyst.deploy(BUNDLE | {"process.bpmn": diagram}))

    assert code is None or (element, code) in {(one["element"], one["code"]) for one in found}
    assert [row["key"] for row in city.rows(Procedure)] == ["pedido"]
    assert (len(city.rows(Version)), len(city.rows(FormVersion))) == (1, 2)


def test_a_script_in_a_label_is_kept_as_the_text_that_it_is(analyst: Caller) -> None:
    hostile = "<script>alert(1)</script>"
    drawing = PEDIDO.replace(b'name="analisar"', b'name="&lt;script&gt;alert(1)&lt;/script&gt;"')
    analyst.deploy(BUNDLE | {"process.bpmn": drawing}, procedure="rotulo", name=hostile)
    started = analyst.post("/procedures/rotulo/cases", {"answers": {"requerente": {"nome": hostile}}})
    number = started.get_json()["number"]

    done = analyst.post(f"/tasks/{analyst.task_of(number)}/complete", {"answers": {"completo": True}})

    assert [one["name"] for one in done.get_json()["opened"]] == [hostile]
    read = analyst.get(f"/cases/{number}")
    assert read.mimetype == "application/json"
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in read.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"conferir.form.json": "{"}, None),
        ({"conferir.form.json": "[" * 10_000}, None),
        ({"conferir.form.json": b"\xff\xfe{}"}, "file-not-text"),
        ({"taxa.dmn": b"<a/>"}, "not-dmn"),
        ({"taxa.dmn": b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"}, "doctype"),
        ({"leia.txt": b"nada"}, "file-unknown"),
        ({"outro.bpmn": PEDIDO}, "several-diagrams"),
    ],
)
def test_one_bad_part_refuses_the_whole(
    analyst: Caller, city: City, change: dict[str, bytes | str], code: str | None
) -> None:
    found = refused(analyst.deploy(BUNDLE | change))

    assert code is None or code in {one["code"] for one in found}
    assert len(city.rows(Version)) == 1


def test_a_deployment_without_a_diagram_says_so(analyst: Caller) -> None:
    assert [one["code"] for one in refused(analyst.deploy({"a.form.json": "{}"}))] == ["diagram-missing"]


def test_a_form_that_the_diagram_names_must_come_with_it(analyst: Caller) -> None:
    found = refused(analyst.deploy({"process.bpmn": PEDIDO}))

    assert {(one["element"], one["code"]) for one in found} == {("pedir", "form-unknown"), ("conferir", "form-unknown")}


@pytest.mark.parametrize("key", ["Novo", "1a", "a b", "ação", "x" * 81])
def test_the_key_of_a_procedure_has_a_plain_shape(analyst: Caller, key: str) -> None:
    errors = problem(analyst.deploy(BUNDLE, procedure=key), 400, "bad-input")["errors"]

    assert [one["field"] for one in errors] == ["key"]


def test_a_name_is_required(analyst: Caller) -> None:
    errors = problem(analyst.deploy(BUNDLE, name=""), 400, "bad-input")["errors"]

    assert [(one["field"], one["code"]) for one in errors] == [("name", "length")]


def test_a_draft_is_deployed_for_a_role_and_its_tasks_are_completed_with_the_way_chosen(analyst: Caller) -> None:
    nodes = [task("pedir", "requerente"), Node("task", "analisar"), exclusive("g"), Node("serviceTask", "emitir")]
    flows = "inicio > pedir > analisar > g > emitir > fim\ng > fim"
    files: dict[str, bytes | str] = {"process.bpmn": sketch([*nodes, end("fim")], flows)}

    refused(analyst.deploy(files, procedure="livre"))
    assert analyst.deploy(files, procedure="livre", draft="protocolo").status_code == 201
    listed = {one["key"]: one["draft"] for one in analyst.get("/procedures").get_json()["items"]}
    number = analyst.post("/procedures/livre/cases", {"answers": {}}).get_json()["number"]
    before = analyst.get(f"/tasks/{analyst.task_of(number)}").get_json()
    none = analyst.post(f"/tasks/{analyst.task_of(number)}/complete", {"answers": {}})
    done = analyst.post(f"/tasks/{analyst.task_of(number)}/complete", {"answers": {"caminho": "emitir"}})

    assert listed == {"pedido": False, "livre": True}
    assert [one["value"] for one in before["form_schema"]["components"][-1]["values"]] == ["emitir", "fim"]
    problem(none, 422, "answers-refused")
    assert [one["name"] for one in done.get_json()["opened"]] == ["emitir"]


def test_a_finding_is_accepted_by_name_over_the_wire(analyst: Caller) -> None:
    watched = sketch([task("a"), end("fim")], "inicio > a > fim").replace(b'id="a"', b'id="a" camunda:assignee="ana"')
    files: dict[str, bytes | str] = {"process.bpmn": watched}

    assert [one["code"] for one in refused(analyst.deploy(files))] == ["extension-ignored"]
    assert analyst.deploy(files, accepted="extension-ignored:camunda:assignee").status_code == 201
