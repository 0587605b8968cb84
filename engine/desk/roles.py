"""What the roles are called."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from engine.access import EXTERNAL, By
from engine.store.people import Role

REQUESTER = "Requerente"


def role_names(by: By) -> Mapping[str, str]:
    """Return {code: name} of every role, read again only when the city's revision moves."""
    return by.house.kept("role names", by.revision, lambda: _read(by))


def _read(by: By) -> dict[str, str]:
    rows = by.connection.execute(select(Role.code, Role.name))
    return {EXTERNAL: REQUESTER, **{row.code: row.name for row in rows}}
