"""Camunda 8: elements of the `zeebe:` namespace. Expressions are FEEL and begin with `=`; what does not is fixed text.

Source: element names are those of the Camunda 8.8 BPMN extension reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from engine.bpmn.dialects.camunda7 import form_name, own_words
from engine.bpmn.dialects.python import feel_text
from engine.bpmn.notes import Note
from engine.bpmn.source import B

NAMESPACE = "http://camunda.org/schema/zeebe/1.0"
NAMESPACES = (NAMESPACE,)
_Z = f"{{{NAMESPACE}}}"
_TEXT = re.compile(r'=\s*\[?\s*"([^"\\]*)"\s*\]?\s*')


def read_note(node: etree._Element) -> Note:
    """Return what the `zeebe:` extensions of `node`, and of the message that it names, say."""
    words = {
        "role": _fixed(_said(node, "assignmentDefinition", "candidateGroups")),
        "due": _expression(_said(node, "taskSchedule", "dueDate")),
        "warn": _expression(_said(node, "taskSchedule", "followUpDate")),
        "form": _form(node),
        "topic": _fixed(_said(node, "taskDefinition", "type")),
        "decision": _fixed(_said(node, "calledDecision", "decisionId")),
        "result": _said(node, "calledDecision", "resultVariable"),
        "key": _message_key(node),
    }
    words |= {word: value for word, value in own_words(read_properties(node)).items() if value}
    return Note(
        **{word: value for word, value in words.items() if value},
        inputs=(*_mappings(node, "input"), *_headers(node)),
        outputs=_mappings(node, "output"),
        script=_script(node),
    )


def read_properties(node: etree._Element) -> Iterable[tuple[str, str]]:
    """Yield (name, value) of the element's own `zeebe:property` elements."""
    for entry in node.iterfind(f"{{*}}extensionElements/{_Z}properties/{_Z}property"):
        yield entry.get("name") or "", entry.get("value") or ""


def _said(node: etree._Element, element: str, attribute: str) -> str | None:
    found = node.find(f"{{*}}extensionElements/{_Z}{element}")
    value = (found.get(attribute) or "").strip() if found is not None else ""
    return value or None


def _fixed(value: str | None) -> str | None:
    """Return a name; one that is written as a FEEL text (`="obras"`, `=["obras"]`) is the text."""
    written = _TEXT.fullmatch(value or "")
    return written[1] if written else value


def _expression(value: str | None) -> str | None:
    return value.removeprefix("=").strip() if value else None


def _form(node: etree._Element) -> str | None:
    names = [_said(node, "formDefinition", name) for name in ("formId", "externalReference", "formKey")]
    found = _fixed(next((name for name in names if name), None))
    return form_name(found.removeprefix("camunda-forms:bpmn:")) if found else None


def _mappings(node: etree._Element, kind: str) -> tuple[tuple[str, str], ...]:
    """Return (target, FEEL) of the element's mappings; a source without `=` is a fixed text."""
    found = node.iterfind(f"{{*}}extensionElements/{_Z}ioMapping/{_Z}{kind}")
    return tuple((entry.get("target") or "", _value(entry.get("source") or "")) for entry in found)


def _value(source: str) -> str:
    source = source.strip()
    return source[1:].strip() if source.startswith("=") else feel_text(source)


def _headers(node: etree._Element) -> tuple[tuple[str, str], ...]:
    """Return the headers of a job as inputs: fixed texts of the drawing that its connector is given."""
    found = node.iterfind(f"{{*}}extensionElements/{_Z}taskHeaders/{_Z}header")
    return tuple((entry.get("key") or "", feel_text(entry.get("value") or "")) for entry in found)


def _script(node: etree._Element) -> str | None:
    expression, name = _said(node, "script", "expression"), _said(node, "script", "resultVariable")
    return f"{name} = {_value(expression)}" if expression and name else None


def _message_key(node: etree._Element) -> str | None:
    """Return the correlation key of the message that an event awaits; it stands at the message itself."""
    definition = node.find(B + "messageEventDefinition")
    reference = (node if definition is None else definition).get("messageRef")
    if not reference:
        return None
    for message in node.getroottree().getroot().iterfind(B + "message"):
        if message.get("id") == reference.rpartition(":")[2]:
            return _expression(_said(message, "subscription", "correlationKey"))
    return None
