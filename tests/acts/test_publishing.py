"""Publishing: a diagram with its parts becomes a version, whole or not at all; what is wrong is said with its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.acts import procedures
from engine.acts.procedures import Bundle
from engine.city import effective_version
from engine.errors import Denied, DiagramRefused, NotFound
from engine.store.procedures import FormVersion, PaperVersion, Procedure, TableVersion, Version
from engine.store.trail import AuditEntry
from tests.city import City
from tests.sketches import (
    CONFERIR,
    FIVE_TASKS,
    FORMS,
    Node,
    boundary_message,
    boundary_timer,
    end,
    event_based,
    exclusive,
    link,
    message,
    on_message,
    parallel,
    rule,
    script,
    service,
    sketch,
    sub,
    task,
    timer,
)  # fmt: skip

_SOUND = "inicio > a > fim"


def _bundle(xml: bytes, **parts: Any) -> Bundle:
    return Bundle(key="teste", name="Teste", xml=xml, **{"forms": {}, "tables": {}, "papers": {}, **parts})


def _publish(city: City, xml: bytes, **parts: Any) -> None:
    with city.by("analista") as by:
        procedures.publish(by, _bundle(xml, **parts))


def _with(*nodes: Node, flows: str = _SOUND) -> bytes:
    return sketch([task("a"), end("fim"), *nodes], flows)


def _raw(change: Callable[[str], str]) -> bytes:
    return change(_with().decode()).encode()


_BAD: dict[str, tuple[str | None, bytes]] = {
    # what BPMN has and Rito does not run as drawn
    "unsupported-element": ("x", _with(Node("choreographyTask", "x"), flows="inicio > a > x > fim")),
    "many-of-nothing": ("b", _with(Node("userTask", "b", {"camunda:candidateGroups": "obras"},
                                        "<bpmn:multiInstanceLoopCharacteristics />"), flows="inicio > a > b > fim")),
    "unsupported-event": ("s", _with(Node("startEvent", "s", {}, '<bpmn:errorEventDefinition />'),
                                     flows="s > a > fim")),
    "signal-without-name": ("s", _with(Node("startEvent", "s", {}, '<bpmn:signalEventDefinition signalRef="x" />'),
                                       flows="s > a > fim")),
    "unsupported-event-scope": ("sp", _with(sub("sp", [on_message("m", "x", '"k"'), on_message("n", "x", '"k"'),
                                                       end("fm")], "m > fm\nn > fm", on_event=True))),
    "unsupported-parameters": ("a", sketch([Node("userTask", "a", {"camunda:candidateGroups": "obras"},
                                                 parameters={"inputParameter": {"x": "1"}}), end("fim")], _SOUND)),
    # ids and flows
    "duplicate-id": ("a", _with(task("a"))),
    "flow-to-nowhere": (None, _with(flows="inicio > a > fim\na > ninguem")),
    "flow-not-drawn": ("a", _raw(
        lambda xml: xml.replace("</bpmn:userTask>", "<bpmn:outgoing>f9</bpmn:outgoing></bpmn:userTask>", 1))),
    "throw-without-code": ("e", _with(Node("intermediateThrowEvent", "e", {}, "<bpmn:escalationEventDefinition />"),
                                      flows="inicio > a > e > fim")),
    "flow-across-scopes": (None, _with(sub("sp", [task("b"), end("fi")], "inicio_sp > b > fi"),
                                       flows="inicio > a > sp > fim\na > b")),
    "flow-into-start": (None, _with(exclusive("g"), flows="inicio > a > g\ng > fim : x = 1\ng > inicio : *")),
    "flow-not-allowed": ("fim", _with(task("b"), flows="inicio > a > fim > b > fim")),
    "no-way-on": ("b", _with(event_based("b"), parallel("p"), flows="inicio > p > a > fim\np > b")),
    "link-without-pair": ("l", _with(link("l", "volta"), flows="inicio > a > l")),
    "unreachable": ("b", _with(task("b"), flows=f"{_SOUND}\nb > fim")),
    "no-start": (None, sketch([sub("sp", [task("a"), task("b")], "a > b > a"), end("fim")], "inicio > sp > fim")
                 .replace(b'<bpmn:startEvent id="inicio_sp" name="inicio sp"></bpmn:startEvent>', b"")),
    "several-starts": (None, _with(Node("startEvent", "s1"), Node("startEvent", "s2"), flows="s1 > a > fim\ns2 > a")),
    # gateways
    "flow-without-condition": ("g", _with(exclusive("g"), end("f2"), flows="inicio > a > g > fim\ng > f2 : *")),
    "condition-ignored": ("p", _with(parallel("p"), task("b"), flows="inicio > a > p > b\np > fim : x = 1")),
    "default-with-condition": ("g", _raw(lambda _xml: sketch(
        [task("a"), Node("exclusiveGateway", "g", {"default": "fl_g_fim_1"}), end("fim"), end("f2")],
        "inicio > a > g\ng > fim : x = 1\ng > f2 : x = 2").decode().replace("fl_g_fim_2", "fl_g_fim_1"))),
    "event-gateway-to-other": ("e", _with(event_based("e"), timer("t", "P1D"),
                                          flows="inicio > e > a > fim\ne > t > fim")),
    "branches-meet-without-join": (None, _with(parallel("p"), task("b"), exclusive("g"), task("t"),
                                               flows="inicio > p > a > g\np > b > g\ng > t > fim")),
    "join-never-fires": ("q", _with(exclusive("g"), task("b"), parallel("q"),
                                    flows="inicio > g\ng > a : x = 1\ng > b : *\na > q\nb > q\nq > fim")),
    # events
    "message-without-name": ("m", _raw(lambda _xml: _with(message("m", "pago", '"k"'), flows="inicio > a > m > fim")
                                       .decode().replace('<bpmn:message id="msg_pago" name="pago" />', ""))),
    "message-without-key": ("m", _with(message("m", "pago", ""), flows="inicio > a > m > fim")),
    "boundary-not-attached": ("b", _with(boundary_timer("b", "ninguem", "P1D"), flows=f"{_SOUND}\nb > fim")),
    "error-not-caught": ("fe", _with(sub("sp", [end("fe", error="x")], "inicio_sp > fe"),
                                     flows="inicio > a > sp > fim")),
    # tasks
    "task-without-role": ("b", _with(Node("userTask", "b"), flows="inicio > a > b > fim")),
    "task-without-name": ("b", _with(Node("userTask", "b", {"name": "", "camunda:candidateGroups": "obras"}),
                                     flows="inicio > a > b > fim")),
    "script-not-feel": ("x", _with(script("x", "import os", language="python"), flows="inicio > a > x > fim")),
    "service-without-topic": ("s", _with(Node("serviceTask", "s"), flows="inicio > a > s > fim")),
    "rule-without-decision": ("r", _with(Node("businessRuleTask", "r"), flows="inicio > a > r > fim")),
    "empty-sub-process": ("sp", _with(Node("subProcess", "sp"), flows="inicio > a > sp > fim")),
    "expression-refused": ("g", _with(exclusive("g"), flows="inicio > a > g\ng > fim : x = = 1\ng > a : *")),
    "not-a-term": ("b", _with(boundary_timer("b", "a", "P1Y2M"), flows=f"{_SOUND}\nb > fim")),
    "text-too-long": ("t" * 130, _with(task("t" * 130), flows=f"inicio > a > {'t' * 130} > fim")),
    # what the diagram calls must exist
    "role-unknown": ("b", _with(task("b", "ninguem"), flows="inicio > a > b > fim")),
    "form-unknown": ("b", _with(task("b", form="nada"), flows="inicio > a > b > fim")),
    "decision-unknown": ("r", _with(rule("r", "nada"), flows="inicio > a > r > fim")),
    "paper-unknown": ("b", _with(task("b", documento="nada"), flows="inicio > a > b > fim")),
    "topic-unknown": ("s", _with(service("s", "nada.nada", {}, {}), flows="inicio > a > s > fim")),
    # the document itself
    "not-xml": (None, b"<definitions"),
    "has-doctype": (None, b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'),
    "not-bpmn": (None, b"<html/>"),
    "not-one-process": (None, _raw(lambda xml: xml.replace('isExecutable="true"', 'isExecutable="false"'))),
}  # fmt: skip


@pytest.mark.parametrize("code", _BAD)
def test_a_bad_diagram_is_refused_by_what_is_wrong_and_where(city: City, code: str) -> None:
    element, xml = _BAD[code]

    with pytest.raises(DiagramRefused) as refused:
        _publish(city, xml)

    found = {(one["element"], one["code"]) for one in refused.value.facts["findings"]}
    assert (element, code) in found or (element is None and code in {each for _, each in found})
    assert city.rows(Version) == city.rows(Procedure) == []


@pytest.mark.parametrize(
    ("node", "flows"),
    [
        (Node("boundaryEvent", "b", {"attachedToRef": "a", "cancelActivity": "false"},
              '<bpmn:errorEventDefinition errorRef="err_x" />'), f"{_SOUND}\nb > fim"),
        (Node("boundaryEvent", "b", {"attachedToRef": "a"}, "<bpmn:escalationEventDefinition />"),
         f"{_SOUND}\nb > fim"),
        (Node("intermediateThrowEvent", "b", {}, '<bpmn:signalEventDefinition signalRef="s" />'),
         "inicio > a > b > fim"),
        (link("b", "x"), "inicio > a > b > fim"),
    ],
)  # fmt: skip
def test_an_event_in_a_place_where_it_would_not_work_is_refused(city: City, node: Node, flows: str) -> None:
    with pytest.raises(DiagramRefused) as refused:
        _publish(city, _with(node, flows=flows))

    assert {one["element"] for one in refused.value.facts["findings"]} >= {"b"}


def test_every_finding_is_told_at_once(city: City) -> None:
    xml = _with(script("x", "1", language="python"), task("b", "ninguem"), flows="inicio > a > x > b > fim")

    with pytest.raises(DiagramRefused) as refused:
        _publish(city, xml, tables={"t": b"<nada/>"}, forms={"f": "{"})

    codes = {one["code"] for one in refused.value.facts["findings"]}
    assert {"script-not-feel", "not-dmn"} <= codes
    assert any(one.get("form") == "f" for one in refused.value.facts["findings"])


def test_a_message_at_a_task_may_interrupt_it(city: City) -> None:
    _publish(city, _with(boundary_message("b", "a", "cancelado", '"k"'), flows=f"{_SOUND}\nb > fim"))

    assert len(city.rows(Version)) == 1


# -- versions ---------------------------------------------------------------------------------------------------------


def test_only_an_analyst_publishes(city: City) -> None:
    with pytest.raises(Denied), city.by("obras") as by:
        procedures.publish(by, _bundle(_with()))
    with pytest.raises(Denied), city.by("analista", scopes=frozenset({"tasks:work"})) as by:
        procedures.publish(by, _bundle(_with()))


def test_the_same_content_again_is_the_version_that_it_already_is(city: City) -> None:
    first = city.publish(FIVE_TASKS, forms=FORMS)

    second = city.publish(FIVE_TASKS, forms=FORMS)

    assert (first.fresh, second.fresh) == (True, False)
    assert (second.version_id, second.number) == (first.version_id, 1)


def test_a_changed_form_makes_a_new_version_and_keeps_the_parts_that_stayed(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)

    second = city.publish(FIVE_TASKS, forms={**FORMS, "conferir": CONFERIR.replace("Está completo", "Completo?")})

    assert (second.fresh, second.number) == (True, 2)
    assert len(city.rows(FormVersion)) == len(FORMS) + 1
    assert city.rows(TableVersion) == city.rows(PaperVersion) == []
    facts = [row["facts"] for row in city.rows(AuditEntry, action="procedure.publish")]
    assert [fact["version"] for fact in facts] == [1, 2]


def test_open_cases_stay_on_their_version_and_new_ones_take_the_one_in_force(city: City) -> None:
    first = city.publish(FIVE_TASKS, forms=FORMS)
    before = city.start().case_id
    with city.by("analista") as by:
        second = procedures.publish(by, _bundle(_with()), effective_from=city.at + timedelta(days=10))

    meanwhile = city.start().case_id
    city.pass_time(days=10)
    after = city.start(who="obras").case_id

    versions = [city.case(case_id)["version_id"] for case_id in (before, meanwhile, after)]
    assert versions == [first.version_id, first.version_id, second.version_id]
    assert city.complete(before, "conferir", {"completo": True}).effects.failures == []


def test_a_procedure_that_is_not_in_force_yet_is_not_found(city: City) -> None:
    with city.by("analista") as by:
        procedures.publish(by, _bundle(_with()), effective_from=city.at + timedelta(days=1))

    with pytest.raises(NotFound), city.by("clock", writes=False) as by:
        effective_version(by, "teste")
