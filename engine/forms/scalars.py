"""Brazilian scalars read from what people type: numbers, CPF, CNPJ, CEP, phone, inscrição imobiliária, dates.

Each `read_*` takes clean text and returns the one form in which it is kept; it raises `Fault`, a code with facts.
Nothing here knows a form, and nothing guesses: what can be read in two ways has one rule, written down.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal

from stdnum.br import cnpj as cnpj_numbers
from stdnum.br import cpf as cpf_numbers
from stdnum.exceptions import ValidationError as NumberInvalid

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_COMMA = re.compile(r"[0-9]*,[0-9]+")
_POINT = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_MAGNITUDE = 20  # numbers reach from 1e-20 to 1e20: beyond that is a slip or an attack
_BITS = 80
_DMY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_YMD = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HM = re.compile(r"([0-9]{1,2})(?::|h)([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?", re.IGNORECASE)
_MOMENT = re.compile(r"([0-9/.-]{8,10})(?:T| +|, *)([0-9:hH.]{4,15})(Z|[+-][0-9]{2}:[0-9]{2})?")
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+",
    re.IGNORECASE,
)
_MASK = {"9": re.compile("[0-9]"), "A": re.compile("[A-Z]"), "*": re.compile("[0-9A-Z]")}
_SPOKEN = ((datetime, "%d/%m/%Y %H:%M"), (date, "%d/%m/%Y"), (time, "%H:%M"))  # a datetime is a date too: first come


class Fault(ValueError):
    """An answer does not hold: a code and facts, as they go into AnswersRefused."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def as_error(self) -> str | dict[str, object]:
        return {"code": self.code, **self.facts} if self.facts else self.code


def clean(value: str, *, multiline: bool = False) -> str:
    """Return the text trimmed, in NFC, with plain line ends (or none).

    Raises: Fault bad-characters for NUL and other controls, half surrogates and non-characters.
    """
    if _CONTROLS.search(value):
        raise Fault("bad-characters")
    if value.isascii() and "\r" not in value and "\n" not in value:
        return value.strip()
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text if multiline else " ".join(text.split("\n"))


def read_number(value: object) -> Decimal:
    """Return the number typed or sent.

    In text a comma is the decimal mark: "1.620,5". A point is the decimal mark ("1620.5") unless it parts groups of
    three digits after a first group without leading zero, as Brazilians write thousands: "1.620" is one thousand six
    hundred and twenty, "0.620" is less than one. "R$" in front is dropped. JSON numbers are taken as they are.

    Raises: Fault not-a-number (also for NaN, infinities, and sizes out of 1e±20).
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Fault("not-a-number")
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise Fault("not-a-number")
    number = (
        _typed_number(value) if isinstance(value, str) else Decimal(repr(value) if isinstance(value, float) else value)
    )
    if not number.is_finite() or (number and abs(number.adjusted()) > _MAGNITUDE) or len(number.as_tuple().digits) > 34:
        raise Fault("not-a-number")
    return number


def _typed_number(value: str) -> Decimal:
    if len(value) > 60:
        raise Fault("not-a-number")
    text = clean(value).replace("\u2212", "-").removeprefix("R$").strip()
    sign = "-" if text.startswith("-") else ""
    text = text.removeprefix(sign).removeprefix("R$").replace("\u00a0", "").replace(" ", "")
    if _GROUPED.fullmatch(text):
        text = text.replace(".", "")
    elif not _COMMA.fullmatch(text) and not _POINT.fullmatch(text):
        raise Fault("not-a-number")
    return Decimal(sign + text.replace(",", "."))


def read_cpf(text: str) -> str:
    """Return the eleven digits. Raises: Fault cpf."""
    try:
        digits: str = cpf_numbers.validate(text)
    except NumberInvalid as error:
        raise Fault("cpf") from error
    if len(set(digits)) == 1:  # 111.111.111-11 has right check digits and belongs to nobody
        raise Fault("cpf")
    return digits


def read_cnpj(text: str) -> str:
    """Return the fourteen characters, upper case, without punctuation. Raises: Fault cnpj.

    Twelve letters or digits and two check digits: modulo 11 over each character's ASCII code less 48.
    Source: Instrução Normativa RFB 2.229/2024, in force since July 2026; older numbers stay valid as they are.
    """
    try:
        return str(cnpj_numbers.validate(text.upper()))
    except NumberInvalid as error:
        raise Fault("cnpj") from error


def read_cpf_or_cnpj(text: str) -> str:
    """Return a CPF or a CNPJ, told apart by their length. Raises: Fault cpf-cnpj."""
    bare = re.sub(r"[^0-9A-Za-z]", "", text)
    try:
        return read_cpf(text) if len(bare) <= 11 else read_cnpj(text)
    except Fault as fault:
        raise Fault("cpf-cnpj") from fault


def read_cep(text: str) -> str:
    """Return the eight digits. Raises: Fault cep."""
    if not re.fullmatch(r"[0-9]{2}\.?[0-9]{3}-?[0-9]{3}", text) or text.startswith("00"):
        raise Fault("cep")
    return re.sub(r"[.-]", "", text)


def read_inscricao(text: str) -> str:
    """Return the property registration without punctuation, upper case, leading zeros kept.

    Each city has its own mask, so only the alphabet and the length (4 to 25) hold everywhere. Raises: Fault inscricao.
    """
    bare = re.sub(r"[ ./-]", "", text).upper()
    if not re.fullmatch(r"[0-9A-Z]{4,25}", bare) or not any(mark.isdigit() for mark in bare):
        raise Fault("inscricao")
    return bare


def read_phone(text: str) -> str:
    """Return area code and number (ten or eleven digits), or "+" and all digits for a number of another country.

    Raises: Fault phone. Source: Anatel, Plano Geral de Códigos Nacionais: area codes have no zero; mobiles have nine
    digits, the first a nine.
    """
    bare = re.sub(r"[ ().-]", "", text)
    if re.fullmatch(r"\+(?!55)[1-9][0-9]{6,14}", bare):
        return bare
    national = bare.removeprefix("+55").removeprefix("0")
    if not re.fullmatch(r"[1-9]{2}(?:9[0-9]{8}|[2-5][0-9]{7})", national):
        raise Fault("phone")
    return national


def read_email(text: str) -> str:
    """Return the address. Raises: Fault email."""
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise Fault("email")
    return text


def read_date(text: str) -> str:
    """Return yyyy-mm-dd from itself or from dd/mm/yyyy. Raises: Fault not-a-date."""
    try:
        if typed := _DMY.fullmatch(text):
            day = date(int(typed[3]), int(typed[2]), int(typed[1]))
        elif _YMD.fullmatch(text):
            day = date.fromisoformat(text)
        else:
            raise Fault("not-a-date")
    except ValueError as error:
        raise Fault("not-a-date") from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Fault("not-a-date")
    return day.isoformat()


def read_time(text: str) -> str:
    """Return hh:mm:ss from hh:mm, hh:mm:ss or 14h30. Raises: Fault not-a-time."""
    typed = _HM.fullmatch(text)
    if typed is None:
        raise Fault("not-a-time")
    try:
        return time(int(typed[1]), int(typed[2]), int(typed[3] or 0)).isoformat()
    except ValueError as error:
        raise Fault("not-a-time") from error


def read_datetime(text: str) -> str:
    """Return yyyy-mm-ddThh:mm:ss: the city's local time, unless an offset was sent, which is kept.

    Raises: Fault not-a-date.
    """
    typed = _MOMENT.fullmatch(text)
    if typed is None:
        raise Fault("not-a-date")
    try:
        moment = f"{read_date(typed[1])}T{read_time(typed[2])}{typed[3] or ''}"
        return datetime.fromisoformat(moment).isoformat()
    except ValueError as error:
        raise Fault("not-a-date") from error


def scalar_text(value: object) -> str:
    """Return a kept scalar as an input or a page shows it: decimal comma, no exponent; the empty text for none."""
    if value is None or isinstance(value, dict | list | tuple):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return f"{Decimal(str(value)):f}".replace(".", ",")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def spoken(value: object) -> str:
    """Return an expression's value as people read it in a sentence or a table."""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, date | time):
        return value.strftime(next(form for kind, form in _SPOKEN if isinstance(value, kind)))
    if isinstance(value, list):
        return ", ".join(spoken(one) for one in value)
    if isinstance(value, int) or (isinstance(value, Decimal) and value.is_finite()):
        whole, _, places = f"{Decimal(value):,f}".partition(".")
        return whole.replace(",", ".") + (f",{places}" if places else "")
    return scalar_text(value)


def punctuated(validator: str, value: str, mask: str = "") -> str:
    """Return a kept number with the punctuation that people read: 000.000.000-00, 00.000.000/0000-00, 00000-000.

    `mask` is a city's own shape, 9 for a digit, A for a letter, * for either: "99.99.999.9999".
    """
    kind = validator if validator != "cpf_cnpj" else {11: "cpf", 14: "cnpj"}.get(len(value), "")
    if kind == "cpf" and re.fullmatch(r"[0-9]{11}", value):
        return str(cpf_numbers.format(value))
    if kind == "cnpj" and re.fullmatch(r"[0-9A-Z]{14}", value):
        return str(cnpj_numbers.format(value))
    if kind == "cep" and re.fullmatch(r"[0-9]{8}", value):
        return f"{value[:5]}-{value[5:]}"
    if kind == "fone" and re.fullmatch(r"[0-9]{10,11}", value):
        return f"({value[:2]}) {value[2:-4]}-{value[-4:]}"
    return _masked(value, mask) if mask else value


def _masked(value: str, mask: str) -> str:
    """Return a bare number written into a mask; one that does not fill it exactly stays as it is."""
    places = [sign for sign in mask if sign in _MASK]
    fits = len(places) == len(value) and all(map(re.Pattern.fullmatch, map(_MASK.__getitem__, places), value))
    if not fits:
        return value
    marks = iter(value)
    return "".join(next(marks) if sign in _MASK else sign for sign in mask)
