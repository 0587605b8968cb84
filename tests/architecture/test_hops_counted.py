"""The counter of hops, on flows whose length is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from engine.errors import NotFound
from engine.settings import read_settings
from engine.store.base import dumps, loads
from engine.store.session import open_store
from tests.architecture.hops import hops


@pytest.fixture
def bind() -> Iterator[Engine]:
    made = create_engine("sqlite://")
    yield made
    made.dispose()


def test_a_file_entered_twice_counts_once_and_in_order(bind: Engine) -> None:
    with hops(bind) as journey:
        str(NotFound(task=1))
        read_settings({})
        str(NotFound(task=2))

    assert journey.files == ["engine/errors.py", "engine/settings.py"]


def test_files_of_one_room_are_one_room(bind: Engine, tmp_path: Path) -> None:
    with hops(bind) as journey:
        dumps(loads("[1]"))
        read_settings({})
        open_store(f"sqlite:///{tmp_path}/empty.db").dispose()

    assert journey.files == ["engine/store/base.py", "engine/settings.py", "engine/store/session.py"]
    assert journey.rooms == ["engine/store", "engine/settings.py"]


def test_libraries_and_tests_are_not_counted(bind: Engine) -> None:
    with hops(bind) as journey:
        _nothing_of_ours()

    assert journey.files == []


def test_each_commit_counts_and_a_rollback_does_not(bind: Engine) -> None:
    with hops(bind) as journey:
        for _ in range(2):
            with bind.begin() as connection:
                connection.execute(text("SELECT 1"))
        with bind.connect() as connection:
            connection.execute(text("SELECT 1"))
            connection.rollback()

    assert journey.commits == 2


def test_the_counter_is_gone_after_the_block_even_when_it_fails(bind: Engine) -> None:
    with pytest.raises(NotFound), hops(bind) as journey:
        raise NotFound

    read_settings({})
    with bind.begin() as connection:
        connection.execute(text("SELECT 1"))

    assert journey.files == ["engine/errors.py"]
    assert journey.commits == 0


def _nothing_of_ours() -> None:
    text("SELECT 1")
