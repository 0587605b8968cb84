"""What stands around a process in its document must be what the standard lets it be."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import FIVE_TASKS, exclusive, sketch, task

_POOLS = (
    '<bpmn:collaboration id="c"><bpmn:participant id="cidadao" name="Cidadão" />'
    '<bpmn:participant id="prefeitura" processRef="teste" />{}</bpmn:collaboration>'
)


def _around(inner: str) -> bytes:
    return FIVE_TASKS.replace(b"</bpmn:definitions>", inner.encode() + b"</bpmn:definitions>")


def _flow(source: str, target: str) -> bytes:
    return _around(_POOLS.format(f'<bpmn:messageFlow id="mf" sourceRef="{source}" targetRef="{target}" />'))


def _codes(xml: bytes) -> list[tuple[str | None, str]]:
    with pytest.raises(DiagramRefused) as refused:
        read(xml)
    found: list[dict[str, str]] = refused.value.facts["findings"]  # type: ignore[assignment]  # facts are objects
    return [(one["element"], one["code"]) for one in found]


@pytest.mark.parametrize(
    ("source", "target"), [("cidadao", "pedir"), ("corrigir", "cidadao"), ("cidadao", "prefeitura")]
)
def test_message_flows_join_pools_and_activities(source: str, target: str) -> None:
    assert read(_flow(source, target)).drawing.process_id == "teste"


@pytest.mark.parametrize(
    ("source", "target"), [("cidadao", "inicio"), ("inicio", "cidadao"), ("cidadao", "g_completo"), ("x", "pedir")]
)
def test_a_message_flow_to_what_hears_no_message_is_refused(source: str, target: str) -> None:
    assert _codes(_flow(source, target)) == [("mf", "message-flow-end")]


def test_an_operation_whose_error_is_a_message_is_refused() -> None:
    message = '<bpmn:message id="m1" name="aviso" />'
    operation = '<bpmn:operation id="op" name="op"><bpmn:inMessageRef>m1</bpmn:inMessageRef>{}</bpmn:operation>'
    interface = f'{message}<bpmn:interface id="i1" name="i">{operation}</bpmn:interface>'

    assert read(_around(interface.format(""))).drawing.process_id == "teste"
    assert _codes(_around(interface.format("<bpmn:errorRef>m1</bpmn:errorRef>"))) == [("op", "reference-unknown")]


def test_a_condition_that_is_a_number_is_refused() -> None:
    xml = sketch([exclusive("g"), task("a"), task("b")], "inicio > g\ng > a : 23\ng > b : *")

    assert ("g", "condition-not-boolean") in _codes(xml)


def test_a_condition_that_asks_the_day_is_a_question() -> None:
    asked = 'hoje() > date("2026-01-01")'
    xml = sketch([exclusive("g"), task("a"), task("b")], f"inicio > g\ng > a : {asked}\ng > b : *")

    assert read(xml).drawing.process_id == "teste"
