"""The small administration's lists: people, secretariats, days off, parameters and tokens, each as of a day.

It must never give out a password hash or a token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from engine.access import ADMINISTRATOR, By, require_duty
from engine.desk.portal import today
from engine.errors import NotFound
from engine.store.deadlines import Holiday
from engine.store.people import ApiToken, Membership, Role, Secretariat, SecretariatTerm, Servant, StandIn
from engine.store.procedures import AllowedOrigin, Parameter

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class Person:
    """A servant in the list, with the names of the roles held today."""

    id: int
    login: str
    name: str
    registration: str | None
    active: bool
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class People:
    items: tuple[Person, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class Held:
    """A role held between two dates, both included. `state` is past, now or coming."""

    id: int
    role: str
    secretariat: str | None
    since: date
    until: date | None
    norm: str | None
    state: str


@dataclass(frozen=True, kw_only=True)
class Substitution:
    """Somebody acts for somebody. `role` None: in all roles."""

    id: int
    absent: str
    deputy: str
    role: str | None
    since: date
    until: date
    norm: str | None
    state: str


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A servant with everything that is dated."""

    id: int
    login: str
    name: str
    email: str | None
    registration: str | None
    active: bool
    has_password: bool
    held: tuple[Held, ...]
    substitutions: tuple[Substitution, ...]


@dataclass(frozen=True, kw_only=True)
class RoleItem:
    id: int
    code: str
    name: str
    secretariat: str | None


@dataclass(frozen=True, kw_only=True)
class Body:
    """A secretariat as it is on a day: its depth in the tree, its roles, and its terms over time."""

    id: int
    code: str
    name: str
    parent_id: int | None
    depth: int
    since: date
    norm: str | None
    roles: tuple[str, ...]
    terms: int


@dataclass(frozen=True, kw_only=True)
class Day:
    id: int
    on: date
    until: date | None
    name: str
    closes_at: time | None
    role: str | None
    norm: str | None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A parameter's value between two dates."""

    key: str
    value: str
    since: date
    until: date | None
    norm: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Token:
    id: int
    name: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class AllowedTarget:
    """Where calls to other systems may go, what for, and who said so when."""

    id: int
    origin: str
    purpose: str
    allowed_at: datetime
    allowed_by: str


def people(by: By, *, sought: str = "", page: int = 1) -> People:
    """Return a page of the servants whose name or login holds `sought`; integrations are left out. Raises: Denied."""
    require_duty(by, ADMINISTRATOR)
    matches = or_(Servant.name.icontains(sought, autoescape=True), Servant.login.icontains(sought, autoescape=True))
    matches &= Servant.id.not_in(select(ApiToken.servant_id).where(ApiToken.servant_id.is_not(None)))
    total = by.connection.execute(select(func.count()).select_from(Servant).where(matches)).scalar_one()
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    query = select(Servant.id, Servant.login, Servant.name, Servant.registration, Servant.active).where(matches)
    rows = by.connection.execute(
        query.order_by(Servant.active.desc(), Servant.name, Servant.id).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    ).all()
    roles = _roles_today(by, [row.id for row in rows])
    items = tuple(
        Person(
            id=row.id, login=row.login, name=row.name, registration=row.registration, active=row.active,
            roles=tuple(roles.get(row.id, ())),
        )
        for row in rows
    )  # fmt: skip
    return People(items=items, total=total, page=page, pages=pages)


def _roles_today(by: By, servants: Sequence[int]) -> Mapping[int, list[str]]:
    day = today(by)
    query = (
        select(Membership.servant_id, Role.name)
        .join(Role, Role.id == Membership.role_id)
        .where(
            Membership.servant_id.in_(servants),
            Membership.since_on <= day,
            Membership.until_on.is_(None) | (Membership.until_on >= day),
        )
        .order_by(Role.name)
    )
    found: dict[int, list[str]] = {}
    for servant_id, name in by.connection.execute(query):
        found.setdefault(servant_id, []).append(name)
    return found


def person(by: By, servant_id: int) -> Profile:
    """Return one servant. Raises: Denied, NotFound."""
    require_duty(by, ADMINISTRATOR)
    row = by.connection.execute(select(Servant.__table__).where(Servant.id == servant_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(servant=servant_id)
    return Profile(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        email=row["email"],
        registration=row["registration"],
        active=row["active"],
        has_password=row["password_hash"] is not None,
        held=tuple(_held(by, servant_id)),
        substitutions=tuple(_substitutions(by, servant_id)),
    )


def _held(by: By, servant_id: int) -> list[Held]:
    day = today(by)
    owner = (
        select(SecretariatTerm.secretariat_id, SecretariatTerm.name)
        .where(SecretariatTerm.since_on <= day, SecretariatTerm.until_on.is_(None) | (SecretariatTerm.until_on >= day))
        .subquery()
    )
    query = (
        select(
            Membership.id, Role.name, owner.c.name.label("secretariat"), Membership.since_on, Membership.until_on,
            Membership.norm,
        )
        .join(Role, Role.id == Membership.role_id)
        .outerjoin(owner, owner.c.secretariat_id == Role.secretariat_id)
        .where(Membership.servant_id == servant_id)
        .order_by(Membership.since_on.desc(), Role.name)
    )  # fmt: skip
    return [
        Held(
            id=row.id, role=row.name, secretariat=row.secretariat, since=row.since_on, until=row.until_on,
            norm=row.norm, state=_state(row.since_on, row.until_on, day),
        )
        for row in by.connection.execute(query)
    ]  # fmt: skip


def _substitutions(by: By, servant_id: int) -> list[Substitution]:
    absent, deputy, day = aliased(Servant), aliased(Servant), today(by)
    query = (
        select(
            StandIn.id, absent.name.label("absent"), deputy.name.label("deputy"), Role.name.label("role"),
            StandIn.since_on, StandIn.until_on, StandIn.norm,
        )
        .join(absent, absent.id == StandIn.absent_id)
        .join(deputy, deputy.id == StandIn.deputy_id)
        .outerjoin(Role, Role.id == StandIn.role_id)
        .where(or_(StandIn.absent_id == servant_id, StandIn.deputy_id == servant_id))
        .order_by(StandIn.since_on.desc())
    )  # fmt: skip
    return [
        Substitution(
            id=row.id, absent=row.absent, deputy=row.deputy, role=row.role, since=row.since_on, until=row.until_on,
            norm=row.norm, state=_state(row.since_on, row.until_on, day),
        )
        for row in by.connection.execute(query)
    ]  # fmt: skip


def _state(since: date, until: date | None, day: date) -> str:
    if since > day:
        return "coming"
    return "past" if until is not None and until < day else "now"


def roles(by: By) -> list[RoleItem]:
    """Return every role with the secretariat it belongs to today. Raises: Denied."""
    require_duty(by, ADMINISTRATOR)
    day = today(by)
    named = (
        (SecretariatTerm.secretariat_id == Role.secretariat_id)
        & (SecretariatTerm.since_on <= day)
        & (SecretariatTerm.until_on.is_(None) | (SecretariatTerm.until_on >= day))
    )
    query = select(Role.id, Role.code, Role.name, SecretariatTerm.name.label("secretariat")).outerjoin(
        SecretariatTerm, named
    )
    rows = by.connection.execute(query.order_by(Role.name))
    return [RoleItem(id=row.id, code=row.code, name=row.name, secretariat=row.secretariat) for row in rows]


def choices(by: By) -> list[tuple[int, str]]:
    """Return (id, name) of the active servants, for the choice of a deputy. Raises: Denied."""
    require_duty(by, ADMINISTRATOR)
    query = select(Servant.id, Servant.name).where(Servant.active.is_(True)).order_by(Servant.name)
    return [(row.id, row.name) for row in by.connection.execute(query)]


def bodies(by: By, on: date) -> list[Body]:
    """Return the secretariats as they are on a day, parents before children. Raises: Denied."""
    require_duty(by, ADMINISTRATOR)
    in_force = (SecretariatTerm.since_on <= on) & (
        SecretariatTerm.until_on.is_(None) | (SecretariatTerm.until_on >= on)
    )
    terms = (
        select(SecretariatTerm.secretariat_id, func.count().label("terms"))
        .group_by(SecretariatTerm.secretariat_id)
        .subquery()
    )
    query = (
        select(
            Secretariat.id, Secretariat.code, SecretariatTerm.name, SecretariatTerm.parent_id,
            SecretariatTerm.since_on, SecretariatTerm.norm, terms.c.terms,
        )
        .join(SecretariatTerm, (SecretariatTerm.secretariat_id == Secretariat.id) & in_force)
        .join(terms, terms.c.secretariat_id == Secretariat.id)
        .order_by(SecretariatTerm.name)
    )  # fmt: skip
    rows = [dict(row) for row in by.connection.execute(query).mappings()]
    owned: dict[int | None, list[str]] = {}
    for name, owner in by.connection.execute(
        select(Role.name, Role.secretariat_id).where(Role.secretariat_id.is_not(None)).order_by(Role.name)
    ):
        owned.setdefault(owner, []).append(name)
    return _tree(rows, owned)


def _tree(rows: Sequence[Mapping[str, Any]], owned: Mapping[int | None, Sequence[str]]) -> list[Body]:
    """Return the rows depth first. One whose parent is not there stands at the root; none is shown twice."""
    known = {row["id"] for row in rows}
    below: dict[int | None, list[Mapping[str, Any]]] = {}
    for row in rows:
        below.setdefault(row["parent_id"] if row["parent_id"] in known else None, []).append(row)
    found: list[Body] = []
    waiting = [(row, 0) for row in reversed(below.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        found.append(
            Body(
                id=row["id"], code=row["code"], name=row["name"], parent_id=row["parent_id"], depth=depth,
                since=row["since_on"], norm=row["norm"], roles=tuple(owned.get(row["id"], ())), terms=row["terms"],
            )
        )  # fmt: skip
        waiting += [(child, depth + 1) for child in reversed(below.get(row["id"], []))]
    return found


def days(by: By, year: int) -> list[Day]:
    """Return the city's own days off of a year. Raises: Denied."""
    require_duty(by, ADMINISTRATOR)
    query = (
        select(Holiday.__table__)
        .where(Holiday.on_date >= date(year, 1, 1), Holiday.on_date <= date(year, 12, 31))
        .order_by(Holiday.on_date, Holiday.id)
    )
    return [
        Day(
            id=row["id"], on=row["on_date"], until=row["until_date"], name=row["name"], closes_at=row["closes_at"],
            role=row["role"], norm=row["norm"],
        )
        for row in by.connection.execute(query).mappings()
    ]  # fmt: skip


def figures(by: By) -> list[Figure]:
    """Return every parameter with all its dated values, the newest first. Raises: Denied."""
    require_duty(by, ADMINISTRATOR, "gestor")
    day = today(by)
    query = select(Parameter.__table__).order_by(Parameter.key, Parameter.since_on.desc())
    return [
        Figure(
            key=row["key"], value=row["value"], since=row["since_on"], until=row["until_on"], norm=row["norm"],
            state=_state(row["since_on"], row["until_on"], day),
        )
        for row in by.connection.execute(query).mappings()
    ]  # fmt: skip


def tokens(by: By) -> list[Token]:
    """Return the integrations' tokens, those in use first. Raises: Denied."""
    require_duty(by, ADMINISTRATOR)
    query = select(ApiToken.__table__).order_by(ApiToken.revoked_at.is_not(None), ApiToken.name)
    return [
        Token(
            id=row.id, name=row.name, roles=tuple(row.roles.split()), scopes=tuple(row.scopes.split()),
            created_at=row.created_at, revoked_at=row.revoked_at,
        )
        for row in by.connection.execute(query)
    ]  # fmt: skip


def origins(by: By) -> list[AllowedTarget]:
    """Return where calls to other systems may go now. Raises: Denied."""
    require_duty(by, ADMINISTRATOR)
    query = select(AllowedOrigin.__table__).where(AllowedOrigin.withdrawn_at.is_(None)).order_by(AllowedOrigin.origin)
    return [
        AllowedTarget(
            id=row.id, origin=row.origin, purpose=row.purpose, allowed_at=row.allowed_at, allowed_by=row.allowed_by
        )
        for row in by.connection.execute(query)
    ]
