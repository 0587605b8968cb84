"""The scope that a scope with event sub-processes is run in: put around what runs, or taken away from around it."""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.normal import WRAP
from engine.bpmn.specs import drawn_id
from engine.runtime.moving.rooms import SPLIT, Room
from engine.runtime.moving.tree import Node, Part, Saved


def put_around(saved: Saved, room: Room) -> list[str]:
    """Let a part run inside the scope that its new version has; return the events that begin to wait around it."""
    outer, wrap = room.outer, f"{WRAP}{room.outer.name}"
    root = Node("", outer.start.name, TaskState.COMPLETED)
    (opening,) = outer.start._outputs
    split = root.grown(opening).grown(f"{wrap}{SPLIT}")
    inside = split.add(wrap, TaskState.STARTED)
    events = [name for name in outer.task_specs[split.name]._outputs if _is_event(room, name)]
    for name in events:
        split.add(name, TaskState.WAITING)
    saved.parts.insert(saved.parts.index(room.part), Part(room.part.owner, completed=False, root=root))
    room.part.owner = inside.id
    return [drawn_id(outer.task_specs[name]) or name for name in events]


def _is_event(room: Room, name: str) -> bool:
    return isinstance(room.outer.task_specs[name], BoundaryEvent)


def take_away(saved: Saved, room: Room) -> None:
    """Let what ran inside such a scope run in its place."""
    inside = next(node.id for node in room.part.root.everything() if room.is_wrap(node))
    inner = next(part for part in saved.parts if part.owner == inside)
    inner.owner = room.part.owner
    saved.parts.remove(room.part)
