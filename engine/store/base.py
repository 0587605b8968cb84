"""The declarative base, the column types that make SQLite and PostgreSQL agree, and exact JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec
from sqlalchemy import LargeBinary, MetaData, String, Table, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def dumps(value: object) -> str:
    """Return `value` as JSON text; Decimals stay exact numbers, dates become ISO strings."""
    return _encoder.encode(value).decode()


def loads(text: str | bytes) -> Any:
    """Return the value of JSON text; numbers with a fraction come back as Decimal, never as float."""
    return _decoder.decode(text)


class Instant(TypeDecorator[datetime]):
    """An aware moment, in UTC. PostgreSQL keeps a timestamptz, SQLite text that sorts by time."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        assert value.tzinfo is not None, "a naive moment reached the store"
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.isoformat(sep=" ", timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return]  # psycopg gives an aware datetime
        return datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """A JSON document kept as text, exact in its numbers. It is read whole, never queried inside."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  the signature is SQLAlchemy's
        return None if value is None else dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  the signature is SQLAlchemy's
        return None if value is None else loads(value)


class Base(DeclarativeBase):
    """Every table of Rito hangs here."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads the plain attribute
        datetime: Instant,
        bytes: LargeBinary,
        str: Text,
        dict[str, Any]: Json,
        list[Any]: Json,
    }


def table(model: type[Base]) -> Table:
    """Return the table of a model: on hot paths statements are made of tables, past the ORM's own machinery."""
    return cast(Table, model.__table__)


__all__ = ["Base", "Instant", "Json", "dumps", "loads", "table"]
