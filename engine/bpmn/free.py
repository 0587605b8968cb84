"""Ad-hoc sub-processes: what a drawing says about one, and how it is written out.

Each activity in it that no flow enters begins at once; the whole ends when its completion condition holds as one of
its ways ends, or when all have ended. Source: BPMN 2.0.2, §10.3.5 and §13.3.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.bpmn.dialects.expressions import feel_of
from engine.bpmn.source import B

FREE_END = "freeEnd"  # an element that only our parser knows


@dataclass(frozen=True, kw_only=True)
class Free:
    """A sub-process without an order. `sequential`: one at a time. `cancels`: what is open once `until` holds."""

    sequential: bool
    cancels: bool
    until: str | None


def read_free(node: etree._Element) -> Free | None:
    """Return what an ad-hoc sub-process says, None for any other element."""
    if node.tag != B + "adHocSubProcess":
        return None
    drawn = node.find(B + "completionCondition")
    return Free(
        sequential=(node.get("ordering") or "").lower() == "sequential",
        cancels=node.get("cancelRemainingInstances") != "false",
        until=None if drawn is None else feel_of(drawn, drawn.text or "") or None,
    )


def write_free(scope: etree._Element) -> Iterator[str]:
    """Let each end of a scope ask whether it was enough; yield the names of the nodes that ask."""
    ends = list(scope.iterchildren(B + "endEvent"))
    name = scope.get("id") or ""
    last = f"fim__livre__{name}"
    etree.SubElement(scope, B + "endEvent", id=last)
    for place, node in enumerate(ends):
        node.tag = B + FREE_END
        way = f"livre__{place}__{name}"
        etree.SubElement(scope, B + "sequenceFlow", id=way, sourceRef=node.get("id") or "", targetRef=last)
        yield node.get("id") or ""
