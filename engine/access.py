"""Who may do and see what: the only answer. Acts and looks ask here; nothing else compares roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.engine import Connection

from engine.errors import Denied, NotFound
from engine.house import House
from engine.store.cases import Case, Task
from engine.store.session import Session

EXTERNAL = "requerente"
ADMINISTRATOR, MANAGER, OPERATOR, ANALYST, AUDITOR = "administrador", "gestor", "operador", "analista", "auditor"
_SEES_EVERY_CASE = frozenset({MANAGER, OPERATOR, AUDITOR, "protocolo"})
_OPEN_TO_SERVANTS = ("publico",)
SCOPES = frozenset(
    {"cases:start", "cases:read", "cases:trail", "cases:operate", "tasks:work", "messages", "signals"}
    | {"procedures:read", "procedures:deploy"}
)


@dataclass(kw_only=True)
class By:
    """Who acts, when, for whom, in which transaction. The first argument of every act and look.

    `actor` is a stable key (`servant:3`, `citizen:2026.000001-5`, `token:2`, `clock`); `name` is what the record shows.
    `titulars` gives, for a role held only as a deputy, the name of the titular. `case_id` bounds a citizen to one case.
    """

    house: House
    session: Session
    at: datetime
    actor: str
    name: str
    servant_id: int | None = None
    roles: frozenset[str] = frozenset()
    titulars: Mapping[str, str] = field(default_factory=dict)
    case_id: int | None = None
    scopes: frozenset[str] | None = None
    revision: int = 0
    key: str | None = None
    body_hash: str = ""

    _bound: tuple[Session, Connection] | None = field(default=None, repr=False, compare=False)

    @property
    def connection(self) -> Connection:
        """The session's connection; asked for several times in every act, so found only once."""
        if self._bound is None or self._bound[0] is not self.session:
            self._bound = (self.session, self.session.connection())
        return self._bound[1]

    def acting_for(self, role: str) -> str | None:
        """Return the titular's name when `role` is held only by standing in."""
        return self.titulars.get(role)


def may_work(by: By, role: str, case_id: int | None = None) -> bool:
    """Whether `by` may take and complete tasks of `role` (in case `case_id`)."""
    if by.case_id is not None:
        return role == EXTERNAL and by.case_id == case_id
    return role in by.roles


def require_work(by: By, role: str, case_id: int) -> None:
    """Refuse whoever may not work on tasks of `role`.

    A citizen at another's case gets NotFound; so does a servant who may not even see the case: see `require_sight`.
    """
    if by.case_id is not None and by.case_id != case_id:
        raise NotFound(case=case_id)
    if not may_work(by, role, case_id):
        raise Denied(role=role)


def require_duty(by: By, *duties: str) -> None:
    """Refuse whoever holds none of the duties (administrador, gestor, operador, analista)."""
    if not by.roles & set(duties):
        raise Denied(role=duties[0])


def require_scope(by: By, scope: str) -> None:
    """Refuse a token without the scope; people are not bound by scopes."""
    require_some_scope(by, scope)


def require_some_scope(by: By, *scopes: str) -> None:
    """Refuse a token with none of the scopes."""
    if by.scopes is not None and not by.scopes & set(scopes):
        raise Denied(role=scopes[0])


def sees_all(by: By) -> bool:
    return bool(by.roles & _SEES_EVERY_CASE)


def case_criterion(by: By) -> ColumnElement[bool]:
    """Return the condition on `Case` that every query of cases carries."""
    if by.case_id is not None:
        return Case.id == by.case_id
    own = exists(select(1).where(Task.case_id == Case.id, Task.role.in_(by.roles)).correlate(Case))
    if sees_all(by):
        return own | Case.secrecy.in_(_OPEN_TO_SERVANTS)
    return own if by.roles else ~true()


def secrecy_seen(by: By) -> tuple[str, ...]:
    """Return the levels of documents that `by` may open in a case that he sees."""
    if by.case_id is not None or by.roles - {AUDITOR}:
        return ("publico", "restrito", "sigiloso")
    return ("publico",)


def require_sight(by: By, case_id: int) -> None:
    """Refuse whoever may not see the case. Raises: NotFound, also when there is no such case."""
    found = by.connection.execute(select(Case.id).where(Case.id == case_id, case_criterion(by))).scalar()
    if found is None:
        raise NotFound(case=case_id)
