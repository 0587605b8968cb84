"""Between a page's form and engine/forms: reads a POST body into raw answers, and lays errors beside the fields shown.

It keeps what was typed, right or wrong, so that it can be shown again; whether it holds is for engine/forms to say.
File references never come from the browser: they are what the server kept (`before`) and has just stored (`fresh`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from engine.forms.components import CheckBox, Choice, FilePicker, Form, Input, Level, Rows
from engine.forms.parts import ROW_LIMIT
from engine.forms.sight import dig, put
from engine.forms.view import Shown
from web.form_messages import sentence

Json = Mapping[str, object]
Reference = Mapping[str, object]

PRESENT = (
    "_presente"  # names of ticks, choices, files, lists and rows on the page: a browser sends nothing for empty ones
)
ADD_ROW = "_adicionar"  # value: the list's name
DROP_ROW = "_remover"  # value: "list's name:index"
DROP_FILE = "_retirar"  # value: "field's name:sha256"
_NUL, _NONCHARACTER = "\x00", "\ufffe"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One error as the summary lists it. `anchor` is the id of the control to go to, empty when none is shown."""

    label: str
    sentence: str
    anchor: str


def raw_answers(
    form: Form,
    post: MultiDict[str, str],
    before: Json | None = None,
    fresh: Mapping[str, Sequence[Reference]] | None = None,
) -> dict[str, object]:
    """Return a POST body as nested raw values ("a.b", "lista[0].campo"), for `check_answers`, `view` or a draft.

    What the page did not show is left out. `before` is the draft (or case document) that the page was made from: its
    file references stay unless their removal was ticked. `fresh` holds references to files just stored, by HTML name.
    Rows are added and removed when one of the lists' own buttons was pressed.
    """
    return _Post(post, fresh or {}).level(form.level, "", before or {})


def rows_changed(post: MultiDict[str, str]) -> bool:
    """Say whether a list's add or remove button was pressed: the page is to be shown again, nothing is submitted."""
    return ADD_ROW in post or DROP_ROW in post


def sentences(errors: Mapping[str, Sequence[object]]) -> dict[str, list[str]]:
    """Return AnswersRefused's `errors` with a sentence for each code."""
    return {path: [sentence(fault) for fault in faults] for path, faults in errors.items()}


def summary(shown: Sequence[Shown], said: Mapping[str, Sequence[str]]) -> list[Wrong]:
    """Return the errors in the order of the page, those of things not shown last."""
    left = dict(said)
    found = [
        Wrong(one.label, words, _anchor(one)) for one in flat(shown) if one.path for words in left.pop(one.path, ())
    ]
    return found + [Wrong("", words, "") for several in left.values() for words in several]


def file_fields(shown: Sequence[Shown]) -> Iterator[Shown]:
    """Yield the file inputs on the page: their `name` is that of the uploaded parts."""
    return (one for one in flat(shown) if one.kind == "filepicker" and not one.readonly and not one.disabled)


def flat(shown: Sequence[Shown]) -> Iterator[Shown]:
    """Yield everything on the page, groups and rows before what stands in them."""
    for one in shown:
        yield one
        yield from flat(one.children)
        for row in one.rows:
            yield from flat(row)


def _anchor(one: Shown) -> str:
    return f"{one.html_id}-1" if one.kind in ("radio", "checklist", "taglist") and one.options else one.html_id


@dataclass(slots=True)
class _Post:
    """One POST body being read."""

    post: MultiDict[str, str]
    fresh: Mapping[str, Sequence[Reference]]

    def level(self, level: Level, prefix: str, before: Json) -> dict[str, object]:
        raw: dict[str, object] = {}
        for slot in level.slots:
            name = prefix + slot.name
            if isinstance(slot.component, Rows):
                self._rows(slot.component, name, dig(before, slot.path), raw, slot.path)
            elif isinstance(slot.component, Input):
                value = self._value(slot.component, name, dig(before, slot.path))
                if value is not None:
                    put(raw, slot.path, value)
        return raw

    def _shown(self, name: str) -> bool:
        return name in self.post.getlist(PRESENT)

    def _value(self, component: Input, name: str, before: object) -> object:
        match component:
            case FilePicker():
                return self._files(component, name, before)
            case CheckBox():
                return True if name in self.post else (False if self._shown(name) else None)
            case Choice(several=True):
                chosen = [_storable(one) for one in self.post.getlist(name) if one]
                return chosen if chosen or self._shown(name) else None
        typed = self.post.get(name)
        if typed is None:
            return "" if self._shown(name) else None
        return _storable(typed)

    def _files(self, component: FilePicker, name: str, before: object) -> list[Reference] | None:
        fresh = list(self.fresh.get(name, ()))
        if not fresh and not self._shown(name):
            return None
        dropped = set(self.post.getlist(DROP_FILE))
        kept = [one for one in before if isinstance(one, Mapping)] if isinstance(before, list) else []
        staying = [one for one in kept if f"{name}:{one.get('sha256')}" not in dropped]
        if fresh and component.multiple is False:
            return fresh
        known = {one.get("sha256") for one in fresh}
        return [one for one in staying if one.get("sha256") not in known] + fresh

    def _rows(self, rows: Rows, name: str, before: object, raw: dict[str, object], path: tuple[str, ...]) -> None:
        indexes = self._indexes(name)
        if not indexes and not self._shown(name) and self.post.get(ADD_ROW) != name:
            return
        kept = before if isinstance(before, list) else []
        found: list[object] = []
        for index in indexes:
            row = kept[index] if index < len(kept) else None
            read = self.level(rows.level, f"{name}[{index}].", row if isinstance(row, Mapping) else {})
            if not rows.open or f"{name}:{index}" not in self.post.getlist(DROP_ROW):
                found.append(read)
        if rows.open and self.post.get(ADD_ROW) == name and len(found) < ROW_LIMIT:
            found.append({})
        put(raw, path, found)

    def _indexes(self, name: str) -> list[int]:
        index = re.compile(re.escape(name) + r"\[([0-9]{1,3})\](?:\.|$)")
        named = [*self.post, *self.post.getlist(PRESENT)]
        found = {int(match.group(1)) for key in named if (match := index.match(key))}
        return sorted(found)[: ROW_LIMIT + 1]


def _storable(text: str) -> str:
    """Return what was typed. A NUL, which PostgreSQL cannot keep in a draft, becomes another sign that is refused."""
    return text.replace(_NUL, _NONCHARACTER)
