"""From the diagram as drawn to the one that SpiffWorkflow reads: nothing implicit, nothing for the eye, no name of its.

What is left implicit is written out: flows without an id, starts and ends that are not drawn, several or conditional
flows out of an activity (a gateway after it), pairs of link events (a flow). Event sub-processes become boundary events
of a scope around the rest, and what throws compensation calls a process of all handlers. Ids that the library keeps for
itself get another; `Normal` leads back to the drawing.
It changes no meaning and refuses nothing: `check` has done that before. Source: BPMN 2.0.2, §10.5 and §13.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn.drawing import DECORATION, GATEWAYS, Drawing, Element, Flow, kind_of
from engine.bpmn.entrances import ENTRANCE, conditions, passed_through
from engine.bpmn.free import write_free
from engine.bpmn.moves import Move
from engine.bpmn.source import B
from engine.bpmn.spread import write_many
from engine.bpmn.undoing import Undoing, cancels, joined, throws, undoing_of

_KEPT_CHILDREN = frozenset({"conditionExpression", "script"})
_KEPT_OF_ROOT = ("id", "name", "errorCode", "escalationCode")
_NAMED_THINGS = ("message", "signal", "error", "escalation")
_REFERENCES = ("id", "sourceRef", "targetRef", "attachedToRef")
_RESERVED = re.compile(r"Start|End|Root|.*__.*|.*\.(EndJoin|BoundaryEventSplit|BoundaryEventJoin)", re.DOTALL)
_LINKS = ("intermediateThrowEvent", "intermediateCatchEvent")
_OF_ACTIVITY = ("LoopCharacteristics", "Association", "ioSpecification")  # what a sub-process is as an activity
COMPLEX = "complexGateway"
_DECIDING = frozenset({"exclusiveGateway", "inclusiveGateway", COMPLEX})
COLLECTOR, PRODUCER = "collector", "producer"  # elements that only our parser knows
ALWAYS = "true"
WRAP = "escopo__"
UNDOER = "desfaz__"
ELSEWHERE = "fora__do__documento"  # stands in for what another procedure brings when it is called


@dataclass(frozen=True)
class Normal:
    """A normalised document. `drawn` leads from a node's name in it to the id in the drawing, where the two differ;
    `stands_for` from a gateway that was not drawn to the element whose flows it parts; `turns` from that of a loop
    to the activity that is done once more; `moves` are those of each step that moves data. `undoing`: what undoes
    what; `choosers` are the gateways that lead to the handlers, `ways` the way to each; `unused`: what was drawn and no
    token can ever enter; `entrances` are the gateways that are told at which event a case begins, `passed` the events
    that it has had then.
    """

    xml: bytes
    drawn: Mapping[str, str]
    stands_for: Mapping[str, str]
    turns: Mapping[str, str]
    moves: Mapping[str, tuple[Move, ...]]
    undoing: Undoing
    choosers: frozenset[str]
    ways: Mapping[str, str]
    unused: frozenset[str]
    entrances: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()

    def id_of(self, name: str) -> str:
        """Return the drawn id of a node of the document, also of a gateway that stands for one."""
        return self.stands_for.get(name) or self.drawn.get(name, name)


def normalise(drawn: Sequence[tuple[etree._Element, Drawing]]) -> Normal:
    """Return the normalised copy of checked processes of one document, that which calls the others first."""
    definitions = etree.Element(B + "definitions", nsmap={None: B[1:-1]}, targetNamespace="urn:rito")
    for node in drawn[0][0].getparent().iterchildren(*(B + kind for kind in _NAMED_THINGS)):
        etree.SubElement(definitions, node.tag, {key: node.get(key) for key in _KEPT_OF_ROOT if node.get(key)})
    made = [_Maker(drawing, undoing_of(drawing), f"id__{place}_") for place, (_, drawing) in enumerate(drawn)]
    for maker, (process, drawing) in zip(made, drawn, strict=True):
        copy = etree.SubElement(definitions, B + "process", id=drawing.process_id, isExecutable="true")
        maker.copy(process, copy)
        maker.write_out(copy, None)
        if maker.undoing.thrown:
            maker.compensate(etree.SubElement(definitions, B + "process", id=maker.compensator, isExecutable="true"))
        inside, around = write_many(definitions, drawing, maker.aliases)
        maker.inside |= inside
        maker.stands_for |= around
    if any(node.get("calledElement") == ELSEWHERE for node in definitions.iter(B + "callActivity")):
        _stand_in(etree.SubElement(definitions, B + "process", id=ELSEWHERE, isExecutable="true"))
    return _joined(bytes(etree.tostring(definitions)), made)


def _stand_in(process: etree._Element) -> None:
    begin, finish = _add(process, "startEvent", id="inicio__fora"), _add(process, "endEvent", id="fim__fora")
    etree.SubElement(process, B + "sequenceFlow", id="passa__fora", sourceRef=begin, targetRef=finish)


def _joined(xml: bytes, made: Sequence[_Maker]) -> Normal:
    return Normal(
        xml=xml,
        drawn={alias: element for one in made for element, alias in one.aliases.items()}
        | _merged(one.inside for one in made),
        stands_for=_merged(one.stands_for for one in made),
        turns=_merged(one.turns for one in made),
        moves={name: some for one in made for name, some in one.moves.items()},
        undoing=joined([one.undoing for one in made]),
        choosers=frozenset(one.chooser for one in made),
        ways=_merged(one.ways for one in made),
        unused=frozenset(name for one in made for name in one.unused()),
        entrances=frozenset(name for one in made for name in one.entrances),
        passed=frozenset(name for one in made for name in one.passed),
    )


def _merged(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {name: value for part in parts for name, value in part.items()}


@dataclass
class _Maker:
    """Makes the copy scope by scope; the flows are those of the drawing, where links are flows already."""

    drawing: Drawing
    undoing: Undoing
    names: str
    aliases: dict[str, str] = field(default_factory=dict)
    stands_for: dict[str, str] = field(default_factory=dict)
    turns: dict[str, str] = field(default_factory=dict)
    moves: dict[str, tuple[Move, ...]] = field(default_factory=dict)
    handlers: dict[str, etree._Element] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)
    entrances: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.passed = passed_through(self.drawing)
        self.compensator = f"{UNDOER}{self.drawing.process_id}"
        self.moved = frozenset(self.undoing.handler.values())
        for count, element in enumerate(self.drawing.elements):
            if _RESERVED.fullmatch(element):
                self.aliases[element] = f"{self.names}{count}"

    def copy(self, source: etree._Element, target: etree._Element) -> None:
        """Copy the flow nodes of a scope, without decoration and flows."""
        for node in source.iterchildren():
            kind, element_id = kind_of(node), node.get("id")
            if element_id in self.moved:
                self.handlers[element_id] = node
            elif element_id in self.undoing.hooks or kind in DECORATION or kind.endswith(_OF_ACTIVITY):
                continue
            else:
                self._copy(node, kind, target)

    def _copy(self, node: etree._Element, kind: str, target: etree._Element) -> etree._Element:
        attributes = {key: value for key, value in node.attrib.items() if not key.startswith("{")}
        for name in ("default", "isForCompensation"):
            attributes.pop(name, None)
        attributes |= {name: self._alias(attributes[name]) for name in _REFERENCES if name in attributes}
        linked, undoes = self._is_link(node), self._throws(node)
        if undoes:
            attributes["calledElement"] = self.compensator
        element = self.drawing.elements.get(node.get("id") or "")
        if element is not None and element.passing is not None and element.passing.elsewhere:
            attributes["calledElement"] = ELSEWHERE
        passed = self.passed.get(node.get("id") or "")
        written = passed or (_LINKS[0] if linked else "callActivity" if undoes else kind)
        found = self.drawing.elements.get(node.get("id") or "")
        copy = etree.SubElement(target, node.tag if found and found.transaction else B + written, attributes)
        if kind == "subProcess":
            self.copy(node, copy)
        elif not linked and not undoes and not passed:
            copy.extend(_bare(child) for child in node.iterchildren() if _means_something(child))
            _write_script(copy, found)
            self._stand_in(copy, node.get("id") or "")
        return copy

    def _stand_in(self, copy: etree._Element, element: str) -> None:
        """The several definitions of an event are put back in the end: the library reads one where it needs one."""
        drawn = self.drawing.elements.get(element)
        if drawn is None or not drawn.triggers:
            return
        for definition in [child for child in copy if etree.QName(child).localname.endswith("EventDefinition")]:
            copy.remove(definition)
        if drawn.kind in {"boundaryEvent", "startEvent"}:
            one = etree.SubElement(copy, B + "conditionalEventDefinition")
            etree.SubElement(one, B + "condition").text = ALWAYS

    def write_out(self, scope: etree._Element, scope_id: str | None) -> None:
        """Give a scope its flows, and what its drawing leaves implicit."""
        elements = [
            element
            for element in self.drawing.within(scope_id)
            if element.id not in self.moved and element.id not in self.undoing.hooks
        ]
        for element in elements:
            self._flows_out(scope, element.id)
            self._write_inside(scope, element)
        if scope_id is None and self.passed:
            self._enter(scope)
        elif not any(element.kind == "startEvent" for element in elements):
            self._start(scope, scope_id)
        if scope_id is not None and self.drawing.elements[scope_id].free is not None:
            self.stands_for |= dict.fromkeys(write_free(scope), scope_id)
        handlers = [element for element in elements if element.event_scope]
        cancelled = any(cancels(element) for element in elements)
        if handlers or cancelled:
            self._wrap(scope, handlers, "transaction" if cancelled else "subProcess")
        if scope_id is not None and cancelled:
            self._cancel(scope, scope_id)

    def _enter(self, process: etree._Element) -> None:
        """Put before the several ways into a process a start and a gateway that is told which of them is taken."""
        begins = self.drawing.beginnings(None)
        name = process.get("id") or ""
        begin = _add(process, "startEvent", id=f"inicio__{name}")
        if len(begins) > 1:
            gateway = _add(process, "exclusiveGateway", id=f"{ENTRANCE}{name}")
            self._flow(process, begin, gateway, f"abre__{name}")
            self._lead(process, gateway, conditions(self.drawing, begins))
        else:
            self._flow(process, begin, self._alias(begins[0].id), f"abre__{name}")

    def _lead(self, process: etree._Element, gateway: str, ways: Mapping[str, str | None]) -> None:
        self.entrances.add(gateway)
        for target, events in ways.items():
            way = self._flow(process, gateway, self._alias(target), f"entra__{gateway}__{target}")
            if events is None:
                next(node for node in process if node.get("id") == gateway).set("default", way.get("id") or "")
            else:
                etree.SubElement(way, B + "conditionExpression").text = events

    def _write_inside(self, scope: etree._Element, element: Element) -> None:
        if element.kind == "subProcess":
            inner = next(node for node in scope if node.get("id") == self._alias(element.id))
            self.write_out(inner, element.id)

    def compensate(self, process: etree._Element) -> None:
        """Write the process that undoes: one handler after the other, as the gateway in it chooses, until none is left.

        Every throw calls it; what it is to undo is known only then.
        """
        begin, finish = _add(process, "startEvent", id="inicio__desfaz"), _add(process, "endEvent", id="fim__desfaz")
        chooses = _add(process, "exclusiveGateway", id=self.chooser, default="nada__desfaz")
        self._flow(process, begin, chooses, "abre__desfaz")
        self._flow(process, chooses, finish, "nada__desfaz")
        written: set[str] = set()
        while len(written) < len(self.handlers):  # a handler that is copied brings those inside it
            for element_id in [one for one in self.handlers if one not in written]:
                written.add(element_id)
                self._undo(process, self.drawing.elements[element_id])

    def _undo(self, process: etree._Element, element: Element) -> None:
        node, name = self.handlers[element.id], self._alias(element.id)
        copy = self._copy(node, kind_of(node), process)
        if element.event_scope:
            del copy.attrib["triggeredByEvent"]
            for start in copy.iterchildren(B + "startEvent"):
                start[:] = []
        self.ways[element.id] = self._entry(element.id)
        way = self._flow(process, self.chooser, self.ways[element.id], f"rumo__{name}")
        etree.SubElement(way, B + "conditionExpression").text = ALWAYS
        past = self._repeat(process, element) if element.loop is not None else name
        self._flow(process, past, self.chooser, f"desfez__{name}")
        self._write_inside(process, element)

    def unused(self) -> set[str]:
        """Return what was drawn and no token can ever enter."""
        found = set(self.undoing.hooks)
        if not self.undoing.thrown:
            for node in self.handlers.values():
                found |= {one.get("id") or "" for one in node.iter()}
        return found

    @property
    def chooser(self) -> str:
        return f"proximo__{self.compensator}"

    def _cancel(self, outer: etree._Element, scope_id: str) -> None:
        """What a transaction does when it is cancelled: end what is in it, undo what was done, and go out of it."""
        name = self._alias(scope_id)
        attributes = {"attachedToRef": f"{WRAP}{name}", "cancelActivity": "true"}
        caught = _add(outer, "boundaryEvent", id=f"cancela__{name}", **attributes)
        undoes = _add(outer, "callActivity", id=f"{UNDOER}{name}", calledElement=self.compensator)
        leaves = _add(outer, "endEvent", id=f"cancelado__{name}")
        for event in [node for node in outer if node.get("id") in (caught, leaves)]:
            etree.SubElement(event, B + "cancelEventDefinition")
        self.stands_for[undoes] = scope_id
        self._flow(outer, caught, undoes, f"cancelou__{name}")
        self._flow(outer, undoes, leaves, f"desfeito__{name}")

    def _wrap(self, outer: etree._Element, handlers: list[Element], kind: str) -> None:
        """Put everything but the handlers into one scope, and each handler behind a boundary event of that scope."""
        names = {self._alias(handler.id): self._alias(self._start_of(handler)) for handler in handlers}
        name = outer.get("id") or ""
        scope_id = f"{WRAP}{name}"
        scope = etree.Element(B + kind, id=scope_id)
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

    def _throws(self, node: etree._Element) -> bool:
        found = self.drawing.elements.get(node.get("id") or "")
        return found is not None and throws(found)

    def _alias(self, element: str) -> str:
        return self.aliases.get(element, element)

    def _flows_out(self, scope: etree._Element, element_id: str) -> None:
        element, flows = self.drawing.elements[element_id], self.drawing.outgoing(element_id)
        self._take(scope, element, self._alias(element_id))
        if (element.kind == "endEvent" and not throws(element)) or element.event_scope:
            return
        name = self._past(scope, element)
        if element.instantiates and element.kind in GATEWAYS:
            self._lead(scope, name, {flow.target: flow.target for flow in flows})
        elif not flows:
            self._flow(scope, name, _add(scope, "endEvent", id=f"fim__{name}"), f"finda__{name}")
        elif element.kind in GATEWAYS:
            self._ways(scope, name, flows, element.default if element.kind in _DECIDING else None, element.kind)
        elif len(flows) == 1 and flows[0].condition is None:
            self._flow(scope, name, self._entry(flows[0].target), flows[0].id)
        else:
            self._split(scope, element, name, flows)

    def _past(self, scope: etree._Element, element: Element) -> str:
        """Write what stands around an element to say how often, with how many tokens; return where its flows begin"""
        name = self._alias(element.id)
        start, gives = (quantity != "1" for quantity in element.quantities)
        if start:
            collects = _add(scope, COLLECTOR, id=f"junta__{name}")
            self.stands_for[collects] = element.id
            self._flow(scope, collects, self._inner_entry(element), f"juntou__{name}")
        if not element.waits:
            name = self._apart(scope, name)
        if element.loop is not None:
            name = self._repeat(scope, element)
        name = self._give(scope, element, name)
        if gives:
            produces = _add(scope, PRODUCER, id=f"rende__{name}")
            self.stands_for[produces] = element.id
            self._flow(scope, name, produces, f"rendeu__{name}")
            name = produces
        return name

    def _take(self, scope: etree._Element, element: Element, name: str) -> None:
        """Put a step before an element that gives it the data it takes."""
        if element.moves.before:
            before = self._move(scope, element, f"recebe__{name}", element.moves.before)
            self._flow(scope, before, self._begin(element), f"recebeu__{name}")

    def _give(self, scope: etree._Element, element: Element, name: str) -> str:
        """Put a step after an element that takes the data it gives; return the node from which its flows go on."""
        if not element.moves.after:
            return name
        after = self._move(scope, element, f"entrega__{name}", element.moves.after)
        self._flow(scope, name, after, f"entregou__{name}")
        return after

    def _move(self, scope: etree._Element, element: Element, name: str, moves: tuple[Move, ...]) -> str:
        self.moves[name], self.stands_for[name] = moves, element.id
        return _add(scope, _LINKS[0], id=name)

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

    def _apart(self, scope: etree._Element, name: str) -> str:
        """Let a throw that does not wait run beside what follows it; return where that begins."""
        fork, on = _add(scope, "parallelGateway", id=f"aparte__{name}"), _add(scope, _LINKS[0], id=f"segue__{name}")
        self._flow(scope, fork, name, f"lanca__{name}")
        self._flow(scope, fork, on, f"passa__{name}")
        self._flow(scope, name, _add(scope, "endEvent", id=f"feito__{name}"), f"faz__{name}")
        return on

    def _entry(self, target: str) -> str:
        """Return where a flow to an element leads: to what collects its tokens, or to what is asked first."""
        element = self.drawing.elements[target]
        return self._inner_entry(element) if element.quantities[0] == "1" else f"junta__{self._alias(target)}"

    def _inner_entry(self, element: Element) -> str:
        """Return where an element with its tokens together begins: with the data that it takes, or with itself."""
        return f"recebe__{self._alias(element.id)}" if element.moves.before else self._begin(element)

    def _begin(self, element: Element) -> str:
        name = self._alias(element.id)
        if not element.waits:
            return f"aparte__{name}"
        return f"volta__{name}" if element.loop is not None and element.loop.before else name

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
            elif flow.condition is not None or (kind == "inclusiveGateway" and len(flows) > 1) or kind == COMPLEX:
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


def _write_script(copy: etree._Element, element: Element | None) -> None:
    """Write the script as the drawing has it: in FEEL, whatever its dialect wrote."""
    if element is not None and element.script is not None:
        script = copy.find(B + "script")
        (etree.SubElement(copy, B + "script") if script is None else script).text = element.script


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
