"""What completing, starting and looking cost the database, held against the committed baseline. Nothing is timed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import counters, workloads
from bench.asker import Asker
from bench.data import Town
from bench.wire import Relay
from tests import needs
from tests.databases import Databases
from web import create_app

_MOST_ROUND_TRIPS = 10


@pytest.fixture(scope="module")
def counted(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, float]]:
    """Give the counters of one fresh city on SQLite."""
    url = databases.new("sqlite")
    town = Town(url, tmp_path_factory.mktemp("counted"))
    town.found()
    yield counters.counted(town)
    town.close()
    databases.drop(url)


def test_no_counter_has_grown_beyond_the_baseline(counted: dict[str, float]) -> None:
    assert counters.grown(counted, counters.baseline()) == []


def test_everything_that_is_counted_has_a_baseline(counted: dict[str, float]) -> None:
    assert set(counted) == set(counters.baseline())


def test_a_case_costs_the_same_after_five_hundred_rounds_as_after_five(counted: dict[str, float]) -> None:
    early, late = counters.EARLY, counters.LATE

    assert counted[f"statements after {late} rounds"] == counted[f"statements after {early} rounds"]
    assert counted[f"bytes of state after {late} rounds"] <= 1.5 * counted[f"bytes of state after {early} rounds"]


def test_each_act_commits_once(counted: dict[str, float]) -> None:
    commits = {name: value for name, value in counted.items() if "commits" in name}

    assert set(commits.values()) == {1}


def test_the_inbox_reads_no_table_from_end_to_end(counted: dict[str, float]) -> None:
    assert counted["inbox, tables read from end to end"] == 0


def test_a_finished_case_takes_at_most_eight_kilobytes(counted: dict[str, float]) -> None:
    assert counted["bytes per finished case"] <= 8192


def test_a_counter_that_grew_is_named() -> None:
    grown = counters.grown({"rows": 7, "bytes kept": 101, "commits": 1}, {"rows": 6, "bytes kept": 100, "commits": 1})

    assert grown == ["rows: 7, baseline 6"]


def test_a_counter_that_is_no_longer_counted_is_named() -> None:
    assert counters.grown({}, {"rows": 6}) == ["rows: None, baseline 6"]


def test_completing_a_task_takes_ten_round_trips_to_the_database_at_most(databases: Databases, tmp_path: Path) -> None:
    if "postgresql" in needs.missing():
        pytest.skip(needs.missing()["postgresql"])
    url = databases.new("postgresql")
    town = Town(url, tmp_path)
    town.found()
    server = Path(url.partition("host=")[2])
    with tempfile.TemporaryDirectory(prefix="rito-relay-", dir="/tmp") as between:
        relay = Relay(Path(between), server)
        asker = Asker(create_app(Town(url.replace(str(server), between), tmp_path).house))
        tasks = iter([town.start(workloads.FIVE_TASKS)[0] for _ in range(20)])

        trips = counters.round_trips(relay, lambda: asker.complete(next(tasks)))

        asker.close()
        relay.close()
    town.close()
    databases.drop(url)
    assert 0 < trips <= _MOST_ROUND_TRIPS
