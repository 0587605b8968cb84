"""Brings a used PostgreSQL database back to what its template was: milliseconds, where a copy takes half a second.

It must never hand on a database that differs: one whose tables, triggers or functions changed is not taken back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import psycopg
from psycopg import sql

_GROWTH_BYTES = 16 * 1024 * 1024
_PATIENCE_SECONDS = 5.0

# Everything a test could have left behind that deleting rows does not undo.
_SHAPE = """
SELECT md5(string_agg(mark, ',' ORDER BY mark)) FROM (
  SELECT concat_ws(' ', 'column', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull) AS mark
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid)) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
    WHERE NOT tgisinternal
  UNION ALL SELECT concat_ws(' ', 'function', proname, md5(prosrc)) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, convalidated) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'schema', nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
  UNION ALL SELECT concat_ws(' ', 'setting', setconfig) FROM pg_db_role_setting
) AS marks
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_RESTART = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"


@dataclass(frozen=True)
class Template:
    """What a fresh database looks like: its shape, its size, and the rows that the migrations put in."""

    shape: str
    size_bytes: int
    tables: tuple[str, ...]
    rows: dict[str, bytes]

    @classmethod
    def of(cls, connection: psycopg.Connection) -> Template:
        tables = tuple(name for (name,) in connection.execute(_TABLES))
        rows = {name: copied for name in tables if (copied := _copy_out(connection, name))}
        return cls(shape=_shape(connection), size_bytes=_size(connection), tables=tables, rows=rows)

    def restore(self, connection: psycopg.Connection) -> bool:
        """Empty the connected database down to the template's rows; False when it is not fit to be handed on."""
        if not _alone(connection) or _shape(connection) != self.shape:
            return False
        if _size(connection) > self.size_bytes + _GROWTH_BYTES:
            return False
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # neither foreign keys nor triggers hold
            deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in self.tables]
            connection.execute(sql.SQL("; ").join(deletes))
            for name, rows in self.rows.items():
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(rows)
            connection.execute(_RESTART)
        return True


def _copy_out(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(part) for part in copy)


def _alone(connection: psycopg.Connection) -> bool:
    """End the other connections to this database and wait until they are gone."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while connection.execute(_OTHERS).fetchall():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def _shape(connection: psycopg.Connection) -> str:
    ((shape,),) = connection.execute(_SHAPE).fetchall()
    return str(shape)


def _size(connection: psycopg.Connection) -> int:
    ((size,),) = connection.execute("SELECT pg_database_size(current_database())").fetchall()
    return int(size)
