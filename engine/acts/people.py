"""Who works in the city hall and as what: servants, memberships, stand-ins, secretariats. All dated, none deleted.

Every act is the administrator's, save changing one's own password, and moves the city's revision: what a process knows
of anybody's roles is read again with the next request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from engine.access import ADMINISTRATOR, By, require_duty
from engine.acts.procedures import touch
from engine.audit import record
from engine.errors import BadInput, NotFound
from engine.sessions import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password
from engine.store.people import LoginSession, Membership, Role, Secretariat, SecretariatTerm, Servant, StandIn

_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,59}")
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True, kw_only=True)
class Dated:
    """From when, until when (inclusive; None: still), by which norm."""

    since: date
    until: date | None = None
    norm: str | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.since:
            raise BadInput(errors={"until": ["before-since"]})

    @property
    def columns(self) -> dict[str, Any]:
        return {"since_on": self.since, "until_on": self.until, "norm": self.norm or None}

    @property
    def facts(self) -> dict[str, str | None]:
        until = self.until.isoformat() if self.until else None
        return {"since": self.since.isoformat(), "until": until, "norm": self.norm}


# -- servants ---------------------------------------------------------------------------------------------------------


def add_servant(by: By, login: str, name: str, *, email: str | None = None, registration: str | None = None) -> int:
    """Add a servant, who has no password and no role yet; return the id. Raises: Denied, BadInput (login, name)."""
    require_duty(by, ADMINISTRATOR)
    login, name = login.strip().lower(), name.strip()
    if not _LOGIN.fullmatch(login):
        raise BadInput(errors={"login": ["pattern"]})
    if not name:
        raise BadInput(errors={"name": ["required"]})
    if by.connection.execute(select(Servant.id).where(Servant.login == login)).scalar() is not None:
        raise BadInput(errors={"login": ["taken"]})
    row = {"login": login, "name": name[:120], "email": email or None, "registration": registration or None}
    servant_id: int = by.connection.execute(
        insert(Servant).values(active=True, **row).returning(Servant.id)
    ).scalar_one()
    _changed(by, "servant.add", f"servant:{servant_id}", {"login": login, "name": name})
    return servant_id


def set_active(by: By, servant_id: int, *, active: bool) -> None:
    """Let a servant sign in, or no more; in that case open sessions end. Raises: Denied, NotFound, BadInput (self)."""
    require_duty(by, ADMINISTRATOR)
    if not active and servant_id == by.servant_id:
        raise BadInput(errors={"servant": ["self"]})
    _hit(by, update(Servant).where(Servant.id == servant_id).values(active=active), servant=servant_id)
    if not active:
        _end_sessions(by, servant_id)
    _changed(by, "servant.activate" if active else "servant.deactivate", f"servant:{servant_id}", {})


def set_password(by: By, servant_id: int, password: str) -> None:
    """Give a servant a password, as the administrator or for oneself; other sessions of that person end.

    Raises: Denied, NotFound, BadInput (password: too-short, too-long).
    """
    if servant_id != by.servant_id:
        require_duty(by, ADMINISTRATOR)
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(errors={"password": ["too-short"]})
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(errors={"password": ["too-long"]})
    hashed = hash_password(password)
    _hit(by, update(Servant).where(Servant.id == servant_id).values(password_hash=hashed), servant=servant_id)
    _end_sessions(by, servant_id)
    record(by, "servant.password", f"servant:{servant_id}")


def revoke_sessions(by: By, servant_id: int) -> int:
    """End every open session of a servant, as the administrator or one's own; return how many. Raises: Denied."""
    if servant_id != by.servant_id:
        require_duty(by, ADMINISTRATOR)
    ended = _end_sessions(by, servant_id)
    record(by, "session.revoke", f"servant:{servant_id}", {"sessions": ended})
    return ended


def _end_sessions(by: By, servant_id: int) -> int:
    theirs = update(LoginSession).where(LoginSession.servant_id == servant_id, LoginSession.revoked_at.is_(None))
    return by.connection.execute(theirs.values(revoked_at=by.at)).rowcount


# -- roles ------------------------------------------------------------------------------------------------------------


def add_role(by: By, code: str, name: str, secretariat_id: int | None = None) -> int:
    """Add a role to which diagrams may address tasks; return the id. Raises: Denied, BadInput (code, name)."""
    require_duty(by, ADMINISTRATOR)
    _require_code(by, Role, code, name)
    row = {"code": code, "name": name.strip()[:120], "secretariat_id": secretariat_id}
    role_id: int = by.connection.execute(insert(Role).values(**row).returning(Role.id)).scalar_one()
    _changed(by, "role.add", f"role:{code}", {"name": name, "secretariat": secretariat_id})
    return role_id


def set_membership(by: By, servant_id: int, role_id: int, term: Dated) -> int:
    """Let a servant hold a role from a date on; return the membership's id.

    Raises: Denied, NotFound, BadInput when the servant holds the role in that time already (since: overlaps).
    """
    require_duty(by, ADMINISTRATOR)
    _require_there(by, Servant, servant_id)
    _require_there(by, Role, role_id)
    same = select(Membership.id).where(Membership.servant_id == servant_id, Membership.role_id == role_id)
    overlapping = same.where(Membership.until_on.is_(None) | (Membership.until_on >= term.since))
    if term.until is not None:
        overlapping = overlapping.where(Membership.since_on <= term.until)
    if by.connection.execute(overlapping).first() is not None:
        raise BadInput(errors={"since": ["overlaps"]})
    row = {"servant_id": servant_id, "role_id": role_id, **term.columns}
    membership_id: int = by.connection.execute(insert(Membership).values(**row).returning(Membership.id)).scalar_one()
    _changed(by, "membership.set", f"servant:{servant_id}", {"role": role_id, **term.facts})
    return membership_id


def end_membership(by: By, membership_id: int, until: date) -> None:
    """Let a membership end on a date, which is its last day. Raises: Denied, NotFound, BadInput (until)."""
    require_duty(by, ADMINISTRATOR)
    query = select(Membership.servant_id, Membership.role_id, Membership.since_on).where(Membership.id == membership_id)
    row = by.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(membership=membership_id)
    term = Dated(since=row.since_on, until=until)
    by.connection.execute(update(Membership).where(Membership.id == membership_id).values(until_on=until))
    _changed(by, "membership.end", f"servant:{row.servant_id}", {"role": row.role_id, **term.facts})


def stand_in(by: By, absent_id: int, deputy_id: int, term: Dated, role_id: int | None = None) -> int:
    """Let a deputy act for an absent servant, in one role or in all; return the id.

    Raises: Denied, NotFound, BadInput (deputy: self; until: required, for a substitution always ends).
    """
    require_duty(by, ADMINISTRATOR)
    if absent_id == deputy_id:
        raise BadInput(errors={"deputy": ["self"]})
    if term.until is None:
        raise BadInput(errors={"until": ["required"]})
    for servant_id in (absent_id, deputy_id):
        _require_there(by, Servant, servant_id)
    if role_id is not None:
        _require_there(by, Role, role_id)
    row = {"absent_id": absent_id, "deputy_id": deputy_id, "role_id": role_id, **term.columns}
    stand_in_id: int = by.connection.execute(insert(StandIn).values(**row).returning(StandIn.id)).scalar_one()
    _changed(by, "stand-in.set", f"servant:{deputy_id}", {"absent": absent_id, "role": role_id, **term.facts})
    return stand_in_id


def end_stand_in(by: By, stand_in_id: int, until: date) -> None:
    """Let a substitution end on a date, which is its last day. Raises: Denied, NotFound, BadInput (until)."""
    require_duty(by, ADMINISTRATOR)
    row = by.connection.execute(
        select(StandIn.deputy_id, StandIn.absent_id, StandIn.since_on).where(StandIn.id == stand_in_id)
    ).one_or_none()
    if row is None:
        raise NotFound(stand_in=stand_in_id)
    term = Dated(since=row.since_on, until=until)
    by.connection.execute(update(StandIn).where(StandIn.id == stand_in_id).values(until_on=until))
    _changed(by, "stand-in.end", f"servant:{row.deputy_id}", {"absent": row.absent_id, **term.facts})


# -- secretariats -----------------------------------------------------------------------------------------------------


def add_secretariat(by: By, code: str, name: str, term: Dated, parent_id: int | None = None) -> int:
    """Add a secretariat under its first name and parent; return the id. Raises: Denied, NotFound, BadInput."""
    require_duty(by, ADMINISTRATOR)
    _require_code(by, Secretariat, code, name)
    if parent_id is not None:
        _require_there(by, Secretariat, parent_id)
    secretariat_id: int = by.connection.execute(
        insert(Secretariat).values(code=code).returning(Secretariat.id)
    ).scalar_one()
    _enter_term(by, secretariat_id, name, term, parent_id)
    _changed(by, "secretariat.add", f"secretariat:{code}", {"name": name, "parent": parent_id, **term.facts})
    return secretariat_id


def rename_secretariat(by: By, secretariat_id: int, name: str, term: Dated, parent_id: int | None = None) -> None:
    """Give a secretariat a name and parent from a date on; what it was called until then stays on record.

    Raises: Denied, NotFound, BadInput (since: overlaps a later term; parent: cycle).
    """
    require_duty(by, ADMINISTRATOR)
    _require_there(by, Secretariat, secretariat_id)
    if not name.strip():
        raise BadInput(errors={"name": ["required"]})
    _refuse_cycle(by, secretariat_id, parent_id, term.since)
    later = select(SecretariatTerm.id).where(
        SecretariatTerm.secretariat_id == secretariat_id, SecretariatTerm.since_on >= term.since
    )
    if by.connection.execute(later).first() is not None:
        raise BadInput(errors={"since": ["overlaps"]})
    until_then = update(SecretariatTerm).where(
        SecretariatTerm.secretariat_id == secretariat_id,
        SecretariatTerm.until_on.is_(None) | (SecretariatTerm.until_on >= term.since),
    )
    by.connection.execute(until_then.values(until_on=term.since - timedelta(days=1)))
    _enter_term(by, secretariat_id, name, term, parent_id)
    facts = {"name": name, "parent": parent_id, **term.facts}
    _changed(by, "secretariat.rename", f"secretariat:{secretariat_id}", facts)


def _enter_term(by: By, secretariat_id: int, name: str, term: Dated, parent_id: int | None) -> None:
    row = {"secretariat_id": secretariat_id, "parent_id": parent_id, "name": name.strip()[:120], **term.columns}
    by.connection.execute(insert(SecretariatTerm).values(**row))


def _refuse_cycle(by: By, secretariat_id: int, parent_id: int | None, on: date) -> None:
    """Refuse a parent that stands, on that day, under the secretariat itself."""
    if parent_id is None:
        return
    _require_there(by, Secretariat, parent_id)
    in_force = (SecretariatTerm.since_on <= on) & (
        SecretariatTerm.until_on.is_(None) | (SecretariatTerm.until_on >= on)
    )
    query = select(SecretariatTerm.secretariat_id, SecretariatTerm.parent_id).where(in_force)
    parents = {row.secretariat_id: row.parent_id for row in by.connection.execute(query)}
    above: int | None = parent_id
    for _ in range(len(parents) + 1):
        if above == secretariat_id:
            raise BadInput(errors={"parent": ["cycle"]})
        above = parents.get(above) if above is not None else None


# -- shared -----------------------------------------------------------------------------------------------------------


def _require_code(by: By, table: Any, code: str, name: str) -> None:
    if not _CODE.fullmatch(code):
        raise BadInput(errors={"code": ["pattern"]})
    if not name.strip():
        raise BadInput(errors={"name": ["required"]})
    if by.connection.execute(select(table.id).where(table.code == code)).scalar() is not None:
        raise BadInput(errors={"code": ["taken"]})


def _require_there(by: By, table: Any, sought: int) -> None:
    if by.connection.execute(select(table.id).where(table.id == sought)).scalar() is None:
        raise NotFound(**{table.__tablename__: sought})


def _hit(by: By, change: Any, **sought: object) -> None:
    if by.connection.execute(change).rowcount != 1:
        raise NotFound(**sought)


def _changed(by: By, action: str, subject: str, facts: Mapping[str, Any]) -> None:
    touch(by)
    record(by, action, subject, facts)
