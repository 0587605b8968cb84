"""What a case has completed and could undo, carried over: it must be possible to undo it in the new version too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.runtime.moving.identity import Identity

Record = list[Any]


def lost(notes: Mapping[str, Any], identity: Identity) -> Iterator[str]:
    """Yield the elements that were completed, could be undone, and could not be in the new version."""
    old, new = identity.old.undoing.handler, identity.new.undoing.handler
    for record in _records(notes):
        element = record[1]
        heir = identity.elements.get(element)
        if heir is None or (element in old and heir not in new):
            yield element


def rename(notes: Mapping[str, Any], identity: Identity) -> None:
    """Put what is remembered in the words of the new version."""
    for record in _records(notes):
        record[1] = identity.elements[record[1]]


def _records(notes: Mapping[str, Any]) -> Iterator[Record]:
    ahead: list[Record] = [one for done in notes.get("undo", {}).get("done", {}).values() for one in done]
    while ahead:
        record = ahead.pop()
        yield record
        ahead += record[2]
