"""The diagram as drawn: elements, flows, lanes and notes in our own words, before any engine sees it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from lxml import etree

from engine.bpmn.closed import strangers
from engine.bpmn.dialects import read_note, read_properties
from engine.bpmn.dialects.expressions import feel_of, script_of
from engine.bpmn.dialects.leftovers import Leftover, leftovers
from engine.bpmn.free import Free, read_free
from engine.bpmn.many import Many, declared, read_many
from engine.bpmn.moves import NOTHING, Holders, Moves, read_moves
from engine.bpmn.notes import TIMES, Note
from engine.bpmn.passing import Passing, read_passing
from engine.bpmn.source import B

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
ACTIVITIES = frozenset(
    {"userTask", "manualTask", "task", "scriptTask", "serviceTask", "businessRuleTask", "subProcess"}
    | {"callActivity", "sendTask", "receiveTask"}
)
PEOPLE = frozenset({"userTask", "manualTask", "task"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
THROWING = frozenset({"endEvent", "intermediateThrowEvent", "sendTask"})
HEARD = frozenset({"message", "signal"})  # events that other cases throw or hear
PART = "#"  # between the id of an event and the place of one of its definitions; no id of XML has it
DECORATION = frozenset(
    {"textAnnotation", "association", "group", "dataObjectReference", "dataObject", "dataStoreReference", "laneSet"}
    | {"documentation", "extensionElements", "incoming", "outgoing", "sequenceFlow", "auditing", "monitoring"}
    | {"property", "completionCondition"}
)


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A standard loop: once more while `condition` (FEEL) holds, asked before or after each turn, `maximum` turns."""

    condition: str | None
    before: bool
    maximum: str | None


@dataclass(frozen=True, kw_only=True)
class Element:
    """One flow node. `event` is the kind of its event definition; `scope` the sub-process around it.

    An event of several definitions is of kind `multiple` (any of them) or `parallelMultiple` (all of them): `triggers`
    are the keys under which the drawing keeps each as an event of its own.
    `quantities`: of tokens that an activity waits for and gives, as written. `many`: it has many instances.
    `declares`: names of the data that a sub-process declares inside itself. `activation`: of a complex gateway, FEEL.
    `free`: it is an ad-hoc sub-process.
    `instantiates`: it begins a case; `awaits_all`: a gateway, every event after it. `undoes`: it is for compensation.
    `waits`: whoever throws compensation goes on only when it is done.
    """

    id: str
    kind: str
    name: str
    note: Note
    lane: str | None
    scope: str | None
    event: str | None = None
    triggers: tuple[str, ...] = ()
    expression: str | None = None
    reference: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    event_scope: bool = False
    script: str | None = None
    script_format: str | None = None
    default: str | None = None
    loop: Loop | None = None
    many: Many | None = None
    declares: tuple[str, ...] = ()
    activation: str | None = None
    moves: Moves = NOTHING
    free: Free | None = None
    direction: str | None = None
    quantities: tuple[str, str] = ("1", "1")
    instantiates: bool = False
    awaits_all: bool = False
    passing: Passing | None = None
    undoes: bool = False
    transaction: bool = False
    waits: bool = True

    @property
    def is_for_people(self) -> bool:
        return self.kind in PEOPLE


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A sequence flow; `condition` is FEEL source."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A whole executable process, in document order. `named_flows`: (element, flow) as the elements name theirs;
    `associations`: the pairs of ids that an association joins; `processes`: the ids of all processes of the document.

    `triggers`: by their keys, what the events of several definitions await or throw, each as an element of its own.
    `dangling`: (element, reference) of event definitions that are not in the document.
    """

    process_id: str
    name: str
    elements: Mapping[str, Element]
    flows: tuple[Flow, ...]
    lanes: Mapping[str, str]
    messages: Mapping[str, str]
    errors: Mapping[str, str]
    escalations: Mapping[str, str]
    signals: Mapping[str, str]
    subject: str | None
    unknown: tuple[tuple[str, str], ...]
    duplicates: tuple[str, ...]
    named_flows: tuple[tuple[str, str], ...]
    associations: tuple[tuple[str, str], ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    processes: frozenset[str] = frozenset()
    triggers: Mapping[str, Element] = field(default_factory=dict)
    dangling: tuple[tuple[str, str], ...] = ()

    def heard_name(self, element: Element) -> str:
        """Return the name of the message or signal that an element throws or awaits, empty when it has none."""
        names = self.signals if element.event == "signal" else self.messages
        return names.get(element.reference or "", "")

    def events_of(self, element: Element) -> list[Element]:
        """Return what an event awaits or throws: itself, or each of its several definitions."""
        return [self.triggers[key] for key in element.triggers] or [element]

    def outgoing(self, element_id: str) -> list[Flow]:
        return self._by_source.get(element_id, [])

    def incoming(self, element_id: str) -> list[Flow]:
        return self._by_target.get(element_id, [])

    def within(self, scope: str | None) -> list[Element]:
        return self._by_scope.get(scope, [])

    def beginnings(self, scope: str | None) -> list[Element]:
        """Return where a scope begins: its start events and what instantiates, else every node that no flow enters and
        nothing triggers.
        """
        inside = [element for element in self.within(scope) if not element.event_scope and not element.undoes]
        starts = [element for element in inside if element.kind == "startEvent" or element.instantiates]
        return starts or [
            element for element in inside if element.kind != "boundaryEvent" and not self.incoming(element.id)
        ]

    @cached_property
    def _by_source(self) -> dict[str, list[Flow]]:
        return _grouped(self.flows, lambda flow: flow.source)

    @cached_property
    def _by_target(self) -> dict[str, list[Flow]]:
        return _grouped(self.flows, lambda flow: flow.target)

    @cached_property
    def _by_scope(self) -> dict[str | None, list[Element]]:
        return _grouped(self.elements.values(), lambda element: element.scope)


def _grouped(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups


def draw_from(process: etree._Element) -> Drawing:
    """Return the Drawing of a `process` element. What is not a flow node or a decoration is listed in `unknown`."""
    root = process.getparent()
    lanes, lane_of = _lanes(process)
    walk = _Walk(lane_of, Holders(root))
    walk.scope(process, None, None)
    flows = [*walk.flows, *_links(walk.elements)]
    return Drawing(
        process_id=process.get("id") or "",
        name=process.get("name") or process.get("id") or "",
        elements=walk.elements,
        flows=tuple(flows),
        lanes=lanes,
        messages={node.get("id") or "": node.get("name") or "" for node in root.iterfind(B + "message")},
        errors={node.get("id") or "": node.get("errorCode") or "" for node in root.iterfind(B + "error")},
        escalations={
            node.get("id") or "": node.get("escalationCode") or "" for node in root.iterfind(B + "escalation")
        },
        signals={node.get("id") or "": node.get("name") or "" for node in root.iterfind(B + "signal")},
        subject=dict(read_properties(process)).get("assunto"),
        unknown=(*walk.unknown, *strangers(process)),
        duplicates=tuple(walk.duplicates),
        named_flows=tuple(walk.named_flows),
        processes=frozenset(node.get("id") or "" for node in root.iterfind(B + "process")),
        associations=tuple(
            (node.get("sourceRef") or "", node.get("targetRef") or "") for node in process.iter(B + "association")
        ),
        leftovers=leftovers(process),
        triggers=walk.triggers,
        dangling=tuple(walk.dangling),
    )


def whole_of(drawings: Sequence[Drawing]) -> Drawing:
    """Return the first drawing with what it calls, each called process lying in the first call that leads to it."""
    if len(drawings) == 1:
        return drawings[0]
    elements = dict(drawings[0].elements)
    for drawing in drawings[1:]:
        calls = (one for other in drawings for one in other.elements.values() if one.kind == "callActivity")
        around = next((call.id for call in calls if call.reference == drawing.process_id), None)
        elements |= {one.id: replace(one, scope=one.scope or around) for one in drawing.elements.values()}
    return replace(
        drawings[0],
        elements=elements,
        flows=tuple(flow for one in drawings for flow in one.flows),
        lanes={lane: name for one in drawings for lane, name in one.lanes.items()},
        triggers={key: event for one in drawings for key, event in one.triggers.items()},
    )


def with_called(drawing: Drawing, others: Sequence[tuple[str, Drawing]]) -> Drawing:
    """Return a drawing with those of other procedures, by their keys, each lying in a call that leads to it.

    Their ids are apart from all others. What nothing here calls is left out.
    """
    known = [drawing]
    elements = dict(drawing.elements)
    left = list(others)
    while left:
        calls = {one.reference: one.id for one in reversed(elements.values()) if one.passing and one.passing.elsewhere}
        found = [(key, other) for key, other in left if key in calls]
        if not found:
            break
        left = [one for one in left if one not in found]
        for key, other in found:
            known.append(other)
            elements |= {one.id: replace(one, scope=one.scope or calls[key]) for one in other.elements.values()}
    return replace(
        drawing,
        elements=elements,
        flows=tuple(flow for one in known for flow in one.flows),
        lanes={lane: name for one in known for lane, name in one.lanes.items()},
        messages={name: said for one in known for name, said in one.messages.items()},
        signals={name: said for one in known for name, said in one.signals.items()},
        triggers={key: event for one in known for key, event in one.triggers.items()},
    )


def kind_of(node: etree._Element) -> str:
    """Return what a node is to us: transactions, with their cancel event, and what is ad hoc are sub-processes."""
    kind = etree.QName(node).localname
    return "subProcess" if kind in {"transaction", "adHocSubProcess"} else kind


class _Walk:
    """Collects elements and flows scope by scope; flows without an id get one from their ends."""

    def __init__(self, lane_of: Mapping[str, str], holders: Holders) -> None:
        self.lane_of = lane_of
        self.holders = holders
        self.elements: dict[str, Element] = {}
        self.flows: list[Flow] = []
        self.unknown: list[tuple[str, str]] = []
        self.duplicates: list[str] = []
        self.named_flows: list[tuple[str, str]] = []
        self.triggers: dict[str, Element] = {}
        self.dangling: list[tuple[str, str]] = []

    def scope(self, node: etree._Element, scope: str | None, lane: str | None) -> None:
        for child in node.iterchildren():
            kind = kind_of(child)
            if kind == "sequenceFlow":
                self.flows.append(_flow(child, len(self.flows)))
            elif kind in ACTIVITIES or kind in GATEWAYS or kind in EVENTS:
                self._add(child, kind, scope, lane)
            elif kind not in DECORATION and not (scope and _is_of_activity(kind)):
                self.unknown.append((child.get("id") or "", kind))

    def _add(self, node: etree._Element, kind: str, scope: str | None, lane: str | None) -> None:
        element_id = node.get("id") or ""
        if not element_id or element_id in self.elements:
            self.duplicates.append(element_id)
            return
        own_lane = self.lane_of.get(element_id, lane)
        element = replace(_element(node, kind, scope, own_lane), moves=read_moves(node, self.holders))
        self.elements[element_id] = self._with_triggers(node, element)
        self.named_flows += [
            (element_id, (one.text or "").strip()) for one in node.iterchildren(B + "incoming", B + "outgoing")
        ]
        if kind == "subProcess":
            self.scope(node, element_id, own_lane)

    def _with_triggers(self, node: etree._Element, element: Element) -> Element:
        self.dangling += [(element.id, (one.text or "").strip()) for one in node.iterchildren(B + "eventDefinitionRef")]
        found = _definitions(node)
        if len(found) < 2:
            return element
        keys = tuple(f"{element.id}{PART}{place}" for place in range(len(found)))
        for key, definition in zip(keys, found, strict=True):
            event, expression, reference = _meaning(definition)
            one = replace(element, id=key, event=event, expression=expression, reference=reference)
            self.triggers[key] = one
        return replace(element, triggers=keys)


def _is_of_activity(kind: str) -> bool:
    """Whether a child of a sub-process says something of it as an activity, and is no part of what lies inside."""
    return kind.endswith(("LoopCharacteristics", "Association", "ioSpecification"))


def _element(node: etree._Element, kind: str, scope: str | None, lane: str | None) -> Element:
    event, expression, reference = _event(node)
    passing = read_passing(node)
    note = read_note(node)
    script, script_format = script_of(node, note)
    interrupting = node.get("cancelActivity", "true") if kind == "boundaryEvent" else node.get("isInterrupting", "true")
    return Element(
        id=node.get("id") or "",
        kind=kind,
        name=" ".join((node.get("name") or "").split()),
        note=note,
        lane=lane,
        scope=scope,
        event=event,
        expression=expression,
        reference=reference or (passing.called if passing else None),
        passing=passing,
        attached_to=node.get("attachedToRef"),
        interrupting=interrupting != "false",
        event_scope=node.get("triggeredByEvent") == "true",
        script=script,
        script_format=script_format,
        default=node.get("default"),
        direction=node.get("gatewayDirection"),
        quantities=(node.get("startQuantity", "1"), node.get("completionQuantity", "1")),
        instantiates=node.get("instantiate") == "true",
        awaits_all=node.get("eventGatewayType") == "Parallel",
        undoes=node.get("isForCompensation") == "true",
        transaction=etree.QName(node).localname == "transaction",
        waits=all(one.get("waitForCompletion") != "false" for one in node),
        loop=_loop(node),
        many=read_many(node),
        activation=_activation(node),
        free=read_free(node),
        declares=declared(node) if kind == "subProcess" else (),
    )


def _activation(node: etree._Element) -> str | None:
    drawn = node.find(B + "activationCondition")
    return None if drawn is None else feel_of(drawn, drawn.text or "") or None


def _loop(node: etree._Element) -> Loop | None:
    drawn = node.find(B + "standardLoopCharacteristics")
    if drawn is None:
        return None
    text = feel_of(drawn, drawn.findtext(B + "loopCondition") or "")
    return Loop(condition=text or None, before=drawn.get("testBefore") == "true", maximum=drawn.get("loopMaximum"))


def _definitions(node: etree._Element) -> list[etree._Element]:
    return [child for child in node if etree.QName(child).localname.endswith("EventDefinition")]


def _event(node: etree._Element) -> tuple[str | None, str | None, str | None]:
    if etree.QName(node).localname in {"sendTask", "receiveTask"}:
        return "message", None, node.get("messageRef")
    found = _definitions(node)
    if len(found) > 1:
        return ("parallelMultiple" if node.get("parallelMultiple") == "true" else "multiple"), None, None
    return _meaning(found[0]) if found else (None, None, None)


def _meaning(definition: etree._Element) -> tuple[str, str | None, str | None]:
    """Return the kind of an event definition, its expression and what it refers to."""
    kind = etree.QName(definition).localname.removesuffix("EventDefinition")
    expression = None
    times = [child for child in definition if etree.QName(child).localname in TIMES]
    if kind == "timer" and len(times) == 1:
        kind, expression = etree.QName(times[0]).localname, feel_of(times[0], times[0].text or "")
    elif kind == "conditional":
        said = definition.find(B + "condition")
        expression = "" if said is None else feel_of(said, said.text or "").strip()
    reference = "name" if kind == "link" else "activityRef" if kind == "compensate" else f"{kind}Ref"
    return kind, expression, definition.get(reference)


def _flow(node: etree._Element, position: int) -> Flow:
    condition = node.find(B + "conditionExpression")
    source, target = node.get("sourceRef") or "", node.get("targetRef") or ""
    return Flow(
        id=node.get("id") or f"{source}__{target}__{position}",
        source=source,
        target=target,
        name=" ".join((node.get("name") or "").split()),
        condition=None if condition is None else feel_of(condition, condition.text or ""),
    )


def _links(elements: Mapping[str, Element]) -> Iterable[Flow]:
    """Yield a flow from each throwing link event to the catching one of its name in its scope. Source: §10.5.5."""
    catching: dict[tuple[str | None, str | None], Element] = {
        (element.scope, element.reference): element
        for element in elements.values()
        if element.kind == "intermediateCatchEvent" and element.event == "link"
    }
    for element in elements.values():
        target = catching.get((element.scope, element.reference))
        if element.kind == "intermediateThrowEvent" and element.event == "link" and target is not None:
            yield Flow(
                id=f"{element.id}__{target.id}", source=element.id, target=target.id, name=element.reference or "",
                condition=None,
            )  # fmt: skip


def _lanes(process: etree._Element) -> tuple[dict[str, str], dict[str, str]]:
    names: dict[str, str] = {}
    lane_of: dict[str, str] = {}
    for lane in process.iter(B + "lane"):  # outer lanes come first, so that the innermost wins
        lane_id = lane.get("id") or ""
        names[lane_id] = lane.get("name") or lane_id
        for reference in lane.iterfind(B + "flowNodeRef"):
            lane_of[(reference.text or "").strip()] = lane_id
    return names, lane_of


def role_of(element: Element) -> str | None:
    """Return the role that owes a task: its explicit group, else its lane's id without `raia_`."""
    return element.note.role or (element.lane.removeprefix("raia_") if element.lane else None)
