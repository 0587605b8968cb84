"""Hostile XML in, a harmless tree out: size, depth, entities and network are refused before anything reads it."""

from __future__ import annotations

from lxml import etree

from engine.errors import DiagramRefused

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
B = f"{{{BPMN}}}"
MAX_BYTES = 2 * 1024 * 1024
MAX_NODES = 20_000
MAX_ATTRIBUTE = 4_000
MAX_TEXT = 100_000


def parse(xml: bytes) -> etree._Element:
    """Return the root `definitions` of a BPMN document.

    Raises: DiagramRefused with one finding: too-large, not-xml, has-doctype, not-bpmn.
    """
    if len(xml) > MAX_BYTES:
        raise _refused("too-large", limit=MAX_BYTES)
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise _refused("has-doctype")
    reader = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, reader)
    except etree.XMLSyntaxError as broken:
        raise _refused("not-xml", line=broken.lineno or 0) from broken
    if root.getroottree().docinfo.doctype:
        raise _refused("has-doctype")  # in an encoding that the search above cannot see
    if root.tag != B + "definitions":
        raise _refused("not-bpmn")
    _measure(root)
    return root


def _measure(root: etree._Element) -> None:
    for count, node in enumerate(root.iter()):
        if count > MAX_NODES:
            raise _refused("too-large", limit=MAX_NODES)
        if len(node.text or "") > MAX_TEXT or any(len(value) > MAX_ATTRIBUTE for value in node.attrib.values()):
            raise _refused("too-large", line=node.sourceline or 0)


def _refused(code: str, **facts: object) -> DiagramRefused:
    return DiagramRefused(findings=[{"element": None, "code": code, **facts}])
