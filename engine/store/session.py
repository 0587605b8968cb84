"""Opens the database and holds the one place that commits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Engine, Executable, create_engine, event
from sqlalchemy.engine import URL, make_url

_AFTER_COMMIT = "rito_after_commit"
# `transaction` ends each one itself, so a connection comes back to the pool with none open: nothing is to be reset.
_ENDED: dict[str, Any] = {"pool_reset_on_return": None}
_writers: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()


def open_store(url: str | URL, *, pool_size: int = 8) -> Engine:
    """Return an engine for SQLite (WAL, full durability) or PostgreSQL (psycopg 3).

    The URL may say `postgresql://`; psycopg 3 is meant.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address, pool_size)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    return create_engine(address, pool_size=pool_size, max_overflow=4, pool_timeout=10, **_ENDED)


def _open_sqlite(address: URL, pool_size: int) -> Engine:
    engine = create_engine(
        address, pool_size=pool_size, max_overflow=8, connect_args={"check_same_thread": False}, **_ENDED
    )

    _writers[engine] = threading.Lock()

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours: the driver's own comes too late for a writer
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("rito_writes", True)
        connection.connection.dbapi_connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN").close()

    return engine


class Session:
    """One transaction: the connection it runs on, and what is to happen once it is committed.

    Not SQLAlchemy's own: nothing here maps objects, and the unit of work would cost every step more than its SQL.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.info: dict[str, list[Callable[[], None]]] = {}

    def connection(self) -> Connection:
        return self._connection

    def execute(self, statement: Executable, rows: Any = None) -> CursorResult[Any]:
        return self._connection.execute(statement, rows)


def _turn(store: Engine) -> AbstractContextManager[object]:
    """Return what a writer holds while it writes: SQLite has one writer, and waiting for it by polling burns time."""
    return _writers.get(store) or nullcontext()


@contextmanager
def transaction(store: Engine, *, writes: bool = True) -> Iterator[Session]:
    """Give a session; commit when the block ends, roll back when it raises. The only commit of the house.

    A reader (`writes=False`) never waits for a writer, and whatever it changed is rolled back.
    """
    with _turn(store) if writes else nullcontext(), store.connect() as connection:
        session = Session(connection if writes else connection.execution_options(rito_writes=False))
        begun = connection.begin()
        try:
            yield session
        except BaseException:
            begun.rollback()
            raise
        if not writes:
            begun.rollback()
            return
        begun.commit()
    for then in session.info.pop(_AFTER_COMMIT, ()):
        then()


def after_commit(session: Session, then: Callable[[], None]) -> None:
    """Call `then` once the session's transaction is safely committed; never if it is rolled back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(then)
