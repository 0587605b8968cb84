"""Do these answers hold? The only way from what somebody sent to what a case may keep.

It never keeps what was not asked: what was sent for hidden, disabled and computed fields, or unknown names, is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow.fields import Field

from engine.errors import AnswersRefused
from engine.forms.components import (
    Choice,
    Computed,
    DateInput,
    FilePicker,
    Form,
    Input,
    Level,
    NumberInput,
    Rows,
    Slot,
    TextInput,
)
from engine.forms.fields import Rule, accept_rule, by_text, field_for, length_rule, pick, range_rule
from engine.forms.parts import ROW_LIMIT
from engine.forms.scalars import Fault, scalar_text
from engine.forms.sight import (
    NO_HOST,
    Host,
    Json,
    Run,
    Sight,
    dig,
    fixed_count,
    look,
    merge,
    put,
    read_or_none,
    rows_of,
    stored_row,
)
from engine.forms.variable import accepted, options_of, today

__all__ = ["check_answer", "check_answers", "merge"]

Faults = dict[str, list[object]]


def check_answers(form: Form, raw: Json, context: Json, host: Host = NO_HOST) -> dict[str, object]:
    """Return the answers as one document: dotted keys as objects, numbers as Decimal or int, dates as ISO text.

    A field that was shown and left blank is null (an empty list for several choices and files, false for a checkbox),
    so that laying the answers over the case (`merge`) clears what was there. `raw` is nested as the answers are;
    `context` is the case's document: what expressions see, and what readonly fields are compared with. `host` holds the
    functions that expressions may call; a form that refuses past dates needs `hoje`.

    Raises: AnswersRefused(errors={dotted path: [code or {code, facts}]}); the third row's `item` is "faltas.2.item".
    """
    check = _Check(Run(host))
    if form.level.plain:
        answers = check.fields(form.level, _names(form.level), raw)
    else:
        answers = check.level(form.level, look(form.level, raw, context, check.run), raw, context)
    for element, error in check.run.failed.items():
        check.errors.setdefault(element, []).append({"code": "expression-failed", "reason": error.facts.get("reason")})
    if check.errors:
        raise AnswersRefused(errors=check.errors)
    return answers


def check_answer(form: Form, name: str, raw: object, context: Json, host: Host = NO_HOST) -> object:
    """Return the answer of one plain input of a form, as it would be with the case's other values as they are.

    `name`: the dotted path of the input. Raises: KeyError when the form asks for no such thing; AnswersRefused.
    """
    slot = next((one for one in form.level.slots if one.name == name and isinstance(one.component, Input)), None)
    if slot is None:
        raise KeyError(name)
    sent: dict[str, object] = {}
    put(sent, slot.path, raw)
    laid = merge(context, sent)
    check = _Check(Run(host))
    answers = check.fields(form.level, frozenset({name}), laid)
    check.vary(slot, look(form.level, laid, context, check.run), answers)
    if check.errors:
        raise AnswersRefused(errors=check.errors)
    return dig(answers, slot.path)


@lru_cache(maxsize=512)
def _names(level: Level) -> frozenset[str]:
    return frozenset(slot.name for slot in level.slots if isinstance(slot.component, Input))


@lru_cache(maxsize=1024)
def _schema(level: Level, names: frozenset[str]) -> tuple[Schema, tuple[Slot, ...]]:
    """Return the checker of these fields of a scope, made once. Its fields are named by dotted path and load nested."""
    slots = tuple(slot for slot in level.slots if slot.name in names)
    fields: dict[str, Field[Any]] = {
        f"field_{index}": field_for(slot.component, slot.name)
        for index, slot in enumerate(slots)
        if isinstance(slot.component, Input)
    }
    return Schema.from_dict(fields)(unknown=EXCLUDE), slots


@dataclass(slots=True)
class _Check:
    """One check of one form: what was found wrong so far, under the prefix of the scope at hand."""

    run: Run
    errors: Faults = field(default_factory=dict)
    prefix: str = ""

    def level(self, level: Level, sight: Sight, raw: Json, stored: Json) -> dict[str, object]:
        """Return the answers of one scope; what is wrong goes to `errors`."""
        shown = [slot for slot in level.slots if id(slot.component) not in sight.hidden]
        fixed = sight.disabled | sight.readonly
        asked = [slot for slot in shown if isinstance(slot.component, Input) and id(slot.component) not in fixed]
        answers = self.fields(level, frozenset(slot.name for slot in asked), raw)
        for slot in asked:
            self.vary(slot, sight, answers)
        for slot in shown:
            if isinstance(slot.component, Computed):
                put(answers, slot.path, sight.computed.get(id(slot.component)))
            elif isinstance(slot.component, Rows):
                put(answers, slot.path, self._rows(slot, slot.component, sight, raw, stored))
            elif id(slot.component) in sight.readonly:
                self._keep(slot, slot.component, raw, stored, answers)
        return answers

    def fields(self, level: Level, names: frozenset[str], raw: Json) -> dict[str, object]:
        """Return the plain inputs' answers by their marshmallow schema."""
        schema, slots = _schema(level, names)
        flat = {slot.name: dig(raw, slot.path) for slot in slots}
        try:
            loaded: dict[str, object] = schema.load(flat)
        except ValidationError as error:
            for name, faults in error.messages_dict.items():
                self.errors[self.prefix + name] = list(faults)
            loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
        return loaded

    def vary(self, slot: Slot, sight: Sight, answers: dict[str, object]) -> None:
        """Hold an answer against what depends on the other answers: limits, options, accepted files, today."""
        name = self.prefix + slot.name
        value = dig(answers, slot.path)
        rule = _RULES.get(type(slot.component))
        if rule is None or name in self.errors or value is None or value == []:
            return
        try:
            put(answers, slot.path, rule(slot.component, value, sight, self.run))
        except Fault as fault:
            self.errors[name] = [fault.as_error()]

    def _keep(self, slot: Slot, component: Input, raw: Json, stored: Json, answers: dict[str, object]) -> None:
        """A readonly field keeps what is stored; sending something else is refused, sending nothing is not."""
        kept, sent = dig(stored, slot.path), dig(raw, slot.path)
        if not _same(component, sent, kept):
            self.errors[self.prefix + slot.name] = ["readonly-changed"]
        if kept is not None:
            put(answers, slot.path, kept)

    def _rows(self, slot: Slot, rows: Rows, sight: Sight, raw: Json, stored: Json) -> list[object]:
        given, kept = dig(raw, slot.path), dig(stored, slot.path)
        fault = _rows_fault(rows, given, kept)
        if fault:
            self.errors[self.prefix + slot.name] = [fault.as_error()]
            return []
        found: list[object] = []
        outer = self.prefix
        for index, row in enumerate(rows_of(rows, given, kept)):
            if rows.open and _blank(row):
                continue
            self.prefix = f"{outer}{slot.name}.{index}."
            under = stored_row(rows, kept, index)
            found.append(merge(under, self.level(rows.level, sight.rows[id(rows)][index], row, under)))
        self.prefix = outer
        if len(found) < rows.fewest:
            self.errors[self.prefix + slot.name] = [Fault("too-few-rows", min=rows.fewest).as_error()]
        return found


def _same(component: Input, sent: object, kept: object) -> bool:
    """Say whether what was sent is what is stored, whichever way it was written: as data, as shown, or read again."""
    if sent is None or sent == kept or (isinstance(sent, str) and sent.strip() == scalar_text(kept)):
        return True
    reader = field_for(component, strict=False)
    return bool(read_or_none(reader, sent) == read_or_none(reader, kept))


def _rows_fault(rows: Rows, given: object, stored: object) -> Fault | None:
    if given is None:
        return None
    if not isinstance(given, list):
        return Fault("not-a-list")
    if len(given) > ROW_LIMIT:
        return Fault("too-many-rows", max=ROW_LIMIT)
    if not rows.open and len(given) != fixed_count(rows, stored):
        return Fault("rows-fixed", count=fixed_count(rows, stored))
    return None


def _blank(value: object) -> bool:
    """A row in which nothing was typed or ticked: the page offers one for the next entry."""
    if isinstance(value, Mapping):
        return all(_blank(inner) for inner in value.values())
    return value is None or value is False or value == [] or (isinstance(value, str) and not value.strip())


def _texts(component: TextInput, value: object, sight: Sight, run: Run) -> object:
    fewest = run.limit(component.min_length, sight.scope, component.id)
    most = run.limit(component.max_length, sight.scope, component.id)
    if not component.validator:
        _apply(length_rule(None if fewest is None else int(fewest), None if most is None else int(most)), value)
    return value


def _numbers(component: NumberInput, value: object, sight: Sight, run: Run) -> object:
    low = run.limit(component.minimum, sight.scope, component.id)
    _apply(range_rule(low, run.limit(component.maximum, sight.scope, component.id)), value)
    return value


def _dates(component: DateInput, value: object, _sight: Sight, run: Run) -> object:
    if component.no_past and str(value)[:10] < today(run):
        raise Fault("past-date")
    return value


def _choices(component: Choice, value: object, sight: Sight, run: Run) -> object:
    if component.options is not None:
        return value
    options = by_text(options_of(component, sight, run))
    if isinstance(value, list):
        return [pick(options, str(one)) for one in value]
    return pick(options, str(value))


def _files(component: FilePicker, value: object, sight: Sight, run: Run) -> object:
    accept, multiple = accepted(component, sight, run)
    _apply(accept_rule(accept, multiple=multiple), value)
    return value


def _apply(rule: Rule, value: object) -> None:
    rule(value)


_RULES: Mapping[type, Callable[..., object]] = {
    TextInput: _texts,
    NumberInput: _numbers,
    DateInput: _dates,
    Choice: _choices,
    FilePicker: _files,
}
