"""The city that is measured: one servant of several sectors, the workloads published, cases started and moved.

Everything is written through the product's own acts, each in its own transaction, at moments that follow one another;
nothing here is measured.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert, select

from bench import workloads
from engine import sessions
from engine.access import By
from engine.acts import cases, once, procedures, tasks
from engine.city import revision
from engine.house import House, open_house
from engine.settings import Settings
from engine.store.cases import Task
from engine.store.people import Membership, Role, Servant
from engine.store.session import transaction

LOGIN, PASSWORD = "medida", "uma senha para medir"  # of the measured city alone, which lives for a minute
SECTORS = ("protocolo", "planejamento", "obras")
SECRET_KEY, SEAL_KEY = "s" * 40, "k" * 40
_SINCE = date(2000, 1, 1)


class Town:
    """One store with its city. Every verb is one transaction; a completion does all that the web edge makes of it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.house: House = open_house(
            Settings(database_url=url, data_dir=folder, secret_key=SECRET_KEY, seal_key=SEAL_KEY)
        )
        self._instants = itertools.count()
        self._began_at = datetime.now(UTC) - timedelta(hours=1)

    def found(self) -> None:
        """Enter the roles and the servant, publish the small workloads."""
        with self.by() as by:
            connection = by.connection
            connection.execute(insert(Role), [{"code": code, "name": code.title()} for code in (*SECTORS, "analista")])
            connection.execute(
                insert(Servant).values(
                    login=LOGIN, name="Ana Medida", active=True, password_hash=sessions.hash_password(PASSWORD)
                )
            )
            roles = connection.execute(select(Role.id)).scalars().all()
            connection.execute(
                insert(Membership), [{"servant_id": 1, "role_id": role, "since_on": _SINCE} for role in roles]
            )
            procedures.touch(by)
        for key in workloads.SMALL:
            with self.by() as by:
                procedures.publish(by, workloads.bundle(key))

    @contextmanager
    def by(self, *, writes: bool = True) -> Iterator[By]:
        """Give the servant in a transaction, at a moment after all earlier ones."""
        at = self._began_at + timedelta(milliseconds=next(self._instants))
        with transaction(self.house.store, writes=writes) as session:
            by = By(house=self.house, session=session, at=at, actor="servant:1", name="Ana Medida", servant_id=1)
            by.roles, by.revision = frozenset({*SECTORS, "analista"}), revision(session)
            yield by

    def start(self, workload: str) -> list[UUID]:
        """Start a case and return the tasks that are then open."""
        with self.by() as by:
            moved = cases.start(by, workload, workloads.ANSWERS, origin="balcao").moved
        return [opened.task_id for opened in moved.effects.opened]

    def complete(self, task_id: UUID) -> list[UUID]:
        """Complete a task under a key of its own and return the tasks that its step opened."""
        with self.by() as by:
            by.key, by.body_hash = secrets.token_urlsafe(18), "0" * 64
            moved = tasks.complete(by, task_id, workloads.ANSWERS)
            once.remember(by, {"goto": "/caixa", "said": "", "tone": "success"})
        return [opened.task_id for opened in moved.effects.opened]

    def finish(self, workload: str) -> int:
        """Start a case and complete its tasks to the end; return how many completions that took."""
        waiting, completed = self.start(workload), 0
        while waiting:
            waiting += self.complete(waiting.pop(0))
            completed += 1
        return completed

    def open_tasks(self, limit: int) -> list[UUID]:
        """Return open tasks, in the order of their random ids: neighbours are of different cases."""
        with transaction(self.house.store, writes=False) as session:
            query = select(Task.id).where(Task.status == "open").order_by(Task.id).limit(limit)
            return list(session.connection().execute(query).scalars())

    def open_session(self) -> str:
        """Open a login session of the servant, now, and return its id."""
        with self.by() as by:
            by.at = datetime.now(UTC)
            return sessions.open_session(by, sessions.Proof(LOGIN, (f"login:{LOGIN}",), 1, holds=True))

    def forget(self) -> None:
        """Forget what this process keeps of running cases, as after a restart."""
        self.house.shelf.pop("runs", None)

    def close(self) -> None:
        self.house.store.dispose()
