"""Who stands behind a key of an integration, asked with every request to the API. It must never see the key itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from engine.store.people import ApiToken
from engine.store.procedures import Revision

_REVISION = select(Revision.value).where(Revision.name == "city").scalar_subquery()
_HOLDER = select(
    ApiToken.id, ApiToken.name, ApiToken.servant_id, ApiToken.roles, ApiToken.scopes, _REVISION.label("revision")
).where(ApiToken.token_hash == bindparam("hash"), ApiToken.revoked_at.is_(None))


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The integration behind a key, and the city's revision, read together."""

    token_id: int
    name: str
    servant_id: int
    roles: frozenset[str]
    scopes: frozenset[str]
    revision: int


def holder(connection: Connection, token_hash: str) -> Holder | None:
    """Return who holds the key with this hash, None when nobody does or it was revoked. One query."""
    row = connection.execute(_HOLDER, {"hash": token_hash}).one_or_none()
    if row is None:
        return None
    return Holder(
        token_id=row.id,
        name=row.name,
        servant_id=row.servant_id,
        roles=frozenset(row.roles.split()),
        scopes=frozenset(row.scopes.split()),
        revision=row.revision or 0,
    )
