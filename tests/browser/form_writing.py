"""The same answers in our page's handwriting: what a person here types or ticks for what form-js holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from random import Random
from typing import Any

from engine.forms.components import CheckBox, Choice, DateInput, FilePicker, Form, Input, Level, NumberInput, Rows
from engine.forms.scalars import scalar_text, spoken
from engine.forms.sight import dig, put

_PDF = {"sha256": "a" * 64, "name": "planta.pdf", "size": 900, "mime": "application/pdf"}


def written(form: Form, answers: Mapping[str, object], draw: Random) -> dict[str, Any]:
    """Return raw answers for `check_answers`, half of them as data (as the API sends), half as people write here."""
    return _level(form.level, answers, draw)


def _level(level: Level, answers: Mapping[str, object], draw: Random) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for slot in level.slots:
        value = dig(answers, slot.path)
        if isinstance(slot.component, Rows):
            assert isinstance(value, list)
            put(raw, slot.path, [_level(slot.component.level, row, draw) for row in value])
        elif isinstance(slot.component, Input):
            put(raw, slot.path, _written(slot.component, value, draw))
    return raw


def _written(component: Input, value: Any, draw: Random) -> object:
    if value is None or isinstance(component, FilePicker):
        # form-js holds a key of its own for chosen files; our server stores them first and then refers to them
        return [_PDF] if value else None
    write = _WRITINGS.get(type(component))
    return write(component, value, draw) if write and draw.random() < 0.5 else value


def _number(_component: NumberInput, value: Any, draw: Random) -> str:
    if isinstance(value, str):
        return value
    return (spoken if draw.random() < 0.5 else scalar_text)(Decimal(repr(value)))


def _moment(component: DateInput, value: str, _draw: Random) -> str:
    """Return 23/11/2026, 14h30 or both; what is no date or time, or has an offset, stays as it is."""
    try:
        if component.subtype == "date":
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        if "Z" in value:
            return value
        if component.subtype == "time":
            return f"{time.fromisoformat(value):%Hh%M}"
        return f"{datetime.fromisoformat(value):%d/%m/%Y %H:%M}" if "T" in value else value
    except ValueError:
        return value


def _tick(_component: CheckBox, value: bool, _draw: Random) -> str:
    return "on" if value else "false"


def _choice(_component: Choice, value: Any, _draw: Random) -> object:
    return [scalar_text(one) for one in value] if isinstance(value, list) else scalar_text(value)


_WRITINGS: Mapping[type, Callable[[Any, Any, Random], object]] = {
    NumberInput: _number,  # decimal comma, points between thousands
    DateInput: _moment,  # the day first
    CheckBox: _tick,  # what a browser posts for a tick
    Choice: _choice,  # a page posts text, also for an option that is a number
}
