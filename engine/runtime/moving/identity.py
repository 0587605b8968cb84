"""Which element of the new drawing an element of the old one is, and what the engine calls it there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.bpmn.drawing import PEOPLE, Element
from engine.bpmn.notes import TIMERS
from engine.bpmn.reader import Blueprint
from engine.bpmn.specs import drawn_id

_SUFFIXES = ("BoundaryEventSplit", "BoundaryEventJoin", "EndJoin")
_ALIAS = re.compile(r"id__\d+")  # of an element whose own id is the library's: see `normal`
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

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """The elements, and what events of several definitions await: the first of a kind for the first, and so on."""
        found = dict(self.elements)
        for name, heir in self.elements.items():
            old, new = (_by_kind(one, name) for one, name in ((self.old, name), (self.new, heir)))
            for kind, keys in old.items():
                found |= dict(zip(keys, new.get(kind, ()), strict=False))
        return found

    def spec_name(self, name: str) -> str | None:
        """Return what the new specifications call the thing that the old ones call `name`; None when it has no heir."""
        if name in self._old_ids:
            heir = self.elements.get(self._old_ids[name])
            return None if heir is None else self._new_names.get(heir)
        if name in _LIBRARYS or (name in self.old.parts and name in self.new.parts and name not in self.new.elements):
            return name  # of the library, or of a process of the document that others call
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
        return dict(_named(self.old))

    @cached_property
    def _new_names(self) -> Mapping[str, str]:
        return {element: name for name, element in _named(self.new)}


def _by_kind(blueprint: Blueprint, element: str) -> dict[str | None, list[str]]:
    kinds: dict[str | None, list[str]] = {}
    for key in blueprint.elements[element].triggers:
        kinds.setdefault(blueprint.triggers[key].event, []).append(key)
    return kinds


def _named(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """Yield (name, drawn id) of the specifications from whose names all others are made."""
    for part in (blueprint.process, *blueprint.parts.values()):
        for name, spec in part.task_specs.items():
            element = drawn_id(spec)
            if element is not None and element in blueprint.elements and (name == element or _ALIAS.fullmatch(name)):
                yield name, element


def identify(old: Blueprint, new: Blueprint, chosen: Mapping[str, str]) -> Identity:
    """Match the elements of two drawings: as chosen, else by id, else by a name that only one of their kind has.

    At last by the legal clock that they run: a clock must not begin anew because its timer was drawn again.
    """
    found, wrong = _as_chosen(old, new, chosen)
    taken = set(found.values())
    for name, element in old.elements.items():
        heir = new.elements.get(name)
        if name not in found and name not in taken and heir is not None and family(heir) == family(element):
            found[name] = name
            taken.add(name)
    for word in (lambda element: element.name, lambda element: element.note.clock):
        left = _by_word((element for name, element in old.elements.items() if name not in found), word)
        heirs = set(found.values())
        free = _by_word((element for name, element in new.elements.items() if name not in heirs), word)
        found |= {names[0]: free[key][0] for key, names in left.items() if len(names) == len(free.get(key, ())) == 1}
    return Identity(old, new, found, wrong)


def _as_chosen(old: Blueprint, new: Blueprint, chosen: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    found: dict[str, str] = {}
    for name, heir in chosen.items():
        fits = name in old.elements and heir in new.elements and heir not in found.values()
        if fits and family(old.elements[name]) == family(new.elements[heir]):
            found[name] = heir
    return found, tuple(name for name in chosen if name not in found)


def _by_word(elements: Iterator[Element], word: Callable[[Element], str | None]) -> dict[tuple[str, ...], list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for element in elements:
        said = word(element)
        if said:
            groups.setdefault((said, *family(element)), []).append(element.id)
    return groups
