"""What a new case is entered under: its number, its access code, its subject and who asks. It begins no case itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, text

from engine import feel
from engine.access import By
from engine.acts.advance.mirror import NewCase
from engine.city import Edition, calendar, parameter
from engine.errors import ExpressionRefused
from engine.store.prepared import Prepared
from engine.words import words

_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_HOLD = text(
    "INSERT INTO numbering (series, year, last) VALUES (:series, :year, 0) "
    "ON CONFLICT (series, year) DO UPDATE SET last = numbering.last"
)
_NEXT_NUMBER = Prepared(
    text(
        "INSERT INTO numbering (series, year, last) VALUES (:series, :year, 1) "
        "ON CONFLICT (series, year) DO UPDATE SET last = numbering.last + 1 RETURNING last"
    ).columns(last=Integer)
)


def new_code() -> str:
    """Return a fresh access code."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(10))


def hold_numbers(by: By) -> None:
    """Lock the numbers of this year's cases without giving one, for whoever may begin a case once it holds more."""
    by.connection.execute(_HOLD, {"series": "processo", "year": _year(by)})


def new_case(by: By, version: Edition, answers: Mapping[str, Any], names: tuple[str, str], origin: str) -> NewCase:
    """Return what a case begins with, by the answers or data of its start. `names`: its number and access code."""
    requester = answers.get("requerente")
    requester = requester if isinstance(requester, Mapping) else {}
    number, code = names
    return NewCase(
        number=number,
        edition=version,
        access_hash=access_hash(by, number, code),
        subject=_subject(by, version, answers),
        requester_name=str(requester.get("nome") or by.name)[:160],
        requester_document=str(requester.get("cpf_cnpj") or ""),
        requester_email=str(requester["email"]) if requester.get("email") else None,
        origin=origin,
        secrecy="publico",
    )


def _subject(by: By, version: Edition, answers: Mapping[str, Any]) -> str:
    source = version.blueprint.drawing.subject
    if source is None:
        return version.procedure_name
    try:
        value = feel.compile_expression(source).evaluate(answers, words(by.at, calendar(by), parameter(by)))
    except ExpressionRefused:  # a request is not turned away because its headline cannot be written
        value = None
    return str(value)[:200] if value else version.procedure_name


def next_number(by: By) -> str:
    """Return the next number of the year, gapless: `AAAA.NNNNNN-D` with a modulo 11 check digit over the ten digits."""
    year = _year(by)
    found = _NEXT_NUMBER.row(by.connection, {"series": "processo", "year": year})
    assert found is not None, "a number comes back whether it is the first or not"
    (last,) = found
    digits = f"{year}{last:06d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, (3, 2, 9, 8, 7, 6, 5, 4, 3, 2), strict=True))
    return f"{year}.{last:06d}-{(11 - total % 11) % 11 % 10}"


def access_hash(by: By, number: str, code: str) -> str:
    """Return what is kept of the access code with which a citizen opens his case."""
    plain = f"{number}\0{code.replace('-', '').strip().upper()}"
    return hmac.new(by.house.settings.secret_key.encode(), plain.encode(), hashlib.sha256).hexdigest()


def _year(by: By) -> int:
    return by.at.astimezone(ZoneInfo(by.house.settings.zone)).year
