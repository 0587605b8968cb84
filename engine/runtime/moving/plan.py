"""Whether a case goes to another version, stays, or needs a choice: every reason names an element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.bpmn.drawing import Element
from engine.bpmn.reader import Blueprint
from engine.bpmn.specs import drawn_id
from engine.bpmn.specs.activities import JobTask
from engine.runtime.moving import undone
from engine.runtime.moving.identity import Choices, Identity, family, identify
from engine.runtime.moving.rewrite import rewritten
from engine.runtime.moving.rooms import JOIN, Room, rooms_of
from engine.runtime.moving.rounds import complaints
from engine.runtime.moving.strangers import strangers
from engine.runtime.moving.tree import Node, Saved, read
from engine.runtime.state import JOINS

Verdict = Literal["goes", "needs-choice", "stays"]


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a case cannot simply go. `candidates`: elements of the new version of which the person may choose one."""

    code: str
    element: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Plan:
    """What moving one case would do. `stops` and `begins`: events on the boundary of open activities, by drawn id."""

    identity: Identity
    before: str
    reasons: tuple[Reason, ...]
    after: str = ""
    stops: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    fresh: frozenset[str] = field(default_factory=frozenset)

    @property
    def verdict(self) -> Verdict:
        if not self.reasons:
            return "goes"
        return "needs-choice" if all(reason.candidates for reason in self.reasons) else "stays"

    @property
    def mapping(self) -> Mapping[str, str | None]:
        """Return the elements whose id changes, None for those that are gone."""
        return self.identity.renamed


def plan(old: Blueprint, new: Blueprint, text: str, choices: Choices) -> Plan:
    """Return what becomes of a saved state in another version. Raises: StateNotReadable."""
    identity = identify(old, new, choices.elements)
    saved = read(text)
    rooms = rooms_of(saved, identity)
    reasons = tuple(dict.fromkeys(_reasons(saved, rooms, identity)))
    if reasons:
        return Plan(identity, text, reasons)
    done = rewritten(saved, rooms, identity)
    return Plan(identity, text, (), saved.text(), done.stops, done.begins, done.fresh)


def _reasons(saved: Saved, rooms: list[Room], identity: Identity) -> Iterator[Reason]:
    yield from (Reason(code="wrong-choice", element=name) for name in identity.wrong)
    for room in rooms:
        if room.new is None:
            continue  # its owner is gone, and says so
        found = [one for node in room.part.root.everything() for one in _of(room, node)]
        # What a join awaits is asked only of tokens that have a place to stand.
        if not found and not room.dissolves:
            found = [Reason(code=code, element=_drawn(room, name)) for code, name in complaints(room)]
        yield from found
    yield from (Reason(code="undo-gone", element=name) for name in undone.lost(saved.notes, identity))
    yield from (Reason(code="not-understood", element=name) for name in strangers(saved, rooms, identity))


def _drawn(room: Room, name: str) -> str:
    spec = room.old.task_specs.get(name) or room.new.task_specs[name]
    return drawn_id(spec) or name


def _of(room: Room, node: Node) -> Iterator[Reason]:
    return _of_live(room, node) if node.live else _of_past(room, node)


def _of_live(room: Room, node: Node) -> Iterator[Reason]:
    if room.is_boundary(node) or node.name.endswith(JOIN) or room.is_wrap(node):
        return  # it stops waiting when it has no heir
    heir = room.heir(node)
    if heir is None:
        yield _gone(room, node)
    else:
        code = _otherwise(room, node, heir)
        if code is not None:
            yield Reason(code=code, element=room.element(node))


def _gone(room: Room, node: Node) -> Reason:
    name = room.element(node)
    if room.identity.elements.get(name) is not None:
        return Reason(code="repeats-otherwise" if _repeats_otherwise(room, name) else "other-scope", element=name)
    element = room.identity.old.elements.get(name)
    if element is None:
        return Reason(code="element-gone", element=name)
    if isinstance(room.spec(node), JOINS):
        return Reason(code="join-changed", element=name)
    kind = "subprocess" if element.kind == "subProcess" else "task" if element.is_for_people else "element"
    return Reason(code=f"{kind}-gone", element=name, candidates=_candidates(room, family(element)))


def _candidates(room: Room, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the elements of the same kind in the same scope that are nobody's heir."""
    taken = set(room.identity.elements.values())
    inside = (spec.bpmn_id for spec in room.new.task_specs.values())
    elements = room.identity.new.elements
    return tuple(one for one in inside if one in elements and one not in taken and family(elements[one]) == wanted)


def _otherwise(room: Room, node: Node, heir: Any) -> str | None:
    """Return the code of what makes the heir of something that is going on another thing than it was."""
    spec, name = room.spec(node), room.element(node)
    if _repeats_otherwise(room, name):
        return "repeats-otherwise"
    if type(spec) is not type(heir) and not (spec.manual and heir.manual):
        return "other-kind"
    if isinstance(spec, JobTask):
        old, new = room.identity.old.elements[name], room.identity.new.elements[room.identity.elements[name]]
        return "job-changed" if old.note.topic != new.note.topic else None
    return None


def _repeats_otherwise(room: Room, name: str) -> bool:
    """Whether an element that is going on is done more or fewer times, or its instances know each other otherwise."""
    before = room.identity.old.elements.get(name)
    after = room.identity.new.elements.get(room.identity.elements.get(name, ""))
    return before is not None and after is not None and _repeats(before) != _repeats(after)


def _repeats(element: Element) -> tuple[Any, ...]:
    """Return how an activity repeats: whether in a loop, and how its many instances follow and name what is theirs."""
    many = element.many
    return element.loop is not None, many and (many.sequential, many.item, many.index, many.results)


def _of_past(room: Room, node: Node) -> Iterator[Reason]:
    """A boundary event that fired and did not interrupt cannot be one that interrupts while its activity goes on."""
    heir = room.heir(node)
    if room.is_boundary(node) and heir is not None and heir.cancel_activity and not room.spec(node).cancel_activity:
        yield Reason(code="boundary-changed", element=room.element(node))
