"""Proving who someone is: a password is compared outside every transaction, for it is slow on purpose."""

from __future__ import annotations

from flask import request, session

from engine import sessions
from engine.access import By
from engine.errors import BadLogin
from engine.sessions import Proof
from web.request import act, look


def address() -> str:
    """Return the subject under which this address's failed attempts are counted."""
    return f"address:{request.remote_addr or ''}"


def prove(login: str, password: str) -> Proof:
    """Compare a login and password. Raises: TooManyAttempts(retry_after)."""
    login = login.strip().lower()[:60]
    subjects = (f"login:{login}", address())
    with look("anyone") as by:
        sessions.require_patience(by.connection, subjects, by.at)
        servant_id, password_hash = sessions.password_of(by.connection, login)
    holds = sessions.matches(password_hash, password) and servant_id is not None
    return Proof(login, subjects, servant_id, holds)


def sign_in(by: By, proof: Proof) -> str | None:
    """Open a session for who was proved and return its id, None when nothing was proved; either is recorded."""
    if proof.holds:
        return sessions.open_session(by, proof)
    sessions.refuse_session(by, proof)
    return None


def begin(session_id: str | None) -> None:
    """Let this browser carry the session: what it carried before is forgotten. Raises: BadLogin."""
    if session_id is None:
        raise BadLogin
    kept = {name: session[name] for name in ("case",) if name in session}
    session.clear()
    session.update(kept, sid=session_id)


def confirm(password: str) -> bool:
    """Whether the signed-in servant's own password was given again, as an advanced signature asks.

    A wrong one counts as a failed attempt. Raises: SignInNeeded, TooManyAttempts.
    """
    with look() as by:
        login, password_hash = sessions.own_password(by)
        subjects = (f"login:{login}", address())
        sessions.require_patience(by.connection, subjects, by.at)
    if not password:
        return False
    holds = sessions.matches(password_hash, password)
    if not holds:
        with act() as by:
            sessions.refuse_session(by, Proof(login, subjects, by.servant_id, holds=False))
    return holds
