"""Extension elements of the modellers' dialects, read into our neutral words.

A document may hold several dialects at once: each element is read by every dialect whose namespace is declared for it,
and what an earlier one says holds against a later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import ModuleType
from typing import Any

from lxml import etree

from engine.bpmn.dialects import camunda7, camunda8, flowable, plain, spiff
from engine.bpmn.notes import NOTHING, Note

DIALECTS: Mapping[str, ModuleType] = {
    "camunda7": camunda7,
    "camunda8": camunda8,
    "flowable": flowable,
    "spiff": spiff,
    "plain": plain,
}
_OF_NAMESPACE = {namespace: name for name, module in DIALECTS.items() for namespace in module.NAMESPACES}


def read_note(node: etree._Element) -> Note:
    """Return what the extensions of `node` say, in whatever dialects; what is not said is None."""
    notes = [found for module in _spoken_at(node) if (found := module.read_note(node)) != NOTHING]
    if len(notes) < 2:
        return notes[0] if notes else NOTHING
    words: dict[str, Any] = {}
    for note in notes:
        said = {one.name: getattr(note, one.name) for one in fields(Note) if not words.get(one.name)}
        said = {one.name: getattr(note, one.name) for one in fields(Note) if not words.get(one.name)}
        words |= {word: value for word, value in said.items() if value}
    return Note(**words)


def read_properties(node: etree._Element) -> Iterable[tuple[str, str]]:
    """Yield (name, value) of the element's own properties, the first dialect's last: in a dict they hold."""
    for module in reversed(_spoken_at(node)):
        yield from module.read_properties(node)


def _spoken_at(node: etree._Element) -> list[ModuleType]:
    declared = set(node.nsmap.values())
    return [module for module in DIALECTS.values() if module is plain or declared.intersection(module.NAMESPACES)]


def dialects_of(root: etree._Element) -> list[str]:
    """Return the dialects whose attributes or elements a document uses, the most used first; `plain` when none."""
    counts: dict[str, int] = {}
    for node in root.iter(etree.Element):
        for name in (node.tag, *node.attrib):
            dialect = _OF_NAMESPACE.get(etree.QName(name).namespace or "") if name.startswith("{") else None
            if dialect is not None:
                counts[dialect] = counts.get(dialect, 0) + 1
    return sorted(counts, key=lambda dialect: -counts[dialect]) or ["plain"]
