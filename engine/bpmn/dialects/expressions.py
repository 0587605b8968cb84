"""What language an expression of a diagram is in, and its FEEL.

What cannot be translated stays as it was written: `untranslated` says so when the diagram is checked.
"""

from __future__ import annotations

from lxml import etree

from engine.bpmn.dialects import juel, python
from engine.bpmn.notes import Note
from engine.bpmn.source import B
from engine.errors import ExpressionRefused

SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
EXPRESSIONS = frozenset(
    {"conditionExpression", "loopCondition", "completionCondition", "condition", "loopCardinality"}
    | {"timeDate", "timeDuration", "timeCycle"}
)  # elements that hold one
_FEEL_NAMES = frozenset({"", "feel", "http://www.omg.org/spec/feel/20140401"})
_XPATH = "http://www.w3.org/1999/xpath"
_FEEL_URL = "omg.org/spec/dmn"


def feel_of(node: etree._Element, source: str) -> str:
    """Return the FEEL of an expression that stands at `node`, or the expression itself when it has none."""
    source = source.strip()
    if source.startswith("="):
        return source[1:].strip()
    try:
        if juel.is_juel(source):
            return juel.translate(source)
        return python.translate(source) if source and _is_python(node) else source
    except ExpressionRefused:
        return source


def _is_python(node: etree._Element) -> bool:
    return SPIFF in node.nsmap.values()


def untranslated(source: str) -> ExpressionRefused | None:
    """Return why an expression that stayed as it was written has no FEEL; None when it is not of another language."""
    if not juel.is_juel(source):
        return None
    try:
        juel.translate(source)
    except ExpressionRefused as refused:
        return refused
    return None


def language_of(node: etree._Element) -> str | None:
    """Return the language that a formal expression says it is in when it is neither FEEL nor JUEL, None otherwise."""
    said = (node.get("language") or "").strip().lower()
    known = said in _FEEL_NAMES or _FEEL_URL in said or said in {"juel", "el", _XPATH} or "java.sun.com" in said
    return None if known or said.endswith(("/juel", "/el")) else said


def script_of(node: etree._Element, note: Note) -> tuple[str | None, str | None]:
    """Return (script, language) of a script task: FEEL assignments and `feel` where it can be said in FEEL.

    An expression whose result goes into a variable (Camunda's `resultVariable`) is one assignment.
    """
    if note.script is not None:
        return note.script, "feel"
    drawn = node.find(B + "script")
    text = None if drawn is None else drawn.text or ""
    written = (node.get("scriptFormat") or ("python" if _is_python(node) and text else "")).strip()
    language = written.lower()
    if language == "juel" and note.result and text:
        text, language = feel_of(node, text), "feel"
    if language == "feel" and note.result and text:
        return f"{note.result} = {text.strip().removeprefix('=')}", "feel"
    return text, "feel" if language == "feel" else written or None
