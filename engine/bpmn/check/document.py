"""Findings about a document around its processes: message flows and operations that join what cannot be joined.

Neither is executed; one that the standard rules out says that the drawing does not mean what it seems to.
Source: BPMN 2.0.2, §7.6.2, §8.4.3, §9.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.bpmn.drawing import ACTIVITIES, kind_of
from engine.bpmn.source import B
from engine.bpmn.structure import Finding

_POOLS = frozenset({"participant", "process"})
_SENDING = frozenset({"endEvent", "intermediateThrowEvent"})
_HEARING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
_REFERENCES = {"inMessageRef": "message", "outMessageRef": "message", "errorRef": "error"}


def document(root: etree._Element) -> Iterator[Finding]:
    """Yield what is wrong in a document beside its processes."""
    by_id = {node.get("id"): node for node in root.iter() if isinstance(node.tag, str) and node.get("id")}
    for flow in root.iter(B + "messageFlow"):
        ends = (("sourceRef", _SENDING), ("targetRef", _HEARING))
        wrong = [name for name, events in ends if not _may_end(by_id.get(flow.get(name)), events)]
        if wrong:
            yield {"element": flow.get("id"), "code": "message-flow-end", "end": flow.get(wrong[0]) or ""}
    for operation in root.iter(B + "operation"):
        yield from _operation(operation, by_id)


def _may_end(node: etree._Element | None, events: frozenset[str]) -> bool:
    """Whether a message flow may end here: at a pool, an activity, or an event that throws (or hears) a message."""
    if node is None:
        return False
    kind = kind_of(node)
    if kind in events:
        return any(child.tag == B + "messageEventDefinition" for child in node) or _has_several(node)
    return kind in _POOLS or kind in ACTIVITIES


def _has_several(node: etree._Element) -> bool:
    return node.find(B + "eventDefinitionRef") is not None


def _operation(operation: etree._Element, by_id: Mapping[str | None, etree._Element]) -> Iterator[Finding]:
    for child in operation:
        wanted = _REFERENCES.get(kind_of(child)) if isinstance(child.tag, str) else None
        name = (child.text or "").strip().rpartition(":")[2]
        found = by_id.get(name)
        if wanted is not None and found is not None and kind_of(found) != wanted:
            yield {"element": operation.get("id"), "code": "reference-unknown", "reference": name}
