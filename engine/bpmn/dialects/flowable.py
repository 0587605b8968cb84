"""Flowable and Activiti: the stock from which Camunda 7 came, with the same words in namespaces of their own.

Source: Flowable 7 and Activiti 5 BPMN user guides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lxml import etree

from engine.bpmn.dialects import camunda7
from engine.bpmn.notes import Note

NAMESPACES = ("http://flowable.org/bpmn", "http://activiti.org/bpmn")


def read_note(node: etree._Element) -> Note:
    """Return what the Flowable or Activiti extensions of `node` say."""
    namespace = _namespace(node)
    note = camunda7.read_note(node, namespace)
    if note.result is None:
        note = replace(note, result=node.get(f"{{{namespace}}}resultVariableName"))
    if node.get(f"{{{namespace}}}type") == "dmn":
        note = replace(note, decision=_field(node, namespace, "decisionTableReferenceKey"))
    return note


def read_properties(node: etree._Element) -> Iterable[tuple[str, str]]:
    """Yield (name, value) of the element's own properties."""
    return camunda7.read_properties(node, _namespace(node))


def _namespace(node: etree._Element) -> str:
    used = node.nsmap.values()
    return next((namespace for namespace in NAMESPACES if namespace in used), NAMESPACES[0])


def _field(node: etree._Element, namespace: str, name: str) -> str | None:
    n = f"{{{namespace}}}"
    for field in node.iterfind(f"{{*}}extensionElements/{n}field"):
        if field.get("name") == name:
            return field.get("stringValue") or (field.findtext(f"{n}string") or "").strip() or None
    return None
