"""Small diagrams as BPMN, drawn from a few words: what a test needs and nothing else.

`sketch(nodes, flows)` gives the XML. Flows are lines of `a > b > c`; after a gateway, `g > a : completo` carries a FEEL
condition and `g > b : *` is the default flow. The start is `inicio`, unless a node says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' id="definicoes" targetNamespace="urn:rito:testes">'
)


@dataclass(frozen=True)
class Node:
    """One flow node: its tag, attributes, the XML inside it, and the keys of its `camunda:properties`."""

    tag: str
    id: str
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    inner: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def sketch(nodes: Iterable[Node], flows: str, *, process: str = "teste", subject: str = "") -> bytes:
    """Return the XML of one executable process. Messages, errors and escalations are those that the nodes name."""
    return document(_process(process, list(nodes), flows, subject))


def process(process_id: str, nodes: Iterable[Node], flows: str) -> str:
    """Return one process of a document of several."""
    return _process(process_id, list(nodes), flows, "")


def document(*parts: str) -> bytes:
    """Return the XML of processes and global tasks with the messages, errors and escalations that they name."""
    drawn = "".join(parts)
    named = "".join(
        f'<bpmn:message id="msg_{name}" name="{name}" />'
        for name in sorted(set(re.findall(r'messageRef="msg_(\w+)"', drawn)))
    )
    named += "".join(
        f'<bpmn:error id="err_{code}" errorCode="{code}" />'
        for code in sorted(set(re.findall(r'errorRef="err_(\w+)"', drawn)))
    )
    named += "".join(
        f'<bpmn:signal id="sig_{name}" name="{name}" />'
        for name in sorted(set(re.findall(r'signalRef="sig_(\w+)"', drawn)))
    )
    named += "".join(
        f'<bpmn:escalation id="esc_{code}" escalationCode="{code}" />'
        for code in sorted(set(re.findall(r'escalationRef="esc_(\w+)"', drawn)))
    )
    return f"{_HEAD}{named}{drawn}</bpmn:definitions>".encode()


def _process(process_id: str, nodes: list[Node], flows: str, subject: str) -> str:
    own = _extensions({"assunto": subject} if subject else {}, {})
    head = f'<bpmn:process id="{process_id}" name="Procedimento {process_id}" isExecutable="true">'
    return f"{head}{own}{_body(nodes, flows)}</bpmn:process>"


def _body(nodes: list[Node], flows: str) -> str:
    drawn, defaults = _flows(flows)
    if not any(node.tag == "startEvent" for node in nodes):
        nodes = [Node("startEvent", "inicio"), *nodes]
    return "".join(_node(node, defaults.get(node.id)) for node in nodes) + drawn


def _flows(lines: str) -> tuple[str, dict[str, str]]:
    drawn, defaults = [], {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        way, _, condition = line.partition(" : ")
        stops = [stop.strip() for stop in way.split(">")]
        for source, target in pairwise(stops):
            flow_id = f"fl_{source}_{target}_{len(drawn)}"
            inner = ""
            if condition.strip() == "*":
                defaults[source] = flow_id
            elif condition:
                inner = _formal("conditionExpression", condition.strip())
            drawn.append(
                f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">'
                f"{inner}</bpmn:sequenceFlow>"
            )
    return "".join(drawn), defaults


def _node(node: Node, default: str | None) -> str:
    words = {"id": node.id, "name": node.id.replace("_", " "), "default": default, **node.attributes}
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in words.items() if value is not None)
    inner = _extensions(node.properties, node.parameters) + node.inner
    return f"<bpmn:{node.tag}{attributes}>{inner}</bpmn:{node.tag}>"


def _extensions(properties: Mapping[str, str], parameters: Mapping[str, Mapping[str, str]]) -> str:
    kept = "".join(
        f"<camunda:property name={quoteattr(key)} value={quoteattr(value)} />" for key, value in properties.items()
    )
    passed = "".join(
        f"<camunda:{kind} name={quoteattr(name)}>{escape(source)}</camunda:{kind}>"
        for kind, pairs in parameters.items()
        for name, source in pairs.items()
    )
    inner = f"<camunda:properties>{kept}</camunda:properties>" if kept else ""
    inner += f"<camunda:inputOutput>{passed}</camunda:inputOutput>" if passed else ""
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>" if inner else ""


def _formal(tag: str, text: str) -> str:
    return f'<bpmn:{tag} xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:{tag}>'


# -- nodes ------------------------------------------------------------------------------------------------------------


def task(
    element: str, role: str = "obras", *, form: str | None = None, due: str | None = None, warn: str | None = None,
    **properties: str,
) -> Node:  # fmt: skip
    attributes = {"camunda:candidateGroups": role, "camunda:formRef": form, "camunda:dueDate": due}
    return Node("userTask", element, {**attributes, "camunda:followUpDate": warn}, properties=properties)


def script(element: str, text: str, *, language: str = "feel") -> Node:
    return Node("scriptTask", element, {"scriptFormat": language}, f"<bpmn:script>{escape(text)}</bpmn:script>")


def rule(element: str, decision: str, result: str | None = None) -> Node:
    return Node("businessRuleTask", element, {"camunda:decisionRef": decision, "camunda:resultVariable": result})


def service(element: str, topic: str, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> Node:
    attributes = {"camunda:type": "external", "camunda:topic": topic}
    parameters = {"inputParameter": inputs, "outputParameter": outputs}
    return Node("serviceTask", element, attributes, parameters=parameters)


def exclusive(element: str) -> Node:
    return Node("exclusiveGateway", element)


def parallel(element: str) -> Node:
    return Node("parallelGateway", element)


def inclusive(element: str) -> Node:
    return Node("inclusiveGateway", element)


def event_based(element: str) -> Node:
    return Node("eventBasedGateway", element)


def end(element: str, outcome: str | None = None, *, error: str | None = None, **properties: str) -> Node:
    inner = f'<bpmn:errorEventDefinition errorRef="err_{error}" />' if error else ""
    return Node("endEvent", element, {}, inner, ({"desfecho": outcome} if outcome else {}) | properties)


def link(element: str, name: str, *, catches: bool = False) -> Node:
    kind = "intermediateCatchEvent" if catches else "intermediateThrowEvent"
    return Node(kind, element, {}, f"<bpmn:linkEventDefinition name={quoteattr(name)} />")


def message(element: str, name: str, key: str, outputs: Mapping[str, str] | None = None) -> Node:
    parameters = {"outputParameter": outputs or {}}
    return Node("intermediateCatchEvent", element, {}, told(name), {"chave": key}, parameters)


def timer(element: str, expression: str) -> Node:
    return Node("intermediateCatchEvent", element, {}, after(expression))


def boundary_timer(element: str, host: str, expression: str, *, interrupting: bool = True, **properties: str) -> Node:
    attributes = {"attachedToRef": host, "cancelActivity": None if interrupting else "false"}
    return Node("boundaryEvent", element, attributes, after(expression), properties)


def boundary_message(element: str, host: str, name: str, key: str) -> Node:
    return Node("boundaryEvent", element, {"attachedToRef": host}, told(name), {"chave": key})


def boundary_error(element: str, host: str, code: str) -> Node:
    return Node(
        "boundaryEvent", element, {"attachedToRef": host}, f'<bpmn:errorEventDefinition errorRef="err_{code}" />'
    )


def signal(element: str, name: str, *, kind: str = "intermediateThrowEvent", **parameters: Mapping[str, str]) -> Node:
    """Return an event that throws a signal, or catches it when its `kind` does. Parameters: inputs, outputs."""
    kept = {f"{word[:-1]}Parameter": pairs for word, pairs in parameters.items()}
    return Node(kind, element, {}, signalled(name), parameters=kept)


def signalled(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="sig_{name}" />'


def escalate(element: str, code: str, *, ends: bool = False) -> Node:
    return Node("endEvent" if ends else "intermediateThrowEvent", element, {}, escalation(code))


def boundary(element: str, host: str, inner: str, *, interrupting: bool = True, **properties: str) -> Node:
    attributes = {"attachedToRef": host, "cancelActivity": None if interrupting else "false"}
    return Node("boundaryEvent", element, attributes, inner, properties)


def on(element: str, inner: str, *, interrupting: bool = True, **properties: str) -> Node:
    """Return the start event of an event sub-process."""
    return Node("startEvent", element, {"isInterrupting": None if interrupting else "false"}, inner, properties)


def error(code: str | None = None) -> str:
    return f'<bpmn:errorEventDefinition errorRef="err_{code}" />' if code else "<bpmn:errorEventDefinition />"


def escalation(code: str | None = None) -> str:
    return (
        f'<bpmn:escalationEventDefinition escalationRef="esc_{code}" />'
        if code
        else "<bpmn:escalationEventDefinition />"
    )


def sub(element: str, nodes: Iterable[Node], flows: str, *, on_event: bool = False) -> Node:
    """Return a sub-process; its start is `inicio_<element>` unless its nodes say otherwise."""
    inside = list(nodes)
    if not any(node.tag == "startEvent" for node in inside):
        inside = [Node("startEvent", f"inicio_{element}"), *inside]
    return Node("subProcess", element, {"triggeredByEvent": "true" if on_event else None}, _body(inside, flows))


def call(element: str, called: str | None, inner: str = "", **attributes: str) -> Node:
    return Node("callActivity", element, {"calledElement": called, **attributes}, inner)


def global_task(tag: str, element: str, attributes: Mapping[str, str], inner: str = "") -> str:
    return _node(Node(tag, element, attributes, inner), None)


def undone_by(host: str, handler: Node) -> list[Node]:
    """Return a compensation event on an activity, its handler, and the association between the two."""
    marked = replace(handler, attributes={**handler.attributes, "isForCompensation": "true"})
    joined = {"sourceRef": f"b_{host}", "targetRef": handler.id, "name": None}
    return [boundary(f"b_{host}", host, compensation()), marked, Node("association", f"as_{host}", joined)]


def undo(element: str, activity: str | None = None, *, ends: bool = False, waits: bool = True) -> Node:
    """Return an event that throws compensation: of one activity, or of all in its scope."""
    return Node("endEvent" if ends else "intermediateThrowEvent", element, {}, compensation(activity, waits=waits))


def compensation(activity: str | None = None, *, waits: bool = True) -> str:
    named = f' activityRef="{activity}"' if activity else ""
    named += "" if waits else ' waitForCompletion="false"'
    return f"<bpmn:compensateEventDefinition{named} />"


def cancel(element: str) -> Node:
    return Node("endEvent", element, {}, "<bpmn:cancelEventDefinition />")


def boundary_cancel(element: str, host: str) -> Node:
    return boundary(element, host, "<bpmn:cancelEventDefinition />")


def transaction(element: str, nodes: Iterable[Node], flows: str) -> Node:
    return replace(sub(element, nodes, flows), tag="transaction")


def on_message(element: str, name: str, key: str, outputs: Mapping[str, str] | None = None) -> Node:
    """Return the start event of an event sub-process."""
    return Node("startEvent", element, {}, told(name), {"chave": key}, {"outputParameter": outputs or {}})


def send(element: str, name: str, key: str, inputs: Mapping[str, str] | None = None, *, kind: str = "sendTask") -> Node:
    """Return what throws a message: a task, or an event of the `kind` given."""
    task_of = {"messageRef": f"msg_{name}"} if kind == "sendTask" else {}
    inner = "" if kind == "sendTask" else told(name)
    return Node(kind, element, task_of, inner, {"chave": key}, {"inputParameter": inputs or {}})


def receive(element: str, name: str, key: str, outputs: Mapping[str, str] | None = None, **attributes: str) -> Node:
    parameters = {"outputParameter": outputs or {}}
    return Node("receiveTask", element, {"messageRef": f"msg_{name}", **attributes}, "", {"chave": key}, parameters)


def told(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="msg_{name}" />'


def after(expression: str) -> str:
    return f"<bpmn:timerEventDefinition>{_formal('timeDuration', expression)}</bpmn:timerEventDefinition>"


# -- whole drawings that many tests share -----------------------------------------------------------------------------

FIVE_TASKS = sketch(
    [
        task("pedir", "requerente"), task("conferir", "protocolo", form="conferir"), exclusive("g_completo"),
        task("corrigir", "requerente"), task("analisar", "obras"), task("cobrar", "fazenda"),
        task("assinar", "secretario"), end("fim", "emitido"),
    ],
    """
    inicio > pedir > conferir > g_completo
    g_completo > corrigir : completo = false
    g_completo > analisar : *
    corrigir > conferir
    analisar > cobrar > assinar > fim
    """,
)  # fmt: skip
CONFERIR = """{"type": "default", "id": "conferir", "schemaVersion": 19, "components": [
  {"type": "checkbox", "id": "c", "key": "completo", "label": "Está completo"}]}"""

LOOP = sketch(
    [
        task("pedir", "requerente"), exclusive("g_volta"), parallel("g_abre"), task("urb", "planejamento"),
        task("amb", "meio_ambiente"), parallel("g_fecha"), task("decidir", "secretario", form="decidir"),
        exclusive("g_fim"), end("fim", "emitido"),
    ],
    """
    inicio > pedir > g_volta > g_abre
    g_abre > urb > g_fecha
    g_abre > amb > g_fecha
    g_fecha > decidir > g_fim
    g_fim > g_volta : de_novo = true
    g_fim > fim : *
    """,
)  # fmt: skip
DECIDIR = """{"type": "default", "id": "decidir", "schemaVersion": 19, "components": [
  {"type": "checkbox", "id": "d", "key": "de_novo", "label": "Mais uma rodada"}]}"""

# A task with a deadline, its warning, and a term that archives the case.
DEADLINE = sketch(
    [
        task("pedir", "requerente"), task("analisar", "obras", due="P5D", warn="P3D"),
        boundary_timer("b_prazo", "analisar", "P10D"), end("fim", "emitido"), end("fim_prazo", "arquivado"),
    ],
    """
    inicio > pedir > analisar > fim
    b_prazo > fim_prazo
    """,
)  # fmt: skip

# A payment is awaited, by number of the case, for thirty days; then the case is archived.
PAYMENT = sketch(
    [
        task("pedir", "requerente"), event_based("g_pago"),
        message("m_pago", "pagamento_confirmado", "processo.numero", {"pago": "mensagem.valor"}),
        timer("tm_vencido", "P30D"), task("entregar", "protocolo"), end("fim", "emitido"),
        end("fim_vencido", "arquivado"),
    ],
    """
    inicio > pedir > g_pago > m_pago > entregar > fim
    g_pago > tm_vencido > fim_vencido
    """,
)  # fmt: skip

# What the register answers is written into the case.
SERVICE = sketch(
    [
        task("pedir", "requerente"),
        service("s_lote", "cadastro.consultar", {"inscricao": '"01.02"'}, {"zona": "resultado.zona"}),
        task("conferir", "protocolo"), end("fim", "emitido"),
    ],
    "inicio > pedir > s_lote > conferir > fim",
)  # fmt: skip

# The gateway cannot decide until the other branch has given the value that it asks for.
BROKEN_GATEWAY = sketch(
    [
        task("pedir", "requerente"), parallel("g_abre"), exclusive("g_valor"), script("x_alto", 'faixa = "alta"'),
        script("x_baixo", 'faixa = "baixa"'), exclusive("g_faixa"), task("urb", "planejamento", form="valor"),
        parallel("g_fecha"), task("assinar", "secretario"), end("fim", "emitido"),
    ],
    """
    inicio > pedir > g_abre
    g_abre > g_valor
    g_valor > x_alto : valor > 10
    g_valor > x_baixo : *
    x_alto > g_faixa
    x_baixo > g_faixa
    g_faixa > g_fecha
    g_abre > urb > g_fecha
    g_fecha > assinar > fim
    """,
)  # fmt: skip
VALOR = """{"type": "default", "id": "valor", "schemaVersion": 19, "components": [
  {"type": "number", "id": "v", "key": "valor", "label": "Valor", "decimalDigits": 0}]}"""

# A legal clock on the analysis, stopped while the citizen answers; the second time only for a new fact.
LEGAL_CLOCK = sketch(
    [
        task("pedir", "requerente"),
        sub(
            "sp_analise",
            [
                exclusive("g_rodada"), task("analisar", "obras", form="analisar"), exclusive("g_exige"),
                task(
                    "complementar", "requerente", suspende="prazo_legal", nova_suspensao="fato_novo = true"
                ),
                end("fim_analise"),
            ],
            """
            inicio_sp_analise > g_rodada > analisar > g_exige
            g_exige > complementar : exige = true
            g_exige > fim_analise : *
            complementar > g_rodada
            """,
        ),
        boundary_timer(
            "b_legal", "sp_analise", 'prazo(60, "corridos")', relogio="prazo_legal", norma="Lei 1/2020",
            efeito="avocar",
        ),
        task("decidir", "secretario", reinicia="prazo_legal"), end("fim", "emitido"), end("fim_legal", "tacito"),
    ],
    """
    inicio > pedir > sp_analise > decidir > fim
    b_legal > fim_legal
    """,
)  # fmt: skip
ANALISAR = """{"type": "default", "id": "analisar", "schemaVersion": 19, "components": [
  {"type": "checkbox", "id": "e", "key": "exige", "label": "Há exigências"},
  {"type": "checkbox", "id": "n", "key": "fato_novo", "label": "Há fato novo"}]}"""
FORMS = {"conferir": CONFERIR, "decidir": DECIDIR, "analisar": ANALISAR, "valor": VALOR}
