"""The data of a case as people read it: under the labels of the forms that asked for it, values in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.city import Edition
from engine.forms.components import Choice, Component, Input, Level, Rows, Text, TextInput
from engine.forms.manner import moment_text, shapes_of
from engine.forms.scalars import punctuated, spoken
from engine.forms.sight import dig

Json = Mapping[str, object]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """Values that belong together, as (label, words). The title is a task's name, empty for what no form asked."""

    title: str
    pairs: tuple[tuple[str, str], ...]


def sections(version: Edition, data: Json, elements: Sequence[str], zone: str) -> list[Section]:
    """Return the case's data under the tasks that asked for it, in the order given, then what rules and services wrote.

    A value that a later form shows without letting it be changed stands under the one that asked for it.
    """
    placed = _placed(version, elements)
    known = {dig(data, path): shape for path, shape in shapes_of(version.forms.values()).items() if dig(data, path)}
    found: dict[str, list[tuple[str, str]]] = {}
    for path, (title, component) in placed.items():
        said = words(dig(data, path), zone, component)
        if said:
            found.setdefault(title, []).append((plain(component.label) or component.id, said))
    rest = [
        (_key(path), words(value, zone, known.get(value) if isinstance(value, str) else None))
        for path, value in _leaves(data)
        if not _within(path, placed)
    ]
    result = [Section(title, tuple(pairs)) for title, pairs in found.items()]
    others = tuple((label, said) for label, said in rest if said)
    return [*result, Section("", others)] if others else result


def _placed(version: Edition, elements: Sequence[str]) -> dict[Path, tuple[str, Component]]:
    """Return under which task each path stands, and the component that asked for it."""
    placed: dict[Path, tuple[str, Component]] = {}
    for element_id in dict.fromkeys(elements):
        element = version.blueprint.elements.get(element_id)
        form = version.forms.get(element.note.form or "") if element else None
        if element is None or form is None:
            continue
        for path, component in _asked(form.level):
            only_shown = isinstance(component, Input) and component.readonly is not False
            if path not in placed or not only_shown:
                placed[path] = (element.name, component)
    return placed


def _asked(level: Level) -> Iterator[tuple[Path, Component]]:
    for slot in level.slots:
        if isinstance(slot.component, Input | Rows):
            yield slot.path, slot.component


def _within(path: Path, placed: Mapping[Path, object]) -> bool:
    return any(path[:length] in placed for length in range(1, len(path) + 1))


def _leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    else:
        yield path, value


def _key(path: Path) -> str:
    return " / ".join(path).replace("_", " ")


def plain(text: Text) -> str:
    """Return a label's words without what expressions would add."""
    return "".join(part for part in text.parts if isinstance(part, str)).strip()


def words(value: object, zone: str, component: Component | None = None) -> str:
    """Return a value as people read it; nothing for what was left blank."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_item(one, zone, component) for one in value)))
    if isinstance(value, Mapping):
        return ", ".join(f"{_key((str(key),))}: {words(one, zone)}" for key, one in value.items() if words(one, zone))
    return _scalar(value, zone, component)


def _item(value: object, zone: str, component: Component | None) -> str:
    if isinstance(value, Mapping) and "sha256" in value:
        return str(value.get("name", ""))
    return words(value, zone, component if isinstance(component, Choice) else None)


def _scalar(value: object, zone: str, component: Component | None) -> str:
    if isinstance(component, Choice):
        label = next((one.label for one in component.options or () if one.value == value), "")
        return label or spoken(value)
    if isinstance(value, str):
        return _text(value, zone, component)
    said = spoken(value)
    if isinstance(component, Input):
        return " ".join(filter(None, (plain(component.prefix), said, plain(component.suffix))))
    return said


def _text(value: str, zone: str, component: Component | None) -> str:
    if isinstance(component, TextInput) and (component.validator or component.mask):
        return punctuated(component.validator, value, component.mask)
    return moment_text(value, zone)
