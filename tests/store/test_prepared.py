"""Statements handed to the driver: what comes back, what is refused, who hears them, and a connection that was lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, event, insert, literal_column, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from engine.store.base import table
from engine.store.cases import Draft
from engine.store.people import LoginSession, Servant
from engine.store.prepared import Prepared
from engine.store.session import transaction
from tests.city import MORNING, City

_INSERT = Prepared(insert(table(Draft)))
_OF_OWNER = Prepared(
    select(Draft.subject, Draft.answers, Draft.saved_at)
    .where(Draft.owner == bindparam("owner"))
    .order_by(Draft.subject)
)
_ME = Prepared(select(literal_column("pg_backend_pid()")))
_BRASILIA = timezone(timedelta(hours=-3))


def _draft(subject: str, answers: Any = None, at: datetime = MORNING) -> dict[str, Any]:
    return {"owner": "servant:1", "subject": subject, "answers": answers or {}, "saved_at": at}


@pytest.fixture
def connection(city: City) -> Iterator[Connection]:
    with transaction(city.house.store) as session:
        yield session.connection()


def test_values_come_back_as_through_the_store_s_own_types(connection: Connection) -> None:
    answers = {"valor": Decimal("1234567890.10"), "nome": "São João"}
    at = datetime(2026, 3, 2, 23, 30, 15, 123456, tzinfo=_BRASILIA)

    _INSERT.run(connection, _draft("a", answers, at))

    assert _OF_OWNER.row(connection, {"owner": "servant:1"}) == ("a", answers, at)
    kept = connection.execute(select(Draft.answers, Draft.saved_at)).one()
    assert tuple(kept) == (answers, at)


def test_every_row_comes_back_in_order_through_the_same_types(connection: Connection) -> None:
    _INSERT.run(connection, [_draft("b", {"n": Decimal("2.50")}), _draft("a", {"n": 1})])

    found = _OF_OWNER.rows(connection, {"owner": "servant:1"})

    assert found == [("a", {"n": 1}, MORNING), ("b", {"n": Decimal("2.50")}, MORNING)]
    assert _OF_OWNER.rows(connection, {"owner": "nobody"}) == []


def test_an_insert_and_a_text_give_back_what_they_return(connection: Connection) -> None:
    returning = Prepared(insert(table(Draft)).returning(table(Draft).c.answers, table(Draft).c.saved_at))
    said = Prepared(text("SELECT saved_at FROM draft WHERE subject = :which").columns(saved_at=Draft.saved_at.type))

    assert returning.row(connection, _draft("a", {"n": Decimal("1.10")})) == ({"n": Decimal("1.10")}, MORNING)
    assert said.row(connection, {"which": "a"}) == (MORNING,)


def test_truths_come_back_as_truths(connection: Connection) -> None:
    who = connection.execute(select(Servant.id).order_by(Servant.id)).scalars().first()
    found = Prepared(select(Servant.active, Servant.id).where(Servant.id == bindparam("who"))).row(
        connection, {"who": who}
    )

    assert found == (True, who)
    assert found is not None
    assert isinstance(found[0], bool)


def test_a_row_that_is_not_there_is_none(connection: Connection) -> None:
    assert _OF_OWNER.row(connection, {"owner": "servant:999"}) is None


def test_several_rows_are_written_and_counted(connection: Connection) -> None:
    assert _INSERT.run(connection, [_draft("a"), _draft("b"), _draft("c")]) in (3, -1)  # a driver may not count many

    assert connection.execute(select(Draft.subject).order_by(Draft.subject)).scalars().all() == ["a", "b", "c"]


def test_an_insert_writes_the_columns_that_its_rows_name(connection: Connection) -> None:
    sessions = Prepared(insert(table(LoginSession)))
    who = connection.execute(select(Servant.id)).scalars().first()
    row = {"servant_id": who, "created_at": MORNING, "seen_at": MORNING, "expires_at": MORNING}

    sessions.run(connection, {"id_hash": "a", **row})
    sessions.run(connection, {"id_hash": "b", **row, "revoked_at": MORNING})

    kept = connection.execute(select(LoginSession.revoked_at).order_by(LoginSession.id_hash)).scalars().all()
    assert kept == [None, MORNING]


def test_an_update_says_how_many_rows_it_touched_and_keeps_its_own_constants(connection: Connection) -> None:
    _INSERT.run(connection, [_draft("a"), _draft("b")])
    drafts = table(Draft)
    rename = Prepared(
        update(drafts).where(drafts.c.subject == bindparam("old"), drafts.c.owner == "servant:1").values(subject="new")
    )

    assert rename.run(connection, {"old": "a"}) == 1
    assert rename.run(connection, {"old": "gone"}) == 0
    assert connection.execute(select(Draft.subject).order_by(Draft.subject)).scalars().all() == ["b", "new"]


def test_a_value_that_is_missing_is_named(connection: Connection) -> None:
    with pytest.raises(KeyError, match="owner"):
        _OF_OWNER.row(connection, {})


def test_what_the_database_refuses_is_refused_as_sqlalchemy_does_and_without_the_values(city: City) -> None:
    twice = [_draft("a", {"segredo": "529.982.247-25"})] * 2
    with pytest.raises(IntegrityError) as refused, transaction(city.house.store) as session:
        _INSERT.run(session.connection(), twice)

    assert "529" not in str(refused.value)
    assert city.rows(Draft) == []


def test_whoever_listens_to_the_statements_of_the_store_hears_these(city: City) -> None:
    heard: list[str] = []

    def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(f"before {statement[:6]}")

    def after(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(f"after {statement[:6]}")

    event.listen(city.house.store, "before_cursor_execute", before)
    event.listen(city.house.store, "after_cursor_execute", after)
    with transaction(city.house.store) as session:
        _INSERT.run(session.connection(), _draft("a"))

    assert heard[-2:] == ["before INSERT", "after INSERT"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_after_the_database_ended_a_connection_the_next_transactions_work(city: City) -> None:
    with pytest.raises(DBAPIError, match="pg_backend_pid") as refused, transaction(city.house.store) as session:
        _cut(city, session.connection())

    assert refused.value.connection_invalidated
    for _ in range(12):  # whichever connection of the pool they are given
        with transaction(city.house.store, writes=False) as session:
            assert _ME.row(session.connection(), {})


def _cut(city: City, connection: Connection) -> None:
    found = _ME.row(connection, {})
    assert found is not None
    with transaction(city.house.store) as other:
        other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": found[0]})
    _ME.row(connection, {})
