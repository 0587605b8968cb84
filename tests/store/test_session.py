"""The one place that commits: all or nothing, readers that change nothing, and values that come back as they were."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from engine.store.base import dumps, loads
from engine.store.cases import Draft
from engine.store.people import Role
from engine.store.session import Session, after_commit, open_store, transaction
from tests.city import MORNING, City


def _draft(subject: str, answers: Any = None, at: datetime = MORNING) -> dict[str, Any]:
    return {"owner": "servant:1", "subject": subject, "answers": answers or {}, "saved_at": at}


def _subjects(city: City) -> list[str]:
    return [row["subject"] for row in city.rows(Draft)]


def test_a_block_that_ends_is_kept_and_one_that_raises_leaves_nothing(city: City) -> None:
    with transaction(city.house.store) as session:
        session.connection().execute(insert(Draft).values(**_draft("a")))
    with pytest.raises(IntegrityError), transaction(city.house.store) as session:
        session.connection().execute(insert(Draft), [_draft("b"), _draft("a")])

    assert _subjects(city) == ["a"]


def test_what_a_reader_changed_is_rolled_back(city: City) -> None:
    with transaction(city.house.store, writes=False) as session:
        session.connection().execute(insert(Draft).values(**_draft("a")))

    assert _subjects(city) == []


def test_what_waits_for_the_commit_is_done_after_it_and_never_without_it(city: City) -> None:
    seen: list[list[str]] = []
    with transaction(city.house.store) as session:
        after_commit(session, lambda: seen.append(_subjects(city)))
        session.connection().execute(insert(Draft).values(**_draft("a")))
        assert seen == []
    with pytest.raises(IntegrityError), transaction(city.house.store) as session:
        _fail_with(session, lambda: seen.append(["never"]))
    with transaction(city.house.store, writes=False) as session:
        after_commit(session, lambda: seen.append(["nor here"]))

    assert seen == [["a"]]


def _fail_with(session: Session, then: Callable[[], None]) -> None:
    after_commit(session, then)
    session.connection().execute(insert(Draft).values(**_draft("a")))


def test_a_reader_does_not_wait_for_a_writer_and_sees_nothing_of_it(city: City) -> None:
    with transaction(city.house.store) as writer:
        writer.connection().execute(insert(Draft).values(**_draft("a")))
        with transaction(city.house.store, writes=False) as reader:
            during = reader.connection().execute(select(Draft.subject)).all()

    assert during == []
    assert _subjects(city) == ["a"]


def test_two_writers_of_one_key_leave_one_row(city: City) -> None:
    failed: list[Exception] = []

    def write() -> None:
        try:
            with transaction(city.house.store) as session:
                session.connection().execute(insert(Draft).values(**_draft("a")))
        except IntegrityError as broken:
            failed.append(broken)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(failed) == 3
    assert _subjects(city) == ["a"]


def test_sqlite_is_durable_and_keeps_its_references(city: City) -> None:
    if city.house.store.dialect.name != "sqlite":
        with city.house.store.connect() as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        return
    with city.house.store.connect() as connection:
        asked = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in _PRAGMAS}
    assert asked == _PRAGMAS


_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_numbers_and_moments_come_back_as_they_went_in(city: City) -> None:
    exact = {"valor": Decimal("1234567890.10"), "lista": [1, True, None, "ção\u2028"], "vazio": {}}
    moment = datetime(2026, 7, 1, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-3)))
    with transaction(city.house.store) as session:
        session.connection().execute(insert(Draft).values(**_draft("a", exact, moment)))

    (row,) = city.rows(Draft)

    assert row["answers"] == exact
    assert str(row["answers"]["valor"]) == "1234567890.10"
    assert row["saved_at"] == moment
    assert row["saved_at"].tzinfo is UTC


def test_moments_are_in_the_order_of_time_whatever_their_zone(city: City) -> None:
    early = datetime(2026, 7, 1, 23, 0, tzinfo=timezone(timedelta(hours=5)))
    late = datetime(2026, 7, 1, 16, 0, tzinfo=timezone(timedelta(hours=-3)))
    with transaction(city.house.store) as session:
        rows = [_draft("tarde", at=late), _draft("cedo", at=early)]
        session.connection().execute(insert(Draft), rows)
        found = session.connection().execute(select(Draft.subject).order_by(Draft.saved_at)).scalars().all()

    assert found == ["cedo", "tarde"]


def test_a_moment_without_a_zone_never_reaches_the_store(city: City) -> None:
    with pytest.raises(Exception, match="naive"), transaction(city.house.store) as session:
        session.connection().execute(insert(Draft).values(**_draft("a", at=MORNING.replace(tzinfo=None))))

    assert _subjects(city) == []


def test_a_json_number_is_never_a_float() -> None:
    assert loads(dumps({"a": Decimal("0.1")})) == {"a": Decimal("0.1")}
    assert dumps({"a": Decimal("0.10")}) == '{"a":0.10}'
    assert isinstance(loads("1.5"), Decimal)


def test_an_address_that_names_only_postgresql_means_psycopg() -> None:
    store = open_store("postgresql://rito@/x?host=/nowhere")

    assert store.dialect.driver == "psycopg"
    store.dispose()


def test_a_row_that_others_refer_to_is_not_deleted(city: City) -> None:
    with pytest.raises(IntegrityError), transaction(city.house.store) as session:
        session.connection().execute(delete(Role))
