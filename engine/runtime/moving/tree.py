"""A saved state as a tree that can be rewritten: nodes with their names, and text again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import msgspec
from SpiffWorkflow.util.task import TaskState

from engine.errors import StateNotReadable
from engine.runtime.state import FORMAT

LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED | TaskState.ERROR
PAST = TaskState.COMPLETED | TaskState.CANCELLED


@dataclass(eq=False)
class Node:
    """One task of a saved state. `name` is that of its specification; `kept` what it keeps for itself."""

    id: str
    name: str
    state: int
    kept: dict[str, Any] = field(default_factory=dict)
    above: Node | None = None
    below: list[Node] = field(default_factory=list)
    fresh: bool = False

    @property
    def live(self) -> bool:
        return bool(self.state & LIVE)

    def everything(self) -> Iterator[Node]:
        """Yield the node and all below it, parents first, in the order of the text."""
        ahead = [self]
        while ahead:
            node = ahead.pop()
            yield node
            ahead += reversed(node.below)

    def drop(self) -> None:
        """Take the node and all below it out of the tree."""
        assert self.above is not None, "the root of a part stays"
        self.above.below.remove(self)

    def splice(self, under: Node | None = None) -> None:
        """Take the node out; what is below it hangs under `under`, or in its place."""
        assert self.above is not None, "the root of a part stays"
        into = under or self.above
        place = into.below.index(self) if into is self.above else len(into.below)
        self.drop()
        into.below[place:place] = self.below
        for node in self.below:
            node.above = into
        self.below = []

    def add(self, name: str, state: int) -> Node:
        """Hang a new node below."""
        node = Node(uuid4().hex, name, state, above=self, fresh=True)
        self.below.append(node)
        return node

    def grown(self, name: str) -> Node:
        """Return a new finished node hung below."""
        node = Node("", name, TaskState.COMPLETED, above=self, fresh=True)
        self.below.append(node)
        return node

    def put_over(self, name: str) -> Node:
        """Put a finished node between this one and what it hangs under."""
        assert self.above is not None, "the root of a part stays"
        over = Node("", name, TaskState.COMPLETED, above=self.above, below=[self], fresh=True)
        self.above.below[self.above.below.index(self)] = over
        self.above = over
        return over


@dataclass(eq=False)
class Part:
    """A process or sub-process in motion. `owner`: the id of the task that it is the inside of, empty for the case."""

    owner: str
    completed: bool
    root: Node


@dataclass(eq=False)
class Saved:
    """A saved state: its parts, outer before inner, the attempts so far, and the notes beside it."""

    parts: list[Part]
    attempts: dict[str, int]
    notes: dict[str, Any]

    def text(self) -> str:
        """Return the state as text again."""
        parts = [[part.owner, part.completed, _rows(part.root)] for part in self.parts]
        return msgspec.json.encode({"v": FORMAT, "a": self.attempts, "n": self.notes, "w": parts}).decode()


def read(text: str) -> Saved:
    """Return a saved state without what was only foreseen. Raises: StateNotReadable for a format of the future."""
    state = msgspec.json.decode(text)
    if state["v"] != FORMAT:
        raise StateNotReadable(format=state["v"])
    parts = [Part(owner, completed, _tree(rows)) for owner, completed, rows in state["w"]]
    return Saved(parts, state["a"], state["n"])


def _tree(rows: list[list[Any]]) -> Node:
    nodes: list[Node | None] = []
    for row in rows:
        above = nodes[row[2]] if row[2] >= 0 else None
        if not row[3] & (LIVE | PAST) or (row[2] >= 0 and above is None):
            nodes.append(None)
            continue
        node = Node(row[0], row[1], row[3], row[4] if len(row) > 4 else {}, above)
        if above is not None:
            above.below.append(node)
        nodes.append(node)
    assert nodes[0] is not None, "a part has begun"
    return nodes[0]


def _rows(root: Node) -> list[list[Any]]:
    places: dict[int, int] = {}
    rows: list[list[Any]] = []
    for node in root.everything():
        above = places[id(node.above)] if node.above is not None else -1
        places[id(node)] = len(rows)
        row: list[Any] = [node.id, node.name, above, node.state]
        rows.append([*row, node.kept] if node.kept else row)
    return rows
