"""Plain BPMN, without extensions: who may do a task is said by the resource roles of the standard.

Source: BPMN 2.0.2 §10.3.1 (Resource Assignment) and §10.3.4.1 (Human Involvement).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from engine.bpmn.notes import NOTHING, Note
from engine.bpmn.source import B

NAMESPACES: tuple[str, ...] = ()
_OWNERS = ("potentialOwner", "performer", "humanPerformer")
_GROUP = re.compile(r"group\(\s*([^()]+?)\s*\)")


def read_note(node: etree._Element) -> Note:
    """Return the role that a task's resource assignment names: `group(obras)`, or the bare name of a group."""
    for owner in _OWNERS:
        said = node.findtext(f"{B}{owner}/{B}resourceAssignmentExpression/{B}formalExpression")
        if said and said.strip():
            group = _GROUP.search(said)
            return Note(role=group[1] if group else said.strip())
    return NOTHING


def read_properties(_node: etree._Element) -> Iterable[tuple[str, str]]:
    """Yield nothing: the standard has no properties of this kind."""
    return ()
