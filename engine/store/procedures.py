"""Procedures and what each version of them is made of: diagram, forms, tables, templates; dated parameters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.store.base import Base


class Procedure(Base):
    """A procedimento, such as the building permit."""

    __tablename__ = "procedure"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    secretariat_id: Mapped[int | None] = mapped_column(ForeignKey("secretariat.id"))
    public: Mapped[bool] = mapped_column(default=True)


class Version(Base):
    """One published state of a procedure. Never updated: a change is a new row, effective from a date.

    `sha256` is the hash of the canonical manifest {diagram, forms, tables, papers} -> content hash; of a draft it holds
    the plan too, by which what the diagram lacks is asked of people.
    """

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("procedure_id", "number"), UniqueConstraint("procedure_id", "sha256"))

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedure.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    xml: Mapped[bytes]
    process_id: Mapped[str] = mapped_column(String(120))
    manifest: Mapped[dict[str, Any]]
    effective_from: Mapped[datetime]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(120))
    note: Mapped[str | None]
    procedure: Mapped[Procedure] = relationship()


Index("ix_version_effective", Version.procedure_id, Version.effective_from.desc())


class StartEvent(Base):
    """A message or signal with which cases of a version begin; `key` None: a message of any key."""

    __tablename__ = "start_event"

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True)
    element: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(120))
    key: Mapped[str | None] = mapped_column(String(120))


Index("ix_start_event_name", StartEvent.kind, StartEvent.name)


class FormVersion(Base):
    """A form-js schema by the hash of its content; versions of procedures point at it from their manifest."""

    __tablename__ = "form_version"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    body: Mapped[str]


class TableVersion(Base):
    """A DMN file by the hash of its content."""

    __tablename__ = "table_version"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    body: Mapped[bytes]


class PaperVersion(Base):
    """A document template by the hash of its content."""

    __tablename__ = "paper_version"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    body: Mapped[str]


class Parameter(Base):
    """A figure of the law or of the city, such as the UFM, between two dates (inclusive), with its norm."""

    __tablename__ = "parameter"
    __table_args__ = (
        UniqueConstraint("key", "since_on"),
        CheckConstraint("until_on IS NULL OR until_on >= since_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(String(200))
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    norm: Mapped[str] = mapped_column(String(200))


class AllowedOrigin(Base):
    """Where calls of the HTTP connector may go, such as `https://api.exemplo.gov.br`, while nobody withdraws it."""

    __tablename__ = "allowed_origin"

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(String(220))
    purpose: Mapped[str] = mapped_column(String(200))
    allowed_at: Mapped[datetime]
    allowed_by: Mapped[str] = mapped_column(String(160))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(160))


_IN_USE = text("withdrawn_at IS NULL")
Index("ix_allowed_origin_in_use", AllowedOrigin.origin, unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE)


class Lot(Base):
    """A line of the city's cadastro imobiliário, as the reference connector `cadastro.consultar` reads it."""

    __tablename__ = "lot"

    registration: Mapped[str] = mapped_column(String(40), primary_key=True)
    facts: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class Revision(Base):
    """Counts the changes of what processes keep in memory: people, calendars, parameters. Read with every request."""

    __tablename__ = "revision"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int]
