"""Findings about words: too long, expressions and terms that do not compile, names of things that do not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from engine import feel
from engine.bpmn.check.around import Surroundings
from engine.bpmn.check.dialects import other_language
from engine.bpmn.drawing import Drawing, Element, role_of
from engine.bpmn.notes import TIMERS, iso_cycle, iso_term
from engine.bpmn.structure import Finding
from engine.errors import BadInput, ExpressionRefused
from engine.worktime import clock_span, parse_cycle, parse_term

_LONGEST = {"id": 120, "name": 200}  # what the rows that mirror a case hold, whatever the store
_LONGEST_WORD = {
    "role": 60, "form": 120, "paper": 60, "draft_paper": 60, "signs": 12, "clock": 60, "norm": 200, "effect": 60,
    "outcome": 40,
}  # fmt: skip
_LONGEST_MESSAGE = 120


def lengths(drawing: Drawing, element: Element) -> Iterator[Finding]:
    texts = [(where, getattr(element, where), limit) for where, limit in _LONGEST.items()]
    texts += [(word, getattr(element.note, word), limit) for word, limit in _LONGEST_WORD.items()]
    texts.append(("role", role_of(element), _LONGEST_WORD["role"]))
    texts += [("message", drawing.heard_name(one), _LONGEST_MESSAGE) for one in drawing.events_of(element)]
    for where, text, limit in dict.fromkeys(texts):
        if text is not None and len(text) > limit:
            yield {"element": element.id[:200], "code": "text-too-long", "where": where, "limit": limit}


def expressions(drawing: Drawing, element: Element) -> Iterator[Finding]:
    note = element.note
    sources = [("chave", note.key), ("nova_suspensao", note.suspends_again)]
    sources += [(f"entrada {name}", source) for name, source in note.inputs]
    sources += [(f"saída {name}", source) for name, source in note.outputs]
    sources.append(("activationCondition", element.activation))
    sources.append(("repetição", element.loop.condition if element.loop else None))
    sources += [("condição", one.expression) for one in drawing.events_of(element) if one.event == "conditional"]
    sources += [(flow.name or flow.id, flow.condition) for flow in drawing.outgoing(element.id)]
    for where, source in sources:
        if source:
            yield from compiled(element, where, source, feel.compile_expression)
    if element.kind == "scriptTask" and element.script_format == "feel":
        yield from compiled(element, "script", element.script or "", feel.script)


def conditions(drawing: Drawing, element: Element) -> Iterator[Finding]:
    """Yield conditions that are no question."""
    asked = [(flow.name or flow.id, flow.condition) for flow in drawing.outgoing(element.id)]
    asked.append(("repetição", element.loop.condition if element.loop else None))
    asked.append(("completionCondition", element.many.until if element.many else None))
    for where, source in asked:
        if source:
            yield from never_boolean(element, where, source)


def moments(drawing: Drawing, element: Element) -> Iterator[Finding]:
    note = element.note
    moments = [("prazo due", note.due), ("prazo warn", note.warn)]
    awaited = drawing.events_of(element)
    moments += [("timer", one.expression or " ") for one in awaited if one.event in TIMERS]
    for where, source in moments:
        if source:
            yield from _moment(element, where, source)
    for source in (one.expression or "" for one in awaited if one.event == "timeCycle"):
        if iso_cycle(source) is None:
            yield from compiled(element, "timer", source or " ", feel.compile_expression)
    for where, source in (("validade", note.valid_for), ("avisar_antes", note.warn_before)):
        if source and not source.startswith("P"):
            yield {"element": element.id, "code": "not-a-term", "where": where, "source": source[:80]}
        elif source:
            yield from _moment(element, where, source)


def _moment(element: Element, where: str, source: str) -> Iterator[Finding]:
    """A term or moment written out must be one that can be counted; anything else is an expression."""
    literal = iso_term(source)
    if literal is None:
        yield from compiled(element, where, source, feel.compile_expression)
        return
    if clock_span(literal) is not None:
        return
    try:
        parse_term(literal, days="corridos") if literal.startswith("P") else datetime.fromisoformat(literal)
    except (BadInput, ValueError):
        yield {"element": element.id, "code": "not-a-term", "where": where, "source": literal[:80]}


def cycles(drawing: Drawing, around: Surroundings) -> Iterator[Finding]:
    """Cycles written out keep the distance that the city asks for; what an expression gives is held to it later."""
    for element in drawing.elements.values():
        for one in drawing.events_of(element):
            if one.event == "timeCycle" and iso_cycle(one.expression or ""):
                yield from _cycle(element, one.expression or "", around.shortest_cycle)


def _cycle(element: Element, source: str, shortest: timedelta = timedelta()) -> Iterator[Finding]:
    literal = iso_cycle(source) or ""
    try:
        parse_cycle(literal, shortest=shortest)
    except BadInput as bad:
        yield {"element": element.id, "code": "not-a-cycle", "source": literal[:80], "why": bad.facts["errors"]}


def compiled(element: Element | None, where: str, source: str, compiler: Callable[[str], object]) -> Iterator[Finding]:
    named = element.id if element else None
    foreign = other_language(named, where, source)
    if foreign is not None:
        yield foreign
        return
    try:
        compiler(source)
    except ExpressionRefused as refused:
        yield {
            "element": named,
            "code": "expression-refused",
            "where": where,
            **refused.facts,
        }


def never_boolean(element: Element, where: str, source: str) -> Iterator[Finding]:
    """Yield a condition that asks nothing and is no truth value: `23` can never decide."""
    try:
        expression = feel.compile_expression(source)
        value = None if expression.names else expression.evaluate({}, feel.NO_HOST)
    except ExpressionRefused:  # it does not compile, which is found elsewhere, or it asks what only a case knows
        return
    if value is not None and not isinstance(value, bool):
        yield {"element": element.id, "code": "condition-not-boolean", "where": where, "source": source[:80]}


def missing(drawing: Drawing, around: Surroundings) -> Iterator[Finding]:
    for element in drawing.elements.values():
        note = element.note
        asked = [("role-unknown", around.roles, role_of(element) if element.is_for_people else None)]
        asked += [("form-unknown", around.forms, note.form), ("decision-unknown", around.decisions, note.decision)]
        asked += [("paper-unknown", around.papers, note.paper), ("paper-unknown", around.papers, note.draft_paper)]
        for code, known, name in asked:
            if name is not None and known is not None and name not in known:
                yield {"element": element.id, "code": code, "name": name}
