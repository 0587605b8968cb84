"""What a form looks like for given answers: which components show, which are fixed, what the computed ones are worth.

The server's check and the page's rendering both look through here, so that they cannot disagree. It never decides
whether an answer is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from engine.errors import ExpressionRefused
from engine.feel import Budget, Expression, jsonable
from engine.forms.components import Choice, Component, Computed, Group, Input, Level, Option, Path, Rows
from engine.forms.fields import Answer, by_text, field_for, option_text
from engine.forms.parts import ROW_LIMIT, read_option
from engine.forms.scalars import Fault

Json = Mapping[str, object]
Host = Mapping[str, Callable[..., object]]

NO_HOST: Host = {}
_PASSES = 4  # a condition may look at a field that comes after it: look again until nothing changes, this often at most
_STEPS = 400_000  # of FEEL, for the whole form
_OPTION_LIMIT = 2_000


@dataclass(slots=True)
class Run:
    """One evaluation of a form: the host's functions, what may still be spent, what failed (by element id)."""

    host: Host = field(default_factory=dict)
    budget: Budget = field(default_factory=lambda: Budget(steps=_STEPS))
    failed: dict[str, ExpressionRefused] = field(default_factory=dict)

    def value(self, expression: Expression, scope: Json, element: str) -> object:
        """Return the expression's value; null, with the failure noted, when it goes over its bounds."""
        try:
            return expression.evaluate(scope, self.host, self.budget)
        except ExpressionRefused as error:
            self.failed[element] = error
        return None

    def data(self, expression: Expression, scope: Json, element: str) -> object:
        """Return the expression's value as case data may hold it, dates as ISO text; null when it is no data at all."""
        try:
            return jsonable(self.value(expression, scope, element))
        except ExpressionRefused as error:
            self.failed[element] = error
        return None

    def limit(self, limit: Decimal | int | Expression | None, scope: Json, element: str) -> Decimal | None:
        """Return a limit as a number; an expression that gives none limits nothing."""
        given = self.value(limit, scope, element) if isinstance(limit, Expression) else limit
        if isinstance(given, bool) or not isinstance(given, int | Decimal):
            return None
        return Decimal(given)


@dataclass(slots=True)
class Sight:
    """One scope as it shows. Components are known by identity; `rows` holds a sight per row of each visible list."""

    level: Level
    scope: dict[str, object]
    hidden: set[int] = field(default_factory=set)
    disabled: set[int] = field(default_factory=set)
    readonly: set[int] = field(default_factory=set)
    computed: dict[int, object] = field(default_factory=dict)
    rows: dict[int, list[Sight]] = field(default_factory=dict)


def dig(document: object, path: Path) -> object:
    """Return what stands at a path; None when the way there is not made of objects."""
    for key in path:
        if not isinstance(document, Mapping):
            return None
        document = document.get(key)
    return document


def put(document: dict[str, object], path: Path, value: object) -> None:
    """Set a value at a path, making objects on the way. The objects on the way must be the caller's own."""
    for key in path[:-1]:
        inner = document.get(key)
        if not isinstance(inner, dict):
            inner = document[key] = {}
        document = inner
    document[path[-1]] = value


def merge(base: Json, over: Json) -> dict[str, object]:
    """Return `base` with `over` laid upon it: objects merge, everything else (lists too) is replaced.

    Neither is touched, and no object of `over` is shared with the result.
    """
    merged = dict(base)
    for key, value in over.items():
        under = merged.get(key)
        merged[key] = merge(under if isinstance(under, Mapping) else {}, value) if isinstance(value, Mapping) else value
    return merged


def rows_of(rows: Rows, given: object, stored: object) -> list[Json]:
    """Return the rows of a list as objects: those given, or for a list that is not open as many as are stored."""
    found = [row if isinstance(row, Mapping) else {} for row in given[:ROW_LIMIT]] if isinstance(given, list) else []
    if rows.open:
        return found
    count = fixed_count(rows, stored)
    return [*found, *({} for _ in range(count))][:count]


def fixed_count(rows: Rows, stored: object) -> int:
    """Return how many rows a list has that its person cannot lengthen or shorten."""
    return min(len(stored), ROW_LIMIT) if isinstance(stored, list) else rows.first_rows


def stored_row(rows: Rows, stored: object, index: int) -> Json:
    """Return the row as the case holds it; rows of open lists have no identity, so they have none."""
    if rows.open or not isinstance(stored, list) or index >= len(stored):
        return {}
    row = stored[index]
    return row if isinstance(row, Mapping) else {}


def options_in(component: Choice, scope: Json, run: Run) -> tuple[Option, ...]:
    """Return the options to choose from now; what in the data is neither a scalar nor {label, value} is left out."""
    if component.options is not None:
        return component.options
    if component.options_from is not None:
        found = run.value(component.options_from, scope, component.id)
    else:
        found = dig(scope, component.options_at)
    given = found[:_OPTION_LIMIT] if isinstance(found, list | tuple) else []
    return tuple(option for one in given if (option := read_option(one)) is not None)


def look(level: Level, raw: Json, stored: Json, run: Run, scope: Json | None = None) -> Sight:
    """Return how a scope shows, given raw answers and what is stored under the same names.

    `scope` is what expressions see around this one (a row sees its form); the form's own is `stored`.
    """
    around = stored if scope is None else scope
    answered = _typed(level, raw)
    sight = Sight(level, merge(around, answered))
    if level.plain:
        return sight
    before: set[int] | None = None
    for _ in range(_PASSES):
        _Pass(sight, raw, stored, answered, run).walk(level)
        if before == sight.hidden:
            break
        before = set(sight.hidden)
    return sight


def _typed(level: Level, raw: Json) -> dict[str, object]:
    """Return the answers as conditions see them: of the right type, null where they cannot be read."""
    typed: dict[str, object] = {}
    for slot in level.slots:
        put(typed, slot.path, None)  # so that every place a condition may write to is this sight's own
    for path, reader in _readers(level):
        put(typed, path, read_or_none(reader, dig(raw, path)))
    return typed


@lru_cache(maxsize=512)
def _readers(level: Level) -> tuple[tuple[Path, Answer], ...]:
    slots = [(slot.path, slot.component) for slot in level.slots]
    return tuple((path, field_for(one, strict=False)) for path, one in slots if isinstance(one, Input))


def read_or_none(reader: Answer, value: object) -> object:
    """Return the value read, None when there is none or it cannot be read."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return reader.nothing()
    try:
        return reader.read(value)
    except Fault:
        return reader.nothing()


@dataclass(slots=True)
class _Pass:
    """One walk over a scope in drawing order, each condition seeing the answers as they stand then."""

    sight: Sight
    raw: Json
    stored: Json
    answered: Json
    run: Run

    def walk(self, level: Level, prefix: Path = ()) -> None:
        for component in level.components:
            hidden = self._true(component.hide, component)
            (self.sight.hidden.add if hidden else self.sight.hidden.discard)(id(component))
            if hidden:
                self._forget(component, prefix)
            elif isinstance(component, Group):
                self.walk(component.level, prefix + component.path)
            else:
                self._show(component, prefix)

    def _true(self, condition: object, component: Component) -> bool:
        if isinstance(condition, Expression):
            return self.run.value(condition, self.sight.scope, component.id) is True
        return condition is True

    def _forget(self, component: Component, prefix: Path) -> None:
        if isinstance(component, Group):
            for inner in component.level.components:
                self.sight.hidden.add(id(inner))
                self._forget(inner, prefix + component.path)
        elif isinstance(component, Input | Computed):
            put(self.sight.scope, prefix + component.key, None)
        elif isinstance(component, Rows):
            put(self.sight.scope, prefix + component.path, None)

    def _show(self, component: Component, prefix: Path) -> None:
        if isinstance(component, Input):
            put(self.sight.scope, prefix + component.key, self._value(component, prefix + component.key))
        elif isinstance(component, Computed):
            value = self.run.data(component.expression, self.sight.scope, component.id)
            self.sight.computed[id(component)] = value
            put(self.sight.scope, prefix + component.key, value)
        elif isinstance(component, Rows):
            self._show_rows(component, prefix + component.path)

    def _value(self, component: Input, path: Path) -> object:
        for fixed, condition in ((self.sight.disabled, component.disabled), (self.sight.readonly, component.readonly)):
            holds = self._true(condition, component)
            (fixed.add if holds else fixed.discard)(id(component))
            if holds:
                return dig(self.stored, path)
        value = dig(self.answered, path)
        return self._chosen(component, value) if isinstance(component, Choice) and value else value

    def _chosen(self, component: Choice, value: object) -> object:
        """Return the values of the options that a page named by text; nothing when one of them is not offered now."""
        if component.options is not None:
            return value
        offered = by_text(options_in(component, self.sight.scope, self.run))
        texts = [option_text(one) for one in (value if isinstance(value, list) else [value])]
        if not offered.keys() >= set(texts):
            return [] if component.several else None
        return [offered[text] for text in texts] if component.several else offered[texts[0]]

    def _show_rows(self, component: Rows, path: Path) -> None:
        stored = dig(self.stored, path)
        sights: list[Sight] = []
        for index, row in enumerate(rows_of(component, dig(self.raw, path), stored)):
            kept = stored_row(component, stored, index)
            around = {**self.sight.scope, **kept, "this": kept, "parent": self.sight.scope, "i": index + 1}
            sights.append(look(component.level, row, kept, self.run, around))
        self.sight.rows[id(component)] = sights
        put(self.sight.scope, path, [_row_values(component.level, sight) for sight in sights])


def _row_values(level: Level, sight: Sight) -> dict[str, object]:
    values: dict[str, object] = dict(this) if isinstance(this := sight.scope.get("this"), Mapping) else {}
    own: dict[str, object] = {}
    for slot in level.slots:
        put(own, slot.path, dig(sight.scope, slot.path))
    return merge(values, own)
