"""Findings about what other engines' extensions say: expressions without FEEL, names that are not fixed, what is left.

Source: ADR 0017.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.bpmn.dialects.expressions import untranslated
from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.structure import Finding

_CODES = {"ignored": "extension-ignored", "refused": "extension-refused"}
_NAMES = {"role": "papel", "form": "formulário", "topic": "serviço", "decision": "tabela"}
_NOT_FIXED = re.compile(r"[$#]\{|=")


def names(_drawing: Drawing, element: Element) -> Iterator[Finding]:
    """A role, form, service or table is named in the drawing, one of each: who works is not computed case by case."""
    for word, where in _NAMES.items():
        name = getattr(element.note, word)
        if name is not None and _NOT_FIXED.match(name):
            yield {"element": element.id, "code": "name-not-fixed", "where": where, "source": name[:80]}
        elif name is not None and word == "role" and "," in name:
            yield {"element": element.id, "code": "several-roles", "source": name[:80]}


def left_over(drawing: Drawing) -> Iterator[Finding]:
    """Yield the extensions that are not read and would have changed something; the harmless ones are not findings."""
    for one in drawing.leftovers:
        if one.rank in _CODES:
            yield {"element": one.element or None, "code": _CODES[one.rank], "name": one.name, "source": one.value[:80]}


def other_language(element: str | None, where: str, source: str) -> Finding | None:
    """Return the finding of an expression that stayed in the language it was written in, None when it is FEEL's."""
    refused = untranslated(source)
    if refused is None:
        return None
    facts = {"source": source[:200], "found": refused.facts["found"]}
    return {"element": element, "code": "expression-untranslated", "where": where, **facts}
