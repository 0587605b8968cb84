"""SpiffWorkflow's own modeller (SpiffArena): elements of the `spiffworkflow:` namespace, expressions in Python.

Source: the extension page of SpiffWorkflow 3.2's documentation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from engine.bpmn.dialects.camunda7 import form_name, own_words
from engine.bpmn.dialects.expressions import SPIFF, feel_of
from engine.bpmn.notes import Note

NAMESPACES = (SPIFF,)
_S = f"{{{SPIFF}}}"
_FORM = "formJsonSchemaFilename"
_FORM_ENDINGS = ("-schema.json", ".json")


def read_note(node: etree._Element) -> Note:
    """Return what the `spiffworkflow:` extensions of `node` say."""
    properties = dict(read_properties(node))
    operator = node.find(f"{{*}}extensionElements/{_S}serviceTaskOperator")
    words: dict[str, Any] = {word: value for word, value in own_words(properties.items()).items() if value}
    words |= {
        word: value
        for word, value in (
            ("form", _form(properties.get(_FORM))),
            ("decision", (node.findtext(f"{{*}}extensionElements/{_S}calledDecisionId") or "").strip()),
            ("topic", operator.get("id") if operator is not None else None),
        )
        if value
    }
    if operator is None:
        return Note(**words)
    result = operator.get("resultVariable")
    return Note(
        **words,
        inputs=tuple(
            (entry.get("id") or "", feel_of(node, entry.get("value") or "null"))
            for entry in operator.iterfind(f"{_S}parameters/{_S}parameter")
        ),
        outputs=((result, "resultado"),) if result else (),
    )


def read_properties(node: etree._Element) -> Iterable[tuple[str, str]]:
    """Yield (name, value) of the element's own `spiffworkflow:property` elements."""
    for entry in node.iterfind(f"{{*}}extensionElements/{_S}properties/{_S}property"):
        yield entry.get("name") or "", entry.get("value") or ""


def _form(name: str | None) -> str | None:
    for ending in _FORM_ENDINGS:
        name = name.removesuffix(ending) if name else name
    return form_name(name)
