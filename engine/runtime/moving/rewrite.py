"""A saved state written anew in the words of another version. It is asked only when nothing speaks against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.specs import drawn_id
from engine.runtime.moving import undone, wraps
from engine.runtime.moving.identity import Identity
from engine.runtime.moving.rooms import JOIN, SPLIT, Room, keys_of
from engine.runtime.moving.tree import Node, Saved


@dataclass
class Rewritten:
    """What stopped and began on the boundaries of open activities, and the ids of the nodes that are new."""

    stops: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    fresh: frozenset[str] = field(default_factory=frozenset)


def rewritten(saved: Saved, rooms: list[Room], identity: Identity) -> Rewritten:
    """Rewrite a saved state in place, and tell what else changed than names."""
    stops: list[str] = []
    begins: list[str] = []
    hosts = [(room, _hosts(room)) for room in rooms]
    for room in rooms:
        stops += _stop(room)
    for room, open_hosts in hosts:
        for node, known in open_hosts:
            begins += _begin(room, node, known)
    for room in rooms:
        _rename(room)
        if room.outer is not None:
            begins += wraps.put_around(saved, room)
        elif room.dissolves:
            wraps.take_away(saved, room)
    _rename_notes(saved, identity)
    nodes = [node for part in saved.parts for node in part.root.everything()]
    return Rewritten(tuple(stops), tuple(begins), frozenset(node.id for node in nodes if node.fresh and node.id))


def _hosts(room: Room) -> list[tuple[Node, set[str]]]:
    """Return the open activities, each with the names that the boundary events it had have in the new version."""
    found = []
    for node in room.live():
        if not (room.is_boundary(node) or node.name.endswith(JOIN) or room.is_wrap(node)):
            split = room.old.task_specs.get(f"{node.name}{SPLIT}")
            had = [room.heir_of(name) for name in (split._outputs if split is not None else ())]
            found.append((node, {heir.name for heir in had if heir is not None}))
    return found


def _stop(room: Room) -> list[str]:
    """Take out what waits on a boundary and is gone; what waits at the end of a boundary that is gone too."""
    stopped = []
    for node in list(room.part.root.everything()):
        if node.live and room.is_boundary(node) and not room.stays_on(node):
            stopped.append(room.element(node))
            node.drop()
        elif node.live and node.name.endswith(JOIN) and _loose(room, node):
            node.drop()
    return stopped


def _loose(room: Room, node: Node) -> bool:
    """Whether a token at the end of a boundary waits for nothing: that end, or the event it came from, is gone."""
    return room.heir(node) is None or (node.above is not None and room.heir(node.above) is None)


def _begin(room: Room, node: Node, known: set[str]) -> list[str]:
    """Let the boundary events that are new on an open activity wait."""
    host = room.heir(node)
    wanted = room.boundaries(host)
    if not wanted:
        return []
    above = node.above
    assert above is not None, "an activity is not the root of its part"
    standing = {heir.name for heir in map(room.heir, above.below) if heir is not None} if _is_split(above) else set()
    missing = {name: spec for name, spec in wanted.items() if name not in standing and name not in known}
    if not _is_split(above):
        above = node.put_over(f"{node.name}{SPLIT}")
    for name in missing:
        above.add(name, TaskState.WAITING)
    return [drawn_id(spec) or name for name, spec in missing.items()]


def _is_split(node: Node) -> bool:
    return node.name.endswith(SPLIT)


def _rename(room: Room) -> None:
    if room.dissolves:
        return
    for node in list(room.part.root.everything()):
        if node.fresh and node.id:
            continue  # named in the new version's words already
        heir = room.heir(node)
        if heir is not None:
            node.name = heir.name
            node.kept = _kept(room, node, heir)
        elif room.is_boundary(node) and node.above is not None and _is_split(node.above) and node.above.above:
            node.splice(node.above.above)  # what follows a boundary must not be taken for the activity itself
        else:
            node.splice()


def _kept(room: Room, node: Node, heir: Any) -> dict[str, Any]:
    """Return what a node keeps, under the keys that its events have now; of what they no longer await it is dropped."""
    kept, awaited, keys = {}, keys_of(heir), room.identity.keys
    for kept_key, value in node.kept.items():
        word, mark, event = kept_key.partition(":")
        name = keys.get(event) if mark else None
        if not mark or (name is not None and name in awaited):
            kept[f"{word}{mark}{name or event}"] = value
    return kept


def _rename_notes(saved: Saved, identity: Identity) -> None:
    names = identity.elements
    saved.attempts = {names.get(one, one): count for one, count in saved.attempts.items()}
    turns = saved.notes.get("turns")
    if turns:
        saved.notes["turns"] = {names[one]: count for one, count in turns.items() if one in names}
    undone.rename(saved.notes, identity)
    for clock in saved.notes.get("clocks", {}).values():
        clock["element"] = identity.keys.get(clock["element"], clock["element"])
