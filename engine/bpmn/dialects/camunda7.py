"""The dialect of our own diagrams: Camunda 7 attributes, and `camunda:properties` for our own keys.

Flowable and Activiti, of the same stock, are read by the same words in their own namespaces.
Source: design of the starter library; attribute names are those of the Camunda 7.24 extension reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from engine.bpmn.dialects.expressions import feel_of
from engine.bpmn.notes import Note

NAMESPACE = "http://camunda.org/schema/1.0/bpmn"
NAMESPACES = (NAMESPACE,)
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
_FEEL = ("due", "warn", "key", "suspends_again")
_FORM_PREFIXES = ("embedded:app:forms/", "embedded:deployment:", "camunda-forms:deployment:", "camunda-forms:/forms/")
_FORM_ENDINGS = (".form.json", ".form", ".html")


def read_note(node: etree._Element, namespace: str = NAMESPACE) -> Note:
    """Return what the Camunda 7 extensions of `node` say; what is not said is None."""
    words: dict[str, Any] = {word: node.get(f"{{{namespace}}}{attribute}") for word, attribute in _ATTRIBUTES.items()}
    words["form"] = form_name(node.get(f"{{{namespace}}}formRef") or node.get(f"{{{namespace}}}formKey"))
    words |= own_words(read_properties(node, namespace))
    said = {word: value.strip() for word, value in words.items() if value and value.strip()}
    return Note(
        **(said | {word: feel_of(node, said[word]) for word in _FEEL if word in said}),
        inputs=_parameters(node, "inputParameter", namespace),
        outputs=_parameters(node, "outputParameter", namespace),
    )


def own_words(properties: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Return what the keys of our own say, in whatever dialect the pairs were written."""
    found = dict(properties)
    return {word: found.get(name) for word, name in _PROPERTIES.items()}


def form_name(key: str | None) -> str | None:
    """Return the name of a form without the place where other engines keep it."""
    for prefix in _FORM_PREFIXES:
        key = key.removeprefix(prefix) if key else key
    for ending in _FORM_ENDINGS:
        key = key.removesuffix(ending) if key else key
    return key


def read_properties(node: etree._Element, namespace: str = NAMESPACE) -> Iterable[tuple[str, str]]:
    """Yield (name, value) of the element's own `camunda:property` elements."""
    for entry in node.iterfind(f"{{*}}extensionElements/{{{namespace}}}properties/{{{namespace}}}property"):
        yield entry.get("name") or "", entry.get("value") or ""


def _parameters(node: etree._Element, kind: str, namespace: str) -> tuple[tuple[str, str], ...]:
    found = node.iterfind(f"{{*}}extensionElements/{{{namespace}}}inputOutput/{{{namespace}}}{kind}")
    return tuple((entry.get("name") or "", feel_of(node, (entry.text or "").strip())) for entry in found)
