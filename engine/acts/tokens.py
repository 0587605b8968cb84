"""Keys of integrations: issued, revoked. Only the hash of a key is kept; the key itself is shown once."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from engine.access import ADMINISTRATOR, EXTERNAL, SCOPES, By, require_duty
from engine.audit import record
from engine.errors import BadInput, NotFound
from engine.sessions import digest
from engine.store.people import ApiToken, Role, Servant

PREFIX = "rito_"  # by which a leaked key is known for what it is
_LONGEST_NAME = 80  # messages are kept under the name of whoever sent them
_RANDOM_BYTES = 32  # so many that a plain hash of the key is as safe as a slow one


@dataclass(frozen=True)
class Issued:
    """A new key. `plain` is what the integration sends; it cannot be shown again."""

    token_id: int
    plain: str


def issue(by: By, name: str, *, roles: Collection[str], scopes: Collection[str]) -> Issued:
    """Issue a key to an integration, with its own account to hold tasks.

    Raises: Denied, BadInput (name taken or blank, unknown role or scope).
    """
    require_duty(by, ADMINISTRATOR)
    _require_sound(by, name.strip(), roles, scopes)
    plain = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    account = {"login": f"integracao-{secrets.token_hex(8)}", "name": name.strip(), "active": False}
    servant_id = by.connection.execute(insert(Servant).values(**account).returning(Servant.id)).scalar_one()
    row = {
        "servant_id": servant_id, "name": name.strip(), "token_hash": digest(plain),
        "roles": " ".join(sorted(roles)), "scopes": " ".join(sorted(scopes)), "created_at": by.at,
    }  # fmt: skip
    token_id = by.connection.execute(insert(ApiToken).values(**row).returning(ApiToken.id)).scalar_one()
    record(by, "token.issue", f"token:{token_id}", {"name": name, "roles": sorted(roles), "scopes": sorted(scopes)})
    return Issued(token_id, plain)


def revoke(by: By, token_id: int) -> None:
    """End a key at once. Raises: Denied, NotFound (no such key, or already revoked)."""
    require_duty(by, ADMINISTRATOR)
    live = update(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
    if by.connection.execute(live.values(revoked_at=by.at)).rowcount != 1:
        raise NotFound(token=token_id)
    record(by, "token.revoke", f"token:{token_id}")


def _require_sound(by: By, name: str, roles: Collection[str], scopes: Collection[str]) -> None:
    errors: dict[str, list[str]] = {}
    taken = by.connection.execute(select(ApiToken.id).where(ApiToken.name == name)).scalar()
    if not name or len(name) > _LONGEST_NAME or taken is not None:
        errors["name"] = ["taken" if taken is not None else "length"]
    known = {EXTERNAL, *by.connection.execute(select(Role.code).where(Role.code.in_(roles))).scalars()}
    if set(roles) - known:
        errors["roles"] = ["unknown"]
    if not scopes or set(scopes) - SCOPES:
        errors["scopes"] = ["unknown"]
    if errors:
        raise BadInput(errors=errors)
