"""Which element of the new drawing an element of the old one is, and what the engine calls it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.bpmn.drawing import PEOPLE, Drawing, Element
from engine.bpmn.notes import TIMERS
from engine.bpmn.reader import Blueprint

_SUFFIXES = ("BoundaryEventSplit", "BoundaryEventJoin", "EndJoin")
_LIBRARYS = frozenset({"Start", "End", "Root"})


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the person who moves cases decided. `elements`: {old element: new element}, before anything automatic.

    `recount`: whether due moments of open tasks and legal clocks are counted anew, from when they began, by the rules
    of the new version; else they stay as they are (the law of the day of the request).
    """

    elements: Mapping[str, str] = field(default_factory=dict)
    recount: bool = False


def family(element: Element) -> tuple[str, ...]:
    """Return what must agree for one element to stand for another: a task for people is one, whatever its symbol."""
    if element.kind in PEOPLE:
        return ("people",)
    event = "timer" if element.event in TIMERS else element.event or ""
    return (element.kind, event, "on-event" if element.event_scope else "")


@dataclass(frozen=True, eq=False)
class Identity:
    """The same elements in two blueprints. `wrong`: choices of the person that name nothing, or another kind."""

    old: Blueprint
    new: Blueprint
    elements: Mapping[str, str]
    wrong: tuple[str, ...]

    @cached_property
    def renamed(self) -> Mapping[str, str | None]:
        """The elements whose id is no longer theirs; None for those that are gone."""
        return {one: self.elements.get(one) for one in self.old.elements if self.elements.get(one) != one}

    def spec_name(self, name: str) -> str | None:
        """Return what the new specifications call the thing that the old ones call `name`; None when it has no heir."""
        if name in self._old_ids:
            heir = self.elements.get(self._old_ids[name])
            return None if heir is None else self._new_names.get(heir)
        if name in _LIBRARYS:
            return name
        if name == self.old.drawing.process_id:
            return self.new.drawing.process_id
        before, _, after = name.rpartition(".")
        if after in _SUFFIXES:
            heir = self.spec_name(before)
            return None if heir is None else f"{heir}.{after}"
        before, mark, after = name.partition("__")
        heir = self.spec_name(after) if mark else None
        return None if heir is None else f"{before}__{heir}"

    @cached_property
    def _old_ids(self) -> Mapping[str, str]:
        return {spec.name: spec.bpmn_id for spec in _specs(self.old) if spec.bpmn_id in self.old.elements}

    @cached_property
    def _new_names(self) -> Mapping[str, str]:
        return {spec.bpmn_id: spec.name for spec in _specs(self.new) if spec.bpmn_id in self.new.elements}


def _specs(blueprint: Blueprint) -> Iterator[Any]:
    for part in (blueprint.process, *blueprint.parts.values()):
        yield from part.task_specs.values()


def identify(old: Blueprint, new: Blueprint, chosen: Mapping[str, str]) -> Identity:
    """Match the elements of two drawings: as chosen, else by id, else by a name that only one of their kind has."""
    found, wrong = _as_chosen(old.drawing, new.drawing, chosen)
    taken = set(found.values())
    for name, element in old.elements.items():
        heir = new.elements.get(name)
        if name not in found and name not in taken and heir is not None and family(heir) == family(element):
            found[name] = name
            taken.add(name)
    left = _by_name(element for name, element in old.elements.items() if name not in found)
    free = _by_name(element for name, element in new.elements.items() if name not in taken)
    for key, names in left.items():
        heirs = free.get(key, ())
        if len(names) == len(heirs) == 1:
            found[names[0]] = heirs[0]
    return Identity(old, new, found, wrong)


def _as_chosen(old: Drawing, new: Drawing, chosen: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    found: dict[str, str] = {}
    for name, heir in chosen.items():
        fits = name in old.elements and heir in new.elements and heir not in found.values()
        if fits and family(old.elements[name]) == family(new.elements[heir]):
            found[name] = heir
    return found, tuple(name for name in chosen if name not in found)


def _by_name(elements: Iterator[Element]) -> dict[tuple[str, ...], list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for element in elements:
        if element.name:
            groups.setdefault((element.name, *family(element)), []).append(element.id)
    return groups
