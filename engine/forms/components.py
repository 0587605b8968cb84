"""What a form is made of, once read: immutable, typed, with every expression already compiled.

It never reads JSON (`engine/forms/definition.py` does) and never looks at an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from engine.feel import Expression

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Words that may hold values: literal strings and expressions in turn, put together when shown."""

    parts: tuple[str | Expression, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of words in one style. `href` is http(s), mailto, or a path of this site; never another scheme."""

    text: Text
    bold: bool = False
    italic: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph ("p"), heading ("h1".."h6") or list ("ul", "ol"); a paragraph or heading has one line."""

    kind: str
    lines: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What every component has. `hide` true means: not shown, and its answer is dropped."""

    id: str
    kind: str
    label: Text = field(default_factory=Text)
    description: Text = field(default_factory=Text)
    hide: Expression | None = None
    width: int = 0
    row: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Static(Component):
    """Shown, never answered: text, image, button, spacer, separator, table, documentPreview."""

    blocks: tuple[Block, ...] = ()
    source: Expression | str | None = None
    columns: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed(Component):
    """A value worked out on the server from the other answers; what the browser sends for it is never read."""

    key: Path
    expression: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Component):
    """Something a person answers. `key` is the dotted key in parts; `purpose` is the LGPD purpose (finalidade)."""

    key: Path
    required: bool = False
    disabled: bool | Expression = False
    readonly: bool | Expression = False
    default: object = None
    purpose: str = ""
    prefix: Text = field(default_factory=Text)
    suffix: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextInput(Input):
    """One line or several. `validator` is cpf, cnpj, cpf_cnpj, cep, inscricao, fone, email or empty."""

    multiline: bool = False
    min_length: int | Expression | None = None
    max_length: int | Expression | None = None
    pattern: re.Pattern[str] | None = None
    pattern_message: str = ""
    validator: str = ""
    mask: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberInput(Input):
    minimum: Decimal | Expression | None = None
    maximum: Decimal | Expression | None = None
    digits: int | None = None
    increment: Decimal | None = None
    mask: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateInput(Input):
    """`subtype` is date, time or datetime. `no_past` needs the host function `hoje`."""

    subtype: str = "date"
    no_past: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBox(Input):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Input):
    """radio, select (one value); checklist, taglist (several). Options are fixed, at a path in the data or computed."""

    several: bool = False
    options: tuple[Option, ...] | None = None
    options_at: Path = ()
    options_from: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePicker(Input):
    """Stored files. `accept` holds lower-case extensions with the dot, and mime patterns such as image/*."""

    accept: tuple[str, ...] | Expression = ()
    multiple: bool | Expression = False
    document_type: str = ""
    secrecy: str = "restrito"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Component):
    path: Path = ()
    outlined: bool = False
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Component):
    """A dynamic list. When `open` the person adds and removes rows; otherwise the stored data fix their number."""

    path: Path
    open: bool = True
    first_rows: int = 1
    fewest: int = 0
    level: Level


Answerable = Input | Computed | Rows


@dataclass(frozen=True, slots=True)
class Slot:
    """An answerable component and where it stands: `path` from the root of its scope, `name` the same, dotted."""

    component: Answerable
    path: Path
    name: str


@dataclass(frozen=True, eq=False)
class Level:
    """The components of one scope: the form's own, or those of one row of a list. Groups do not open a scope."""

    components: tuple[Component, ...]

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(_slots(self.components, ()))

    @cached_property
    def plain(self) -> bool:
        """Nothing here depends on an expression or is fixed: what is asked is known before any answer is."""
        return not any(_moves(component) for component in self.all_components())

    def all_components(self) -> Iterator[Component]:
        """Every component of this scope in order, those inside groups included, those inside lists not."""
        for component in self.components:
            yield component
            if isinstance(component, Group):
                yield from component.level.all_components()


@dataclass(frozen=True, eq=False)
class Form:
    """A form: `key` is its id in the drawing. Compared by identity, so that checkers can be kept per form."""

    key: str
    level: Level
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def components(self) -> tuple[Component, ...]:
        return self.level.components

    @cached_property
    def inputs(self) -> tuple[Slot, ...]:
        """Every input, those of list rows included, with dotted names ("exigencias.item" for the item of a row)."""
        return tuple(_inputs(self.level, ()))

    @cached_property
    def file_fields(self) -> Mapping[str, FilePicker]:
        return {slot.name: slot.component for slot in self.inputs if isinstance(slot.component, FilePicker)}


def _slots(components: tuple[Component, ...], prefix: Path) -> Iterator[Slot]:
    for component in components:
        if isinstance(component, Group):
            yield from _slots(component.level.components, prefix + component.path)
        elif isinstance(component, Input | Computed | Rows):
            own = component.path if isinstance(component, Rows) else component.key
            yield Slot(component, prefix + own, ".".join(prefix + own))


def _inputs(level: Level, prefix: Path) -> Iterator[Slot]:
    for slot in level.slots:
        path = prefix + slot.path
        if isinstance(slot.component, Rows):
            yield from _inputs(slot.component.level, path)
        elif isinstance(slot.component, Input):
            yield Slot(slot.component, path, ".".join(path))


def _moves(component: Component) -> bool:
    if component.hide is not None or isinstance(component, Computed | Rows):
        return True
    if isinstance(component, Input) and (component.disabled is not False or component.readonly is not False):
        return True
    names = ("minimum", "maximum", "min_length", "max_length", "accept", "multiple")
    if any(isinstance(getattr(component, name, None), Expression) for name in names):
        return True
    if isinstance(component, DateInput):
        return component.no_past  # today is not of the drawing either
    return isinstance(component, Choice) and component.options is None
