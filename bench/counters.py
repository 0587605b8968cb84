"""What is counted, not timed: statements, round trips, commits, rows, bytes, plans. The same on every machine.

The figures are compared with `baseline.json` in the tests; nothing here depends on how fast anything is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, func, select

from bench import workloads
from bench.asker import Asker
from bench.data import Town
from bench.wire import Relay
from engine.store.base import Base
from engine.store.cases import Case
from engine.store.session import transaction
from tests.postgres import Cluster
from web import create_app

BASELINE = Path(__file__).resolve().parent / "baseline.json"
EARLY, LATE = 5, 500
_FINISHED_CASES = 200


@dataclass
class Traffic:
    """What went to the database: statements (BEGIN of SQLite among them) and how often something was committed."""

    statements: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    commits: int = 0


@contextmanager
def traffic(store: Engine) -> Iterator[Traffic]:
    """Listen to a store while the block runs."""
    heard = Traffic()

    def on_statement(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: object) -> None:
        heard.statements.append(statement)
        heard.values.append(values)

    def on_commit(_connection: Any) -> None:
        heard.commits += 1

    event.listen(store, "before_cursor_execute", on_statement)
    event.listen(store, "commit", on_commit)
    try:
        yield heard
    finally:
        event.remove(store, "before_cursor_execute", on_statement)
        event.remove(store, "commit", on_commit)


def counted(town: Town) -> dict[str, float]:
    """Return the counters of a fresh city on SQLite, by name."""
    return {
        **_completion(town),
        **_start(town),
        **_long_life(town),
        **_over_http(town),
        "bytes per finished case": bytes_per_finished_case(town),
    }


def _completion(town: Town) -> dict[str, float]:
    """Count one completion in the middle of a five-task case; once with the run kept, once with it read anew."""
    (task,) = town.start(workloads.FIVE_TASKS)
    (task,) = town.complete(task)
    before = _rows(town)
    with traffic(town.house.store) as warm:
        (task,) = town.complete(task)
    after = _rows(town)
    town.forget()
    with traffic(town.house.store) as cold:
        town.complete(task)
    return {
        "completion, statements": len(warm.statements),
        "completion, statements with the run read anew": len(cold.statements),
        "completion, commits": warm.commits,
        "completion, rows": after - before,
    }


def _start(town: Town) -> dict[str, float]:
    town.start(workloads.FIVE_TASKS)
    before = _rows(town)
    with traffic(town.house.store) as heard:
        town.start(workloads.FIVE_TASKS)
    return {
        "start, statements": len(heard.statements),
        "start, commits": heard.commits,
        "start, rows": _rows(town) - before,
    }


def _long_life(town: Town) -> dict[str, float]:
    """Count a completion after few and after many rounds of one case."""
    found: dict[str, float] = {}
    (task,), rounds = town.start(workloads.LOOP), 0
    for past in (EARLY, LATE):
        while rounds < past:
            (task,), rounds = town.complete(task), rounds + 1
        with traffic(town.house.store) as heard:
            (task,), rounds = town.complete(task), rounds + 1
        found[f"statements after {past} rounds"] = len(heard.statements)
        found[f"bytes of state after {past} rounds"] = _state_bytes(town, workloads.LOOP)
    return found


def _over_http(town: Town) -> dict[str, float]:
    """Count what whole requests send to the database: session, act, idempotency, commit."""
    asker = Asker(create_app(town.house))
    tasks = [town.start(workloads.FIVE_TASKS)[0] for _ in range(2)]
    asker.complete(tasks[0])
    asker.start()
    asker.inbox()
    found: dict[str, float] = {}
    for name, ask in (("completion", lambda: asker.complete(tasks[1])), ("start", asker.start), ("inbox", asker.inbox)):
        with traffic(town.house.store) as heard:
            ask()
        found[f"{name} over HTTP, statements"] = len(heard.statements)
        if name == "inbox":
            found["inbox, tables read from end to end"] = len(_scanned(town, heard))
        else:
            found[f"{name} over HTTP, commits"] = heard.commits
    return found


def _scanned(town: Town, heard: Traffic) -> list[str]:
    """Return the steps of the plans of what was heard that read a case or task table without an index."""
    path = str(town.house.store.url.database)
    found: list[str] = []
    with closing(sqlite3.connect(path)) as connection:
        for statement, values in zip(heard.statements, heard.values, strict=True):
            if statement.startswith("SELECT"):
                plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                found += [step[3] for step in plan if step[3] in {"SCAN task", "SCAN case", "SCAN task_1"}]
    return found


def _state_bytes(town: Town, workload: str) -> int:
    query = select(func.length(Case.state)).where(Case.subject == workloads.bundle(workload).name)
    with transaction(town.house.store, writes=False) as session:
        return int(session.connection().execute(query.order_by(Case.id.desc()).limit(1)).scalar_one())


def _rows(town: Town) -> int:
    with transaction(town.house.store, writes=False) as session:
        tables = Base.metadata.sorted_tables
        return sum(
            session.connection().execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        )


def bytes_per_finished_case(town: Town) -> float:
    """Return what a finished five-task case takes in the file, indexes and chained trail and all, after VACUUM."""
    path = Path(str(town.house.store.url.database))
    before = _file_bytes(path)
    for _ in range(_FINISHED_CASES):
        town.finish(workloads.FIVE_TASKS)
    return round((_file_bytes(path) - before) / _FINISHED_CASES)


def _file_bytes(path: Path) -> int:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


# -- PostgreSQL -------------------------------------------------------------------------------------------------------


def round_trips(relay: Relay, act: Callable[[], object], *, settle: int = 8) -> int:
    """Return the round trips of one `act`, after as many as it takes until psycopg has prepared what it repeats."""
    for _ in range(settle):
        act()
    before = relay.round_trips
    act()
    return relay.round_trips - before


def postgres_bytes_per_finished_case(town: Town, cluster: Cluster, database: str) -> float:
    """Return the same on PostgreSQL: tables and indexes after VACUUM FULL."""
    before = _database_bytes(cluster, database)
    for _ in range(_FINISHED_CASES):
        town.finish(workloads.FIVE_TASKS)
    return round((_database_bytes(cluster, database) - before) / _FINISHED_CASES)


def _database_bytes(cluster: Cluster, database: str) -> int:
    query = "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables"
    with cluster.connect(database) as connection:
        connection.execute("VACUUM FULL")
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


# -- the baseline -----------------------------------------------------------------------------------------------------


def baseline() -> dict[str, float]:
    """Return the committed figures."""
    found: dict[str, float] = json.loads(BASELINE.read_text(encoding="utf-8"))
    return found


def as_baseline(counted: Mapping[str, float]) -> str:
    """Return counters as the text of `baseline.json`."""
    return json.dumps(dict(counted), indent=1, ensure_ascii=False)


def grown(counted: Mapping[str, float], allowed: Mapping[str, float], *, slack: float = 0.02) -> list[str]:
    """Return a line for each counter beyond its baseline; bytes may vary by `slack`, counts by nothing."""
    found = []
    for name, limit in allowed.items():
        value = counted.get(name)
        most = limit * (1 + slack) if "bytes" in name else limit
        if value is None or value > most:
            found.append(f"{name}: {value}, baseline {limit}")
    return found
