"""The parts of a saved state, each with the specification it runs on and the one that it is to run on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent

from engine.bpmn.reader import Blueprint
from engine.bpmn.specs import drawn_id
from engine.bpmn.specs.caught import parts
from engine.runtime.moving.identity import Identity
from engine.runtime.moving.tree import Node, Part, Saved

SPLIT, JOIN = ".BoundaryEventSplit", ".BoundaryEventJoin"


@dataclass(frozen=True, eq=False)
class Room:
    """One part and its two specifications; `new` is None where the sub-process has no heir."""

    part: Part
    identity: Identity
    old: Any
    new: Any

    def spec(self, node: Node) -> Any:
        return self.old.task_specs[node.name]

    def heir(self, node: Node) -> Any:
        """Return the specification that a node is to be of; None when there is none in this part."""
        return self.heir_of(node.name)

    def heir_of(self, name: str) -> Any:
        heir = self.identity.spec_name(name)
        return None if heir is None or self.new is None else self.new.task_specs.get(heir)

    def element(self, node: Node) -> str:
        """Return the drawn id of a node, for people."""
        return drawn_id(self.spec(node)) or node.name

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
        return Room(part, identity, identity.old.process, identity.new.process)
    node, around = at[part.owner]
    heir = around.heir(node)
    inside = _inside(identity.new, heir) if heir is not None else None
    return Room(part, identity, identity.old.parts[around.spec(node).spec], inside)


def _inside(blueprint: Blueprint, owner: Any) -> Any:
    return blueprint.parts.get(getattr(owner, "spec", None) or "")


def awaited_by(spec: Any) -> frozenset[str]:
    """Return the elements whose timers, messages and signals a specification awaits: a gateway may await several."""
    awaited = parts(getattr(spec, "event_definition", None))
    return frozenset(one.key for one in awaited if getattr(one, "kept", None) in {"due", "key"})
