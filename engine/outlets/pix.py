"""The static Pix BR Code: what the citizen copies, or reads as a QR, to pay a fee.

It must never speak to a bank or know what is owed; it writes and reads one line of text.

Source: Banco Central, Manual de Padrões para Iniciação do Pix, over EMV QRCPS Merchant-Presented Mode: fields of two
digits for the id, two for the length and the value; the last is a CRC-16 (0x1021 from 0xFFFF) over all before it.
"""

from __future__ import annotations

import re
import unicodedata
from binascii import crc_hqx
from dataclasses import dataclass

from engine.errors import BadInput

GUI = "br.gov.bcb.pix"
NO_TXID = "***"
TXID = re.compile(r"[a-zA-Z0-9]{1,25}")
AMOUNT = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?")
# CPF, CNPJ (of letters and digits since July 2026), telephone, e-mail, random key
KEY = re.compile(
    r"[0-9]{11}|[0-9A-Z]{12}[0-9]{2}|\+55[0-9]{10,11}|[^\s@]{1,60}@[^\s@]{1,60}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
KEY_LENGTH = 77
MOST_CENTS = 10**12 - 1  # the amount has at most thirteen characters, point and cents among them


@dataclass(frozen=True)
class BrCode:
    """What a BR Code says. `amount_cents` None: whoever pays writes the amount; `txid` None: it carries none."""

    key: str
    amount_cents: int | None
    txid: str | None
    merchant: str
    city: str


def br_code(key: str, amount_cents: int | None, txid: str | None, merchant: str, city: str) -> str:
    """Return the "copia e cola" text of a static charge. Merchant and city lose their accents, and end at 25 and 15.

    Raises: BadInput naming each field that does not hold.
    """
    merchant, city = _plain(merchant, 25), _plain(city, 15)
    _check(key, amount_cents, txid, merchant, city)
    body = "".join(
        [
            _field("00", "01"),
            _field("26", _field("00", GUI) + _field("01", key)),
            _field("52", "0000"),
            _field("53", "986"),
            _field("54", f"{amount_cents // 100}.{amount_cents % 100:02d}") if amount_cents is not None else "",
            _field("58", "BR"),
            _field("59", merchant),
            _field("60", city),
            _field("62", _field("05", txid or NO_TXID)),
            "6304",
        ]
    )
    return body + _crc(body)


def txid_for(case_number: str, sequence: int) -> str:
    """Give the nth charge of a case its own txid: the number's letters and digits, P and the sequence.

    Case numbers that differ only in their punctuation would share it: a city numbers its cases with a fixed width.
    Raises: BadInput when it would not fit in 25.
    """
    txid = re.sub(r"[^a-zA-Z0-9]", "", case_number) + f"P{sequence}"
    if sequence < 1 or len(txid) > 25 or txid.startswith("P"):
        raise BadInput(errors={"txid": ["out-of-range"]})
    return txid


def read_br_code(text: str) -> BrCode:
    """Read a static BR Code back. Raises: BadInput with errors {"br_code": [reason]}."""
    if len(text) > 512 or not text.isascii():
        raise _unreadable("not-a-br-code")
    if text[-8:-4] != "6304" or text[-4:].upper() != _crc(text[:-4]):
        raise _unreadable("bad-crc")
    fields = _fields(text)
    account, extra = _fields(fields.get("26", "")), _fields(fields.get("62", ""))
    if account.get("00", "").lower() != GUI or "01" not in account:
        raise _unreadable("not-static-pix")
    txid = extra.get("05", NO_TXID)
    return BrCode(
        account["01"],
        _cents(fields.get("54")),
        None if txid == NO_TXID else txid,
        fields.get("59", ""),
        fields.get("60", ""),
    )


def _check(key: str, amount_cents: int | None, txid: str | None, merchant: str, city: str) -> None:
    errors: dict[str, list[str]] = {}
    if len(key) > KEY_LENGTH or not key.isascii() or not KEY.fullmatch(key):
        errors["key"] = ["not-a-pix-key"]
    if amount_cents is not None and not 1 <= amount_cents <= MOST_CENTS:
        errors["amount_cents"] = ["out-of-range"]
    if txid is not None and not TXID.fullmatch(txid):
        errors["txid"] = ["not-a-txid"]
    if not merchant:
        errors["merchant"] = ["required"]
    if not city:
        errors["city"] = ["required"]
    if errors:
        raise BadInput(errors=errors)


def _field(name: str, value: str) -> str:
    assert len(value) <= 99, "each value was bounded before"
    return f"{name}{len(value):02d}{value}"


def _crc(text: str) -> str:
    return f"{crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def _plain(text: str, length: int) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return " ".join("".join(char if char.isprintable() else " " for char in bare).split())[:length].rstrip()


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    while text:
        name, length, rest = text[:2], text[2:4], text[4:]
        if not (name.isdigit() and length.isdigit()) or len(rest) < int(length) or name in fields:
            raise _unreadable("bad-structure")
        fields[name], text = rest[: int(length)], rest[int(length) :]
    return fields


def _cents(amount: str | None) -> int | None:
    if amount is None:
        return None
    found = AMOUNT.fullmatch(amount)
    if found is None:
        raise _unreadable("bad-amount")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _unreadable(reason: str) -> BadInput:
    return BadInput(errors={"br_code": [reason]})
