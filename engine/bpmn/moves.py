"""What data associations say: which values an activity or event takes before it begins and gives when it is done.

All data are the case's one document, each value under the name of the data object, property, input or output that holds
it, or its id where its name is no name of FEEL. What an association only documents (an arrow that a modeller drew to a
task without inputs of its own) moves nothing. Source: BPMN 2.0.2, §10.4.1 and §10.4.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.bpmn.dialects.expressions import feel_of
from engine.bpmn.items import item_faults
from engine.bpmn.source import B

_NAME = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(\s*\.\s*[^\W\d]\w*)*")
_HOLDERS = frozenset({"dataObject", "dataObjectReference", "property", "dataInput", "dataOutput"})
_PLACEHOLDER = "__targetRef_placeholder"  # what bpmn-js writes for an arrow that ends at a task as a whole
_ALTERNATIVES = ("inputSet", "outputSet")


@dataclass(frozen=True, kw_only=True)
class Move:
    """A value goes to a path of the case's document: that of another path if it is there, else that of FEEL."""

    target: tuple[str, ...]
    source: str
    copies: bool


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What an element takes before it begins and gives when it is done; `faults`: why some of it cannot be."""

    before: tuple[Move, ...]
    after: tuple[Move, ...]
    faults: tuple[str, ...]


NOTHING = Moves(before=(), after=(), faults=())


def read_moves(node: etree._Element, holders: Holders) -> Moves:
    """Return what the data associations of a flow node say."""
    before, after = ([*node.iterchildren(B + f"data{way}Association")] for way in ("Input", "Output"))
    several = [kind for kind in _ALTERNATIVES if len([*node.iterfind(f"{B}ioSpecification/{B}{kind}")]) > 1]
    faults: dict[str, None] = dict.fromkeys([*several, *item_faults(node, holders.by_id)])
    if not before and not after and not faults:
        return NOTHING
    taken, given = (tuple(_all_moved(node, some, holders, faults)) for some in (before, after))
    return Moves(before=taken, after=given, faults=tuple(faults))


class _Unmoved(Exception):
    """An association that cannot be done; its only argument says why."""


def _all_moved(
    node: etree._Element, associations: list[etree._Element], holders: Holders, faults: dict[str, None]
) -> Iterator[Move]:
    repeated = _ends_of_loop(node)
    for one in associations:
        try:
            yield from _moved(one, repeated, holders)
        except _Unmoved as unmoved:
            faults[str(unmoved)] = None


def _ends_of_loop(node: etree._Element) -> frozenset[str]:
    """Return the inputs and outputs over which an activity is repeated: its instances take and give those."""
    ends = node.iterfind(f"{B}multiInstanceLoopCharacteristics/*")
    return frozenset((end.text or "").strip() for end in ends if etree.QName(end).localname.endswith("Ref"))


def _moved(association: etree._Element, repeated: frozenset[str], holders: Holders) -> Iterator[Move]:
    """Yield what an association moves: nothing when it only documents. Raises: _Unmoved."""
    sources = [(one.text or "").strip() for one in association.iterchildren(B + "sourceRef")]
    target = (association.findtext(B + "targetRef") or "").strip()
    assignments = [*association.iterchildren(B + "assignment")]
    holder = holders.by_id.get(target)
    if repeated & {target, *sources}:
        return
    if assignments and association.find(B + "transformation") is not None:
        raise _Unmoved("transformation-and-assignment")
    if assignments:
        yield from (_assigned(one, holders) for one in assignments)
    elif sources and (holder is None or holder.get("name") != _PLACEHOLDER):
        yield from _passed(association, sources, target, holders)


def _passed(association: etree._Element, sources: list[str], target: str, holders: Holders) -> Iterator[Move]:
    path = _known(target, holders)
    transformation = association.find(B + "transformation")
    if transformation is not None:
        yield Move(target=(path,), source=feel_of(transformation, transformation.text or ""), copies=False)
        return
    if len(sources) > 1:
        raise _Unmoved("several-sources")
    source = _known(sources[0], holders)
    if source != path:
        yield Move(target=(path,), source=source, copies=True)


def _assigned(assignment: etree._Element, holders: Holders) -> Move:
    source, target = assignment.find(B + "from"), (assignment.findtext(B + "to") or "").strip()
    if source is None or not _PATH.fullmatch(target):
        raise _Unmoved("assignment")
    root, *below = (part.strip() for part in target.split("."))
    path = (holders.key_of(root) or root, *below)
    return Move(target=path, source=feel_of(source, source.text or ""), copies=False)


def _known(reference: str, holders: Holders) -> str:
    """Return the name of what holds data. Raises: _Unmoved."""
    key = holders.key_of(reference)
    if key is None:
        holder = holders.by_id.get(reference)
        kind = None if holder is None else etree.QName(holder).localname
        raise _Unmoved("no-name" if kind in _HOLDERS else kind or "unknown-data")
    return key


class Holders:
    """What a document's ids stand for, read once: what holds data, and by which name."""

    def __init__(self, root: etree._Element) -> None:
        self.by_id = {node.get("id"): node for node in root.iter() if node.get("id")}
        self._references: dict[str, list[str]] = {}
        for one in root.iter(B + "dataObjectReference"):
            self._references.setdefault(one.get("dataObjectRef") or "", []).append(one.get("name") or "")

    def key_of(self, reference: str) -> str | None:
        """Return the name under which the case's document holds what an id stands for, None when it holds no data.

        A reference stands for its data object; an object without a name has that of the first reference to it.
        """
        node = self.by_id.get(reference)
        if node is None or etree.QName(node).localname not in _HOLDERS:
            return None
        return next((name for name in self._names(node) if _NAME.fullmatch(name)), None)

    def _names(self, node: etree._Element) -> Iterator[str]:
        held = self.by_id.get(node.get("dataObjectRef") or "")
        if held is not None and held is not node and not held.get("dataObjectRef"):
            yield from self._names(held)
        yield node.get("name") or ""
        if etree.QName(node).localname == "dataObject":
            yield from self._references.get(node.get("id") or "", ())
        yield node.get("id") or ""
