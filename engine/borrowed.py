"""The versions of other procedures that a version may call: read once, each under a prefix of its own.

Which version a call runs is chosen when it begins: the one in force then, or the one that was pinned when the caller
was published. An open call keeps its version in the state of its case, so every version stays at hand. Drafts are never
called: what they ask is asked of their own cases.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.access import By
from engine.bpmn.drawing import Element
from engine.bpmn.reader import Blueprint, read_called
from engine.store.procedures import Procedure, Version

_READ = (
    Version.id, Version.sha256, Version.xml, Version.process_id, Version.manifest, Version.number,
    Version.effective_from, Procedure.key,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Borrowed:
    """A version of another procedure, ready to be called. `pins`: {key: number} of what it calls itself."""

    version_id: int
    key: str
    number: int
    effective_from: datetime
    manifest: Mapping[str, Any]
    blueprint: Blueprint

    @property
    def prefix(self) -> str:
        return prefix_of(self.version_id)


def prefix_of(version_id: int) -> str:
    """Return what goes before the ids of a called version; no id of a diagram can begin so."""
    return f"@{version_id}:"


def called_keys(blueprint: Blueprint) -> set[str]:
    """Return the keys of the procedures that a blueprint calls."""
    return {element.reference for element in blueprint.elements.values() if calls_another(element)} - {None}  # type: ignore[return-value]  # None is taken out


def calls_another(element: Element) -> bool:
    """Whether an element calls another procedure."""
    return element.passing is not None and element.passing.elsewhere


def borrow(by: By, keys: Collection[str]) -> tuple[Borrowed, ...]:
    """Return every version of the procedures that may be called, and of those that they call, in order of force."""
    kept: dict[int, Borrowed] = by.house.shelf.setdefault("borrowed", {})
    found: dict[int, Borrowed] = {}
    known, ahead = set(keys), set(keys)
    while ahead:
        query = select(*_READ).join(Procedure, Procedure.id == Version.procedure_id).where(Procedure.key.in_(ahead))
        ahead = set()
        for row in by.connection.execute(query):
            if "draft" in row.manifest:
                continue
            one = kept.get(row.id)
            if one is None:
                blueprint = read_called(row.sha256, row.xml, row.process_id, prefix_of(row.id))
                one = kept[row.id] = Borrowed(row.id, row.key, row.number, row.effective_from, row.manifest, blueprint)
            found[row.id] = one
            ahead |= called_keys(one.blueprint) - known
        known |= ahead
    return tuple(sorted(found.values(), key=lambda one: (one.effective_from, one.number)))


def choose(element: Element, pins: Mapping[str, int], borrowed: Iterable[Borrowed], at: datetime) -> Borrowed | None:
    """Return the version that a call begins at a moment; None when there is none.

    `pins`: what the caller pinned when it was published. `borrowed`: in order of force.
    """
    passing = element.passing
    assert passing is not None
    number = pins.get(passing.called or "") if passing.binding == "deployment" else passing.number
    fits: Callable[[Borrowed], bool] = (
        (lambda one: one.effective_from <= at) if number is None else (lambda one: one.number == number)
    )
    return next((one for one in reversed([*borrowed]) if one.key == passing.called and fits(one)), None)
