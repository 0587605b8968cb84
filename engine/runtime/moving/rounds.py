"""Running splits and joins: whether the tokens on their way still meet where they did, each once.

A token stands inside a round when it can bring some but not all of what a join waits for. Such a round must find in
the new version a join of the same kind, what has arrived arrived, and every input that is still awaited served by a
token that stands before it. Source: BPMN 2.0.2 §10.6.4, §13.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.bpmn.specs.joins import RoundParallelGateway, reach
from engine.runtime.moving.rooms import JOIN, SPLIT, Room
from engine.runtime.moving.tree import Node
from engine.runtime.state import JOINS

Complaint = tuple[str, str]


def complaints(room: Room) -> Iterator[Complaint]:
    """Yield (code, join's name in its own version) for each join of a part whose round would not end as it began."""
    told: set[str] = set()
    for name, spec in _joins(room.old):
        before = _Round.of(room, spec)
        heir = room.heir_of(name)
        code = _changed(room, before, heir, spec) if before.running else None
        if code:
            yield code, name
        if heir is not None and (code or not before.covered):
            told.add(heir.name)  # one that would wait for ever where it is becomes no worse
    for name, spec in _joins(room.new):
        if name not in told and isinstance(spec, RoundParallelGateway) and not _later(room, spec).covered:
            yield "join-would-wait", name


def _joins(spec: Any) -> Iterator[tuple[str, Any]]:
    for name, task_spec in spec.task_specs.items():
        if isinstance(task_spec, JOINS) and len(task_spec._inputs) > 1:
            yield name, task_spec


@dataclass(frozen=True)
class _Round:
    """One join: which inputs have brought a token, and which each token on its way can still serve."""

    expected: frozenset[str]
    arrived: frozenset[str]
    served: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, room: Room, join: Any) -> _Round:
        """Return the round of a join of the old version."""
        nodes = list(room.part.root.everything())
        arrived = {node.above.name for node in nodes if _arrival(node, join.name) and node.above is not None}
        starts = [_starts(room.old, node.name) for node in _tokens(room)]
        fired = any(node.name == join.name and node.live is False and node.below for node in nodes)
        return cls(_expected(join, fired=fired), frozenset(arrived), _served(room.old, join, starts))

    @property
    def running(self) -> bool:
        inside = (one for one in self.served if one and not self.expected <= one)
        return bool(self.arrived) or any(inside)

    @property
    def covered(self) -> bool:
        """Whether nothing is awaited that nobody can bring; also when nobody comes this way at all."""
        if not self.arrived and not any(self.served):
            return True
        return self.expected <= self.arrived.union(*self.served)


def _later(room: Room, join: Any) -> _Round:
    """Return the round of a join of the new version, as it would stand after the move."""
    nodes = list(room.part.root.everything())
    names = {id(node): room.heir(node) for node in nodes}
    mine = [node for node in nodes if names[id(node)] is join]
    arrived = {names[id(node.above)].name for node in mine if _arrival(node, node.name) and names.get(id(node.above))}
    starts = [_starts(room.new, names[id(node)].name) for node in _tokens(room)]
    fired = any(node.live is False and node.below for node in mine)
    return _Round(_expected(join, fired=fired), frozenset(arrived), _served(room.new, join, starts))


def _changed(room: Room, before: _Round, heir: Any, join: Any) -> str | None:
    if heir is None or type(heir) is not type(join) or len(heir._inputs) < 2:
        return "join-changed"
    after = _later(room, heir)
    inputs = {room.identity.spec_name(name) for name in before.arrived}
    if not inputs <= set(heir._inputs) or len(after.arrived) != len(before.arrived):
        return "branch-changed"
    meet = [bool(one) for one in before.served] == [bool(one) for one in after.served]
    return None if meet and (_collide(before) or not _collide(after)) else "branch-changed"


def _collide(one: _Round) -> bool:
    """Whether a token may come to an input that has its token, or two tokens to one input."""
    seen = set(one.arrived)
    for inputs in one.served:
        if inputs & seen:
            return True
        seen |= inputs
    return False


def _arrival(node: Node, join: str) -> bool:
    """Whether a node is a token that has come to a join and not gone through it."""
    return node.name == join and (node.live or not node.below) and node.above is not None


def _tokens(room: Room) -> Iterator[Node]:
    """Yield the live nodes from which a token goes on: neither what waits at a join nor what waits on a boundary."""
    for node in room.live():
        spec = room.spec(node)
        at_join = isinstance(spec, JOINS) and len(spec._inputs) > 1
        if not (at_join or node.name.endswith((JOIN, ".EndJoin")) or room.is_boundary(node)):
            yield node


def _starts(spec: Any, name: str) -> list[str]:
    """Return where a token at `name` may go on from: there, and at the boundary events around it."""
    split = spec.task_specs.get(f"{name}{SPLIT}")
    return [name, *(split._outputs if split is not None else ())]


def _served(spec: Any, join: Any, starts: list[list[str]]) -> tuple[frozenset[str], ...]:
    inputs = frozenset(join._inputs)
    return tuple(frozenset(reach(spec, names, join.name)) & inputs for names in starts)


def _expected(join: Any, *, fired: bool) -> frozenset[str]:
    if not isinstance(join, RoundParallelGateway):
        return frozenset(join._inputs)
    first, later = join.rounds()
    return frozenset(later if fired else first)
