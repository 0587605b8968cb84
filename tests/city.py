"""A small city hall over a real store, for tests: people of every role, parameters, a calendar, and short verbs.

Time stands still at `city.at` until a test moves it. Every verb is one transaction through the acts that the edges
use; nothing is written past them but what a city has before its first case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from engine.access import EXTERNAL, By
from engine.acts import cases, once, procedures, signals, tasks
from engine.acts.advance import Moved
from engine.acts.procedures import Bundle, Published
from engine.acts.verification import Finding, verify
from engine.city import revision
from engine.clockwork import Clockwork
from engine.errors import Refused
from engine.house import House, open_house
from engine.library import read_bundle
from engine.settings import Settings
from engine.store.base import Base
from engine.store.cases import Case, Task
from engine.store.deadlines import Holiday
from engine.store.people import Membership, Role, Servant
from engine.store.procedures import Lot, Parameter
from engine.store.session import transaction
from engine.store.trail import Outbox

MORNING = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday, nine o'clock in São Paulo
LONG_AGO = date(2000, 1, 1)
SECTORS = ("protocolo", "planejamento", "meio_ambiente", "obras", "fazenda", "secretario")
DUTIES = ("administrador", "gestor", "operador", "analista", "auditor")
PARAMETERS = {
    "UFM": "5.00", "pix_chave": "tesouro@vilaserena.sc.gov.br", "prazo_pagamento_dias": "30",
    "prazo_analise_alvara_dias": "60", "efeito_prazo_legal_alvara": "avocar",
}  # fmt: skip


class City:
    """A city at one moment. `servants` gives the id of the servant of each role; `obras` has a second one, `obras2`."""

    def __init__(self, url: str, folder: Path, **settings: Any) -> None:
        self.settings = Settings(database_url=url, data_dir=folder, secret_key="s" * 40, seal_key="k" * 40, **settings)
        self.house: House = open_house(self.settings)
        self.at = MORNING
        self.servants: dict[str, int] = {}
        self.found()

    def found(self) -> None:
        """Enter roles, one servant for each, parameters, one lot and one municipal holiday."""
        people = [*SECTORS, *DUTIES, "obras2"]
        with transaction(self.house.store) as session:
            into = session.connection()
            _enter(into, Role, [{"code": code, "name": code.title()} for code in (*SECTORS, *DUTIES)])
            _enter(into, Servant, [_servant(login) for login in people])
            roles = dict(into.execute(select(Role.code, Role.id)).all())
            self.servants = dict(into.execute(select(Servant.login, Servant.id)).all())
            held = [(self.servants[login], roles[login.rstrip("2")]) for login in people]
            _enter(into, Membership, [{"servant_id": who, "role_id": what, "since_on": LONG_AGO} for who, what in held])
            rows = [
                {"key": key, "value": value, "since_on": LONG_AGO, "norm": "Lei 1/2000"}
                for key, value in PARAMETERS.items()
            ]
            _enter(into, Parameter, rows)
            _enter(into, Holiday, [{"on_date": date(2026, 8, 15), "name": "Padroeira", "norm": "Lei 2/2000"}])
            _enter(into, Lot, [{"registration": "01.02", "facts": {"zona": "ZR2"}, "updated_at": MORNING}])

    def close(self) -> None:
        self.house.store.dispose()

    def pass_time(self, **much: float) -> datetime:
        """Let time go on: `city.pass_time(days=3)`. Nothing falls due until the clock ticks."""
        self.at += timedelta(**much)
        return self.at

    # -- who ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def by(
        self, who: str, at: datetime | None = None, *, case: int | None = None, scopes: frozenset[str] | None = None,
        writes: bool = True,
    ) -> Iterator[By]:  # fmt: skip
        """Give the `By` of a servant by login, of the citizen of a case (`requerente`), of the clock or of a token."""
        with transaction(self.house.store, writes=writes) as session:
            by = By(house=self.house, session=session, at=at or self.at, actor=who, name=who, scopes=scopes)
            by.revision = revision(session)
            if who == EXTERNAL:
                by.case_id, by.actor = case, f"citizen:{case}" if case else "visitor:test"
            elif who in self.servants:
                by.servant_id, by.actor = self.servants[who], f"servant:{self.servants[who]}"
                by.roles = frozenset({who.rstrip("2")})
            yield by

    # -- what is done -------------------------------------------------------------------------------------------------

    def publish(
        self, source: Path | bytes, *, forms: Mapping[str, str] | None = None,
        tables: Mapping[str, bytes] | None = None, papers: Mapping[str, str] | None = None, key: str = "teste",
        draft: str | None = None,
    ) -> Published:  # fmt: skip
        """Publish a folder of the library, or a diagram with the parts given; in force from long ago."""
        if isinstance(source, Path):
            bundle = read_bundle(source)
        else:
            parts: dict[str, Any] = {"forms": forms or {}, "tables": tables or {}, "papers": papers or {}}
            bundle = Bundle(key=key, name=f"Procedimento {key}", xml=source, **parts)
        with self.by("analista", datetime(2000, 1, 3, tzinfo=UTC)) as by:
            return procedures.publish(by, replace(bundle, draft=draft))

    def start(
        self, answers: Mapping[str, Any] | None = None, *, procedure: str = "teste", who: str = EXTERNAL,
        origin: str = "portal",
    ) -> cases.Started:  # fmt: skip
        with self.by(who) as by:
            return cases.start(by, procedure, answers or {}, origin=origin)

    def complete(
        self, case_id: int, element: str, answers: Mapping[str, Any] | None = None, *, who: str | None = None,
        confirmed: bool = True,
    ) -> Moved:  # fmt: skip
        """Complete the open task of an element as the servant of its role, or as `who`."""
        row = self.open_task(case_id, element)
        with self.by(who or row["role"], case=case_id) as by:
            return tasks.complete(by, row["id"], answers or {}, confirmed=confirmed)

    def tell(self, name: str, key: str, payload: Mapping[str, Any] | None = None, *, once: str = "1") -> cases.Heard:
        """Let a message come from outside, the `once`-th of its source."""
        with self.by("banco") as by:
            told = cases.Message(source="banco", external_id=once, name=name, key=key, payload=payload or {})
            return cases.correlate(by, told)

    def signal(self, name: str, payload: Mapping[str, Any] | None = None, *, once: str = "1") -> signals.Sent:
        """Let a signal come from outside, the `once`-th of its source."""
        with self.by("defesa_civil", scopes=frozenset({"signals"})) as by:
            sent = signals.Signal(source="defesa_civil", external_id=once, name=name, payload=payload or {})
            return signals.broadcast(by, sent)

    def tick(self, at: datetime | None = None) -> int:
        """Let the clock do all that is due; return how much that was."""
        return Clockwork(self.house).tick(at or self.at)

    def forget(self) -> None:
        """Forget what the process keeps between requests, as another process would never have known it."""
        self.house.shelf.clear()

    # -- what is there ------------------------------------------------------------------------------------------------

    def rows(self, table: type[Base], **where: Any) -> list[dict[str, Any]]:
        """Return the rows of a table that have the values given, in the order of their primary key."""
        kept = table.__table__
        query = select(kept).order_by(*kept.primary_key.columns)
        for column, value in where.items():
            query = query.where(kept.c[column] == value)
        with transaction(self.house.store, writes=False) as session:
            return [dict(row) for row in session.connection().execute(query).mappings()]

    def case(self, case_id: int) -> dict[str, Any]:
        (row,) = self.rows(Case, id=case_id)
        return row

    def open_elements(self, case_id: int) -> list[str]:
        return sorted(row["element"] for row in self.rows(Task, case_id=case_id, status="open"))

    def open_task(self, case_id: int, element: str) -> dict[str, Any]:
        (row,) = self.rows(Task, case_id=case_id, element=element, status="open")
        return row

    def task_id(self, case_id: int, element: str) -> UUID:
        found: UUID = self.open_task(case_id, element)["id"]
        return found

    def notices(self, case_id: int | None = None) -> list[dict[str, Any]]:
        """Return the payloads of the mails that were ordered, oldest first."""
        where = {"kind": "mail"} if case_id is None else {"kind": "mail", "case_id": case_id}
        return [row["payload"] for row in self.rows(Outbox, **where)]

    def findings(self, only: int | None = None) -> list[Finding]:
        """Return what `rito verify` says of everything, or of one case, without anything kept in memory."""
        return list(verify(House(self.settings, self.house.store), only))


def ask(house: House, who: Mapping[str, Any], act: Callable[[By], dict[str, Any]]) -> dict[str, Any]:
    """Do an act as the edges do: one transaction with its answer; when refused, what was answered to the key before.

    `who`: actor, name, key, body_hash and whatever else `By` has; at `MORNING` unless it says when.
    """
    try:
        with transaction(house.store) as session:
            by = By(**{"house": house, "session": session, "at": MORNING, "revision": revision(session), **who})
            answer = act(by)
            once.remember(by, answer)
    except (Refused, IntegrityError):
        with transaction(house.store, writes=False) as session:
            kept = once.recall(replace(by, session=session))
        if kept is None:
            raise
        return kept
    return answer


def _servant(login: str) -> dict[str, Any]:
    return {"login": login, "name": login.title(), "email": f"{login}@vilaserena.sc.gov.br", "active": True}


def _enter(into: Connection, table: type[Base], rows: list[dict[str, Any]]) -> None:
    into.execute(insert(table), rows)
