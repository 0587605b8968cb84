"""What calls what in a document: global tasks done in the place of the call, processes called by others of the file.

Source: BPMN 2.0.2, §10.3.4 and §10.3.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.source import B

_GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
_CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway"})
_OF_THE_CALL = frozenset({"id", "calledElement"})


def perform_globals(root: etree._Element) -> None:
    """Turn each call of a global task into that task, in place: what the call says goes before what the task says."""
    tasks = {node.get("id"): (node, kind) for tag, kind in _GLOBAL_TASKS.items() for node in root.iterchildren(B + tag)}
    for call in list(root.iter(B + "callActivity")):
        found = tasks.get(call.get("calledElement"))
        if found is not None:
            _perform(call, *found)


def _perform(call: etree._Element, task: etree._Element, kind: str) -> None:
    call.tag = B + kind
    del call.attrib["calledElement"]
    words = {("scriptFormat" if name == "scriptLanguage" else name): value for name, value in task.attrib.items()}
    for name, value in words.items():
        if name not in call.attrib and name not in _OF_THE_CALL:
            call.set(name, value)
    own = call.find(B + "extensionElements")
    for child in [*task]:
        if own is not None and child.tag == B + "extensionElements":
            own.extend(etree.fromstring(etree.tostring(one)) for one in child)
        else:
            call.append(etree.fromstring(etree.tostring(child)))


def called_from(process: etree._Element) -> list[etree._Element]:
    """Return the processes of the same document that a process calls, also by way of others; itself when it does so."""
    known = {node.get("id"): node for node in process.getparent().iterchildren(B + "process") if node.get("id")}
    found: dict[str, etree._Element] = {}
    ahead = [process]
    while ahead:
        for call in ahead.pop().iter(B + "callActivity"):
            name = call.get("calledElement")
            if name in known and name not in found:
                found[name] = known[name]
                ahead.append(known[name])
    return [node for node in known.values() if node in found.values() and node is not process]


def endless_calls(drawings: Sequence[Drawing]) -> Iterator[Element]:
    """Yield the calls by which a process comes back to itself with no gateway that could choose otherwise."""
    by_id = {drawing.process_id: drawing for drawing in drawings}
    forced = {drawing.process_id: [*_forced_calls(drawing)] for drawing in drawings}
    for drawing in drawings:
        for call in forced[drawing.process_id]:
            if drawing.process_id in _reached(call.reference or "", forced, by_id):
                yield call


def _reached(start: str, forced: Mapping[str, list[Element]], known: Mapping[str, Drawing]) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        process = ahead.pop()
        if process in known and process not in seen:
            seen.add(process)
            ahead += [call.reference or "" for call in forced[process]]
    return seen


def _forced_calls(drawing: Drawing) -> Iterator[Element]:
    """Yield the calls that a token comes to with no choice before them; of sub-processes, those that it enters so."""
    seen: set[str] = set()
    ahead = [element.id for element in drawing.beginnings(None)]
    while ahead:
        here = ahead.pop()
        if here in seen:
            continue
        seen.add(here)
        element = drawing.elements[here]
        if element.kind == "callActivity":
            yield element
        if element.kind == "subProcess":
            ahead += [inner.id for inner in drawing.beginnings(here)]
        if element.kind not in _CHOOSING:
            ahead += [flow.target for flow in drawing.outgoing(here) if flow.condition is None]
