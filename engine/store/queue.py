"""The queue beside the outbox on PostgreSQL: procrastinate's jobs, each with the id of an order and nothing else.

A job is deferred on the connection of the transaction that writes its order, so a rollback leaves none. The order is
the truth: whatever is lost here is deferred again, and these tables can be made anew at any time.

Only an installation with RITO_DISPATCHER=procrastinate loads this module; the library is an extra.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from importlib.metadata import version
from typing import Any

from procrastinate import App, SyncPsycopgConnector
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

QUEUE = "rito"
ORDER = "rito.order"  # carries an order out; its lock is the case
LATER = "rito.later"  # waits without a lock, for a locked job that waits would hold up every other of its case
_MARK = f"rito: procrastinate {version('procrastinate')}"
_MARKED = text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")
_DROP = text(r"""
DO $$ DECLARE one text; made text[]; BEGIN
  SELECT array_agg(found.drop) INTO made FROM (
    SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) AS drop FROM pg_class
      WHERE relname LIKE 'procrastinate\_%' AND relkind = 'r' AND relnamespace = current_schema()::regnamespace
    UNION ALL SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc
      WHERE proname LIKE 'procrastinate\_%' AND pronamespace = current_schema()::regnamespace
    UNION ALL SELECT format('DROP TYPE IF EXISTS %s CASCADE', typ.oid::regtype) FROM pg_type AS typ
      LEFT JOIN pg_class ON pg_class.oid = typ.typrelid
      WHERE typname LIKE 'procrastinate\_%' AND typnamespace = current_schema()::regnamespace
        AND (typtype = 'e' OR pg_class.relkind = 'c')
  ) AS found;
  FOREACH one IN ARRAY coalesce(made, '{}') LOOP EXECUTE one; END LOOP;
END $$
""")
_STRAYS = text("""
SELECT outbox.id, outbox.case_id FROM outbox
WHERE outbox.settled_at IS NULL AND outbox.next_at < :before AND NOT EXISTS (
  SELECT 1 FROM procrastinate_jobs AS job
  WHERE job.task_name IN ('rito.order', 'rito.later') AND job.status IN ('todo', 'doing')
    AND (job.args ->> 'order')::bigint = outbox.id
) ORDER BY outbox.id LIMIT 500
""")
_ALIVE = text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'")


class Queue:
    """Defers jobs. It opens no connection of its own: it is handed one each time."""

    def __init__(self) -> None:
        self._app = App(connector=SyncPsycopgConnector())

    def enqueue(
        self, connection: Connection, orders: Iterable[tuple[int, int | None]], at: datetime | None = None
    ) -> None:
        """Defer a job for each (order, case) in the connection's transaction; `at`: not before then."""
        driver: Any = connection.connection.driver_connection
        for order, case in orders:
            words: dict[str, Any] = {"queue": QUEUE, "connection": driver}
            words |= {"schedule_at": at} if at else {"lock": lock_of(order, case)}
            self._app.configure_task(LATER if at else ORDER, **words).defer(order=order, case=case)

    def recover(self, connection: Connection, before: datetime) -> int:
        """Defer jobs for orders that were due before a moment and have none; return how many."""
        strays = [(row.id, row.case_id) for row in connection.execute(_STRAYS, {"before": before})]
        self.enqueue(connection, strays)
        return len(strays)


def lock_of(order: int, case: int | None) -> str:
    """Return the lock under which an order is carried out: one of a case at a time."""
    return f"case:{case}" if case is not None else f"order:{order}"


def is_ready(connection: Connection) -> bool:
    """Whether the queue's tables are there, and made by the version of the library that is installed."""
    return bool(connection.execute(_MARKED).scalar() == _MARK)


def prepare(connection: Connection) -> None:
    """Make the queue's tables as the installed library wants them; those of another version are dropped first."""
    if is_ready(connection):
        return
    connection.execute(_DROP)
    driver: Any = connection.connection.driver_connection
    driver.execute(SchemaManager.get_schema())
    connection.execute(text(f"COMMENT ON TABLE procrastinate_jobs IS '{_MARK}'"))


def workers_alive(connection: Connection) -> int:
    """Return how many workers gave a sign of life within half a minute."""
    return int(connection.execute(_ALIVE).scalar() or 0)
