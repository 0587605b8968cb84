"""What came of an element: where the drawing leads from it over what was done since. Pure; looks at no tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bpmn.drawing import Drawing, Element


def later(drawing: Drawing, element: str, done: Mapping[str, int]) -> set[str]:
    """Return the elements to which the last doing of `element` has led, those done since and those reached by them.

    `done`: the number of the last step at which each element was done; `element` itself must be there.
    """
    since = {name for name, seq in done.items() if seq > done[element]}
    found: set[str] = set()
    ahead = list(_onward(drawing, element, since))
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += _begun(drawing, name, since)
            if name in since:
                ahead += _onward(drawing, name, since)
    return found


def _onward(drawing: Drawing, name: str, since: set[str]) -> Iterator[str]:
    """Yield where a token may have gone from an element that was done, also by leaving or interrupting its scope."""
    yield from (flow.target for flow in drawing.outgoing(name))
    around = drawing.elements[name].scope
    if around is not None and not drawing.outgoing(name):
        yield around
    yield from _interrupted_by(drawing, around, since)
    while around is not None:
        yield from (one.id for one in _attached(drawing, around, since) if one.interrupting)
        around = drawing.elements[around].scope
        yield from _interrupted_by(drawing, around, since)


def _interrupted_by(drawing: Drawing, scope: str | None, since: set[str]) -> Iterator[str]:
    """Yield the event sub-processes that have interrupted a scope since."""
    for handler in drawing.within(scope):
        if handler.event_scope:
            starts = [inner for inner in drawing.beginnings(handler.id) if inner.id in since]
            if any(start.interrupting for start in starts):
                yield handler.id


def _begun(drawing: Drawing, name: str, since: set[str]) -> Iterator[str]:
    """Yield what began with an element that was come to: the inside of a sub-process, boundary events that fired."""
    if drawing.elements[name].kind == "subProcess":
        yield from (inner.id for inner in drawing.within(name))
    yield from (one.id for one in _attached(drawing, name, since))


def _attached(drawing: Drawing, name: str, since: set[str]) -> Iterator[Element]:
    return (one for one in drawing.elements.values() if one.attached_to == name and one.id in since)
