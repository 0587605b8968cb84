"""The city's own words in FEEL: `prazo`, `parametro`, `hoje`, `cpf valido`, `cnpj valido`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from stdnum.br import cnpj, cpf

from engine.errors import BadInput
from engine.worktime import Calendar, Term, Unit, due_at

Words = Mapping[str, Callable[..., object]]


def words(
    at: datetime, calendar: Calendar, parameter: Callable[[str], object], asked: Callable[[Term], None] | None = None
) -> Words:
    """Return the functions that expressions of diagrams, tables and forms may call at the moment `at`.

    `asked` hears of every term that an expression asks `prazo` for.
    """

    def prazo(amount: Any, unit: Unit) -> datetime:
        if isinstance(amount, bool) or not isinstance(amount, int | Decimal) or amount != int(amount):
            raise BadInput(errors={"amount": ["not-whole"]})
        if not isinstance(unit, str):
            raise BadInput(errors={"unit": ["unknown"]})
        term = Term(int(amount), unit)
        if asked is not None:
            asked(term)
        return due_at(at, term, calendar)

    return {
        "prazo": prazo,
        "parametro": parameter,
        "hoje": lambda: at.astimezone(ZoneInfo(calendar.zone)).date(),
        "cpf valido": lambda number: isinstance(number, str) and bool(cpf.is_valid(number)),
        "cnpj valido": lambda number: isinstance(number, str) and bool(cnpj.is_valid(number)),
    }
