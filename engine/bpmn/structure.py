"""Findings about how ways split and meet: joins that can never fire, branches that meet without one, endless loops.

Only what is wrong in every run that comes there is a finding: a drawing that some data could make sensible passes. It
looks at flows alone, scope by scope, never at conditions, and gives up silently on a drawing that would take too long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from engine.bpmn.drawing import ACTIVITIES, GATEWAYS, Drawing, Flow
from engine.bpmn.undoing import is_hook

Finding = dict[str, Any]

_JOINING = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway"})
_AT_ONCE = frozenset({"scriptTask", "businessRuleTask", "sendTask"})
_DOING = ACTIVITIES | {"intermediateCatchEvent", "eventBasedGateway"}
_RESTING = (_DOING - _AT_ONCE) | {"endEvent"}
_ANY_START = ""  # of several ways in, a case takes one
_MOST_VISITS = 500_000  # of elements, for a whole drawing: well under a second


class _TooLong(Exception):
    """The drawing is too tangled to be looked through; it is let pass."""


def structure(drawing: Drawing) -> list[Finding]:
    """Return what can never go well in how the ways of a drawing split and meet."""
    scopes = [None, *(element.id for element in drawing.elements.values() if element.kind == "subProcess")]
    visits = [0]
    found: list[Finding] = []
    try:
        for scope in scopes:
            graph = _Graph(drawing, scope, visits)
            if graph.start is not None:
                for rule in (_endless, _joins, _meetings):
                    found.extend(rule(graph))
    except _TooLong:
        pass
    return found


class _Graph:
    """The elements of one scope and where a token may go from each; a boundary event is a way on from its host."""

    def __init__(self, drawing: Drawing, scope: str | None, visits: list[int]) -> None:
        self.drawing = drawing
        self.elements = {element.id: element for element in drawing.within(scope)}
        starts = [one.id for one in self.elements.values() if one.kind == "startEvent"]
        self.start = starts[0] if len(starts) == 1 else _ANY_START if starts else None
        self.flows = [flow for one in self.elements for flow in drawing.outgoing(one) if flow.target in self.elements]
        self.onward: dict[str, list[str]] = {one: [] for one in self.elements}
        self.sources: dict[str, set[str]] = {one: set() for one in self.elements}
        self.onward[_ANY_START] = starts
        for flow in self.flows:
            self.onward[flow.source].append(flow.target)
            self.sources[flow.target].add(flow.source)
        joining = {one.id for one in self.elements.values() if one.kind in _JOINING}
        splitting = joining | {one.id for one in self.elements.values() if one.kind not in GATEWAYS}
        self.forks = {one: list(ways) for one, ways in self.onward.items() if one in splitting and len(ways) > 1}
        self.takes_all = {one for one in self.forks if self._takes_all(one)}
        collecting = {one.id for one in self.elements.values() if one.quantities[0] != "1"}
        self.joins = {one for one, into in self.sources.items() if one in joining | collecting and len(into) > 1}
        self._hang_boundaries()
        self._visits = visits
        self._reached: dict[tuple[frozenset[str], frozenset[str]], frozenset[str]] = {}

    def _takes_all(self, fork: str) -> bool:
        """Whether a token goes on along every flow out of an element, whatever the data."""
        kind = self.elements[fork].kind
        return kind == "parallelGateway" or (
            kind not in GATEWAYS and all(flow.condition is None for flow in self.drawing.outgoing(fork))
        )

    def _hang_boundaries(self) -> None:
        for event in self.elements.values():
            host = event.attached_to
            if event.kind == "boundaryEvent" and host in self.onward and not is_hook(event):
                if not event.interrupting:
                    self.forks.setdefault(host, list(self.onward[host])).append(event.id)
                self.onward[host].append(event.id)

    def reach(self, starts: Iterable[str], without: Iterable[str]) -> frozenset[str]:
        """Return the elements that a token at one of `starts` may come to, not passing those of `without`."""
        known = (frozenset(starts), frozenset(without))
        if known not in self._reached:
            self._reached[known] = self._reach(*known)
        return self._reached[known]

    def _reach(self, starts: frozenset[str], without: frozenset[str]) -> frozenset[str]:
        seen: set[str] = set()
        ahead = list(starts)
        while ahead:
            here = ahead.pop()
            if here not in seen and here not in without:
                self.count()
                seen.add(here)
                ahead += self.onward[here]
        return frozenset(seen)

    def cannot_miss(self, start: str, element: str, exits: Collection[str]) -> bool:
        """Whether a token at `start` comes to `element` before it ends or comes to one of `exits`, if it goes on."""
        before = self.reach([start], [element])
        if any(here in exits or not self.onward[here] for here in before):
            return False
        return start == element or any(element in self.onward[here] for here in before)

    def count(self, visits: int = 1) -> None:
        """Count work that was done. Raises: _TooLong."""
        self._visits[0] += visits
        if self._visits[0] > _MOST_VISITS:
            raise _TooLong


# -- loops ------------------------------------------------------------------------------------------------------------


def _endless(graph: _Graph) -> Iterator[Finding]:
    """Yield scripts and rules from which nothing is reached that waits or ends: they would run for ever."""
    for element in graph.elements.values():
        if element.kind in _AT_ONCE and graph.onward[element.id]:
            ahead = graph.reach([element.id], [])
            if not any(graph.elements[one].kind in _RESTING or not graph.onward[one] for one in ahead):
                yield {"element": element.id, "code": "endless-loop"}


# -- joins ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Round:
    """A round of a parallel join: the elements that its tokens may come to, and the inputs that it then waits for."""

    join: str
    region: frozenset[str]
    expected: frozenset[str]


def _joins(graph: _Graph) -> Iterator[Finding]:
    assert graph.start is not None
    for join in sorted(graph.joins):
        if graph.elements[join].kind == "parallelGateway":
            for starts in ([graph.start], graph.onward[join]):
                region = graph.reach(starts, [join])
                turn = _Round(join, region, region & graph.sources[join])
                found = _never_fires(graph, turn) or _starving(graph, turn)
                if found is not None:
                    yield found
                    break


def _never_fires(graph: _Graph, turn: _Round) -> Finding | None:
    """Return the finding that two inputs of a join exclude one another: nothing brings a token to both."""
    for one, other in combinations(sorted(turn.expected), 2):
        if not _at_once(graph, turn, one, frozenset({other})):
            return {"element": turn.join, "code": "join-never-fires", "one": one, "other": other}
    return None


def _starving(graph: _Graph, turn: _Round) -> Finding | None:
    """Return the finding of a flow by which a token comes to a join in whose other inputs none ever arrives then."""
    for flow in graph.flows:
        if flow.source in turn.region and flow.target != turn.join and _starves(graph, turn, flow):
            return {"element": turn.join, "code": "way-into-parallel", "flow": flow.id, "target": flow.target}
    return None


def _starves(graph: _Graph, turn: _Round, flow: Flow) -> bool:
    served = turn.expected & graph.reach([flow.target], [turn.join])
    if not served or flow.source in graph.forks:
        return False
    if served == turn.expected & graph.reach([flow.source], [turn.join]):
        return False  # nothing was given up by taking this flow
    if not graph.cannot_miss(flow.target, turn.join, ()):
        return False
    return not _at_once(graph, turn, flow.source, turn.expected - served)


def _at_once(graph: _Graph, turn: _Round, place: str, others: frozenset[str]) -> bool:
    """Whether a fork of the round can bring one token to `place` and another to one of `others`."""
    for fork, branches in graph.forks.items():
        if fork not in turn.region:
            continue
        graph.count(len(branches))
        # an empty branch ends where it begins: the fork is itself the input that it serves
        reached = [{fork} if one == turn.join else graph.reach([one], [turn.join]) for one in branches]
        for position, mine in enumerate(reached):
            if place in mine and any(others & theirs for at, theirs in enumerate(reached) if at != position):
                return True
    return False


# -- branches that meet without a join --------------------------------------------------------------------------------


def _meetings(graph: _Graph) -> Iterator[Finding]:
    for fork, branches in graph.forks.items():
        if fork in graph.takes_all:  # of an inclusive one perhaps a single branch is taken
            met = (_meeting(graph, fork, one, other) for one, other in combinations(branches, 2))
            meeting = next((one for one in met if one is not None), None)
            if meeting is not None:
                yield {"element": meeting, "code": "branches-meet-without-join", "split": fork}


def _meeting(graph: _Graph, fork: str, one: str, other: str) -> str | None:
    """Return where two branches come together for certain, unjoined, with something to do that is then done twice."""
    both = graph.reach([one], [fork]) & graph.reach([other], [fork])
    exits = (graph.joins & both) | {fork}
    shared = [
        element
        for element in sorted(both - exits)
        if graph.cannot_miss(one, element, exits) and graph.cannot_miss(other, element, exits)
    ]
    if not any(graph.elements[element].kind in _DOING for element in shared):
        return None
    first = (element for element in shared if set(shared) <= graph.reach([element], exits))
    return next(first, shared[0])
