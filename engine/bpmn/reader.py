"""From XML to a Blueprint: the drawing as checked, and SpiffWorkflow's specification of a normalised copy of it.

Nothing that SpiffWorkflow would ignore or run otherwise reaches it: the diagram is checked first (`check`), then
written out so that nothing is implicit (`normal.py`), then parsed, and at the end every drawn element must have come
out of the parser.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.task_parsers import CallActivityParser, ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.event_definitions.simple import CancelEventDefinition, TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import EventBasedGateway

from engine.bpmn.apart import apart_words, set_apart
from engine.bpmn.beginnings import hand_starts
from engine.bpmn.calls import called_from, perform_globals
from engine.bpmn.check import ACCEPTABLE, findings_of_all
from engine.bpmn.check.around import UNKNOWN, Surroundings
from engine.bpmn.check.document import document
from engine.bpmn.draft.plan import Draft, fill_in, plan
from engine.bpmn.draft.tree import Question
from engine.bpmn.drawing import PART, Drawing, Element, draw_from, whole_of, with_called
from engine.bpmn.free import FREE_END
from engine.bpmn.normal import COLLECTOR, COMPLEX, PRODUCER, Normal, normalise
from engine.bpmn.parsing import FlatProcessParser
from engine.bpmn.references import resolve
from engine.bpmn.source import B, parse
from engine.bpmn.specs import predict_next
from engine.bpmn.specs.activities import JobTask, MoveTask, RuleTask
from engine.bpmn.specs.calls import CallTask
from engine.bpmn.specs.collecting import Collector, ComplexGateway, Producer
from engine.bpmn.specs.definitions import definition_of
from engine.bpmn.specs.ends import EndOfScope
from engine.bpmn.specs.events import FirstOf, RisingCancel
from engine.bpmn.specs.free import FreeEnd
from engine.bpmn.specs.gateways import NextUndo
from engine.bpmn.specs.joins import HoldingEndJoin, RoundInclusiveGateway, RoundParallelGateway
from engine.bpmn.specs.many import Spread, Tally
from engine.bpmn.spread import SPREAD, TALLY
from engine.bpmn.structure import Finding
from engine.bpmn.undoing import Undoing, joined
from engine.errors import DiagramRefused


@dataclass(frozen=True, eq=False)
class Blueprint:
    """A diagram ready to run. Shared by every case of its version; nobody writes into it.

    `drawing` has also what the process calls, each in the call that leads to it. `process` and `parts` are
    SpiffWorkflow's specifications, and `turns` leads from the gateway of a loop among them to the activity that it
    repeats; `undoing` is what must be remembered of a case so that it can be undone, `entrances` are the gateways that
    are told at which event it begins. Only `runtime` reads them.
    `draft`: how it runs although it lacks something; `questions`: what its tasks ask then.
    """

    drawing: Drawing
    elements: Mapping[str, Element]
    triggers: Mapping[str, Element]
    process: Any
    parts: Mapping[str, Any]
    turns: Mapping[str, str]
    undoing: Undoing
    draft: Draft | None = None
    questions: Mapping[str, Question] = field(default_factory=dict)
    entrances: frozenset[str] = frozenset()

    def with_called(self, called: Sequence[tuple[str, Blueprint]]) -> Blueprint:
        """Return this blueprint with those of other procedures that it may call, by their keys."""
        others = [other for _, other in called]
        parts = {self.drawing.process_id: self.process, **self.parts}
        for other in others:
            parts |= {other.drawing.process_id: other.process, **other.parts}
        whole = with_called(self.drawing, [(key, other.drawing) for key, other in called])
        return replace(
            self,
            drawing=whole,
            elements=whole.elements,
            triggers=whole.triggers,
            parts=parts,
            turns={name: element for one in (self, *others) for name, element in one.turns.items()},
            undoing=joined([one.undoing for one in (self, *others)]),
        )

    def event(self, key: str) -> Element:
        """Return the event of a key: an element, or one of the definitions of an event that has several."""
        return self.triggers.get(key) or self.elements[key]

    def drawn_as(self, key: str) -> str:
        """Return the id of the drawn element to which a key belongs."""
        return key.rpartition(PART)[0] if key in self.triggers else key

    @cached_property
    def waits_for_conditions(self) -> bool:
        """Whether any event of the diagram waits for a condition."""
        events = [*self.elements.values(), *self.triggers.values()]
        return any(event.event == "conditional" for event in events)

    @property
    def first_task(self) -> Element | None:
        """The people's task with which a case begins: its form is the form with which it is asked for."""
        begins = hand_starts(self.drawing)
        if len(begins) != 1:
            return None
        first = begins[0]
        if first.kind == "startEvent":
            ways = self.drawing.outgoing(first.id)
            if len(ways) != 1 or ways[0].condition is not None:
                return None
            first = self.elements[ways[0].target]
        return first if first.is_for_people and first.many is None else None


def read(
    xml: bytes, around: Surroundings = UNKNOWN, accepted: Collection[str] = (), process: str | None = None
) -> Blueprint:
    """Return the Blueprint of a process in `xml`: of the one that is executable, of several by its id.

    `accepted`: codes of findings that are meant so, of those that may be. Raises: DiagramRefused with every other
    finding, each naming its element.
    """
    drawn = _drawn(xml, process)
    drawings = [drawing for _, drawing in drawn]
    found = [*findings_of_all(drawings, around), *document(drawn[0][0].getroottree().getroot())]
    found = [one for one in found if not _is_meant(one, accepted)]
    if found:
        raise DiagramRefused(findings=found)
    return _parse(drawings, normalise(drawn))


def _is_meant(finding: Finding, accepted: Collection[str]) -> bool:
    """Whether the analyst accepted a finding, by its code or, of extensions, by code and name."""
    code = finding["code"]
    return code in ACCEPTABLE and (code in accepted or f"{code}:{finding.get('name')}" in accepted)


@lru_cache(maxsize=256)
def read_cached(sha256: str, xml: bytes, process: str | None = None) -> Blueprint:  # noqa: ARG001  the hash makes the key cheap to compare
    """Return the Blueprint of a published version; parsed once per process and content.

    It was checked when it was published: a rule that is newer than a version must not stop the cases that run on it.
    """
    drawn = _drawn(xml, process)
    return _parse([drawing for _, drawing in drawn], normalise(drawn))


def read_draft(xml: bytes, role: str, around: Surroundings = UNKNOWN, process: str | None = None) -> Blueprint:
    """Return the Blueprint of the main process in `xml`, run as a draft: what it lacks is asked of people.

    `role` does what the drawing gives to no role of the city. Raises: DiagramRefused with what nobody can stand in for.
    """
    root = _document(xml)
    return _drafted(root, plan(root, around, role, process))


@lru_cache(maxsize=256)
def read_cached_draft(sha256: str, xml: bytes, draft: Draft) -> Blueprint:  # noqa: ARG001  as in read_cached
    """Return the Blueprint of a version that was published as a draft, as it was planned then."""
    return _drafted(_document(xml), draft)


def _drafted(root: etree._Element, draft: Draft) -> Blueprint:
    filled = fill_in(root, draft)
    blueprint = _parse([drawing for _, drawing in filled.drawn], normalise(filled.drawn))
    return replace(blueprint, draft=draft, questions=filled.questions)


def _document(xml: bytes) -> etree._Element:
    root = parse(xml)
    resolve(root)
    perform_globals(root)
    return root


@lru_cache(maxsize=256)
def read_called(sha256: str, xml: bytes, process: str, prefix: str) -> Blueprint:  # noqa: ARG001  as in read_cached
    """Return the Blueprint of a published version as others call it: every id of it has a prefix."""
    drawn = _drawn(xml, process, prefix)
    return _parse([drawing for _, drawing in drawn], normalise(drawn))


def _drawn(xml: bytes, process: str | None, prefix: str = "") -> list[tuple[etree._Element, Drawing]]:
    """Return the process with what it calls in the same document, and the drawing of each."""
    root = _document(xml)
    first = _process(root, process)
    if prefix:
        set_apart(root, prefix)
    drawn = [(node, draw_from(node)) for node in (first, *called_from(first))]
    return [(node, apart_words(drawing, prefix)) for node, drawing in drawn] if prefix else drawn


def _process(root: etree._Element, wanted: str | None) -> etree._Element:
    """Return the process to be read: the only executable one, the one wanted, or the only one that no other calls."""
    runnable = [process for process in root.iterfind(B + "process") if process.get("isExecutable") == "true"]
    named = [process for process in runnable if process.get("id") == wanted]
    uncalled = [one for one in runnable if all(one is other or one not in called_from(other) for other in runnable)]
    chosen = next((some for some in (runnable, named, uncalled) if len(some) == 1), [])
    if not chosen:
        raise DiagramRefused(findings=[{"element": None, "code": "not-one-process", "count": len(runnable)}])
    return chosen[0]


class _Parser(BpmnParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """SpiffWorkflow's parser with our gateways and tasks. It only ever sees normalised documents."""

    PROCESS_PARSER_CLASS = FlatProcessParser
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012  the name and its kind are SpiffWorkflow's
        full_tag("parallelGateway"): (GatewayParser, RoundParallelGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, RoundInclusiveGateway),
        full_tag("serviceTask"): (TaskParser, JobTask),
        full_tag("callActivity"): (CallActivityParser, CallTask),
        full_tag("businessRuleTask"): (TaskParser, RuleTask),
        full_tag(COMPLEX): (ConditionalGatewayParser, ComplexGateway),
        full_tag(COLLECTOR): (GatewayParser, Collector),
        full_tag(PRODUCER): (GatewayParser, Producer),
        full_tag(FREE_END): (GatewayParser, FreeEnd),
        full_tag(SPREAD): (GatewayParser, Spread),
        full_tag(TALLY): (GatewayParser, Tally),
    }


def _parse(drawings: Sequence[Drawing], normal: Normal) -> Blueprint:
    parser = _Parser()
    main = drawings[0].process_id
    try:
        parser.add_bpmn_str(normal.xml)
        process = parser.get_spec(main)
        parts = dict(parser.get_subprocess_specs(main))
    except Exception as broken:  # whatever a parser that is not ours raises, nothing of the diagram is taken
        raise DiagramRefused(
            findings=[{"element": None, "code": "not-understood", "reason": str(broken)[:500]}]
        ) from broken
    whole = whole_of(drawings)
    specs = {id(spec): spec for spec in (process, *parts.values())}.values()
    for spec in specs:
        _adapt(spec, whole, normal)
    _nothing_lost(whole, tuple(specs), normal)
    return Blueprint(
        whole, whole.elements, whole.triggers, process, parts, normal.turns, normal.undoing,
        entrances=normal.entrances,
    )  # fmt: skip


def _adapt(spec: Any, drawing: Drawing, normal: Normal) -> None:
    """Give the parser's specifications our events and the ids of the drawing."""
    spec.end.__class__ = HoldingEndJoin
    for name, task_spec in spec.task_specs.items():
        predict_next(task_spec)
        _take_class(task_spec, name, normal)
        if name in normal.stands_for:
            task_spec.bpmn_id, task_spec.stands_for = None, normal.stands_for[name]
        elif name in normal.drawn:
            task_spec.bpmn_id = normal.drawn[name]
        definition = getattr(task_spec, "event_definition", None)
        if definition is not None and name not in normal.stands_for:
            task_spec.event_definition = _own_event(task_spec, definition, drawing, normal)
        if getattr(task_spec, "cond_task_specs", None):
            _in_document_order(task_spec, drawing, normal)


def _take_class(task_spec: Any, name: str, normal: Normal) -> None:
    """Make ours what the parser has no class of its own for."""
    if name in normal.choosers:
        task_spec.__class__, task_spec.ways = NextUndo, normal.ways
    if name in normal.moves:
        task_spec.__class__, task_spec.moves = MoveTask, normal.moves[name]
    if isinstance(getattr(task_spec, "event_definition", None), TerminateEventDefinition):
        task_spec.__class__ = EndOfScope


def _own_event(task_spec: Any, definition: Any, drawing: Drawing, normal: Normal) -> Any:
    """Return our definition of an event; what an event-based gateway awaits, its targets do not await once more."""
    event = drawing.elements.get(normal.id_of(task_spec.name))
    if isinstance(task_spec, EventBasedGateway):
        awaited = [drawing.elements[normal.id_of(target)] for target in task_spec._outputs]
        pairs = zip(awaited, definition.event_definitions, strict=True)
        return FirstOf([definition_of(one, drawing, drawn) for one, drawn in pairs])
    if event is None:  # the scope inside a transaction, which was not drawn, is cancelled as the transaction is
        return RisingCancel(task_spec.name) if isinstance(definition, CancelEventDefinition) else definition
    if event.id in normal.passed:
        return definition
    if any(drawing.elements[flow.source].kind == "eventBasedGateway" for flow in drawing.incoming(event.id)):
        return definition
    return definition_of(event, drawing, definition)


def _in_document_order(gateway: Any, drawing: Drawing, normal: Normal) -> None:
    """Conditions are asked in the order of the document, not by height on the canvas as SpiffWorkflow has it."""
    flows = drawing.outgoing(normal.id_of(gateway.name))
    order = {flow.target: position for position, flow in reversed(list(enumerate(flows)))}
    gateway.cond_task_specs.sort(
        key=lambda pair: order.get(normal.id_of(pair[1].removesuffix(".BoundaryEventSplit")), 0)
    )


def _nothing_lost(drawing: Drawing, specs: tuple[Any, ...], normal: Normal) -> None:
    taken = {normal.id_of(name) for spec in specs for name in spec.task_specs if name not in normal.stands_for}
    taken |= normal.unused
    lost = [element_id for element_id in drawing.elements if element_id not in taken]
    if lost:
        raise DiagramRefused(findings=[{"element": element_id, "code": "lost-by-the-parser"} for element_id in lost])
