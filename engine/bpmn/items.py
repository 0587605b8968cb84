"""Whether the inputs and outputs of an element fit what they are of: items, messages, the definitions of an event.

Only what the standard says must match is looked at. Source: BPMN 2.0.2, Tables 10.8, 10.9, 10.54 and 10.56, §10.5.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.bpmn.source import B

_ITEM_OF = {"message": "itemRef", "signal": "structureRef", "error": "structureRef", "escalation": "structureRef"}
_ENDS = {"sendTask": "dataInput", "receiveTask": "dataOutput"}


def item_faults(node: etree._Element, by_id: Mapping[str | None, etree._Element]) -> Iterator[str]:
    """Yield why inputs and outputs of an element do not fit; `by_id`: the nodes of its document."""
    held = [*node.iterchildren(B + "dataInput", B + "dataOutput")]
    held += [one for io in node.iterchildren(B + "ioSpecification") for one in io.iterchildren() if one.get("id")]
    for one in held:
        item = by_id.get((one.get("itemSubjectRef") or "").rpartition(":")[2])
        if item is not None and _many(one) != _many(item):
            yield "collection"
    end = _ENDS.get(etree.QName(node).localname)
    if end is not None:
        yield from _of_message(node, [one for one in held if one.tag == B + end], by_id)
    elif held:
        carried = [_item(definition, by_id) for definition in node if definition.tag.endswith("EventDefinition")]
        if any(carried) and len([item for item in carried if item]) != len(held):
            yield "items-of-events"


def _many(node: etree._Element) -> bool:
    return bool(node.get("isCollection") == "true")


def _of_message(
    node: etree._Element, held: list[etree._Element], by_id: Mapping[str | None, etree._Element]
) -> Iterator[str]:
    """A task that sends or receives has one input or output at most, of the item that its message has."""
    message = by_id.get(node.get("messageRef"))
    item = None if message is None else message.get("itemRef")
    if len(held) > 1 or (item and held and held[0].get("itemSubjectRef") != item):
        yield "item-of-message"


def _item(definition: etree._Element, by_id: Mapping[str | None, etree._Element]) -> str | None:
    kind = etree.QName(definition).localname.removesuffix("EventDefinition")
    named = by_id.get(definition.get(f"{kind}Ref"))
    return None if named is None or kind not in _ITEM_OF else named.get(_ITEM_OF[kind])
