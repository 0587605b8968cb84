"""What a drawing says about an activity with many instances: how many, of what, one by one or at once, until when.

Every expression stays FEEL source, uncompiled. Source: BPMN 2.0.2, §10.3.8 and Table 10.29.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.bpmn.dialects import camunda7, camunda8, flowable
from engine.bpmn.dialects.expressions import feel_of
from engine.bpmn.source import B

_CAMUNDA = tuple(f"{{{one}}}" for one in (camunda7.NAMESPACE, *flowable.NAMESPACES))
_ZEEBE = f"{{*}}extensionElements/{{{camunda8.NAMESPACE}}}loopCharacteristics"
_NAMED = ("dataObject", "dataObjectReference", "property", "dataInput", "dataOutput", "dataStoreReference")
_NAME = re.compile(r"[^\W\d]\w*")
EVENTS = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}


@dataclass(frozen=True, kw_only=True)
class Many:
    """An activity is done once for each of a number or of a list, in sequence or all at once.

    `cardinality` and `collection` are FEEL, one of the two is given; `item` names an instance's item in its own scope,
    `index` its number from 0, as some modellers want it.
    `results` is the path under which what the instances give (`result`, FEEL in the instance's scope) is collected.
    `until` ends the whole when it holds as an instance ends. `behavior`: All, None, One or Complex, of its events.
    """

    sequential: bool
    cardinality: str | None
    collection: str | None
    item: str | None
    index: str | None
    results: str | None
    result: str | None
    until: str | None
    behavior: str


def counts(kept: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a whole, by the standard's names and by those that others use. Source: Table 10.31.

    `kept`: n (how many), active, done, ended (cancelled); nothing when nothing is known.
    """
    if not kept:
        return {}
    found = {"": kept["n"], "Active": kept["active"], "Completed": kept["done"], "Terminated": kept["ended"]}
    return {f"{word}{kind}Instances": count for kind, count in found.items() for word in ("nrOf", "numberOf")}


def read_many(node: etree._Element) -> Many | None:
    """Return what the multi-instance characteristics of an activity say, None when it has none."""
    drawn = node.find(B + "multiInstanceLoopCharacteristics")
    if drawn is None:
        return None
    zeebe = drawn.find(_ZEEBE)
    said = {} if zeebe is None else {word: (value or "").strip() for word, value in zeebe.attrib.items()}
    return Many(
        sequential=drawn.get("isSequential") == "true",
        cardinality=_expression(drawn, drawn.findtext(B + "loopCardinality")),
        collection=_expression(drawn, said.get("inputCollection") or _camunda(drawn, "collection"))
        or _data(node, drawn, "loopDataInputRef"),
        item=said.get("inputElement") or _camunda(drawn, "elementVariable") or _item(drawn, "inputDataItem"),
        index=_camunda(drawn, "elementIndexVariable"),
        results=said.get("outputCollection") or _data(node, drawn, "loopDataOutputRef"),
        result=_expression(drawn, said.get("outputElement")) or _item(drawn, "outputDataItem"),
        until=_expression(drawn, drawn.findtext(B + "completionCondition")),
        behavior=(drawn.get("behavior") or "All").capitalize(),
    )


def declared(node: etree._Element) -> tuple[str, ...]:
    """Return the names of the data that a sub-process declares inside itself. Source: §10.4.1."""
    found = [one.get("name") or one.get("id") or "" for one in node.iterchildren(B + "property", B + "dataObject")]
    return tuple(dict.fromkeys(name for name in found if _NAME.fullmatch(name)))


def _camunda(drawn: etree._Element, attribute: str) -> str | None:
    return next((said for namespace in _CAMUNDA if (said := drawn.get(namespace + attribute))), None)


def _expression(drawn: etree._Element, text: str | None) -> str | None:
    return feel_of(drawn, text or "") or None


def _item(drawn: etree._Element, tag: str) -> str | None:
    found = drawn.find(B + tag)
    return None if found is None else found.get("name") or found.get("id")


def _data(activity: etree._Element, drawn: etree._Element, tag: str) -> str | None:
    """Return the path of the data that a reference means: by id or by name, through the activity's associations."""
    text = _expression(drawn, drawn.findtext(B + tag))
    if text is None:
        return None
    reference = text.rpartition(":")[2]
    for association in activity.iterchildren(B + "dataInputAssociation", B + "dataOutputAssociation"):
        ends = [(end.text or "").strip() for end in association.iterchildren(B + "sourceRef", B + "targetRef")]
        if reference in ends and len(ends) == 2:
            reference = ends[0] if ends[1] == reference else ends[1]
            break
    return _name_of(activity, reference) or text


def _name_of(activity: etree._Element, reference: str) -> str | None:
    for node in activity.getroottree().getroot().iter(*(B + tag for tag in _NAMED)):
        if node.get("id") == reference:
            if node.get("dataObjectRef") and not node.get("name"):
                return _name_of(activity, node.get("dataObjectRef") or "")
            return node.get("name") or reference
    return None
