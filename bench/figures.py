"""The figures of performance: which goal is measured how. Each returns plain values for the report.

A figure that no server is needed for (the long life of a case, round trips, bytes) runs through the acts or the
application in this very process.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import counters, processes, workloads
from bench.asker import Asker
from bench.data import Town
from bench.harness import OPEN_TASKS, Bench, Side, filler_for, served
from bench.stores import PgStores, Stores
from bench.wire import Relay
from web import create_app

_ROUNDS, _CASES = 6, 6
_LATENCY_SECONDS = 0.005

Figures = dict[str, dict[str, Any]]


def over_http(stores: Stores, folder: Path, *, pairs: int, most_foreign: float, everything: bool) -> Figures:
    """Measure completion (and with `everything` start and inbox) of the product against the floor."""
    goal = "G1" if isinstance(stores, PgStores) else "G1b"
    with _two_sides(stores, folder) as (product, floor):
        bench = Bench(stores, most_foreign=most_foreign)
        found: Figures = {goal: bench.compare((floor, "complete"), (product, "complete"), pairs=pairs).figure()}
        if everything:
            found["G5"] = bench.compare((product, "complete"), (product, "start"), pairs=pairs).figure()
            found["G8"] = bench.compare((floor, "inbox"), (product, "inbox"), pairs=pairs).figure()
            found["worker after that"] = {"MB resident": processes.resident_bytes(product.process.pid) // 1_000_000}
    return found


@contextmanager
def _two_sides(stores: Stores, folder: Path) -> Iterator[tuple[Side, Side]]:
    """Give product and floor, each over its own copy of one city with open tasks enough."""
    url = stores.new("product")
    town = Town(url, folder)
    town.found()
    for _ in range(OPEN_TASKS):
        town.start(workloads.FIVE_TASKS)
    town.close()
    copy = stores.copy("product", "floor")
    stores.settle("product")
    stores.settle("floor")
    with served("product", url, folder) as product, served("floor", copy, folder, filler=filler_for(product)) as floor:
        yield product, floor


def long_life(stores: Stores, folder: Path, *, rounds: int = _ROUNDS) -> Figures:
    """Compare the CPU of a completion after 500 rounds of a case with that after 5 (G3), read anew each time.

    Both ages are measured in turns. On PostgreSQL the server's CPU counts too.
    """
    town = Town(stores.new("long_life"), folder)
    town.found()
    old = [_aged(town, counters.LATE) for _ in range(_CASES)]
    ratios, young_ms, old_ms = [], [], []
    for _ in range(rounds):
        young = [_aged(town, counters.EARLY) for _ in range(_CASES)]
        below = _cpu_of(stores, lambda young=young: _round(town, young))  # type: ignore[misc]  # mypy: no type for a default
        above = _cpu_of(stores, lambda: _round(town, old))
        ratios.append(above / below)
        young_ms.append(below / _CASES * 1000)
        old_ms.append(above / _CASES * 1000)
    town.close()
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        "G3": {
            "ratio": round(middle, 3),
            "quartiles": (round(low, 3), round(high, 3)),
            "pairs": rounds,
            "dropped": 0,
            "below_ms": round(statistics.median(young_ms), 2),
            "above_ms": round(statistics.median(old_ms), 2),
        }
    }


def _aged(town: Town, rounds: int) -> UUID:
    (task,) = town.start(workloads.LOOP)
    for _ in range(rounds):
        (task,) = town.complete(task)
    return task


def _round(town: Town, tasks: list[UUID]) -> None:
    """Complete one more round of each case, several times over, none of them kept in memory."""
    for position, task in enumerate(tasks):
        town.forget()
        (tasks[position],) = town.complete(task)


def _cpu_of(stores: Stores, work: Callable[[], None]) -> float:
    before, own = processes.usage(*stores.roots), time.process_time()
    work()
    after, own = processes.usage(*stores.roots), time.process_time() - own
    return own + sum(after.ours) - sum(before.ours)


# -- round trips ------------------------------------------------------------------------------------------------------


def wire(stores: PgStores, folder: Path) -> Figures:
    """Count the round trips of requests to the product, and time them with latency added (G4)."""
    url = stores.new("wire")
    town = Town(url, folder)
    town.found()
    relayed = Path(tempfile.mkdtemp(prefix="rito-relay-", dir="/tmp"))
    relay = Relay(relayed, stores.cluster.folder)
    asker = Asker(create_app(Town(url.replace(str(stores.cluster.folder), str(relayed)), folder).house))
    try:
        tasks = iter([town.start(workloads.FIVE_TASKS)[0] for _ in range(40)])
        trips = counters.round_trips(relay, lambda: asker.complete(next(tasks)))
        relay.delay_seconds = _LATENCY_SECONDS
        slow = [_seconds_of(lambda: asker.complete(next(tasks))) for _ in range(10)]
        relay.delay_seconds = 0.0
        starts = counters.round_trips(relay, asker.start)
        inbox = counters.round_trips(relay, asker.inbox)
    finally:
        asker.close()
        relay.close()
        town.close()
    far = round(statistics.median(slow) * 1000, 1)
    return {"G4": {"round trips": trips, "ms with 5 ms of latency": far, "of a start": starts, "of an inbox": inbox}}


def _seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# -- bytes ------------------------------------------------------------------------------------------------------------


def bytes_kept(stores: Stores, folder: Path) -> Figures:
    """Measure what a finished five-task case takes with its chained trail (G11)."""
    town = Town(stores.new("bytes"), folder)
    town.found()
    if isinstance(stores, PgStores):
        kept = counters.postgres_bytes_per_finished_case(town, stores.cluster, "bytes")
    else:
        kept = counters.bytes_per_finished_case(town)
    town.close()
    return {"G11": {"bytes": kept}}


def each_workload(stores: Stores, folder: Path, *, cases: int = 40) -> Figures:
    """Measure the CPU of finishing a case of each small workload, per completion."""
    town = Town(stores.new("workloads"), folder)
    town.found()
    found: Figures = {}
    for key in workloads.SMALL:
        if key == workloads.LOOP:
            continue  # it has no end; its figure is G3
        town.finish(key)
        completed = [0]

        def finish(key: str = key, completed: list[int] = completed) -> None:
            completed[0] += sum(town.finish(key) for _ in range(cases))

        spent = _cpu_of(stores, finish)
        found[f"workload {key}"] = {"ms of CPU per completion, start included": round(spent / completed[0] * 1000, 2)}
    town.close()
    return found
