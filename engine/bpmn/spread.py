"""Writes out an activity with many instances: a sub-process around it, in which each instance is a token of its own.

The sub-process takes the activity's name, so that its flows and its boundary events hold of the whole; the activity in
it gets another. `abre` makes the instances, `conta` takes what one gave and says what follows; both are ours (`specs`).
Changes no meaning and refuses nothing. Source: BPMN 2.0.2, §10.3.8 and §13.3.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from lxml import etree

from engine.bpmn.drawing import Drawing
from engine.bpmn.source import B

SPREAD, TALLY = "spread", "tally"  # elements that only our parser knows


def write_many(
    document: etree._Element, drawing: Drawing, aliases: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Put each activity with many instances into a sub-process of its name, in place.

    Returns {node's name: drawn id} of the activities inside, and the same of the nodes that stand for them.
    """
    found = {aliases.get(one.id, one.id): one.id for one in drawing.elements.values() if one.many is not None}
    drawn: dict[str, str] = {}
    stands_for: dict[str, str] = {}
    for node in [node for node in document.iter() if node.get("id") in found]:
        name = node.get("id") or ""
        inner, spread, tally = _surround(node, name)
        drawn[inner] = found[name]
        stands_for |= dict.fromkeys((name, spread, tally), found[name])
    return drawn, stands_for


def _surround(node: etree._Element, name: str) -> tuple[str, str, str]:
    inner, spread, tally = f"cada__{name}", f"abre__todos__{name}", f"conta__{name}"
    begin, end = f"inicio__todos__{name}", f"fim__todos__{name}"
    outer = node.getparent()
    whole = etree.Element(B + "subProcess", id=name)
    outer.replace(node, whole)
    node.set("id", inner)
    for kind, element_id in (("startEvent", begin), (SPREAD, spread), (TALLY, tally), ("endEvent", end)):
        etree.SubElement(whole, B + kind, id=element_id)
    whole.append(node)
    # the first flow out of `spread` and of `tally` leads to an instance, the second to the end of the whole
    ways = [*pairwise((begin, spread, inner, tally, inner)), (spread, end), (tally, end)]
    for position, (source, target) in enumerate(ways):
        etree.SubElement(whole, B + "sequenceFlow", id=f"todos__{position}__{name}", sourceRef=source, targetRef=target)
    return inner, spread, tally
