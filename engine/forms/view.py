"""What a page shows of a form: components in order, values as text, options, limits, words put together.

It makes no HTML: templates escape and mark up. It never says whether an answer holds (`engine/forms/answers.py` does).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal

from engine.feel import Expression
from engine.forms.components import (
    Block,
    CheckBox,
    Choice,
    Component,
    Computed,
    DateInput,
    FilePicker,
    Form,
    Group,
    Input,
    Level,
    NumberInput,
    Path,
    Rows,
    Static,
    Text,
    TextInput,
)
from engine.forms.manner import PLAIN, Manner
from engine.forms.parts import ROW_LIMIT
from engine.forms.scalars import punctuated, scalar_text, spoken
from engine.forms.sight import NO_HOST, Host, Json, Run, Sight, dig, fixed_count, look, put, rows_of, stored_row
from engine.forms.tables import Table, table_of
from engine.forms.variable import accepted, options_of, today

_MISSING = object()
_DATES: Mapping[str, tuple[type[date | time | datetime], int]] = {
    "date": (date, 10),
    "time": (time, 5),
    "datetime": (datetime, 16),
}
_UNSHOWN = frozenset({"button"})  # the page brings its own buttons


@dataclass(frozen=True, slots=True)
class ShownSpan:
    text: str
    bold: bool = False
    italic: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """`kind` is p, h1..h6, ul or ol; a list has a line per item."""

    kind: str
    lines: tuple[tuple[ShownSpan, ...], ...]


@dataclass(frozen=True, slots=True)
class ShownOption:
    label: str
    text: str
    chosen: bool


@dataclass(slots=True, kw_only=True)
class Shown:
    """One thing to show.

    `kind` is the form-js type, save datetime (date, time or datetime). `name` is the HTML name ("faltas[0].item"),
    `path` the key of its errors ("faltas.0.item"), `html_id` an id made of it. `value` is an input's text, `said` how
    a number or date reads outside an input, `native` that a date input can hold it; `files` are the stored references.
    Limits are texts, empty when there is none. `full` means that no row can be added. `children` are a group's, `rows`
    a list's. `width` is in sixteenths.
    """

    kind: str
    id: str
    name: str = ""
    path: str = ""
    html_id: str = ""
    label: str = ""
    description: str = ""
    value: str = ""
    said: str = ""
    native: bool = True
    checked: bool = False
    required: bool = False
    readonly: bool = False
    disabled: bool = False
    options: tuple[ShownOption, ...] = ()
    validator: str = ""
    mask: str = ""
    minimum: str = ""
    maximum: str = ""
    step: str = ""
    digits: int | None = None
    max_length: int | None = None
    prefix: str = ""
    suffix: str = ""
    accept: str = ""
    multiple: bool = False
    files: tuple[Mapping[str, object], ...] = ()
    blocks: tuple[ShownBlock, ...] = ()
    source: str = ""
    table: Table | None = None
    children: tuple[Shown, ...] = ()
    rows: tuple[tuple[Shown, ...], ...] = ()
    open: bool = False
    full: bool = False
    fewest: int = 0
    outlined: bool = False
    width: int = 0
    row: str = ""


def view(form: Form, data: Json, context: Json, host: Host = NO_HOST, manner: Manner = PLAIN) -> list[Shown]:
    """Return what to show, in order, without what conditions hide.

    `data` holds what was typed (right or wrong, shown as it is) or a draft, nested; what it lacks comes from `context`,
    the case's document, and then from the drawing's default. `manner` says how values read in the drawing's sentences.
    """
    run = Run(host)
    raw = _chosen(form.level, data, context)
    sight = look(form.level, raw, context, run)
    return list(_Viewer(run, sight, raw, context, manner).shown(form.level))


def _chosen(level: Level, data: Json, stored: Json) -> dict[str, object]:
    """Return the values to show: typed, else stored, else default; lists with the rows that are to be seen."""
    chosen: dict[str, object] = {}
    for slot in level.slots:
        if isinstance(slot.component, Rows):
            put(chosen, slot.path, _chosen_rows(slot.component, slot.path, data, stored))
        elif isinstance(slot.component, Input):
            found = _first(slot.path, data, stored)
            put(chosen, slot.path, slot.component.default if found is _MISSING else found)
    return chosen


def _chosen_rows(rows: Rows, path: Path, data: Json, stored: Json) -> list[Json]:
    typed, kept = _has(data, path), dig(stored, path)
    found = typed if isinstance(typed, list) else kept
    blank: list[Json] = [{} for _ in range(rows.first_rows)]
    shown = rows_of(rows, found, kept) if isinstance(found, list) else blank
    fallen = kept if isinstance(kept, list) and (found is kept or not rows.open) else []
    return [_chosen(rows.level, row, _row_at(fallen, index)) for index, row in enumerate(shown)]


def _row_at(rows: list[object], index: int) -> Json:
    row = rows[index] if index < len(rows) else None
    return row if isinstance(row, Mapping) else {}


def _first(path: Path, *documents: Json) -> object:
    for document in documents:
        found = _has(document, path)
        if found is not _MISSING:
            return found
    return _MISSING


def _has(document: object, path: Path) -> object:
    for key in path:
        if not isinstance(document, Mapping) or key not in document:
            return _MISSING
        document = document[key]
    return document


@dataclass(slots=True)
class _Viewer:
    """Shows one scope. `name` and `path` are the prefixes of what stands in it."""

    run: Run
    sight: Sight
    raw: Json
    stored: Json
    manner: Manner
    name: str = ""
    path: str = ""
    within: Path = field(default=())

    def shown(self, level: Level) -> Iterator[Shown]:
        for component in level.components:
            if id(component) not in self.sight.hidden and component.kind not in _UNSHOWN:
                yield self._one(component)

    def _one(self, component: Component) -> Shown:
        shown = Shown(
            kind=component.kind,
            id=component.id,
            html_id=_html_id(self.path + component.id),
            label=self._text(component.label, component),
            description=self._text(component.description, component),
            width=component.width,
            row=component.row,
        )
        match component:
            case Group():
                self._group(component, shown)
            case Rows():
                self._rows(component, shown)
            case Static():
                self._static(component, shown)
            case Computed():
                shown.value = self.manner.said(self.sight.computed.get(id(component)))
                self._place(shown, component.key)
            case Input():
                self._input(component, shown)
        return shown

    def _place(self, shown: Shown, key: Path) -> Path:
        path = self.within + key
        shown.name = self.name + ".".join(path)
        shown.path = self.path + ".".join(path)
        shown.html_id = _html_id(shown.path)
        return path

    def _text(self, text: Text, component: Component) -> str:
        words = ""
        for part in text.parts:
            words += part if isinstance(part, str) else self._said(part, component, words)
        return words

    def _said(self, part: Expression, component: Component, before: str) -> str:
        return self.manner.said(self.run.value(part, self.sight.scope, component.id), part.source, before)

    def _group(self, component: Group, shown: Shown) -> None:
        shown.outlined = component.outlined
        inner = replace(self, within=self.within + component.path)
        shown.children = tuple(inner.shown(component.level))

    def _rows(self, component: Rows, shown: Shown) -> None:
        path = self._place(shown, component.path)
        rows, kept = dig(self.raw, path), dig(self.stored, path)
        assert isinstance(rows, list)
        shown.open, shown.fewest = component.open, component.fewest
        shown.full = len(rows) >= (ROW_LIMIT if component.open else fixed_count(component, kept))
        shown.rows = tuple(
            tuple(
                _Viewer(
                    self.run,
                    self.sight.rows[id(component)][index],
                    row,
                    stored_row(component, kept, index),
                    self.manner,
                    f"{shown.name}[{index}].",
                    f"{shown.path}.{index}.",
                ).shown(component.level)
            )
            for index, row in enumerate(rows)
        )

    def _static(self, component: Static, shown: Shown) -> None:
        shown.blocks = tuple(self._block(block, component) for block in component.blocks)
        source = component.source
        found = source if isinstance(source, str | None) else self.run.data(source, self.sight.scope, component.id)
        if component.kind == "image":
            shown.source = _safe_source(found)
        else:
            shown.table = table_of(component, found, self.manner)

    def _block(self, block: Block, component: Component) -> ShownBlock:
        lines = (
            tuple(ShownSpan(self._text(span.text, component), span.bold, span.italic, span.href) for span in line)
            for line in block.lines
        )
        return ShownBlock(block.kind, tuple(lines))

    def _input(self, component: Input, shown: Shown) -> None:
        path = self._place(shown, component.key)
        shown.required = component.required
        shown.disabled = id(component) in self.sight.disabled
        shown.readonly = id(component) in self.sight.readonly
        fixed = (shown.readonly or shown.disabled) and dig(self.stored, path) is not None
        value = dig(self.stored if fixed else self.raw, path)
        shown.prefix = self._text(component.prefix, component)
        shown.suffix = self._text(component.suffix, component)
        shown.value = scalar_text(value)
        self._details(component, value, shown)

    def _details(self, component: Input, value: object, shown: Shown) -> None:
        match component:
            case TextInput():
                shown.validator, shown.mask = component.validator, component.mask
                shown.max_length = self._whole(component.max_length, component)
                shown.value = punctuated(component.validator, shown.value, component.mask)
            case NumberInput():
                shown.said = spoken(value)
                shown.minimum = self._limit(component.minimum, component)
                shown.maximum = self._limit(component.maximum, component)
                shown.step, shown.digits, shown.mask = (
                    scalar_text(component.increment),
                    component.digits,
                    component.mask,
                )
            case DateInput(subtype=subtype, no_past=no_past):
                shown.kind, shown.said = subtype, self.manner.said(shown.value)
                shown.minimum = today(self.run) if no_past else ""
                if not shown.readonly:
                    shown.value, shown.native = _for_input(subtype, shown.value)
            case CheckBox():
                shown.checked = value is True or (isinstance(value, str) and value.lower() in ("true", "on", "1"))
            case Choice():
                shown.options = tuple(self._options(component, value))
            case FilePicker():
                accept, shown.multiple = accepted(component, self.sight, self.run)
                shown.accept = ",".join(accept)
                shown.files = tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()

    def _options(self, component: Choice, value: object) -> Iterator[ShownOption]:
        chosen = {scalar_text(one) for one in (value if isinstance(value, list) else [value])}
        for option in options_of(component, self.sight, self.run):
            text = scalar_text(option.value)
            yield ShownOption(option.label, text, text in chosen)

    def _limit(self, limit: Decimal | int | Expression | None, component: Component) -> str:
        return scalar_text(self.run.limit(limit, self.sight.scope, component.id))

    def _whole(self, limit: Decimal | int | Expression | None, component: Component) -> int | None:
        number = self.run.limit(limit, self.sight.scope, component.id)
        return None if number is None else int(number)


def _html_id(path: str) -> str:
    return "c-" + "".join(mark if mark.isascii() and mark.isalnum() else "-" for mark in path)


def _safe_source(source: object) -> str:
    """Only pictures of this site and inline bitmaps; the page's policy would block the rest."""
    text = source if isinstance(source, str) else ""
    local = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if local or text.startswith(("data:image/png;", "data:image/jpeg;")) else ""


def _for_input(subtype: str, text: str) -> tuple[str, bool]:
    """Return a date or time as its HTML input takes it (no seconds, no offset), and whether it can hold it at all."""
    kind, length = _DATES[subtype]
    try:
        kind.fromisoformat(text)
    except ValueError:
        return text, not text
    return text[:length], True
