"""A document set apart from another that calls it: every id gets a prefix, so that both can run in one case.

What is called by name alone keeps its name: messages, codes, data, lanes and the keys of other procedures.
"""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.source import B

_NAMED = frozenset(
    {"dataObject", "dataObjectReference", "dataStoreReference", "dataStore", "property", "dataInput", "dataOutput"}
    | {"inputDataItem", "outputDataItem", "itemDefinition", "lane", "laneSet", "childLaneSet", "collaboration"}
)  # their ids are names of data, or of who owes a task
_REFERRING = frozenset({"id", "default", "calledElement"})
_PARTS = ("form", "decision", "paper", "draft_paper")
_LISTED = frozenset({"incoming", "outgoing"})


def set_apart(root: etree._Element, prefix: str) -> None:
    """Give the ids of a document whose references are resolved a prefix, in place."""
    nodes = [node for node in root.iter(etree.Element) if node.tag.startswith(B)]
    ids = {node.get("id") for node in nodes if node.get("id") and etree.QName(node).localname not in _NAMED}
    for node in nodes:
        for name, value in node.attrib.items():
            if value in ids and (name in _REFERRING or name.endswith("Ref")):
                node.set(name, prefix + value)
        local = etree.QName(node).localname
        if (local in _LISTED or local.endswith(("Ref", "Refs"))) and (node.text or "").strip() in ids:
            node.text = prefix + (node.text or "").strip()


def apart_words(drawing: Drawing, prefix: str) -> Drawing:
    """Return a drawing whose forms, tables and papers are those of its own version, by the same prefix."""
    return replace(
        drawing,
        elements={one.id: _words(one, prefix) for one in drawing.elements.values()},
        triggers={key: _words(one, prefix) for key, one in drawing.triggers.items()},
    )


def _words(element: Element, prefix: str) -> Element:
    note = element.note
    own = {
        word: prefix + name for word in ("form", "decision", "paper", "draft_paper") if (name := getattr(note, word))
    }
    return replace(element, note=replace(note, **own)) if own else element
