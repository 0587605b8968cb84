"""How kept values read in sentences and papers: numbers with points, dates by day, what a form masks in its mask.

What is kept stays bare; this is for eyes only, and nothing that it returns is ever read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.forms.components import Form, TextInput
from engine.forms.scalars import punctuated, spoken
from engine.forms.sight import dig, put

Json = Mapping[str, object]
Path = tuple[str, ...]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}[0-9:.+Z-]*")
_CURRENCY = "R$"
_CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Manner:
    """A city's zone, and the inputs of a procedure's forms that write their answers in a shape, by path."""

    zone: str = "America/Sao_Paulo"
    shapes: Mapping[Path, TextInput] = field(default_factory=dict)

    def said(self, value: object, source: str = "", before: str = "") -> str:
        """Return a value as people read it. `source` is the expression that gave it, `before` what stands before it."""
        if isinstance(value, str):
            return self._text(value, source)
        if isinstance(value, list):
            return ", ".join(self.said(one) for one in value)
        if before.rstrip().endswith(_CURRENCY):
            return spoken(_in_cents(value))
        return spoken(value)

    def _text(self, value: str, source: str) -> str:
        shape = self.shapes.get(tuple(source.strip().split(".")))
        return punctuated(shape.validator, value, shape.mask) if shape else moment_text(value, self.zone)


PLAIN = Manner()


def shapes_of(forms: Iterable[Form]) -> dict[Path, TextInput]:
    """Return the inputs of forms that write what they ask for in a shape (CPF, CEP, a city's own mask), by path."""
    slots = ((slot.path, slot.component) for form in forms for slot in form.level.slots)
    return {path: one for path, one in slots if isinstance(one, TextInput) and (one.validator or one.mask)}


def shaped(data: Json, shapes: Mapping[Path, TextInput]) -> dict[str, object]:
    """Return a document with every value that has a shape written in it."""
    found = {key: _copied(value) for key, value in data.items()}
    for path, shape in shapes.items():
        value = dig(found, path)
        if isinstance(value, str):
            put(found, path, punctuated(shape.validator, value, shape.mask))
    return found


def moment_text(value: str, zone: str) -> str:
    """Return an ISO day or moment as people write it (31/12/2026 14:30, in the zone); any other text as it is."""
    try:
        if _DAY.fullmatch(value):
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        if _MOMENT.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return f"{moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment:%d/%m/%Y %H:%M}"
    except ValueError:
        return value  # 2026-02-30 is not a day, but may be somebody's number
    return value


def _in_cents(value: object) -> object:
    """Return a number with its cents written out; what has more places than cents keeps them."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    number = Decimal(value)
    exact = number.is_finite() and number == number.quantize(_CENTS)
    return number.quantize(_CENTS) if exact else number


def _copied(value: object) -> object:
    return {key: _copied(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value
