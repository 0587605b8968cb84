"""Which sign of BPMN's notation stands for which element: kinds of shapes, icons of tasks, events and gateways, marks.

Knows names only; where a shape stands and how it is painted is not its matter.
Source: BPMN 2.0.2, chapters 7 and 12.
"""

from __future__ import annotations

from lxml import etree

from engine.bpmn.places import tag_of
from engine.bpmn.source import B

TASKS = {
    "task": None,
    "userTask": "user",
    "manualTask": "manual",
    "serviceTask": "service",
    "scriptTask": "script",
    "businessRuleTask": "rule",
    "sendTask": "send",
    "receiveTask": "receive",
    "callActivity": "call",
}
SUBS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS = {
    "exclusiveGateway": "exclusive",
    "parallelGateway": "parallel",
    "inclusiveGateway": "inclusive",
    "eventBasedGateway": "event",
    "complexGateway": "complex",
}
EVENTS = {
    "startEvent": "start",
    "endEvent": "end",
    "intermediateCatchEvent": "middle",
    "intermediateThrowEvent": "middle",
    "boundaryEvent": "boundary",
}
FURNITURE = {
    "participant": "pool",
    "lane": "lane",
    "dataObjectReference": "data",
    "dataStoreReference": "store",
    "textAnnotation": "note",
    "group": "group",
}


def kind_of(node: etree._Element) -> str | None:
    """Return the kind of shape that stands for an element, None when none does."""
    tag = tag_of(node)
    for names, kind in ((TASKS, "task"), (SUBS, "sub"), (EVENTS, "event"), (GATEWAYS, "gateway")):
        if tag in names:
            return kind
    return FURNITURE.get(tag)


def event_icon(node: etree._Element) -> str | None:
    """Return what an event waits for or throws, None for a plain one."""
    kinds = [
        tag_of(child).removesuffix("EventDefinition") for child in node if tag_of(child).endswith("EventDefinition")
    ]
    if len(kinds) > 1:
        return "several"
    return kinds[0] if kinds else None


def marks_of(node: etree._Element) -> tuple[str, ...]:
    """Return the signs at the foot of an activity: sequential, parallel, loop, compensation, adhoc."""
    marks = []
    several = node.find(B + "multiInstanceLoopCharacteristics")
    if several is not None:
        marks.append("sequential" if several.get("isSequential") == "true" else "parallel")
    if node.find(B + "standardLoopCharacteristics") is not None:
        marks.append("loop")
    if node.get("isForCompensation") == "true":
        marks.append("compensation")
    if tag_of(node) == "adHocSubProcess":
        marks.append("adhoc")
    return tuple(marks)
