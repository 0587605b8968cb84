"""References by prefix, code and name, definitions shared at the root, and booleans written as digits."""

from __future__ import annotations

import re

from engine.bpmn.drawing import Drawing, draw_from
from engine.bpmn.reader import read
from engine.bpmn.references import resolve
from engine.bpmn.source import B, parse

_HEAD = (
    '<m:definitions xmlns:m="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:eu="urn:cidade" id="d"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:cidade">'
)
_AROUND = """
<m:process id="p" isExecutable="{executable}">
  <m:startEvent id="inicio"><m:outgoing>eu:f1</m:outgoing></m:startEvent>
  <m:sequenceFlow id="f1" sourceRef="inicio" targetRef="parte" />
  <m:subProcess id="parte"><m:incoming>eu:f1</m:incoming>
    <m:startEvent id="comeca" /><m:sequenceFlow sourceRef="comeca" targetRef="feito" />
    <m:userTask id="feito" name="Feito" camunda:candidateGroups="obras" />
    <m:endEvent id="dentro">{thrown}</m:endEvent>
    <m:sequenceFlow sourceRef="feito" targetRef="dentro" />
  </m:subProcess>
  <m:boundaryEvent id="borda" attachedToRef="eu:parte" cancelActivity="{interrupting}">{caught}</m:boundaryEvent>
  <m:endEvent id="fim" /><m:endEvent id="outro" />
  <m:sequenceFlow sourceRef="parte" targetRef="fim" /><m:sequenceFlow sourceRef="borda" targetRef="outro" />
</m:process></m:definitions>"""


def document(root: str, *, caught: str, thrown: str = "", executable: str = "1", interrupting: str = "1") -> bytes:
    process = _AROUND.format(caught=caught, thrown=thrown, executable=executable, interrupting=interrupting)
    return (_HEAD + root + process).encode()


def drawn(xml: bytes) -> Drawing:
    root = parse(xml)
    resolve(root)
    return draw_from(root.find(B + "process"))


def test_a_definition_at_the_root_is_read_where_an_event_refers_to_it():
    shared = '<m:timerEventDefinition id="prazo"><m:timeDuration>PT1H</m:timeDuration></m:timerEventDefinition>'

    drawing = drawn(document(shared, caught="<m:eventDefinitionRef>eu:prazo</m:eventDefinitionRef>"))

    assert (drawing.elements["borda"].event, drawing.elements["borda"].expression) == ("timeDuration", "PT1H")


def test_a_reference_to_no_definition_is_left_for_the_check():
    drawing = drawn(document("", caught="<m:eventDefinitionRef>nada</m:eventDefinitionRef>"))

    assert drawing.dangling == (("borda", "nada"),)


def test_an_error_is_found_by_prefix_code_or_name_as_by_its_id():
    root = '<m:error id="e1" errorCode="RECUSADO" name="Recusado pelo banco" />'

    for reference in ("e1", "eu:e1", "RECUSADO", "Recusado pelo banco"):
        definition = f'<m:errorEventDefinition errorRef="{reference}" />'
        drawing = drawn(document(root, caught=definition, thrown=definition))

        assert (drawing.elements["borda"].reference, drawing.elements["dentro"].reference) == ("e1", "e1"), reference


def test_an_id_counts_before_a_name_that_reads_the_same():
    root = '<m:error id="B" errorCode="A" /><m:error id="A" errorCode="B" />'

    drawing = drawn(document(root, caught='<m:errorEventDefinition errorRef="A" />'))

    assert drawing.elements["borda"].reference == "A"


def test_booleans_are_read_as_the_schema_writes_them():
    definition = "<m:timerEventDefinition><m:timeDuration>PT1H</m:timeDuration></m:timerEventDefinition>"

    one = drawn(document("", caught=definition, interrupting=" 1 "))
    none = drawn(document("", caught=definition, interrupting="0"))

    assert one.elements["borda"].interrupting
    assert not none.elements["borda"].interrupting


def test_a_document_of_any_prefix_is_read_whole():
    definition = "<m:timerEventDefinition><m:timeDuration>PT1H</m:timeDuration></m:timerEventDefinition>"
    xml = document("", caught=definition, interrupting="0")

    for prefix in ("m:", "bpmn2:", ""):
        said = re.sub(r"(?<=[</])m:", prefix, xml.decode())
        said = said.replace("xmlns:m=", f"xmlns:{prefix[:-1]}=" if prefix else "xmlns=")
        blueprint = read(said.encode())

        assert list(blueprint.elements) == ["inicio", "parte", "comeca", "feito", "dentro", "borda", "fim", "outro"], (
            prefix
        )
        assert blueprint.process.task_specs["borda"].cancel_activity is False, prefix
