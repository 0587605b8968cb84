"""Inputs and outputs fit the items, messages and event definitions that they are of."""

from __future__ import annotations

import pytest

from engine.bpmn.drawing import draw_from
from engine.bpmn.source import B, parse

_HEAD = '<m:definitions xmlns:m="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:cidade">'
_ROOT = """
<m:itemDefinition id="lista" isCollection="true" structureRef="s" /><m:itemDefinition id="um" structureRef="s" />
<m:message id="msg" name="pago" itemRef="um" /><m:signal id="sig" name="aviso" structureRef="lista" />
<m:signal id="seco" name="nada" />"""
_INPUT = '<m:ioSpecification><m:dataInput id="in" isCollection="{many}" itemSubjectRef="{item}" /></m:ioSpecification>'
_TWO = '<m:ioSpecification><m:dataOutput id="a" itemSubjectRef="um" /><m:dataOutput id="b" /></m:ioSpecification>'
_BOTH = '<m:messageEventDefinition messageRef="msg" /><m:signalEventDefinition signalRef="{signal}" />'
_THROWN = '<m:dataInput id="in" itemSubjectRef="um" />'


def faults(node: str) -> tuple[str, ...]:
    root = parse(f'{_HEAD}{_ROOT}<m:process id="p" isExecutable="true">{node}</m:process></m:definitions>'.encode())
    drawing = draw_from(root.find(B + "process"))
    return drawing.elements["x"].moves.faults


@pytest.mark.parametrize(("many", "item"), [("true", "um"), ("false", "lista")])
def test_an_input_and_its_item_are_both_lists_or_neither(many: str, item: str) -> None:
    assert faults(f'<m:task id="x">{_INPUT.format(many=many, item=item)}</m:task>') == ("collection",)


@pytest.mark.parametrize(("many", "item"), [("true", "lista"), ("false", "um"), ("true", "outro")])
def test_an_input_that_fits_its_item_is_let_be(many: str, item: str) -> None:
    assert faults(f'<m:task id="x">{_INPUT.format(many=many, item=item)}</m:task>') == ()


def test_a_task_sends_the_item_of_its_message() -> None:
    fits = f'<m:sendTask id="x" messageRef="msg">{_INPUT.format(many="false", item="um")}</m:sendTask>'

    assert faults(fits) == ()
    assert faults(fits.replace('itemSubjectRef="um"', "")) == ("item-of-message",)
    assert faults(f'<m:receiveTask id="x" messageRef="msg">{_TWO}</m:receiveTask>') == ("item-of-message",)


def test_an_event_has_an_input_for_each_definition_that_carries_something() -> None:
    event = '<m:intermediateThrowEvent id="x">{}</m:intermediateThrowEvent>'

    assert faults(event.format(_THROWN + _BOTH.format(signal="sig"))) == ("items-of-events",)
    assert faults(event.format(_THROWN + _BOTH.format(signal="seco"))) == ()
    assert faults(event.format(_BOTH.format(signal="sig"))) == ()
