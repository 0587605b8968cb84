"""Statements of the hot paths: compiled once per database, then handed to the driver as they are.

SQLAlchemy's own execution is made for statements that differ from call to call; for these its bookkeeping costs more
than the database's work. What is compiled, bound and read back is the same, and whoever listens to the statements of
an engine hears these too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Insert, Select, TextualSelect
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
_Processor = Callable[[Any], Any]


class _Compiled:
    """A statement for one database and one set of columns: its text, and what values and results pass through."""

    def __init__(self, statement: Any, dialect: Dialect, columns: tuple[str, ...] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.text = str(compiled)
        kinds = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._in: list[tuple[str, _Processor | None]] = [
            (name, _coming_in(kind, dialect))
            for name, kind in ((name, kinds[name]) for name in compiled.positiontup or kinds)
        ]
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._by_position = compiled.positiontup is not None
        self.out = [_going_out(column.type, dialect) for column in _columns_of(statement)]

    def bound(self, given: Values) -> Any:
        """Return the values as the driver takes them. Raises: KeyError for one that is missing."""
        values = {**self._fixed, **given} if self._fixed else given
        if self._by_position:
            return [values[name] if made is None else made(values[name]) for name, made in self._in]
        return {name: values[name] if made is None else made(values[name]) for name, made in self._in}


class Prepared:
    """A statement whose shape never changes. An insert writes the columns that its first row names."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[object, _Compiled] = {}

    def run(self, connection: Connection, values: Values | Sequence[Values]) -> int:
        """Write, once per mapping; return how many rows were touched. Raises: sqlalchemy.exc.DBAPIError, KeyError."""
        many = not isinstance(values, Mapping)
        rows: Sequence[Values] = values if many else [values]  # type: ignore[assignment,list-item]  # told apart above
        compiled = self._for(connection.dialect, rows[0])
        if len(rows) == 1:
            cursor = _execute(connection, compiled.text, compiled.bound(rows[0]), many=False)
        else:
            cursor = _execute(connection, compiled.text, [compiled.bound(row) for row in rows], many=True)
        touched: int = cursor.rowcount
        cursor.close()
        return touched

    def row(self, connection: Connection, values: Values) -> tuple[Any, ...] | None:
        """Return the one row found, its values in the order of the columns, or None."""
        compiled = self._for(connection.dialect, values)
        cursor = _execute(connection, compiled.text, compiled.bound(values), many=False)
        found = cursor.fetchone()
        cursor.close()
        return None if found is None else _read(found, compiled.out)

    def rows(self, connection: Connection, values: Values) -> list[tuple[Any, ...]]:
        """Return every row found, the values of each in the order of the columns."""
        compiled = self._for(connection.dialect, values)
        cursor = _execute(connection, compiled.text, compiled.bound(values), many=False)
        found = cursor.fetchall()
        cursor.close()
        return [_read(row, compiled.out) for row in found]

    def _for(self, dialect: Dialect, row: Values) -> _Compiled:
        columns = tuple(row) if isinstance(self._statement, Insert) else None
        key = (dialect.name, columns)
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = _Compiled(self._statement, dialect, columns)
        return found


def _columns_of(statement: Any) -> Iterable[ColumnElement[Any]]:
    """Return what a statement gives back: of a select, of text that says its columns, of an insert's RETURNING."""
    if isinstance(statement, Select | TextualSelect):
        return statement.selected_columns
    return statement.exported_columns if isinstance(statement, Insert) else ()


def _read(row: Sequence[Any], out: Sequence[_Processor | None]) -> tuple[Any, ...]:
    return tuple([value if made is None else made(value) for value, made in zip(row, out, strict=True)])


def _execute(connection: Connection, text: str, values: Any, *, many: bool) -> Any:
    listeners, errors = connection.engine.dispatch, connection.dialect.loaded_dbapi.Error
    cursor = connection.connection.cursor()
    if listeners.before_cursor_execute:
        for listens in listeners.before_cursor_execute:
            listens(connection, cursor, text, values, None, many)
    try:
        cursor.executemany(text, values) if many else cursor.execute(text, values)
    except errors as broken:
        lost = connection.dialect.is_disconnect(broken, connection.connection.dbapi_connection, cursor)
        if lost:
            connection.invalidate(broken)
        raise DBAPIError.instance(
            text, None, broken, errors, hide_parameters=True, connection_invalidated=lost, dialect=connection.dialect
        ) from broken
    if listeners.after_cursor_execute:
        for listens in listeners.after_cursor_execute:
            listens(connection, cursor, text, values, None, many)
    return cursor


def _coming_in(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _going_out(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
