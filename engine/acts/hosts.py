"""Where calls to other systems may go: allowed and withdrawn by the administrator, each with its record."""

from __future__ import annotations

from sqlalchemy import insert, update

from engine.access import ADMINISTRATOR, By, require_duty
from engine.acts.surroundings import origins
from engine.audit import record
from engine.errors import BadInput, NotFound
from engine.outlets.connectors.addresses import written_origin
from engine.store.procedures import AllowedOrigin


def allow(by: By, written: str, purpose: str) -> str:
    """Allow calls to an origin, from the next attempt on; return it as it is kept.

    Raises: Denied, BadInput (origin: unreadable, not-a-name, only-origin, taken).
    """
    require_duty(by, ADMINISTRATOR)
    origin = written_origin(written)
    if origin in origins(by):
        raise BadInput(errors={"origin": ["taken"]})
    row = {"origin": origin, "purpose": purpose, "allowed_at": by.at, "allowed_by": by.name}
    by.connection.execute(insert(AllowedOrigin).values(**row))
    record(by, "origin.allow", f"origin:{origin}"[:160], {"origin": origin, "purpose": purpose})
    return origin


def withdraw(by: By, origin_id: int) -> None:
    """Allow no more calls to an origin, from the next attempt on. Raises: Denied, NotFound."""
    require_duty(by, ADMINISTRATOR)
    ended = update(AllowedOrigin).where(AllowedOrigin.id == origin_id, AllowedOrigin.withdrawn_at.is_(None))
    values = {"withdrawn_at": by.at, "withdrawn_by": by.name}
    origin = by.connection.execute(ended.values(**values).returning(AllowedOrigin.origin)).scalar_one_or_none()
    if origin is None:
        raise NotFound(origin=origin_id)
    record(by, "origin.withdraw", f"origin:{origin}"[:160], {"origin": origin})
