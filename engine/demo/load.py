"""Loads the demonstration into an empty store, and writes the card that says how to enter it.

The card is the only place where access codes and keys of the demonstration are kept in clear: they open nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from engine.access import By
from engine.audit import record
from engine.city import revision
from engine.demo.cases import Story, play
from engine.demo.city import PASSWORD, Founded, found, read_plan
from engine.house import House
from engine.store.people import Servant
from engine.store.session import transaction
from engine.store.trail import CITY_CHAIN, AuditEntry

_BEGUN, _WHOLE = "demo.load", "demo.ready"
_RULE = "─" * 78
Standing = Literal["empty", "real", "half", "whole"]


class StoreNotEmpty(Exception):
    """The demonstration is loaded into an empty store only."""


def loaded(house: House) -> Standing:
    """Return what a store holds: nothing, a real city, a demonstration broken off in loading (half), or a whole one."""
    with transaction(house.store, writes=False) as session:
        people = session.execute(select(func.count()).select_from(Servant)).scalar_one()
        marks = select(AuditEntry.action).where(AuditEntry.chain == CITY_CHAIN, AuditEntry.action.in_((_BEGUN, _WHOLE)))
        marked = set(session.execute(marks).scalars())
    if _WHOLE in marked:
        return "whole"
    if _BEGUN in marked:
        return "half"
    return "real" if people else "empty"


def load(house: House, now: datetime, say: Callable[[str], None]) -> int:
    """Load the whole city as of `now`, write its card, and return how many cases it has; `say` hears how far it is.

    Raises: StoreNotEmpty.
    """
    if loaded(house) != "empty":
        raise StoreNotEmpty
    founded = found(house, now)
    say(f"{len(founded.servants)} servidores, calendário, parâmetros e cadastro")
    stories = play(house, founded, now, _tenths(house, say))
    with transaction(house.store) as session:
        by = By(house=house, session=session, at=now, actor="cli", name="carga da demonstração")
        by.revision = revision(session)
        record(by, _WHOLE, "city:vila-serena", {"cases": len(stories)})
    _write_card(house, founded, stories)
    return len(stories)


def _tenths(house: House, say: Callable[[str], None]) -> Callable[[int, int, datetime], None]:
    """Return a listener that says every tenth of the way how far the load is."""
    zone = ZoneInfo(house.settings.zone)

    def tell(done: int, total: int, at: datetime) -> None:
        if done * 10 // total > (done - 1) * 10 // total:
            say(f"{done:3} de {total} atos, até {at.astimezone(zone):%d/%m/%Y}")

    return tell


# -- the card ---------------------------------------------------------------------------------------------------------


def card(house: House) -> str:
    """Return what to show of the demonstration: logins, and, where they were kept, codes and keys."""
    kept = _card_file(house)
    return _logins() + (kept.read_text(encoding="utf-8") if kept.is_file() else "")


def _card_file(house: House) -> Path:
    return house.settings.data_dir / "demo.txt"


def _logins() -> str:
    people = [(one["login"], one["name"], one["show"]) for one in read_plan()["people"] if "show" in one]
    lines = [f"  {login:<14}{name:<22}{show}" for login, name, show in people]
    return "\n".join(
        [_RULE, f"  {'login':<14}{'quem é':<22}o que faz     (senha de todos: {PASSWORD})", _RULE, *lines, ""]
    )


def _write_card(house: House, founded: Founded, stories: list[Story]) -> None:
    told = [story for story in stories if story.plan.get("code")]
    lines = [
        _RULE,
        "  para acompanhar como requerente: número do processo e código de acesso",
        *[f"  {story.number:<16}{story.code:<14}{story.plan['show']}" for story in told],
        _RULE,
        "  chaves de integração (API): " + ", ".join(founded.keys),
        *[f"  {name:<14}{key}" for name, key in founded.keys.items()],
        "",
    ]
    path = _card_file(house)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines), encoding="utf-8")
