"""Who asks, when, and one transaction each: `act()` for what changes something, `look()` for what only reads.

The only place in web that asks the clock. Every view is exactly one of the two; nothing else opens a transaction.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask import current_app, g, redirect, request, session
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from engine import sessions
from engine.access import By
from engine.acts import cases, drafts, once
from engine.city import revision
from engine.desk.tokens import holder
from engine.errors import BadInput, CaseMoved, CaseStuck, Refused, SignInNeeded
from engine.house import House
from engine.standing import standing
from engine.store.cases import Case
from engine.store.session import Session, transaction
from web.cookies import leave_notice

Who = Literal["servant", "citizen", "anyone", "token"]
CITIZEN_FOR = timedelta(hours=12)
_KEY = re.compile(r"[\x21-\x7e]{8,80}")
_NOT_HASHED = frozenset({"csrf_token", "_key", "senha"})  # a password's hash must lie nowhere but in its own column


class Replayed(Exception):
    """The request was answered before: `answer` is what `once.remember` kept."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__("replayed")
        self.answer = answer


def house() -> House:
    """Return the installation that this application serves."""
    found: House = current_app.extensions["rito"]
    return found


@contextmanager
def act(who: Who = "servant") -> Iterator[By]:
    """Give `By` in a transaction that commits when the block ends.

    `who`: a signed-in servant, a citizen at his case, anyone (servant or visitor), or an integration by its token.
    What was answered to the same key before is answered again (Replayed). A refused act leaves nothing behind but what
    `typed` was told to keep, and an incident when the engine was stuck.
    Raises: SignInNeeded, BadInput (key), and whatever the act refuses.
    """
    by = None
    try:
        with transaction(house().store) as opened:
            by = g.by = _identify(opened, who)
            by.key, by.body_hash = _key(), ""
            if by.key:
                by.body_hash = _body_hash()
            if g.get("session_is_stale"):
                sessions.note_use(by.connection, session["sid"], by.at)
            yield by
    except (Refused, IntegrityError) as refused:
        if by is None:
            raise
        _replay(by)
        _after(by, refused)
        if isinstance(refused, IntegrityError):
            raise CaseMoved(case=by.case_id) from refused
        raise


@contextmanager
def look(who: Who = "servant") -> Iterator[By]:
    """Give `By` in a transaction that changes nothing. `who` is as in `act`. Raises: SignInNeeded."""
    with transaction(house().store, writes=False) as opened:
        by = g.by = _identify(opened, who)
        yield by
    if g.get("session_is_stale"):
        with transaction(house().store) as opened:
            sessions.note_use(opened.connection(), session["sid"], by.at)


def done(by: By, address: str, said: str = "", tone: str = "success") -> Response:
    """Answer an act: remember it under the request's key, say `said` on the page that follows, and go there."""
    once.remember(by, {"goto": address, "said": said, "tone": tone})
    return went(address, said, tone)


def went(address: str, said: str, tone: str) -> Response:
    """Return the redirect to `address`, where `said` is shown."""
    response = redirect(address, 303)
    if said:
        leave_notice(response, said, tone)
    return response


def typed(subject: str, raw: Mapping[str, Any], again: Callable[[By], list[tuple[str, str]]] | None = None) -> None:
    """Name what was typed, so that a refusal keeps it as a draft of `subject` (`task:…`, `start:…`).

    `again` gives it as (label, words), to be shown on the page that says why it was refused.
    """
    g.typed, g.typed_again = (subject, dict(raw)), again


def fresh_key() -> str:
    """Return the idempotency key of a form that is being rendered."""
    return secrets.token_urlsafe(18)


# -- after a refusal --------------------------------------------------------------------------------------------------


def _replay(by: By) -> None:
    if by.key is None:
        return
    with transaction(house().store, writes=False) as opened:
        by.session = opened
        answer = once.recall(by)
    if answer is not None:
        raise Replayed(answer)


def _after(by: By, refused: Exception) -> None:
    """Keep what is to outlive the rolled-back act: what was typed, and an incident when a case is stuck."""
    stuck = refused if isinstance(refused, CaseStuck) and refused.facts.get("case") is not None else None
    if stuck is None and "typed" not in g:
        return
    with transaction(house().store) as opened:
        by.session = opened
        if "typed" in g:
            drafts.keep(by, *g.typed)
            g.typed_shown = g.typed_again(by) if g.typed_again else None
        if stuck is not None:
            facts = {"facts": stuck.facts.get("facts")}
            cases.open_incident(by, int(str(stuck.facts["case"])), str(stuck.facts.get("reason")), facts)


# -- who --------------------------------------------------------------------------------------------------------------


def now() -> datetime:
    """Return the moment of this request, the same however often it is asked for."""
    if "at" not in g:
        g.at = datetime.now(UTC)
    moment: datetime = g.at
    return moment


def local_today(by: By) -> datetime:
    """Return the request's moment in the city's zone."""
    return by.at.astimezone(ZoneInfo(by.house.settings.zone))


def _identify(opened: Session, who: Who) -> By:
    return _IDENTIFIED[who](opened, now())


def _servant(opened: Session, at: datetime) -> By:
    session_id = session.get("sid")
    if not isinstance(session_id, str):
        raise SignInNeeded
    found = sessions.signed_in(opened.connection(), session_id, at)
    g.session_is_stale = found.stale
    home = house()
    day = at.astimezone(ZoneInfo(home.settings.zone)).date()
    held = g.standing = standing(home, opened.connection(), found.servant_id, day, found.revision)
    return By(
        house=home, session=opened, at=at, actor=f"servant:{found.servant_id}", name=found.name,
        servant_id=found.servant_id, roles=held.roles, titulars=held.titulars, revision=found.revision,
    )  # fmt: skip


def _citizen(opened: Session, at: datetime) -> By:
    kept = session.get("case")
    if not isinstance(kept, list) or at - datetime.fromisoformat(kept[1]) > CITIZEN_FOR:
        raise SignInNeeded(citizen=True)
    query = select(Case.number, Case.requester_name).where(Case.id == kept[0])
    row = opened.connection().execute(query).one_or_none()
    if row is None:
        raise SignInNeeded(citizen=True)
    return By(
        house=house(), session=opened, at=at, actor=f"citizen:{row.number}", name=row.requester_name, case_id=kept[0],
        revision=revision(opened),
    )  # fmt: skip


def _anyone(opened: Session, at: datetime) -> By:
    if "sid" in session:
        try:
            return _servant(opened, at)
        except SignInNeeded:
            session.pop("sid")
    if request.method != "GET" and "visitor" not in session:
        session["visitor"] = secrets.token_urlsafe(18)
    actor = f"visitor:{session.get('visitor', '')}"
    return By(house=house(), session=opened, at=at, actor=actor, name="visitante", revision=revision(opened))


def _token(opened: Session, at: datetime) -> By:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise SignInNeeded
    held = holder(opened.connection(), sessions.digest(token.strip()))
    if held is None:
        raise SignInNeeded
    return By(
        house=house(), session=opened, at=at, actor=f"token:{held.token_id}", name=held.name,
        servant_id=held.servant_id, roles=held.roles, scopes=held.scopes, revision=held.revision,
    )  # fmt: skip


_IDENTIFIED: Mapping[Who, Callable[[Session, datetime], By]] = {
    "servant": _servant, "citizen": _citizen, "anyone": _anyone, "token": _token,
}  # fmt: skip


def open_case(case_id: int) -> None:
    """Let this browser follow one case as its citizen, for half a day."""
    session["case"] = [case_id, now().isoformat()]


# -- idempotency ------------------------------------------------------------------------------------------------------


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key") or (None if request.is_json else request.form.get("_key"))
    if key is not None and not _KEY.fullmatch(key):
        raise BadInput(errors={"Idempotency-Key": ["pattern"]})
    return key or None


def _body_hash() -> str:
    """Return the hash of what was asked: address and body, files by name, without passwords."""
    head = f"{request.method} {request.path}\0"
    form, files = request.form, request.files
    if not (form or files):
        return hashlib.sha256(head.encode() + request.get_data()).hexdigest()
    pairs = [(name, value) for name, value in form.items(multi=True) if name not in _NOT_HASHED]
    pairs += [(name, part.filename or "") for name, part in files.items(multi=True)]
    body = "".join([f"{name}\0{value}\0" for name, value in sorted(pairs)])
    return hashlib.sha256((head + body).encode("utf-8", "surrogatepass")).hexdigest()
