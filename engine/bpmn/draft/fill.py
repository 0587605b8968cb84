"""What a drawing lacks, written in: ways to choose, events to register, machines' work done by hand.

Each act takes the id of the element that lacks something. None drops what was drawn: it is done, chosen or seen by a
person, in plain BPMN that the rest of the engine runs as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from lxml import etree

from engine.bpmn.draft.tree import Question, Tree, bare, kind_of, name_of
from engine.bpmn.source import B

FIELD = "caminho"
Act = tuple[str, str]  # (what, element); a process as a whole is the empty id
_PEOPLE = frozenset({"userTask", "manualTask", "task"})
_LOOPS = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
_HAPPENED = {
    "timerEventDefinition": "Registrar que o prazo passou",
    "messageEventDefinition": "Registrar que a mensagem chegou",
    "signalEventDefinition": "Registrar que o sinal chegou",
    "conditionalEventDefinition": "Registrar que a condição se cumpriu",
}
_SENT = {"messageEventDefinition": "Registrar o envio", "signalEventDefinition": "Registrar o aviso"}
_TASK_WORDS = ("candidateGroups", "dueDate", "followUpDate", "formRef", "formKey")


class CannotFill(Exception):
    """A person cannot stand in for what is lacking here; the act that was asked for is its argument."""


class _Beyond(Exception):
    """An act does not go here."""


def fill(process: etree._Element, acts: Iterable[Act]) -> dict[str, Question]:
    """Do the acts in order on a process's tree; return what each of its tasks asks beside its form.

    Raises: CannotFill with the act that cannot be done.
    """
    tree = Tree(process)
    for act in acts:
        what, element = act
        try:
            _ACTS[what](tree, element)
        except (_Beyond, KeyError) as beyond:
            raise CannotFill(act) from beyond
    return {
        node.get("id") or "": tree.questions.get(node.get("id") or "", Question())
        for node in process.getroottree().iter(*(B + kind for kind in _PEOPLE))
    }


# -- work -------------------------------------------------------------------------------------------------------------


def by_hand(tree: Tree, element: str) -> None:
    """A person does, sends, awaits or registers what the drawing leaves to a machine it does not describe."""
    node = tree.node(element)
    kind = kind_of(node)
    if kind == "boundaryEvent":
        _watched(tree, node)
    elif kind == "intermediateCatchEvent":
        _registered(node, _word(node, _HAPPENED, "Registrar que aconteceu"))
    elif kind == "intermediateThrowEvent":
        _registered(node, _word(node, _SENT, "Registrar"))
    elif kind == "endEvent":
        _end(tree, node)
    elif kind == "startEvent":
        _start(node)
    else:
        _task(tree, node)


def _task(tree: Tree, node: etree._Element) -> None:
    holds = any(child.tag.startswith(B) and child.get("id") for child in node.iterchildren(etree.Element))
    is_scope = kind_of(node) in {"subProcess", "transaction"}
    if not (is_scope and not holds) and not kind_of(node).endswith(("Task", "task", "callActivity")):
        raise _Beyond
    loop = [child for child in node if isinstance(child.tag, str) and etree.QName(child).localname in _LOOPS]
    _as_task(node)
    node.extend(loop)
    tree.questions[node.get("id") or ""] = Question(result=True)


def _as_task(node: etree._Element) -> None:
    """Make a node a person's task; of other engines' words only those about who, when and which form stay."""
    node.tag = B + "userTask"
    bare(node, "documentation")
    for name in list(node.attrib):
        if name.startswith("{") and etree.QName(name).localname not in _TASK_WORDS:
            del node.attrib[name]
    for name in ("scriptFormat", "calledElement", "implementation", "operationRef", "messageRef", "triggeredByEvent"):
        node.attrib.pop(name, None)


def _registered(node: etree._Element, words: str) -> None:
    name = name_of(node)
    _as_task(node)
    node.set("name", f"{words}: {name}"[:200] if name else words)


def _word(node: etree._Element, words: Mapping[str, str], otherwise: str) -> str:
    kinds = [etree.QName(child).localname for child in node if isinstance(child.tag, str)]
    return next((words[kind] for kind in kinds if kind in words), otherwise)


def _end(tree: Tree, node: etree._Element) -> None:
    """What an end sends is sent by hand first; an error that nobody handles ends the scope that it stands in."""
    kinds = {etree.QName(child).localname for child in node if isinstance(child.tag, str)}
    if "errorEventDefinition" in kinds:
        bare(node)
        etree.SubElement(node, B + "terminateEventDefinition")
        return
    if "escalationEventDefinition" not in kinds:
        name = name_of(node)
        words = _word(node, _SENT, "Registrar")
        tree.before(node, tree.incoming(node), f"{words}: {name}" if name else words)
    bare(node, "extensionElements")


def _start(node: etree._Element) -> None:
    if kind_of(node.getparent()) == "subProcess" and node.getparent().get("triggeredByEvent") == "true":
        raise _Beyond
    bare(node, "extensionElements")
    node.attrib.pop("isInterrupting", None)


def _watched(tree: Tree, event: etree._Element) -> None:
    """Beside the activity stands a task for whoever sees that the event happened.

    The activity goes into a scope of its own with that task; the task's end is an escalation that the event, now on the
    scope, catches. When the activity is done the scope ends, and the task with it.
    """
    host = tree.node(event.get("attachedToRef") or "")
    scope = _scope_around(tree, host)
    name, words = name_of(event), _word(event, _HAPPENED, "Registrar que aconteceu")
    code = tree.fresh("evento")
    root = tree.process.getparent()
    root.insert(0, etree.Element(B + "escalation", {"id": code, "escalationCode": code}))
    fork = next(node for node in scope if kind_of(node) == "parallelGateway")
    watch = etree.SubElement(scope, B + "userTask", {"id": tree.fresh("userTask")})
    watch.set("name", f"{words}: {name}"[:200] if name else words)
    said = etree.SubElement(scope, B + "endEvent", {"id": tree.fresh("endEvent")})
    for node, lane_of in ((event, event), (said, None)):
        if lane_of is not None:
            bare(node)
        etree.SubElement(node, B + "escalationEventDefinition", {"escalationRef": code})
    tree.lead(fork, watch)
    tree.lead(watch, said)


def _scope_around(tree: Tree, host: etree._Element) -> etree._Element:
    """Return the scope in which an activity already stands with its watchers, or put it into one."""
    parent = host.getparent()
    if parent.get("id", "").startswith("rascunho_subProcess"):
        return parent
    into, out, events = tree.incoming(host), tree.outgoing(host), tree.boundaries(host)
    scope = tree.add("subProcess", host, name_of(host))
    for end, nodes in (("targetRef", into), ("sourceRef", out), ("attachedToRef", events)):
        for node in nodes:
            node.set(end, scope.get("id") or "")
    if host.get("default"):
        scope.set("default", host.attrib.pop("default"))
    for child in list(host.iterchildren(B + "incoming", B + "outgoing")):
        host.remove(child)
    scope.append(host)
    begin, fork, done = (
        etree.SubElement(scope, B + kind, {"id": tree.fresh(kind)})
        for kind in ("startEvent", "parallelGateway", "endEvent")
    )
    etree.SubElement(done, B + "terminateEventDefinition")
    for source, target in ((begin, fork), (fork, host), (host, done)):
        tree.lead(source, target)
    return scope


# -- ways -------------------------------------------------------------------------------------------------------------


def ask(tree: Tree, element: str) -> None:
    """Whoever ends the task before a parting of ways says which to take; without one, a task to choose opens."""
    node = tree.node(element)
    awaits = kind_of(node) == "eventBasedGateway"
    if awaits:
        _happened(tree, node)
    elif not kind_of(node).endswith("Gateway"):
        node = _parted(tree, node)
    several = kind_of(node) != "exclusiveGateway"
    flows = tree.outgoing(node)
    node.attrib.pop("default", None)
    if len(flows) < 2:
        for flow in flows:
            bare(flow)
        return
    if several and len(tree.incoming(node)) > 1:  # who comes last to a join is not known before it
        node = _after_join(tree, node, flows)
    ways = tree.labels(flows)
    for flow, way in zip(flows, ways, strict=True):
        bare(flow)
        text = way.replace("\\", "\\\\").replace('"', '\\"')
        etree.SubElement(flow, B + "conditionExpression").text = (
            f'list contains({FIELD}, "{text}")' if several else f'{FIELD} = "{text}"'
        )
    question = Question(ways=tuple(ways), several=several)
    if awaits:
        _choose(tree, node, tree.incoming(node), "Registrar o que aconteceu", question)
    else:
        _ask_before(tree, node, question)


def _ask_before(tree: Tree, node: etree._Element, question: Question) -> None:
    unasked = []
    for flow in tree.incoming(node):
        source = tree.source(flow)
        if _can_be_asked(tree, source):
            asked = tree.questions.get(source.get("id") or "", Question())
            tree.questions[source.get("id") or ""] = replace(question, result=asked.result)
        else:
            unasked.append(flow)
    if unasked:
        _choose(tree, node, unasked, "Escolher o caminho", question)


def _choose(tree: Tree, node: etree._Element, flows: list[etree._Element], words: str, question: Question) -> None:
    name = name_of(node)
    chooser = tree.before(node, flows, f"{words}: {name}" if name else words)
    tree.questions[chooser.get("id") or ""] = question


def _can_be_asked(tree: Tree, node: etree._Element) -> bool:
    """Whether a node is a person's task after which nothing but this parting comes, once."""
    onward = tree.outgoing(node)
    plain = len(onward) == 1 and onward[0].find(B + "conditionExpression") is None
    repeated = any(node.find(B + kind) is not None for kind in _LOOPS)
    asked = tree.questions.get(node.get("id") or "", Question()).ways
    return kind_of(node) in _PEOPLE and plain and not repeated and not asked


def _happened(tree: Tree, node: etree._Element) -> None:
    """What was awaited becomes a choice of what happened."""
    node.tag = B + "exclusiveGateway"
    for name in ("eventGatewayType", "instantiate"):
        node.attrib.pop(name, None)
    for flow in tree.outgoing(node):
        target = tree.target(flow)
        if kind_of(target) in {"intermediateCatchEvent", "receiveTask"} and len(tree.incoming(target)) == 1:
            target.tag = B + "intermediateThrowEvent"
            flow.set("name", name_of(flow) or name_of(target) or _word(target, _HAPPENED, "Aconteceu"))
            bare(target)


def _parted(tree: Tree, node: etree._Element) -> etree._Element:
    """Return a gateway put behind an activity, with the activity's flows."""
    flows = tree.outgoing(node)
    gateway = tree.add("inclusiveGateway", node)
    for flow in flows:
        flow.set("sourceRef", gateway.get("id") or "")
    node.attrib.pop("default", None)
    tree.lead(node, gateway)
    return gateway


def _after_join(tree: Tree, node: etree._Element, flows: list[etree._Element]) -> etree._Element:
    """Return a gateway put behind a join, with the flows that left the join."""
    gateway = tree.add(kind_of(node), node, name_of(node))
    for flow in flows:
        flow.set("sourceRef", gateway.get("id") or "")
    tree.lead(node, gateway)
    return gateway


def repeat(tree: Tree, element: str) -> None:
    """After each turn of an activity somebody says whether it is done once more."""
    node = tree.node(element)
    for kind in _LOOPS:
        for child in list(node.iterchildren(B + kind)):
            node.remove(child)
    gateway = tree.add("exclusiveGateway", node, "Fazer mais uma vez?")
    flows = tree.outgoing(node)
    onward = gateway
    if len(flows) != 1 or flows[0].find(B + "conditionExpression") is not None:
        onward = tree.add("intermediateThrowEvent" if flows else "endEvent", node)
    if node.get("default") and flows:
        raise _Beyond
    for flow in flows:
        flow.set("sourceRef", onward.get("id") or "")
    if onward is gateway:
        flows[0].set("name", "Seguir adiante")
    else:
        tree.lead(gateway, onward).set("name", "Seguir adiante")
    tree.lead(gateway, node).set("name", "Fazer mais uma vez")
    tree.lead(node, gateway)
    ask(tree, gateway.get("id") or "")


# -- beginnings and ends ----------------------------------------------------------------------------------------------


def begin(tree: Tree, element: str) -> None:
    """A scope with several beginnings, or with ways that nothing leads to, begins where somebody says."""
    scope = tree.node(element) if element else tree.process
    firsts = [node for node in scope.iterchildren(etree.Element) if _begins(tree, node)]
    if not firsts:
        raise _Beyond
    start = tree.add("startEvent", firsts[0], name_of(firsts[0]))
    for node in firsts:
        if kind_of(node) == "startEvent":
            node.tag = B + "intermediateThrowEvent"
            bare(node)
    if len(firsts) == 1:
        tree.lead(start, firsts[0])
        return
    gateway = tree.add("exclusiveGateway", firsts[0], "Por onde começa?")
    tree.lead(start, gateway)
    for node in firsts:
        tree.lead(gateway, node)
    ask(tree, gateway.get("id") or "")


def _begins(tree: Tree, node: etree._Element) -> bool:
    kind = kind_of(node)
    is_node = kind.endswith(("Task", "task", "Gateway", "Event", "callActivity", "ubProcess", "transaction"))
    other = kind == "boundaryEvent" or node.get("triggeredByEvent") == "true" or node.get("isForCompensation") == "true"
    return node.tag.startswith(B) and is_node and not other and not tree.incoming(node) and not _is_linked(node)


def _is_linked(node: etree._Element) -> bool:
    return kind_of(node) == "intermediateCatchEvent" and node.find(B + "linkEventDefinition") is not None


def end(tree: Tree, element: str) -> None:
    """What leads nowhere ends there."""
    node = tree.node(element)
    if kind_of(node) == "eventBasedGateway" or tree.outgoing(node):
        raise _Beyond
    tree.lead(node, tree.add("endEvent", node))


# -- small things -----------------------------------------------------------------------------------------------------


def name(tree: Tree, element: str) -> None:
    """A task without a name gets one, a name that is too long its beginning."""
    node = tree.node(element)
    node.set("name", name_of(node)[:200] or "Tarefa sem nome")


def undirected(tree: Tree, element: str) -> None:
    """A gateway does what its flows say, not what its direction says."""
    tree.node(element).attrib.pop("gatewayDirection", None)


def untimed(tree: Tree, element: str) -> None:
    """A task whose term cannot be counted has none."""
    node = tree.node(element)
    for attribute in list(node.attrib):
        if etree.QName(attribute).localname in {"dueDate", "followUpDate"}:
            del node.attrib[attribute]
    for schedule in list(node.iterfind(f"{B}extensionElements/{{*}}taskSchedule")):
        schedule.getparent().remove(schedule)


def unmoved(tree: Tree, element: str) -> None:
    """What a drawing moves between data in no way that is known is left to whoever writes it into a form."""
    node = tree.node(element)
    for tag in ("dataInputAssociation", "dataOutputAssociation", "ioSpecification"):
        for child in list(node.iterchildren(B + tag)):
            node.remove(child)


def idle(tree: Tree, element: str) -> None:
    """A script task without a script does nothing."""
    node = tree.node(element)
    bare(node, "extensionElements")
    node.set("scriptFormat", "feel")
    etree.SubElement(node, B + "script").text = " "


def inclusive(tree: Tree, element: str) -> None:
    """A complex gateway whose rule is not written takes and awaits what an inclusive one does."""
    node = tree.node(element)
    bare(node, "extensionElements")
    node.tag = B + "inclusiveGateway"


_ACTS: Mapping[str, Callable[[Tree, str], None]] = {
    "name": name,
    "undirected": undirected,
    "untimed": untimed,
    "unmoved": unmoved,
    "inclusive": inclusive,
    "idle": idle,
    "hand": by_hand,
    "end": end,
    "begin": begin,
    "repeat": repeat,
    "ask": ask,
    "watch": by_hand,
}
ORDER = tuple(_ACTS)
