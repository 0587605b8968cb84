"""People and where they work: a dated tree of secretariats, dated memberships, stand-ins, sessions and tokens."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.store.base import Base


class Secretariat(Base):
    """A body of the city hall. What it is called and under whom it stands is dated: see `SecretariatTerm`."""

    __tablename__ = "secretariat"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    terms: Mapped[list[SecretariatTerm]] = relationship(
        back_populates="secretariat", foreign_keys="SecretariatTerm.secretariat_id", order_by="SecretariatTerm.since_on"
    )


class SecretariatTerm(Base):
    """Name and parent of a secretariat from `since_on` to `until_on` (inclusive; None: still)."""

    __tablename__ = "secretariat_term"
    __table_args__ = (
        UniqueConstraint("secretariat_id", "since_on"),
        CheckConstraint("until_on IS NULL OR until_on >= since_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    secretariat_id: Mapped[int] = mapped_column(ForeignKey("secretariat.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("secretariat.id"))
    name: Mapped[str] = mapped_column(String(120))
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    norm: Mapped[str | None] = mapped_column(String(200))
    secretariat: Mapped[Secretariat] = relationship(back_populates="terms", foreign_keys=[secretariat_id])


class Role(Base):
    """A papel: what a diagram addresses its tasks to (`planejamento`) or a duty in the system (`administrador`)."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    secretariat_id: Mapped[int | None] = mapped_column(ForeignKey("secretariat.id"))


class Servant(Base):
    """A person who works in the city hall."""

    __tablename__ = "servant"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(200))
    registration: Mapped[str | None] = mapped_column(String(30))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    memberships: Mapped[list[Membership]] = relationship(back_populates="servant", order_by="Membership.since_on")


class Membership(Base):
    """A servant holds a role from `since_on` to `until_on` (inclusive)."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("servant_id", "role_id", "since_on"),
        CheckConstraint("until_on IS NULL OR until_on >= since_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    servant_id: Mapped[int] = mapped_column(ForeignKey("servant.id"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), index=True)
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    norm: Mapped[str | None] = mapped_column(String(200))
    servant: Mapped[Servant] = relationship(back_populates="memberships")
    role: Mapped[Role] = relationship()


class StandIn(Base):
    """A deputy acts for an absent servant, in one role or in all, between two dates (inclusive)."""

    __tablename__ = "stand_in"
    __table_args__ = (CheckConstraint("until_on >= since_on", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    absent_id: Mapped[int] = mapped_column(ForeignKey("servant.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("servant.id"), index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id"))
    since_on: Mapped[date]
    until_on: Mapped[date]
    norm: Mapped[str | None] = mapped_column(String(200))


class LoginSession(Base):
    """A signed-in browser. Only the hash of its random id is kept; ending the row ends the session."""

    __tablename__ = "login_session"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    servant_id: Mapped[int] = mapped_column(ForeignKey("servant.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LoginFailure(Base):
    """Failed attempts of one account, address or protocol since the last success or pause."""

    __tablename__ = "login_failure"

    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class ApiToken(Base):
    """An integration's key. It acts with the roles listed and under its own name.

    `servant_id` is the account that holds the tasks it claims; nobody can sign in with it.
    """

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    servant_id: Mapped[int] = mapped_column(ForeignKey("servant.id"))
    name: Mapped[str] = mapped_column(String(120), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    roles: Mapped[str] = mapped_column(String(400))
    scopes: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


Index("ix_stand_in_absent", StandIn.absent_id)
