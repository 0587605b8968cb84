"""Signed-in browsers: their sessions, their passwords, and the pauses after failed attempts.

Keeps only hashes: of a session's random id, of a password. It never says which of name and password was wrong.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.engine import Connection

from engine.access import By
from engine.audit import record
from engine.errors import SignInNeeded, TooManyAttempts
from engine.store.people import LoginFailure, LoginSession, Servant
from engine.store.prepared import Prepared
from engine.store.procedures import Revision

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
FREE_FAILURES = 5
FREE_FAILURES_OF_ADDRESS = 20  # a whole city hall may stand behind one address
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200

_REVISION = select(Revision.value).where(Revision.name == "city").scalar_subquery()
_SIGNED_IN = Prepared(
    select(
        LoginSession.servant_id, LoginSession.seen_at, LoginSession.expires_at, LoginSession.revoked_at,
        Servant.name, Servant.active, _REVISION.label("revision"),
    )
    .join(Servant, Servant.id == LoginSession.servant_id)
    .where(LoginSession.id_hash == bindparam("id_hash"))
)  # fmt: skip
_COUNT_FAILURE = text(
    "INSERT INTO login_failure (subject, failures, last_at) VALUES (:subject, 1, :at) ON CONFLICT (subject) DO UPDATE "
    "SET failures = CASE WHEN login_failure.last_at < :forgotten THEN 1 ELSE login_failure.failures + 1 END, "
    "last_at = :at"
).bindparams(bindparam("at", type_=LoginFailure.last_at.type), bindparam("forgotten", type_=LoginFailure.last_at.type))
_hasher = PasswordHasher()


@dataclass(frozen=True)
class SignedIn:
    """Whose session it is. `stale` says that its last use should be noted again."""

    servant_id: int
    name: str
    revision: int
    stale: bool


@dataclass(frozen=True)
class Proof:
    """What came of comparing a password. `servant_id` is None when no such person may sign in."""

    login: str
    subjects: tuple[str, ...]
    servant_id: int | None
    holds: bool


def signed_in(connection: Connection, session_id: str, at: datetime) -> SignedIn:
    """Return whose session `session_id` is. Raises: SignInNeeded when it is unknown, revoked, idle or too old."""
    row = _SIGNED_IN.row(connection, {"id_hash": digest(session_id)})
    if row is None:
        raise SignInNeeded
    servant_id, seen_at, expires_at, revoked_at, name, active, revision = row
    if revoked_at is not None or not active:
        raise SignInNeeded
    if at >= expires_at or at - seen_at >= IDLE:
        raise SignInNeeded(expired=True)
    return SignedIn(servant_id, name, revision or 0, at - seen_at >= SEEN_EVERY)


def note_use(connection: Connection, session_id: str, at: datetime) -> None:
    """Note that a session was used now."""
    connection.execute(update(LoginSession).where(LoginSession.id_hash == digest(session_id)).values(seen_at=at))


def require_patience(connection: Connection, subjects: Iterable[str], at: datetime) -> None:
    """Refuse an attempt that comes in the pause after too many failures. Raises: TooManyAttempts(retry_after)."""
    query = select(LoginFailure.subject, LoginFailure.failures, LoginFailure.last_at)
    waits = [
        last_at + _pause(subject, failures) - at
        for subject, failures, last_at in connection.execute(query.where(LoginFailure.subject.in_(list(subjects))))
    ]
    longest = max(waits, default=timedelta(0))
    if longest > timedelta(0):
        raise TooManyAttempts(retry_after=int(longest.total_seconds()) + 1)


def _pause(subject: str, failures: int) -> timedelta:
    over = failures - (FREE_FAILURES_OF_ADDRESS if subject.startswith("address:") else FREE_FAILURES)
    return min(FIRST_PAUSE * 2 ** min(over, 10), LONGEST_PAUSE) if over >= 0 else timedelta(0)


def count_failure(by: By, subjects: Iterable[str]) -> None:
    """Count one more failed attempt of each subject (`login:…`, `address:…`, `protocol:…`)."""
    for subject in subjects:
        facts = {"subject": subject[:200], "at": by.at, "forgotten": by.at - FORGOTTEN_AFTER}
        by.connection.execute(_COUNT_FAILURE, facts)


def forget_failures(by: By, subject: str) -> None:
    """Forget the failures of a subject after its success."""
    by.connection.execute(delete(LoginFailure).where(LoginFailure.subject == subject))


def password_of(connection: Connection, login: str) -> tuple[int | None, str]:
    """Return who signs in as `login` and the hash to compare with; for an unknown login the hash of nobody."""
    query = select(Servant.id, Servant.password_hash).where(Servant.login == login, Servant.active.is_(True))
    row = connection.execute(query).one_or_none()
    return (row.id, row.password_hash) if row and row.password_hash else (None, _nobodys_hash())


def own_password(by: By) -> tuple[str, str]:
    """Return the signed-in servant's login and password hash. Raises: SignInNeeded for whoever has none."""
    query = select(Servant.login, Servant.password_hash).where(Servant.id == by.servant_id)
    row = by.connection.execute(query).one_or_none()
    if row is None or row.password_hash is None:
        raise SignInNeeded
    return row.login, row.password_hash


def matches(password_hash: str, password: str) -> bool:
    """Compare a password with its hash; takes as long for a wrong one. Holds no transaction: it is slow on purpose."""
    try:
        return len(password) <= LONGEST_PASSWORD and _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex(16))


def open_session(by: By, proof: Proof) -> str:
    """Open a session for the person that a password proved, and return its random id, which is kept nowhere."""
    assert proof.holds
    assert proof.servant_id is not None
    session_id = secrets.token_urlsafe(32)
    row = {"id_hash": digest(session_id), "servant_id": proof.servant_id, "created_at": by.at, "seen_at": by.at}
    by.connection.execute(insert(LoginSession).values(expires_at=by.at + LONGEST, **row))
    forget_failures(by, proof.subjects[0])
    record(by, "session.open", f"servant:{proof.servant_id}")
    return session_id


def refuse_session(by: By, proof: Proof) -> None:
    """Enter a failed attempt: it counts against account and address and is recorded."""
    count_failure(by, proof.subjects)
    record(by, "session.refuse", f"servant:{proof.servant_id}" if proof.servant_id else "login:unknown")


def end_session(by: By, session_id: str) -> None:
    """End a session: its id opens nothing from now on."""
    mine = update(LoginSession).where(LoginSession.id_hash == digest(session_id), LoginSession.revoked_at.is_(None))
    if by.connection.execute(mine.values(revoked_at=by.at)).rowcount:
        record(by, "session.end", by.actor)


def digest(session_id: str) -> str:
    """Return what is kept of a random id or token."""
    return hashlib.sha256(session_id.encode()).hexdigest()
