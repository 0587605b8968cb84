"""Databases to measure on: SQLite files, or a private PostgreSQL started from the system's binaries, durable as always.

It never measures on a server that it did not start, nor on one whose writes are not durable.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

from engine.store.session import open_store
from engine.store.upgrade import upgrade
from tests import needs
from tests.postgres import Cluster

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class CannotMeasure(Exception):
    """What is asked for cannot be measured here; the message is a sentence."""


class Stores(Protocol):
    """Makes databases of one kind. `roots` are the processes whose CPU is the database's."""

    roots: tuple[int, ...]

    def new(self, name: str) -> str: ...
    def copy(self, name: str, to: str) -> str: ...
    def settle(self, name: str) -> None: ...
    def close(self) -> None: ...


class LiteStores:
    """SQLite: files in a folder; the database's CPU is the server's own."""

    roots: tuple[int, ...] = ()

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self, name: str) -> str:
        """Return the URL of a fresh database."""
        return _migrated(f"sqlite:///{self._path(name)}")

    def copy(self, name: str, to: str) -> str:
        """Return the URL of a copy; nobody may have the original open."""
        self.settle(name)
        shutil.copyfile(self._path(name), self._path(to))
        return f"sqlite:///{self._path(to)}"

    def settle(self, name: str) -> None:
        """Put what was written in its place and gather the planner's statistics."""
        with closing(sqlite3.connect(self._path(name), isolation_level=None)) as connection:
            for statement in ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.execute(statement)

    def close(self) -> None:
        """Leave the files: their folder is the caller's."""

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class PgStores:
    """PostgreSQL: a cluster of its own."""

    def __init__(self) -> None:
        binaries = needs.postgres_bin()
        if binaries is None:
            raise CannotMeasure(needs.missing()["postgresql"])
        self.cluster = Cluster(binaries)
        self.cluster.start()
        try:
            self._require_durable()
        except BaseException:
            self.cluster.stop()
            raise
        supervisor = self.cluster._supervisor
        assert supervisor is not None
        self.roots: tuple[int, ...] = (supervisor.pid,)

    def new(self, name: str) -> str:
        """Return the URL of a fresh database."""
        return _migrated(self.cluster.create(name))

    def copy(self, name: str, to: str) -> str:
        """Return the URL of a copy; nobody may have the original open."""
        return self.cluster.create(to, template=name)

    def settle(self, name: str) -> None:
        """Put what was written in its place and gather the planner's statistics."""
        with self.cluster.connect(name) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def close(self) -> None:
        self.cluster.stop()

    def _require_durable(self) -> None:
        with self.cluster.connect() as connection:
            for name, value in _DURABLE.items():
                row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
                if row != (value,):
                    raise CannotMeasure(f"PostgreSQL runs with {name} {row}; no figure would mean anything.")


def stores(kind: str, folder: Path) -> Stores:
    """Return the maker of databases of `kind`, sqlite or pg. Raises: CannotMeasure."""
    return PgStores() if kind == "pg" else LiteStores(folder)


def _migrated(url: str) -> str:
    store = open_store(url)
    upgrade(store)
    store.dispose()
    return url
