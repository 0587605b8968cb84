"""From XML to a Blueprint: the drawing as checked, and SpiffWorkflow's specification of a normalised copy of it.

Nothing that SpiffWorkflow would ignore or run otherwise reaches it: the diagram is checked first (`check.py`), then
copied without decoration, with event sub-processes turned into boundary events of a scope around the rest, then parsed,
and at the end every drawn element must have come out of the parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.bpmn.check import UNKNOWN, Surroundings, findings
from engine.bpmn.drawing import DECORATION, Drawing, Element, draw_from
from engine.bpmn.source import B, parse
from engine.bpmn.specs import (
    DueTimer,
    FirstOf,
    HoldingEndJoin,
    JobTask,
    KeyedMessage,
    RoundInclusiveGateway,
    RoundParallelGateway,
    RuleTask,
)
from engine.errors import DiagramRefused

_KEPT_CHILDREN = frozenset({"conditionExpression", "script"})
_SCOPE = "escopo__"


@dataclass(frozen=True, eq=False)
class Blueprint:
    """A diagram ready to run. Shared by every case of its version; nobody writes into it.

    `process` and `parts` are SpiffWorkflow's specifications; only `runtime` reads them.
    """

    drawing: Drawing
    process: Any
    parts: Mapping[str, Any]

    @property
    def elements(self) -> Mapping[str, Element]:
        return self.drawing.elements

    @property
    def first_task(self) -> Element | None:
        """The people's task that follows the start directly: its form is the form with which a case starts."""
        start = next(element for element in self.drawing.within(None) if element.kind == "startEvent")
        target = self.elements[self.drawing.outgoing(start.id)[0].target]
        return target if target.is_for_people else None


def read(xml: bytes, around: Surroundings = UNKNOWN) -> Blueprint:
    """Return the Blueprint of the one executable process in `xml`.

    Raises: DiagramRefused with every finding, each naming its element.
    """
    process = _process(parse(xml))
    drawing = draw_from(process)
    found = findings(drawing, around)
    if found:
        raise DiagramRefused(findings=found)
    return _parse(drawing, _normalised(process, drawing))


@lru_cache(maxsize=256)
def read_cached(sha256: str, xml: bytes) -> Blueprint:  # noqa: ARG001  the hash makes the key cheap to compare
    """Return the Blueprint of a published version; parsed once per process and content.

    It was checked when it was published: a rule that is newer than a version must not stop the cases that run on it.
    """
    process = _process(parse(xml))
    drawing = draw_from(process)
    return _parse(drawing, _normalised(process, drawing))


def _process(root: etree._Element) -> etree._Element:
    runnable = [process for process in root.iterfind(B + "process") if process.get("isExecutable") == "true"]
    if len(runnable) != 1:
        raise DiagramRefused(findings=[{"element": None, "code": "not-one-process", "count": len(runnable)}])
    return runnable[0]


def _normalised(process: etree._Element, drawing: Drawing) -> bytes:
    """Return a copy of the process that holds only what runs, event sub-processes as boundary events of a scope."""
    definitions = etree.Element(B + "definitions", nsmap={None: B[1:-1]}, targetNamespace="urn:rito")
    for node in process.getparent().iterchildren(B + "message", B + "error"):
        etree.SubElement(
            definitions, node.tag, {key: node.get(key) for key in ("id", "name", "errorCode") if node.get(key)}
        )
    copy = etree.SubElement(definitions, B + "process", id=drawing.process_id, isExecutable="true")
    _copy_scope(process, copy)
    for number, flow in enumerate(copy.iter(B + "sequenceFlow")):
        flow.set("id", flow.get("id") or f"fluxo__{number}")
    handlers = [node for node in copy.iterchildren(B + "subProcess") if node.get("triggeredByEvent") == "true"]
    if handlers:
        _wrap(copy, handlers)
    return bytes(etree.tostring(definitions))


def _copy_scope(source: etree._Element, target: etree._Element) -> None:
    for node in source.iterchildren():
        kind = etree.QName(node).localname
        if kind in DECORATION and kind != "sequenceFlow":
            continue
        attributes = {key: value for key, value in node.attrib.items() if not key.startswith("{")}
        copy = etree.SubElement(target, node.tag, attributes)
        if kind == "subProcess":
            _copy_scope(node, copy)
            continue
        for child in node.iterchildren():
            name = etree.QName(child).localname
            if name in _KEPT_CHILDREN or name.endswith("EventDefinition"):
                copy.append(_bare(child))


def _bare(node: etree._Element) -> etree._Element:
    copy = etree.Element(node.tag, {key: value for key, value in node.attrib.items() if not key.startswith("{")})
    copy.text = node.text
    copy.extend(_bare(child) for child in node.iterchildren())
    return copy


def _wrap(process: etree._Element, handlers: list[etree._Element]) -> None:
    """Put everything but the handlers into one scope, and each handler behind a boundary event of that scope."""
    scope_id = _SCOPE + (process.get("id") or "")
    scope = etree.Element(B + "subProcess", id=scope_id)
    scope.extend(node for node in list(process) if node not in handlers)
    process.append(scope)
    _add(process, "startEvent", id="inicio__")
    _add(process, "endEvent", id="fim__")
    _add(process, "sequenceFlow", id="entra__", sourceRef="inicio__", targetRef=scope_id)
    _add(process, "sequenceFlow", id="sai__", sourceRef=scope_id, targetRef="fim__")
    for handler in handlers:
        _hang(process, handler, scope_id)


def _hang(process: etree._Element, handler: etree._Element, scope_id: str) -> None:
    start = next(handler.iterchildren(B + "startEvent"))
    event_id, handler_id = start.get("id") or "", handler.get("id") or ""
    boundary = _add(process, "boundaryEvent", id=event_id, attachedToRef=scope_id, cancelActivity="true")
    boundary.extend(list(start))
    start.set("id", f"inicio__{event_id}")
    for flow in handler.iterchildren(B + "sequenceFlow"):
        if flow.get("sourceRef") == event_id:
            flow.set("sourceRef", f"inicio__{event_id}")
    del handler.attrib["triggeredByEvent"]
    _add(process, "endEvent", id=f"fim__{handler_id}")
    _add(process, "sequenceFlow", id=f"trata__{handler_id}", sourceRef=event_id, targetRef=handler_id)
    _add(process, "sequenceFlow", id=f"tratou__{handler_id}", sourceRef=handler_id, targetRef=f"fim__{handler_id}")


def _add(parent: etree._Element, kind: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, B + kind, attributes)


class _Parser(BpmnParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """SpiffWorkflow's parser with our gateways and tasks. It only ever sees normalised documents."""

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012  the name and its kind are SpiffWorkflow's
        full_tag("parallelGateway"): (GatewayParser, RoundParallelGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, RoundInclusiveGateway),
        full_tag("serviceTask"): (TaskParser, JobTask),
        full_tag("businessRuleTask"): (TaskParser, RuleTask),
    }


def _parse(drawing: Drawing, xml: bytes) -> Blueprint:
    parser = _Parser()
    try:
        parser.add_bpmn_str(xml)
        process = parser.get_spec(drawing.process_id)
        parts = dict(parser.get_subprocess_specs(drawing.process_id))
    except (ValidationException, SpiffWorkflowException, RecursionError) as broken:
        raise DiagramRefused(
            findings=[{"element": None, "code": "not-understood", "reason": str(broken)[:500]}]
        ) from broken
    for spec in (process, *parts.values()):
        _adapt(spec, drawing)
    _nothing_lost(drawing, process, parts)
    return Blueprint(drawing=drawing, process=process, parts=parts)


def _adapt(spec: Any, drawing: Drawing) -> None:
    spec.end.__class__ = HoldingEndJoin
    for task_spec in spec.task_specs.values():
        definition = getattr(task_spec, "event_definition", None)
        if isinstance(definition, MultipleEventDefinition):
            pairs = zip(definition.event_definitions, task_spec._outputs, strict=True)
            task_spec.event_definition = FirstOf([_our_event(one, element, drawing) for one, element in pairs])
        elif definition is not None:
            task_spec.event_definition = _our_event(definition, task_spec.name, drawing)
        if getattr(task_spec, "cond_task_specs", None):
            _in_document_order(task_spec, drawing)


def _our_event(definition: Any, element: str, drawing: Drawing) -> Any:
    if isinstance(definition, TimerEventDefinition):
        return DueTimer(element, drawing.elements[element].expression or "")
    if isinstance(definition, MessageEventDefinition):
        return KeyedMessage(definition.name, element)
    return definition


def _in_document_order(gateway: Any, drawing: Drawing) -> None:
    """Conditions are asked in the order of the document, not by height on the canvas as SpiffWorkflow has it."""
    order = {flow.target: position for position, flow in reversed(list(enumerate(drawing.outgoing(gateway.name))))}
    gateway.cond_task_specs.sort(key=lambda pair: order.get(pair[1].removesuffix(".BoundaryEventSplit"), 0))


def _nothing_lost(drawing: Drawing, process: Any, parts: Mapping[str, Any]) -> None:
    taken = {name for spec in (process, *parts.values()) for name in spec.task_specs}
    lost = [element_id for element_id in drawing.elements if element_id not in taken]
    if lost:
        raise DiagramRefused(findings=[{"element": element_id, "code": "lost-by-the-parser"} for element_id in lost])
