"""The parts of a saved state, each with the specification it runs on and the one that it is to run on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent

from engine.bpmn.normal import WRAP
from engine.bpmn.reader import Blueprint
from engine.bpmn.specs import drawn_id
from engine.bpmn.specs.caught import Caught, parts
from engine.runtime.moving.identity import Identity
from engine.runtime.moving.tree import Node, Part, Saved

SPLIT, JOIN = ".BoundaryEventSplit", ".BoundaryEventJoin"


@dataclass(frozen=True, eq=False)
class Room:
    """One part and its two specifications; `new` is None where the sub-process has no heir.

    A scope with event sub-processes is run as a scope around the rest of it (see `normal`). Where the new version has
    such a scope and the old had none, `outer` is the specification around it; where only the old has one, the part
    around it `dissolves` and goes.
    """

    part: Part
    identity: Identity
    old: Any
    new: Any
    outer: Any = None
    dissolves: bool = False

    def spec(self, node: Node) -> Any:
        return self.old.task_specs[node.name]

    def heir(self, node: Node) -> Any:
        """Return the specification that a node is to be of; None when there is none in this part."""
        return self.heir_of(node.name)

    def heir_of(self, name: str) -> Any:
        if self.new is not None and name == self.old.end.name:
            return self.new.end
        heir = self.identity.spec_name(name)
        return None if heir is None or self.new is None else self.new.task_specs.get(heir)

    def element(self, node: Node) -> str:
        """Return the drawn id of a node, for people."""
        return drawn_id(self.spec(node)) or node.name

    def is_wrap(self, node: Node) -> bool:
        """Whether a node is the scope, around the rest of its own, that goes with its part."""
        return self.dissolves and node.name == _wrap(self.old)

    def live(self) -> Iterator[Node]:
        return (node for node in self.part.root.everything() if node.live)

    def is_boundary(self, node: Node) -> bool:
        return isinstance(self.spec(node), BoundaryEvent)

    def boundaries(self, host: Any) -> Mapping[str, Any]:
        """Return the boundary events of an activity in the new version, by name."""
        split = self.new.task_specs.get(f"{host.name}{SPLIT}")
        names = split._outputs if split is not None else ()
        found = {name: self.new.task_specs[name] for name in names}
        return {name: spec for name, spec in found.items() if isinstance(spec, BoundaryEvent)}

    def stays_on(self, node: Node) -> bool:
        """Whether a boundary event goes on waiting: its heir hangs on the same activity as it does."""
        heir = self.heir(node)
        split = self.heir(node.above) if node.above is not None else None
        return heir is not None and split is not None and heir.name in split._outputs


def rooms_of(saved: Saved, identity: Identity) -> list[Room]:
    """Return the rooms of a saved state, outer before inner."""
    rooms: list[Room] = []
    at: dict[str, tuple[Node, Room]] = {}
    for part in saved.parts:
        room = _room(part, identity, at)
        rooms.append(room)
        at |= {node.id: (node, room) for node in part.root.everything() if node.id}
    return rooms


def _room(part: Part, identity: Identity, at: Mapping[str, tuple[Node, Room]]) -> Room:
    if not part.owner:
        return _matched(part, identity, identity.old.process, identity.new.process)
    node, around = at[part.owner]
    called = node.kept.get("part")  # of another procedure: the same version in both
    if called is not None:
        new = identity.new.parts.get(called) if around.heir(node) is not None else None
        return Room(part, identity, identity.old.parts[called], new)
    old = _inside(identity.old, around.spec(node))
    if around.dissolves and node.name == _wrap(around.old):
        return Room(part, identity, old, around.new)
    heir = around.heir(node)
    return _matched(part, identity, old, _inside(identity.new, heir) if heir is not None else None)


def _matched(part: Part, identity: Identity, old: Any, new: Any) -> Room:
    if new is None or (_wrap(old) in old.task_specs) == (_wrap(new) in new.task_specs):
        return Room(part, identity, old, new)
    if _wrap(new) in new.task_specs:
        return Room(part, identity, old, identity.new.parts[_wrap(new)], outer=new)
    return Room(part, identity, old, new, dissolves=True)


def _wrap(spec: Any) -> str:
    """Return what the scope around the rest of a scope is called in a specification that has one."""
    return f"{WRAP}{spec.name}"


def _inside(blueprint: Blueprint, owner: Any) -> Any:
    return blueprint.parts.get(getattr(owner, "spec", None) or "")


def keys_of(spec: Any) -> frozenset[str]:
    """Return the keys of all events that a specification awaits: its element, or each of its several definitions."""
    awaited = parts(getattr(spec, "event_definition", None))
    return frozenset(one.key for one in awaited if isinstance(one, Caught))


def awaited_by(spec: Any) -> frozenset[str]:
    """Return the keys of those events of which a task keeps for what it waits: instants, keys, what was held true."""
    awaited = parts(getattr(spec, "event_definition", None))
    return frozenset(one.key for one in awaited if isinstance(one, Caught) and one.kept is not None)
