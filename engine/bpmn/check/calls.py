"""Findings about service tasks: the connector they ask for, the inputs they give it, what they read of its result."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine import feel
from engine.bpmn.check.around import Surroundings, Topic
from engine.bpmn.drawing import Drawing, Element
from engine.bpmn.structure import Finding
from engine.errors import ExpressionRefused

RESULT = "resultado"
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_READ = re.compile(rf"(?<![\w.]){RESULT}\.([^\W\d]\w*)")


def calls(drawing: Drawing, around: Surroundings) -> Iterator[Finding]:
    """Yield what a connector would not accept. A name of a FEEL variable or function is none of our business here."""
    if around.topics is None:
        return
    for element in drawing.elements.values():
        name = element.note.topic
        if name is None:
            continue
        topic = around.topics.get(name)
        if topic is None:
            yield {"element": element.id, "code": "topic-unknown", "name": name}
        elif topic.broken is not None:
            yield {"element": element.id, "code": "topic-broken", "name": name, "reason": topic.broken}
        else:
            yield from _inputs(element, topic, around)
            yield from _outputs(element, topic)


def _inputs(element: Element, topic: Topic, around: Surroundings) -> Iterator[Finding]:
    given = {name: source for name, source in element.note.inputs if source}
    facts = {"element": element.id, "topic": element.note.topic}
    for name, (kind, required) in topic.inputs.items():
        if name in given:
            yield from _constant({**facts, "input": name}, kind, topic, given[name], around)
        elif required:
            yield {**facts, "code": "input-missing", "input": name}
    for name in sorted(given.keys() - topic.inputs.keys()):
        yield {**facts, "code": "input-unknown", "input": name, "known": ", ".join(topic.inputs)}


def _constant(facts: Finding, kind: str, topic: Topic, source: str, around: Surroundings) -> Iterator[Finding]:
    """What is written out can be judged now; what reads the case or the moment, only when it runs."""
    try:
        compiled = feel.compile_expression(source)
        if compiled.names:
            return
        value = feel.jsonable(compiled.evaluate({}))
    except ExpressionRefused:
        return  # it does not compile, which is a finding of its own, or asks for what is known only when it runs
    if not topic.fits(kind, value):
        yield {**facts, "code": "input-type", "expected": kind}
    elif kind == "paper" and around.papers is not None and value not in around.papers:
        yield {"element": facts["element"], "code": "paper-unknown", "name": value}


def _outputs(element: Element, topic: Topic) -> Iterator[Finding]:
    if topic.outputs is None:
        return
    for where, source in element.note.outputs:
        bare = _TEXT.sub(" ", source)
        try:
            if RESULT not in feel.compile_expression(source).names:
                continue
        except ExpressionRefused:
            continue  # which is a finding of its own
        for name in dict.fromkeys(_READ.findall(bare)):
            if name not in topic.outputs:
                facts = {"element": element.id, "topic": element.note.topic, "where": where}
                yield {**facts, "code": "output-unknown", "output": name, "known": ", ".join(sorted(topic.outputs))}
