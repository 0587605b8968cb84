"""What a drawing lacks to be run, by the findings of the check, and the acts that fill it in; kept with its version.

A finding for which a person can stand in becomes an act of `fill`; the drawing so filled in is checked again, until
nothing is found or nothing helps. Who does what is settled here too: a lane that bears a role's name is that role's,
everything else is done by the role that the draft names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from lxml import etree

from engine.bpmn.calls import called_from
from engine.bpmn.check import ACCEPTABLE, findings_of_all
from engine.bpmn.check.around import Surroundings
from engine.bpmn.draft.fill import ORDER, Act, CannotFill, fill
from engine.bpmn.draft.tree import Question
from engine.bpmn.drawing import ACTIVITIES, Drawing, Element, draw_from, role_of, whole_of
from engine.bpmn.source import B
from engine.bpmn.structure import Finding
from engine.errors import DiagramRefused

_ROUNDS = 12
NODES = ("Task", "task", "Gateway", "Event", "callActivity", "ubProcess", "transaction")
_DONE_BY_HAND = frozenset({"sendTask", "receiveTask", "callActivity"})
_REPEATS = frozenset({"repetição", "loopCardinality", "loopDataInputRef", "outputDataItem", "completionCondition"})
_CITIZENS = frozenset({"cidadao", "cidada", "municipe", "requerente", "solicitante", "contribuinte", "interessado"})
_CITIZEN = "requerente"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """How a drawing that lacks something is run: its process, the acts that fill it in, and who does its tasks.

    `roles` leads from what a task says or its lane is, to a role; `role` does the rest.
    """

    process: str
    role: str
    roles: tuple[tuple[str, str], ...]
    acts: tuple[Act, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "process": self.process, "role": self.role, "roles": [list(pair) for pair in self.roles],
            "acts": [list(act) for act in self.acts],
        }  # fmt: skip

    @classmethod
    def of_json(cls, kept: Mapping[str, object]) -> Draft:
        roles: list[list[str]] = kept["roles"]  # type: ignore[assignment]  # as `as_json` wrote it
        acts: list[list[str]] = kept["acts"]  # type: ignore[assignment]  # as `as_json` wrote it
        return cls(
            process=str(kept["process"]), role=str(kept["role"]), roles=tuple((one[0], one[1]) for one in roles),
            acts=tuple((one[0], one[1]) for one in acts),
        )  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """A drawing with what it lacked, the process it was drawn from, and what its tasks ask beside their forms."""

    drawn: list[tuple[etree._Element, Drawing]]
    questions: Mapping[str, Question]

    @property
    def drawings(self) -> list[Drawing]:
        return [drawing for _, drawing in self.drawn]


def plan(root: etree._Element, around: Surroundings, role: str, wanted: str | None = None) -> Draft:
    """Return how the process of a document that is `wanted`, else its main one, can be run as a draft.

    Raises: DiagramRefused with the findings for which no person can stand in.
    """
    draft = Draft(process=main_process(root, wanted).get("id") or "", role=role, roles=(), acts=())
    beyond: set[Act] = set()
    for _ in range(_ROUNDS):
        try:
            filled = fill_in(root, draft)
        except CannotFill as lacking:
            act: Act = lacking.args[0]
            beyond.add(act)
            draft = replace(draft, acts=tuple(one for one in draft.acts if one != act))
            continue
        whole = whole_of(filled.drawings)
        draft = replace(draft, roles=_roles(filled.drawings, around.roles))
        found = _found(filled.drawings, around)
        known = {*draft.acts, *beyond}
        drawn = {node.get("id") for node in root.iter(etree.Element)} | {""}
        fresh = [act for act in dict.fromkeys(_acts(whole, found)) if act not in known and act[1] in drawn]
        if not found:
            return draft
        if not fresh:
            raise DiagramRefused(findings=found)
        draft = replace(draft, acts=tuple(sorted((*draft.acts, *fresh), key=lambda act: ORDER.index(act[0]))))
    raise DiagramRefused(findings=found)


def fill_in(root: etree._Element, draft: Draft) -> Filled:
    """Return a document's process, with those it calls, as a draft runs it; the document is left as it is.

    Raises: CannotFill(act).
    """
    process = _process(deepcopy(root), draft.process)
    process.set("isExecutable", "true")
    asked = fill(process, draft.acts)
    questions: dict[str, Question] = {}
    drawn = []
    for node in (process, *called_from(process)):
        drawing = draw_from(node)
        people = {one.id: one for one in drawing.elements.values() if one.is_for_people}
        for name, one in people.items():
            questions[name] = replace(asked.get(name, Question()), form=one.note.form)
        owned = {name: _owned(one, draft) for name, one in people.items()}
        drawn.append((node, replace(drawing, elements={**drawing.elements, **owned})))
    return Filled(drawn, questions)


def _owned(task: Element, draft: Draft) -> Element:
    """Return a task with its role, and its form under its own name, as the version keeps it."""
    role = dict(draft.roles).get(role_of(task) or "", draft.role)
    return replace(task, note=replace(task.note, role=role, form=task.id))


def _found(drawings: list[Drawing], around: Surroundings) -> list[Finding]:
    beside = replace(around, roles=None, forms=None)  # settled by the plan
    return [one for one in findings_of_all(drawings, beside) if one["code"] not in ACCEPTABLE]


# -- which process ----------------------------------------------------------------------------------------------------


def main_process(root: etree._Element, wanted: str | None = None) -> etree._Element:
    """Return the executable process in which most is done, of any without one; give what has no id one."""
    processes = list(root.iterchildren(B + "process"))
    runnable = [process for process in processes if process.get("isExecutable") == "true"]
    if not processes:
        raise DiagramRefused(findings=[{"element": None, "code": "not-one-process", "count": 0}])
    named = [process for process in processes if wanted is not None and process.get("id") == wanted]
    chosen = max(named or runnable or processes, key=_activities)
    name_nodes(chosen)
    return chosen


def _activities(process: etree._Element) -> int:
    return sum(1 for node in process.iter(etree.Element) if etree.QName(node).localname in ACTIVITIES | _DONE_BY_HAND)


def name_nodes(process: etree._Element) -> str:
    """Give a process and its nodes without an id one, by their place; return that of the process."""
    for count, node in enumerate(process.iter(etree.Element)):
        if node.tag.startswith(B) and not node.get("id") and (node is process or node.tag.endswith(NODES)):
            node.set("id", f"sem_id_{count}")
    return process.get("id") or ""


def _process(root: etree._Element, process_id: str) -> etree._Element:
    for process in root.iterchildren(B + "process"):
        if process.get("id", "") in {process_id, ""} and name_nodes(process) == process_id:
            return process
    raise DiagramRefused(findings=[{"element": process_id, "code": "not-one-process", "count": 0}])


# -- who --------------------------------------------------------------------------------------------------------------


def _roles(drawings: list[Drawing], known: Collection[str] | None) -> tuple[tuple[str, str], ...]:
    """Return the roles that lanes are, by what tasks call them; each role of the city is its own."""
    found: dict[str, str] = {}
    for lane, name in (pair for drawing in drawings for pair in drawing.lanes.items()):
        said = lane.removeprefix("raia_")
        match = _match(said, name, known or ())
        if match is not None:
            found[said] = match
    return (*found.items(), *((role, role) for role in sorted(known or ()) if role not in found))


def _match(said: str, name: str, known: Collection[str]) -> str | None:
    if said in known:
        return said
    words = _plain(name)
    if _CITIZEN in known and _CITIZENS.intersection(words):
        return _CITIZEN
    matching = [role for role in known if _plain(role) and set(_plain(role)) <= set(words)]
    return matching[0] if len(matching) == 1 else None


def _plain(text: str) -> list[str]:
    bare = "".join(one for one in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(one))
    return "".join(one if one.isalnum() else " " for one in bare).split()


# -- from finding to act ----------------------------------------------------------------------------------------------


def _acts(drawing: Drawing, found: list[Finding]) -> Iterator[Act]:
    for finding in found:
        act = _FOR_CODE.get(finding["code"])
        if act is not None:
            yield from act(drawing, finding)


Acts = Callable[[Drawing, Finding], Iterator[Act]]


def _always(what: str) -> Acts:
    def act(_drawing: Drawing, finding: Finding) -> Iterator[Act]:
        yield what, finding["element"] or ""

    return act


def _of_event(drawing: Drawing, finding: Finding) -> Iterator[Act]:
    element = drawing.elements.get(finding["element"] or "")
    if element is None:
        return
    gateways = [drawing.elements.get(flow.source) for flow in drawing.incoming(element.id)]
    awaiting = [one.id for one in gateways if one is not None and one.kind == "eventBasedGateway"]
    for gateway in awaiting:
        yield "ask", gateway
    if not awaiting:
        yield ("watch" if element.kind == "boundaryEvent" else "hand"), element.id


def _of_expression(drawing: Drawing, finding: Finding) -> Iterator[Act]:
    element = drawing.elements.get(finding["element"] or "")
    where = str(finding.get("where", ""))
    if element is None:
        return
    if where in {flow.name or flow.id for flow in drawing.outgoing(element.id)}:
        yield "ask", element.id
    elif where.startswith("prazo"):
        yield "untimed", element.id
    elif where in _REPEATS:
        yield "repeat", element.id
    elif where in {"timer", "chave"}:
        yield from _of_event(drawing, finding)
    elif where == "script" or where.startswith(("entrada", "saída")):
        yield "hand", element.id


def _of_element(_drawing: Drawing, finding: Finding) -> Iterator[Act]:
    if finding.get("kind") in _DONE_BY_HAND:
        yield "hand", finding["element"] or ""
    elif finding.get("kind") == "complexGateway":
        yield "inclusive", finding["element"] or ""


def _of_extension(drawing: Drawing, finding: Finding) -> Iterator[Act]:
    element = drawing.elements.get(finding["element"] or "")
    flow = next((one for one in drawing.flows if one.id == finding["element"]), None)
    if flow is not None:
        yield "ask", flow.source
    elif element is not None and element.kind not in {"subProcess", "exclusiveGateway", "inclusiveGateway"}:
        yield from _of_event(drawing, finding)


def _of_script(drawing: Drawing, finding: Finding) -> Iterator[Act]:
    element = drawing.elements[finding["element"] or ""]
    yield ("hand" if (element.script or "").strip() else "idle"), element.id


def _of_loop(drawing: Drawing, finding: Finding) -> Iterator[Act]:
    element = drawing.elements.get(finding["element"] or "")
    if element is not None and (element.loop is not None or element.many is not None):
        yield "repeat", element.id


def _of_beginning(drawing: Drawing, finding: Finding) -> Iterator[Act]:
    element = drawing.elements.get(finding["element"] or "")
    scope = element.scope if element is not None and finding["code"] == "unreachable" else finding["element"]
    yield "begin", scope or ""


def _of_length(_drawing: Drawing, finding: Finding) -> Iterator[Act]:
    if finding["where"] == "name":
        yield "name", finding["element"] or ""


_HAND, _ASK = _always("hand"), _always("ask")
_FOR_CODE: Mapping[str, Acts] = {
    **dict.fromkeys(("service-without-topic", "rule-without-decision", "empty-sub-process"), _HAND),
    **dict.fromkeys(("unsupported-parameters", "topic-unknown", "decision-unknown", "name-not-fixed"), _HAND),
    **dict.fromkeys(("topic-broken", "input-missing", "input-unknown", "input-type", "output-unknown"), _HAND),
    **dict.fromkeys(("unsupported-event", "message-without-name", "message-without-key"), _of_event),
    **dict.fromkeys(("signal-without-name", "event-without-condition", "not-a-cycle", "reference-unknown"), _of_event),
    **dict.fromkeys(("start-key-not-constant",), _of_event),
    **dict.fromkeys(("throw-without-code", "error-not-caught"), _of_event),
    **dict.fromkeys(("expression-refused", "expression-untranslated", "not-a-term"), _of_expression),
    **dict.fromkeys(("flow-without-condition", "default-with-condition"), _ASK),
    **dict.fromkeys(("event-gateway-to-other", "event-gateway-shared"), _ASK),
    **dict.fromkeys(
        ("endless-loop", "loop-maximum", "many-of-nothing", "many-not-a-number", "many-not-allowed"), _of_loop
    ),
    **dict.fromkeys(("unsupported-behavior", "not-a-name"), _of_loop),
    **dict.fromkeys(("call-without-target", "called-unknown", "endless-call"), _HAND),
    **dict.fromkeys(("several-starts", "no-start", "unreachable"), _of_beginning),
    "script-not-feel": _of_script,
    "unsupported-instantiate": _ASK,
    "unsupported-element": _of_element,
    "extension-refused": _of_extension,
    "no-way-on": _always("end"),
    "gateway-direction": _always("undirected"),
    "data-not-moved": _always("unmoved"),
    "complex-without-condition": _always("inclusive"),
    "task-without-name": _always("name"),
    "text-too-long": _of_length,
}
