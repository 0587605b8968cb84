"""What the standard lets stand inside what: whatever else stands there would be lost in silence, so it is told.

The order of the parts is not looked at, nor their attributes: others write them freely and mean the same.
Source: BPMN 2.0.2, the schema of chapters 8 and 10.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.bpmn.source import B

_ANYWHERE = frozenset({"documentation", "extensionElements"})
_OF_A_NODE = frozenset({"incoming", "outgoing", "auditing", "monitoring", "categoryValueRef"})
_DEFINITIONS = frozenset(
    f"{kind}EventDefinition"
    for kind in ("message", "timer", "error", "escalation", "signal", "compensate", "cancel", "conditional", "link")
) | {"terminateEventDefinition", "eventDefinitionRef"}
_ROLES = frozenset({"resourceRole", "performer", "humanPerformer", "potentialOwner"})
_LOOPS = frozenset({"standardLoopCharacteristics", "multiInstanceLoopCharacteristics"})
_ASSOCIATIONS = frozenset({"dataInputAssociation", "dataOutputAssociation"})
_CATCHING = _DEFINITIONS | {"property", "dataOutput", "dataOutputAssociation", "outputSet"}
_THROWING = _DEFINITIONS | {"property", "dataInput", "dataInputAssociation", "inputSet"}
_ACTIVITY = _ROLES | _LOOPS | _ASSOCIATIONS | {"ioSpecification", "property"}
_STATED = frozenset({"dataState"})
_CATCH_EVENTS = ("startEvent", "intermediateCatchEvent", "boundaryEvent")
_TASKS = ("task", "manualTask", "serviceTask", "businessRuleTask", "sendTask", "receiveTask", "callActivity")
_ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(_CATCH_EVENTS, _CATCHING | _OF_A_NODE),
    **dict.fromkeys(("intermediateThrowEvent", "endEvent"), _THROWING | _OF_A_NODE),
    **dict.fromkeys(_TASKS, _ACTIVITY | _OF_A_NODE),
    "userTask": _ACTIVITY | _OF_A_NODE | {"rendering"},
    "scriptTask": _ACTIVITY | _OF_A_NODE | {"script"},
    **dict.fromkeys(("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"), _OF_A_NODE),
    "complexGateway": _OF_A_NODE | {"activationCondition"},
    "sequenceFlow": frozenset({"conditionExpression", "auditing", "monitoring", "categoryValueRef"}),
    "timerEventDefinition": frozenset({"timeDate", "timeDuration", "timeCycle"}),
    "conditionalEventDefinition": frozenset({"condition"}),
    "messageEventDefinition": frozenset({"operationRef"}),
    "linkEventDefinition": frozenset({"source", "target"}),
    "standardLoopCharacteristics": frozenset({"loopCondition"}),
    "multiInstanceLoopCharacteristics": frozenset(
        {"loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem"}
        | {"complexBehaviorDefinition", "completionCondition"}
    ),
    "complexBehaviorDefinition": frozenset({"condition", "event"}),
    "event": _THROWING | _OF_A_NODE,
    "ioSpecification": frozenset({"dataInput", "dataOutput", "inputSet", "outputSet"}),
    **dict.fromkeys(("dataInput", "dataOutput", "inputDataItem", "outputDataItem", "property"), _STATED),
    **dict.fromkeys(("dataObject", "dataObjectReference", "dataStoreReference"), _STATED | {"categoryValueRef"}),
    "inputSet": frozenset({"dataInputRefs", "optionalInputRefs", "whileExecutingInputRefs", "outputSetRefs"}),
    "outputSet": frozenset({"dataOutputRefs", "optionalOutputRefs", "whileExecutingOutputRefs", "inputSetRefs"}),
    **dict.fromkeys(_ASSOCIATIONS, frozenset({"sourceRef", "targetRef", "transformation", "assignment"})),
    "assignment": frozenset({"from", "to"}),
    **dict.fromkeys(_ROLES, frozenset({"resourceRef", "resourceParameterBinding", "resourceAssignmentExpression"})),
    "resourceAssignmentExpression": frozenset({"formalExpression", "expression"}),
    "resourceParameterBinding": frozenset({"formalExpression", "expression"}),
    "laneSet": frozenset({"lane"}),
    "lane": frozenset({"partitionElement", "flowNodeRef", "childLaneSet"}),
    "childLaneSet": frozenset({"lane"}),
    "textAnnotation": frozenset({"text"}),
    "group": frozenset(),
    "association": frozenset(),
}
_FREE = frozenset({*_ANYWHERE, "text", "rendering", "script", "partitionElement"})  # whatever they hold is for the eye
_ONCE = frozenset({"conditionExpression", "script", "ioSpecification", "condition", "loopCondition", "loopCardinality"})
_ONCE |= {"completionCondition", "activationCondition", *_LOOPS}
_SCOPES = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})  # what is in them is looked at apart


def strangers(process: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield (id of the nearest element, kind) of what stands in a process where the standard has no place for it."""
    yield from _strangers(process, process.get("id") or "")


def _strangers(node: etree._Element, owner: str) -> Iterator[tuple[str, str]]:
    kind = etree.QName(node).localname
    allowed = _ALLOWED.get(kind, frozenset()) | _ANYWHERE
    seen: set[str] = set()
    for child in node.iterchildren(etree.Element):
        name = child.tag.removeprefix(B)
        if not child.tag.startswith(B):
            continue
        if (kind not in _SCOPES and name not in allowed) or (name in _ONCE and name in seen):
            yield child.get("id") or owner, name
        elif name not in _FREE:
            yield from _strangers(child, child.get("id") or owner)
        seen.add(name)
