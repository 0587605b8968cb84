"""How a requester comes to his own case: by its number and access code, within few attempts."""

from __future__ import annotations

import hmac
import re

from sqlalchemy import select

from engine import sessions
from engine.access import By
from engine.acts.protocol import access_hash
from engine.audit import Entry, record, record_on_case
from engine.store.cases import Case

_DIGITS = 11  # year, six of the sequence, check digit


def plain_number(typed: str) -> str:
    """Return a protocol number as it is kept, however it was typed."""
    digits = re.sub(r"[^0-9]", "", typed)
    return f"{digits[:4]}.{digits[4:10]}-{digits[10]}" if len(digits) == _DIGITS else typed.strip()[:40]


def open_by_code(by: By, number: str, code: str, address: str) -> int | None:
    """Return the id of the case that number and code open, None when they open none: that counts as a failure.

    `address` is the subject under which the caller's address is counted. A number that is not there fails as a wrong
    code does. Raises: TooManyAttempts.
    """
    number = plain_number(number)
    subjects = (f"protocol:{number}", address)
    sessions.require_patience(by.connection, subjects, by.at)
    row = by.connection.execute(select(Case.id, Case.access_hash).where(Case.number == number)).one_or_none()
    expected = row.access_hash if row else "0" * 64
    if not hmac.compare_digest(access_hash(by, number, code[:40]), expected) or row is None:
        sessions.count_failure(by, subjects)
        record(by, "case.refuse-code", f"case:{number}" if row else "case:unknown")
        return None
    sessions.forget_failures(by, subjects[0])
    record_on_case(by, row.id, Entry("case.open-by-code", f"case:{number}"))
    case_id: int = row.id
    return case_id
