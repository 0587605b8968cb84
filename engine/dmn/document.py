"""A DMN file as elements, parsed so that nothing in it can reach out or blow up. Must never resolve an entity."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from engine.errors import DiagramRefused

LARGEST = 4_000_000  # bytes
_NAMESPACE = re.compile(r"https?://www\.omg\.org/spec/DMN/\d{8}/(?:MODEL/|dmn\d*\.xsd)")


def _refused(code: str, **facts: object) -> DiagramRefused:
    return DiagramRefused(findings=[{"element": "", "code": code, **facts}])


def parse(xml: bytes | str) -> Any:
    """Give the root element of a DMN document.

    Raises: DiagramRefused with one finding: "too-large", "doctype", "not-xml" or "not-dmn".
    """
    data = xml.encode() if isinstance(xml, str) else xml
    if len(data) > LARGEST:
        raise _refused("too-large", largest=LARGEST)
    if isinstance(xml, str):
        data = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", data, count=1)  # a text's declared encoding no longer holds
    if b"<!DOCTYPE" in data:
        raise _refused("doctype")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise _refused("not-xml", line=getattr(fault, "lineno", None)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused("doctype")
    if local(root) != "definitions" or not _NAMESPACE.fullmatch(etree.QName(root).namespace or ""):
        raise _refused("not-dmn")
    return root


def local(element: Any) -> str:
    """Give the tag of an element without its namespace; "" for what is not an element."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: Any, *tags: str) -> list[Any]:
    """Give the child elements with one of these tags, in order."""
    return [child for child in element if local(child) in tags]


def child(element: Any, *tags: str) -> Any:
    """Give the first child element with one of these tags, else None."""
    found = children(element, *tags)
    return found[0] if found else None


def text(element: Any) -> str:
    """Give the text of an element's `text` child, stripped; "" where there is none."""
    inner = None if element is None else child(element, "text")
    return "".join(inner.itertext()).strip() if inner is not None else ""
