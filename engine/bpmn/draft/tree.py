"""A process under the pen: finding, adding and leading nodes and flows of its XML tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn.source import B

_FLOWS = B + "sequenceFlow"
_NAME_LIMIT, _LABEL_LIMIT = 200, 100


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a task of a draft asks beside its own form: which way on (`several`: any of them), and a remark.

    `result`: what is remarked is what a machine would have given. `form`: the name of its own form, if it has one.
    """

    ways: tuple[str, ...] = ()
    several: bool = False
    result: bool = False
    form: str | None = None


@dataclass
class Tree:
    """The tree of a process and what its people will be asked, by task."""

    process: etree._Element
    questions: dict[str, Question] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = {node.get("id") for node in self.process.getroottree().iter(etree.Element)}

    # -- finding --------------------------------------------------------------------------------------------------

    def node(self, element: str) -> etree._Element:
        """Return the flow node of an id. Raises: KeyError."""
        for node in self.process.getroottree().iter(etree.Element):
            if node.get("id") == element and etree.QName(node).namespace == B[1:-1]:
                return node
        raise KeyError(element)

    def outgoing(self, node: etree._Element) -> list[etree._Element]:
        return [flow for flow in self._flows(node) if flow.get("sourceRef") == node.get("id")]

    def incoming(self, node: etree._Element) -> list[etree._Element]:
        return [flow for flow in self._flows(node) if flow.get("targetRef") == node.get("id")]

    def source(self, flow: etree._Element) -> etree._Element:
        return self._end(flow, "sourceRef")

    def target(self, flow: etree._Element) -> etree._Element:
        return self._end(flow, "targetRef")

    def boundaries(self, node: etree._Element) -> list[etree._Element]:
        beside = node.getparent().iterchildren(B + "boundaryEvent")
        return [one for one in beside if one.get("attachedToRef") == node.get("id")]

    def _flows(self, node: etree._Element) -> Iterable[etree._Element]:
        flows: Iterable[etree._Element] = node.getparent().iterchildren(_FLOWS)
        return flows

    def _end(self, flow: etree._Element, end: str) -> etree._Element:
        for node in flow.getparent().iterchildren(etree.Element):
            if node.get("id") == flow.get(end):
                return node
        raise KeyError(flow.get(end))

    # -- writing --------------------------------------------------------------------------------------------------

    def add(self, kind: str, beside: etree._Element, name: str = "", **attributes: str) -> etree._Element:
        """Add a node in the scope and lane of another."""
        node = etree.SubElement(beside.getparent(), B + kind, {"id": self.fresh(kind), **attributes})
        if name:
            node.set("name", name[:_NAME_LIMIT])
        self._into_lane(node, beside)
        return node

    def lead(self, source: etree._Element, target: etree._Element) -> etree._Element:
        """Add a flow from one node to another of the same scope."""
        ends = {"sourceRef": source.get("id") or "", "targetRef": target.get("id") or ""}
        return etree.SubElement(source.getparent(), _FLOWS, {"id": self.fresh("fluxo"), **ends})

    def before(self, node: etree._Element, flows: Iterable[etree._Element], name: str) -> etree._Element:
        """Put a new person's task into flows that enter a node."""
        between = self.add("userTask", node, name)
        for flow in flows:
            flow.set("targetRef", between.get("id") or "")
        self.lead(between, node)
        return between

    def fresh(self, kind: str) -> str:
        """Return an id that nothing in the document has."""
        count = len(self._names)
        while f"rascunho_{kind}_{count}" in self._names:
            count += 1
        self._names.add(f"rascunho_{kind}_{count}")
        return f"rascunho_{kind}_{count}"

    def _into_lane(self, node: etree._Element, beside: etree._Element) -> None:
        for reference in self.process.getroottree().iter(B + "flowNodeRef"):
            if (reference.text or "").strip() == beside.get("id"):
                own = etree.Element(B + "flowNodeRef")
                own.text = node.get("id")
                reference.addnext(own)

    # -- words ----------------------------------------------------------------------------------------------------

    def labels(self, flows: list[etree._Element]) -> list[str]:
        """Return a name for each way, no two alike: the flow's, else that of where it leads, else its number."""
        found: list[str] = []
        for count, flow in enumerate(flows, 1):
            words = (name_of(flow) or name_of(self._beyond(flow)) or f"Caminho {count}")[:_LABEL_LIMIT]
            label, again = words, 2
            while label in found:
                label, again = f"{words} ({again})", again + 1
            found.append(label)
        return found

    def _beyond(self, flow: etree._Element) -> etree._Element:
        """Return where a flow leads, past gateways without a name from which there is one way on."""
        target = self.target(flow)
        for _ in range(20):
            onward = self.outgoing(target)
            if name_of(target) or len(onward) != 1:
                break
            target = self.target(onward[0])
        return target


def name_of(node: etree._Element) -> str:
    return " ".join((node.get("name") or "").split())


def kind_of(node: etree._Element) -> str:
    return str(etree.QName(node).localname)


def bare(node: etree._Element, *kept: str) -> None:
    """Take from a node everything in it but the named children and what says where its flows are."""
    for child in list(node):
        if not (isinstance(child.tag, str) and etree.QName(child).localname in {"incoming", "outgoing", *kept}):
            node.remove(child)
