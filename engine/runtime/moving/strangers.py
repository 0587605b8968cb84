"""What a saved state keeps beside its tree: names of elements in it that nobody taught us to carry over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.runtime import scopes
from engine.runtime.moving.identity import Identity
from engine.runtime.moving.rooms import Room
from engine.runtime.moving.tree import Saved

KNOWN_NOTES = frozenset({"turns", "clocks", "outcome", "undo"})


def strangers(saved: Saved, rooms: list[Room], identity: Identity) -> Iterator[str]:
    """Yield the elements, renamed or gone, that are named where we do not know what it means."""
    changed = set(identity.renamed)
    for key, value in saved.notes.items():
        if key not in KNOWN_NOTES:
            yield from _named_in({key: value}, changed)
    for room in rooms:
        for node in room.live():
            for key, value in node.kept.items():
                if key not in scopes.KEPT:  # of which all is data
                    yield from _named_in({key: value}, changed)


def _named_in(value: Any, changed: set[str]) -> Iterator[str]:
    if isinstance(value, str) and value in changed:
        yield value
    elif isinstance(value, dict):
        yield from (key for key in value if key in changed)
        for inner in value.values():
            yield from _named_in(inner, changed)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_in(inner, changed)
