"""From the diagram as drawn to the one that SpiffWorkflow reads: nothing implicit, nothing for the eye, no name of its.

What is left implicit is written out: flows without an id, starts and ends that are not drawn, several or conditional
flows out of an activity (a gateway after it), pairs of link events (a flow). Event sub-processes become boundary events
of a scope around the rest. Ids that the library keeps for itself get another; `Normal` leads back to the drawing.
It changes no meaning and refuses nothing: `check` has done that before. Source: BPMN 2.0.2, §10.5 and §13.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn.drawing import DECORATION, GATEWAYS, Drawing, Element, Flow, kind_of
from engine.bpmn.source import B

_KEPT_CHILDREN = frozenset({"conditionExpression", "script"})
_KEPT_OF_ROOT = ("id", "name", "errorCode", "escalationCode")
_REFERENCES = ("id", "sourceRef", "targetRef", "attachedToRef")
_RESERVED = re.compile(r"Start|End|Root|.*__.*|.*\.(EndJoin|BoundaryEventSplit|BoundaryEventJoin)", re.DOTALL)
_LINKS = ("intermediateThrowEvent", "intermediateCatchEvent")
_DECIDING = frozenset({"exclusiveGateway", "inclusiveGateway"})
ALWAYS = "true"


@dataclass(frozen=True)
class Normal:
    """A normalised document. `drawn` leads from a node's name in it to the id in the drawing, where the two differ;
    `stands_for` from a gateway that was not drawn to the element whose flows it parts; `turns` from that of a loop
    to the activity that is done once more.
    """

    xml: bytes
    drawn: Mapping[str, str]
    stands_for: Mapping[str, str]
    turns: Mapping[str, str]

    def id_of(self, name: str) -> str:
        """Return the drawn id of a node of the document, also of a gateway that stands for one."""
        return self.stands_for.get(name) or self.drawn.get(name, name)


def normalise(process: etree._Element, drawing: Drawing) -> Normal:
    """Return the normalised copy of a process that has been checked."""
    definitions = etree.Element(B + "definitions", nsmap={None: B[1:-1]}, targetNamespace="urn:rito")
    for node in process.getparent().iterchildren(B + "message", B + "error", B + "escalation"):
        etree.SubElement(definitions, node.tag, {key: node.get(key) for key in _KEPT_OF_ROOT if node.get(key)})
    copy = etree.SubElement(definitions, B + "process", id=drawing.process_id, isExecutable="true")
    made = _Maker(drawing)
    made.copy(process, copy)
    made.write_out(copy, None)
    drawn = {alias: element for element, alias in made.aliases.items()}
    return Normal(bytes(etree.tostring(definitions)), drawn, made.stands_for, made.turns)


@dataclass
class _Maker:
    """Makes the copy scope by scope; the flows are those of the drawing, where links are flows already."""

    drawing: Drawing
    aliases: dict[str, str] = field(default_factory=dict)
    stands_for: dict[str, str] = field(default_factory=dict)
    turns: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for count, element in enumerate(self.drawing.elements):
            if _RESERVED.fullmatch(element):
                self.aliases[element] = f"id__{count}"

    def copy(self, source: etree._Element, target: etree._Element) -> None:
        """Copy the flow nodes of a scope, without decoration and flows."""
        for node in source.iterchildren():
            kind = kind_of(node)
            if kind in DECORATION or kind.endswith("LoopCharacteristics"):
                continue
            attributes = {key: value for key, value in node.attrib.items() if not key.startswith("{")}
            attributes.pop("default", None)
            attributes |= {name: self._alias(attributes[name]) for name in _REFERENCES if name in attributes}
            linked = self._is_link(node)
            copy = etree.SubElement(target, B + (_LINKS[0] if linked else kind), attributes)
            if kind == "subProcess":
                self.copy(node, copy)
            elif not linked:
                copy.extend(_bare(child) for child in node.iterchildren() if _means_something(child))

    def write_out(self, scope: etree._Element, scope_id: str | None) -> None:
        """Give a scope its flows, and what its drawing leaves implicit."""
        elements = self.drawing.within(scope_id)
        for element in elements:
            self._flows_out(scope, element.id)
            if element.kind == "subProcess":
                inner = next(node for node in scope if node.get("id") == self._alias(element.id))
                self.write_out(inner, element.id)
        if not any(element.kind == "startEvent" for element in elements):
            self._start(scope, scope_id)
        handlers = [element for element in elements if element.event_scope]
        if handlers:
            self._wrap(scope, handlers)

    def _wrap(self, outer: etree._Element, handlers: list[Element]) -> None:
        """Put everything but the handlers into one scope, and each handler behind a boundary event of that scope."""
        names = {self._alias(handler.id): self._alias(self._start_of(handler)) for handler in handlers}
        name = outer.get("id") or ""
        scope_id = f"escopo__{name}"
        scope = etree.Element(B + "subProcess", id=scope_id)
        scope.extend(node for node in list(outer) if node.get("id") not in names)
        outer.append(scope)
        begin = _add(outer, "startEvent", id=f"abertura__{name}")
        finish = _add(outer, "endEvent", id=f"fecho__{name}")
        self._flow(outer, begin, scope_id, f"abre__{scope_id}")
        self._flow(outer, scope_id, finish, f"fecha__{scope_id}")
        for handler_id, event_id in names.items():
            _hang(outer, handler_id, event_id, scope_id)

    def _start_of(self, handler: Element) -> str:
        return next(element.id for element in self.drawing.within(handler.id) if element.kind == "startEvent")

    def _is_link(self, node: etree._Element) -> bool:
        found = self.drawing.elements.get(node.get("id") or "")
        return found is not None and found.kind in _LINKS and found.event == "link"

    def _alias(self, element: str) -> str:
        return self.aliases.get(element, element)

    def _flows_out(self, scope: etree._Element, element_id: str) -> None:
        element, flows = self.drawing.elements[element_id], self.drawing.outgoing(element_id)
        name = self._alias(element_id)
        if element.kind == "endEvent" or element.event_scope:
            return
        if element.loop is not None:
            name = self._repeat(scope, element)
        if not flows:
            self._flow(scope, name, _add(scope, "endEvent", id=f"fim__{name}"), f"finda__{name}")
        elif element.kind in GATEWAYS:
            self._ways(scope, name, flows, element.default if element.kind in _DECIDING else None, element.kind)
        elif len(flows) == 1 and flows[0].condition is None:
            self._flow(scope, name, self._entry(flows[0].target), flows[0].id)
        else:
            self._split(scope, element, name, flows)

    def _repeat(self, scope: etree._Element, element: Element) -> str:
        """Put a loop around an activity as a gateway asks for it; return the node from which its flows go on."""
        name = self._alias(element.id)
        asks, passed = f"volta__{name}", f"passou__{name}"
        _add(scope, "exclusiveGateway", id=asks, default=f"sai__{asks}")
        _add(scope, _LINKS[0], id=passed)
        self.turns[asks] = self.stands_for[asks] = element.id
        again = self._flow(scope, asks, name, f"entra__{asks}")
        etree.SubElement(again, B + "conditionExpression").text = ALWAYS
        self._flow(scope, asks, passed, f"sai__{asks}")
        self._flow(scope, name, asks, f"pergunta__{asks}")
        return passed

    def _entry(self, target: str) -> str:
        """Return where a flow to an element leads: to the gateway before it when that is asked first."""
        loop, name = self.drawing.elements[target].loop, self._alias(target)
        return f"volta__{name}" if loop is not None and loop.before else name

    def _split(self, scope: etree._Element, element: Element, name: str, flows: list[Flow]) -> None:
        """Put a gateway after an activity: each unconditional flow is taken, each conditional one if it holds."""
        chooses = any(flow.condition is not None for flow in flows)
        kind = "inclusiveGateway" if chooses else "parallelGateway"
        gateway = _add(scope, kind, id=f"saida__{name}")
        self.stands_for[gateway] = element.id
        self._flow(scope, name, gateway, f"sai__{name}")
        self._ways(scope, gateway, flows, element.default, kind)

    def _ways(self, scope: etree._Element, name: str, flows: list[Flow], default: str | None, kind: str) -> None:
        for flow in flows:
            way = self._flow(scope, name, self._entry(flow.target), flow.id)
            if kind not in _DECIDING:
                continue
            if flow.id == default:
                next(node for node in scope if node.get("id") == name).set("default", way.get("id") or "")
            elif flow.condition is not None or (kind == "inclusiveGateway" and len(flows) > 1):
                etree.SubElement(way, B + "conditionExpression").text = flow.condition or ALWAYS

    def _flow(self, scope: etree._Element, source: str, target: str, flow_id: str) -> etree._Element:
        attributes = {"id": flow_id, "sourceRef": source, "targetRef": target}
        return etree.SubElement(scope, B + "sequenceFlow", attributes)

    def _start(self, scope: etree._Element, scope_id: str | None) -> None:
        """A scope without a start event begins at every node that no flow enters."""
        firsts = [self._entry(element.id) for element in self.drawing.beginnings(scope_id)]
        name = scope.get("id") or ""
        begin = _add(scope, "startEvent", id=f"inicio__{name}")
        if len(firsts) > 1:
            fork = _add(scope, "parallelGateway", id=f"reparte__{name}")
            self._flow(scope, begin, fork, f"abre__{name}")
            begin = fork
        for first in firsts:
            self._flow(scope, begin, first, f"abre__{first}")


def _means_something(node: etree._Element) -> bool:
    name = etree.QName(node).localname
    return name in _KEPT_CHILDREN or name.endswith("EventDefinition")


def _bare(node: etree._Element) -> etree._Element:
    copy = etree.Element(node.tag, {key: value for key, value in node.attrib.items() if not key.startswith("{")})
    copy.text = node.text
    copy.extend(_bare(child) for child in node.iterchildren())
    return copy


# -- event sub-processes ----------------------------------------------------------------------------------------------


def _hang(outer: etree._Element, handler_id: str, event_id: str, scope_id: str) -> None:
    handler = next(node for node in outer if node.get("id") == handler_id)
    start = next(node for node in handler.iter(B + "startEvent") if node.get("id") == event_id)
    interrupts = start.get("isInterrupting", "true")
    boundary = etree.SubElement(
        outer, B + "boundaryEvent", id=event_id, attachedToRef=scope_id, cancelActivity=interrupts
    )
    boundary.extend(list(start))
    start.set("id", f"inicio__{event_id}")
    for flow in handler.iter(B + "sequenceFlow"):
        if flow.get("sourceRef") == event_id:
            flow.set("sourceRef", f"inicio__{event_id}")
    del handler.attrib["triggeredByEvent"]
    _add(outer, "endEvent", id=f"fim__{handler_id}")
    _add(outer, "sequenceFlow", id=f"trata__{handler_id}", sourceRef=event_id, targetRef=handler_id)
    _add(outer, "sequenceFlow", id=f"tratou__{handler_id}", sourceRef=handler_id, targetRef=f"fim__{handler_id}")


def _add(parent: etree._Element, kind: str, **attributes: str) -> str:
    """Add a node and return its id."""
    etree.SubElement(parent, B + kind, attributes)
    return attributes["id"]
