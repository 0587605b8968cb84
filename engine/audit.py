"""The trail: append-only entries, chained per case by a keyed seal. Records and verifies; never decides.

A chain's head is HMAC-SHA256 over the head before it and the entry, with a key that lies outside the database, so that
whoever can write rows still cannot write history. It lies in the case's own row, under its lock. An entry keeps but
the hash of the head that it made: no entry tells what the head was before, so the last ones cannot be cut off.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from engine.access import By
from engine.store.base import dumps, loads
from engine.store.cases import Case
from engine.store.trail import CITY_CHAIN, AuditEntry, ChainHead

NO_SEAL = b"\0" * 32
# Numbers that may come back from the store in other letters: a minus zero, an exponent.
_READ_DIFFERENTLY = re.compile(r"-0|\d[eE]")


@dataclass(frozen=True)
class Head:
    """Where a chain ends."""

    seq: int
    seal: bytes


@dataclass(frozen=True)
class Entry:
    """What is to be recorded: the action (`task.complete`), its subject (`task:…`) and the facts."""

    action: str
    subject: str
    facts: Mapping[str, Any] | None = None
    acting_for: str | None = None


def chained(by: By, chain: int, head: Head, entries: Iterable[Entry]) -> tuple[list[dict[str, Any]], Head]:
    """Return the rows of `entries` linked to `head`, and the new head."""
    rows = []
    for entry in entries:
        row = {
            "chain": chain, "seq": head.seq + 1, "at": by.at, "actor": by.name, "acting_for": entry.acting_for,
            "action": entry.action, "subject": entry.subject, "facts": entry.facts,
        }  # fmt: skip
        head = Head(head.seq + 1, seal_of(by.house.settings.seal_key, head.seal, row))
        rows.append({**row, "seal": _kept(head.seal)})
    return rows, head


def seal_of(key: str, before: bytes, row: Mapping[str, Any]) -> bytes:
    """Return the head after one entry, from the head `before`. The moment counts in UTC to the microsecond.

    Facts count as they come back from the store: a minus zero does not come back.
    """
    at: datetime = row["at"]
    words = [row["chain"], row["seq"], at.astimezone(UTC).isoformat(timespec="microseconds"), row["actor"]]
    facts = dumps(row["facts"])
    if _READ_DIFFERENTLY.search(facts):
        facts = dumps(loads(facts))
    words += [row["acting_for"], row["action"], row["subject"], facts]
    return hmac.digest(key.encode(), before + msgspec.json.encode(words), hashlib.sha256)


def _kept(head: bytes) -> bytes:
    """Return what an entry keeps of the head that it made."""
    return hashlib.sha256(head).digest()


def record(by: By, action: str, subject: str, facts: Mapping[str, Any] | None = None) -> None:
    """Record an act that belongs to no case in the city's chain."""
    connection = by.connection
    found = connection.execute(
        select(ChainHead.seq, ChainHead.seal).where(ChainHead.chain == CITY_CHAIN).with_for_update()
    ).one_or_none()
    rows, head = chained(by, CITY_CHAIN, Head(*found) if found else Head(0, NO_SEAL), [Entry(action, subject, facts)])
    connection.execute(insert(AuditEntry), rows)
    values = {"seq": head.seq, "seal": head.seal}
    if found:
        connection.execute(update(ChainHead).where(ChainHead.chain == CITY_CHAIN).values(**values))
    else:
        connection.execute(insert(ChainHead).values(chain=CITY_CHAIN, **values))


def record_on_case(by: By, case_id: int, entry: Entry) -> None:
    """Record an act that leaves the state of a case as it is in that case's chain; locks the case row."""
    connection = by.connection
    head = Head(
        *connection.execute(select(Case.trail_seq, Case.trail_seal).where(Case.id == case_id).with_for_update()).one()
    )
    rows, head = chained(by, case_id, head, [entry])
    connection.execute(insert(AuditEntry), rows)
    connection.execute(update(Case).where(Case.id == case_id).values(trail_seq=head.seq, trail_seal=head.seal))


@dataclass(frozen=True)
class Break:
    """The first place where a chain does not hold: altered, missing, or truncated."""

    chain: int
    seq: int
    kind: str


def verify(by: By, chain: int) -> Break | None:
    """Recompute one chain and return the first break, None when it holds to its head."""
    head = _head_of(by, chain)
    if head is None:
        return Break(chain, 0, "dropped") if _entries(by, chain) else None
    seal, seq = NO_SEAL, 0
    for row in _entries(by, chain):
        seq += 1
        if row["seq"] != seq:
            return Break(chain, seq, "missing")
        seal = seal_of(by.house.settings.seal_key, seal, row)
        if not hmac.compare_digest(_kept(seal), row["seal"]):
            return Break(chain, seq, "altered")
    if seq != head.seq or seal != head.seal:
        return Break(chain, seq + 1, "truncated" if seq < head.seq else "appended")
    return None


def _head_of(by: By, chain: int) -> Head | None:
    if chain == CITY_CHAIN:
        query = select(ChainHead.seq, ChainHead.seal).where(ChainHead.chain == CITY_CHAIN)
    else:
        query = select(Case.trail_seq, Case.trail_seal).where(Case.id == chain)
    found = by.connection.execute(query).one_or_none()
    return Head(*found) if found else None


def _entries(by: By, chain: int) -> list[Mapping[str, Any]]:
    query = select(AuditEntry.__table__).where(AuditEntry.chain == chain).order_by(AuditEntry.seq)
    return [dict(row) for row in by.connection.execute(query).mappings()]
