"""The dialect of our own diagrams: Camunda 7 attributes, and `camunda:properties` for our own keys.

Source: design of the starter library; attribute names are those of the Camunda 7.24 extension reference.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from engine.bpmn.notes import Note

NAMESPACE = "http://camunda.org/schema/1.0/bpmn"
_C = f"{{{NAMESPACE}}}"
_ATTRIBUTES = {
    "role": "candidateGroups",
    "due": "dueDate",
    "warn": "followUpDate",
    "topic": "topic",
    "decision": "decisionRef",
    "result": "resultVariable",
}
_PROPERTIES = {
    "stage": "etapa",
    "paper": "documento",
    "draft_paper": "minuta",
    "signs": "assina",
    "clock": "relogio",
    "norm": "norma",
    "effect": "efeito",
    "suspends": "suspende",
    "suspends_again": "nova_suspensao",
    "restarts": "reinicia",
    "outcome": "desfecho",
    "valid_for": "validade",
    "warn_before": "avisar_antes",
    "key": "chave",
    "combine": "combina",
}


def read_note(node: etree._Element) -> Note:
    """Return what the Camunda 7 extensions of `node` say; what is not said is None."""
    words = {word: node.get(_C + attribute) for word, attribute in _ATTRIBUTES.items()}
    words["form"] = node.get(_C + "formRef") or node.get(_C + "formKey")
    properties = dict(read_properties(node))
    words |= {word: properties.get(name) for word, name in _PROPERTIES.items()}
    return Note(
        **{word: value.strip() for word, value in words.items() if value and value.strip()},
        inputs=_parameters(node, "inputParameter"),
        outputs=_parameters(node, "outputParameter"),
    )


def read_properties(node: etree._Element) -> Iterable[tuple[str, str]]:
    """Yield (name, value) of the element's own `camunda:property` elements."""
    for entry in node.iterfind(f"{{*}}extensionElements/{_C}properties/{_C}property"):
        yield entry.get("name") or "", entry.get("value") or ""


def _parameters(node: etree._Element, kind: str) -> tuple[tuple[str, str], ...]:
    found = node.iterfind(f"{{*}}extensionElements/{_C}inputOutput/{_C}{kind}")
    return tuple((entry.get("name") or "", (entry.text or "").strip()) for entry in found)
