"""Findings about compensation: every event has its handler, every handler its activity, every throw something to undo.

Source: BPMN 2.0.2, §10.5.6 and §10.7.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.drawing import ACTIVITIES, Drawing, Element
from engine.bpmn.structure import Finding
from engine.bpmn.undoing import handlers_of, is_hook, throws, undoes_scope, undoing_of, visible_from


def undoing(drawing: Drawing) -> Iterator[Finding]:
    """Yield what is wrong with the compensation of a drawing, element by element."""
    known = undoing_of(drawing)
    for element in drawing.elements.values():
        if is_hook(element):
            yield from _hook(drawing, element)
        if element.undoes:
            yield from _handler(drawing, element)
        if throws(element) and element.reference is not None:
            target = drawing.elements.get(element.reference)
            if target is None or target.scope not in visible_from(drawing, element):
                yield {"element": element.id, "code": "compensation-not-visible", "target": element.reference}
            elif target.id not in known.remembered:
                yield {"element": element.id, "code": "nothing-to-undo", "target": target.id}


def _hook(drawing: Drawing, hook: Element) -> Iterator[Finding]:
    handlers = [drawing.elements[one] for one in handlers_of(drawing, hook)]
    if len(handlers) != 1 or not handlers[0].undoes or handlers[0].scope != hook.scope:
        yield {"element": hook.id, "code": "compensation-without-handler"}
    if drawing.outgoing(hook.id):
        yield {"element": hook.id, "code": "flow-not-allowed"}
    beside = [one for one in drawing.within(hook.scope) if is_hook(one) and one.attached_to == hook.attached_to]
    inside = [one for one in drawing.within(hook.attached_to) if undoes_scope(drawing, one)]
    if beside[0] is hook and len(beside) + len(inside) > 1:
        yield {"element": hook.attached_to, "code": "several-handlers"}


def _handler(drawing: Drawing, handler: Element) -> Iterator[Finding]:
    if handler.kind not in ACTIVITIES or drawing.outgoing(handler.id) or drawing.incoming(handler.id):
        yield {"element": handler.id, "code": "flow-not-allowed"}
    if not any(is_hook(one) and handler.id in handlers_of(drawing, one) for one in drawing.within(handler.scope)):
        yield {"element": handler.id, "code": "handler-without-activity"}
    for one in drawing.within(handler.scope):
        if one.attached_to == handler.id:
            yield {"element": one.id, "code": "boundary-on-handler", "host": handler.id}
