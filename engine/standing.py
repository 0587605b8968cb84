"""What a servant is on a day: the roles held, those held for an absent colleague, and the sector's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, literal, null, select, union_all
from sqlalchemy.engine import Connection

from engine.access import ADMINISTRATOR, ANALYST, AUDITOR, MANAGER, OPERATOR
from engine.house import House
from engine.store.people import Membership, Role, Servant, StandIn

DUTIES = frozenset({ADMINISTRATOR, MANAGER, OPERATOR, ANALYST, AUDITOR})


@dataclass(frozen=True)
class Standing:
    """Roles by code with their names. `titulars` gives, for a role held only as a deputy, whose it is."""

    roles: frozenset[str]
    names: Mapping[str, str]
    titulars: Mapping[str, str]

    @property
    def sector(self) -> str:
        """The name of the sector in which the person works, else of the duty."""
        own = sorted(self.roles - set(self.titulars)) or sorted(self.roles)
        work = [code for code in own if code not in DUTIES] or own
        return self.names[work[0]] if work else ""


def standing(house: House, connection: Connection, servant_id: int, day: date, revision: int) -> Standing:
    """Return what a servant is on a local day, read again only when the day or the city's revision changes."""
    shelf: dict[int, tuple[tuple[date, int], Standing]] = house.shelf.setdefault("standings", {})
    found = shelf.get(servant_id)
    if found is None or found[0] != (day, revision):
        found = shelf[servant_id] = ((day, revision), _read(connection, servant_id, day))
    return found[1]


def _read(connection: Connection, servant_id: int, day: date) -> Standing:
    own = (
        select(Role.code, Role.name, null().cast(String).label("titular"))
        .join(Membership, Membership.role_id == Role.id)
        .where(Membership.servant_id == servant_id, _in_force(Membership, day))
    )
    lent = (
        select(Role.code, Role.name, Servant.name)
        .join(Membership, Membership.role_id == Role.id)
        .join(StandIn, StandIn.absent_id == Membership.servant_id)
        .join(Servant, Servant.id == StandIn.absent_id)
        .where(
            StandIn.deputy_id == servant_id, StandIn.since_on <= day, StandIn.until_on >= day,
            StandIn.role_id.is_(None) | (StandIn.role_id == Membership.role_id), _in_force(Membership, day),
        )
    )  # fmt: skip
    rows = connection.execute(union_all(own, lent)).all()
    direct = {code for code, _, titular in rows if titular is None}
    return Standing(
        roles=frozenset(code for code, _, _ in rows),
        names={code: name for code, name, _ in rows},
        titulars={code: titular for code, _, titular in rows if code not in direct},
    )


def _in_force(dated: Any, day: date) -> ColumnElement[bool]:
    until = dated.until_on
    in_force: ColumnElement[bool] = (dated.since_on <= literal(day)) & (until.is_(None) | (until >= literal(day)))
    return in_force
