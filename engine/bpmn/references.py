"""References made plain before anything reads a document: definitions shared at its root, prefixes, names for ids.

BPMN lets an event refer to a definition at the root (`eventDefinitionRef`), write a reference with the prefix of a
namespace, and say a boolean as 1 or 0; others refer by code or name. After `resolve` every reference is an id where one
was meant, and a boolean is `true` or `false`. What leads nowhere is left as it stands, for `check` to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy

from lxml import etree

from engine.bpmn.source import B

_BOOLEANS = frozenset(
    {"isExecutable", "isInterrupting", "cancelActivity", "triggeredByEvent", "parallelMultiple", "isSequential"}
    | {"testBefore", "isForCompensation", "instantiate", "isClosed", "cancelRemainingInstances", "waitForCompletion"}
    | {"isCollection", "isImmediate"}
)
_WORDS = {"1": "true", "0": "false", "true": "true", "false": "false"}
# What an attribute refers to, and by which of its attributes others name it where the id is meant.
_NAMED_BY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "messageRef": ("message", ("name",)),
    "signalRef": ("signal", ("name",)),
    "errorRef": ("error", ("errorCode", "name")),
    "escalationRef": ("escalation", ("escalationCode", "name")),
}
_QUALIFIED = frozenset(
    {*_NAMED_BY, "attachedToRef", "activityRef", "dataObjectRef", "calledElement", "sourceRef", "targetRef", "default"}
)
_QUALIFIED_TEXT = frozenset(
    {"incoming", "outgoing", "flowNodeRef", "eventDefinitionRef", "sourceRef", "targetRef", "loopDataInputRef"}
    | {"loopDataOutputRef", "dataInputRefs", "dataOutputRefs", "noneBehaviorEventRef", "oneBehaviorEventRef"}
)


def resolve(root: etree._Element) -> None:
    """Rewrite the references of a document in place. Source: BPMN 2.0.2 §8.4.4, §10.5.1; XML Schema 2 §3.2.2."""
    ids = {node.get("id") for node in root.iter() if node.get("id")}
    _inline(root, ids)
    names = _names(root)
    for node in _of_bpmn(root):
        for name, value in node.attrib.items():
            if name in _BOOLEANS:
                node.set(name, _WORDS.get(value.strip(), value))
            elif name in _QUALIFIED:
                node.set(name, _named(name, _local(value.strip(), ids), ids, names))
        if etree.QName(node).localname in _QUALIFIED_TEXT and len(node) == 0:
            node.text = _local((node.text or "").strip(), ids)


def _of_bpmn(root: etree._Element) -> Iterator[etree._Element]:
    return (node for node in root.iter() if isinstance(node.tag, str) and node.tag.startswith(B))


def _local(reference: str, ids: set[str | None]) -> str:
    """Return a reference without the prefix of its namespace; an id that has a colon in itself stays."""
    return reference if reference in ids else reference.rpartition(":")[2]


def _names(root: etree._Element) -> Mapping[tuple[str, str], str]:
    """Return the ids of what can be referred to, by what refers to it and a code, else a name, that it has."""
    found: dict[tuple[str, str], str] = {}
    for attribute, (kind, keys) in _NAMED_BY.items():
        for key in keys:
            for node in root.iterfind(B + kind):
                if node.get(key) and node.get("id"):
                    found.setdefault((attribute, node.get(key)), node.get("id"))
    return found


def _named(attribute: str, reference: str, ids: set[str | None], names: Mapping[tuple[str, str], str]) -> str:
    return reference if reference in ids else names.get((attribute, reference), reference)


def _inline(root: etree._Element, ids: set[str | None]) -> None:
    """Put a copy of the shared definition in the place of each reference to it."""
    shared = {
        node.get("id"): node
        for node in root.iterchildren()
        if isinstance(node.tag, str) and node.tag.endswith("EventDefinition")
    }
    for reference in list(root.iter(B + "eventDefinitionRef")):
        definition = shared.get(_local((reference.text or "").strip(), ids))
        if definition is not None:
            copy = deepcopy(definition)
            copy.attrib.pop("id")
            reference.getparent().replace(reference, copy)
