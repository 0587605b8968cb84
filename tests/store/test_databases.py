"""The databases that tests get: fresh, migrated, apart from one another, and on both engines."""

from __future__ import annotations

from sqlalchemy import insert, inspect, select, text

from engine.store.base import Base
from engine.store.people import Role
from engine.store.session import open_store, transaction
from tests.databases import Databases


def test_a_fresh_database_has_every_table_and_nobody_in_it(database_url: str) -> None:
    store = open_store(database_url)

    there = set(inspect(store).get_table_names())

    assert {*Base.metadata.tables} <= there
    with transaction(store, writes=False) as session:
        assert session.execute(text("SELECT count(*) FROM servant")).scalar() == 0
    store.dispose()


def test_what_one_database_holds_is_not_in_the_next(databases: Databases, database_kind: str) -> None:
    first, second = open_store(databases.new(database_kind)), open_store(databases.new(database_kind))

    with transaction(first) as session:
        session.execute(text("CREATE TABLE mark (n int)"))

    assert inspect(first).has_table("mark")
    assert not inspect(second).has_table("mark")
    for store in (first, second):
        store.dispose()
        databases.drop(store.url.render_as_string())


def test_a_database_used_again_is_as_fresh_as_the_first(databases: Databases, database_kind: str) -> None:
    for _ in range(2):
        url = databases.new(database_kind)
        store = open_store(url)
        with transaction(store) as session:
            session.execute(insert(Role).values(code="obras", name="Obras"))
            assert session.execute(select(Role.id)).scalars().all() == [1]
        store.dispose()
        databases.drop(url)


def test_a_database_whose_tables_changed_is_not_used_again(databases: Databases, database_kind: str) -> None:
    url = databases.new(database_kind)
    store = open_store(url)
    with transaction(store) as session:
        session.execute(text("CREATE TABLE mark (n int)"))
    store.dispose()

    databases.drop(url)

    after = [databases.new(database_kind) for _ in range(3)]
    assert not any(inspect(open_store(each)).has_table("mark") for each in after)


def test_a_database_is_dropped_although_a_connection_was_left_open(databases: Databases, database_kind: str) -> None:
    url = databases.new(database_kind)
    store = open_store(url)
    connection = store.connect()

    databases.drop(url)

    connection.invalidate()
    store.dispose()


def test_the_kind_asked_for_is_the_kind_given(database_url: str, database_kind: str) -> None:
    assert open_store(database_url).dialect.name == database_kind
