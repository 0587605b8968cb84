"""A city whose orders are carried out by a dispatcher, in this process or in others that can be killed.

The connector under test is `sonda`: here a test says what it does; in another process a word says it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from engine.clockwork import Clockwork
from engine.dispatch.readiness import prepare_queue
from engine.house import House, open_house
from engine.outlets.connectors import Call, Connector
from engine.store.session import transaction
from engine.store.trail import Outbox
from tests.city import City
from tests.sketches import end, parallel, service, sketch, task

KINDS = ("embedded-sqlite", "embedded-postgresql", "procrastinate-postgresql")
_ROOT = Path(__file__).resolve().parents[2]

ONE = sketch(
    [task("pedir", "requerente"), service("s", "sonda", {}, {"veio": "resultado.veio"}), task("depois"), end("fim")],
    "inicio > pedir > s > depois > fim",
)
TWO_AT_ONCE = sketch(
    [
        task("pedir", "requerente"), parallel("abre"), service("s1", "sonda", {}, {}), service("s2", "sonda", {}, {}),
        parallel("fecha"), task("depois"), end("fim"),
    ],
    "inicio > pedir > abre > s1 > fecha > depois > fim\nabre > s2 > fecha",
)  # fmt: skip


@dataclass
class Asked:
    """Calls of the connector in this process: the key, when it began and ended."""

    keys: list[str] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)


class Site:
    """A city with a dispatcher. Its clock is the machine's: leases and pauses are told by it."""

    def __init__(self, url: str, folder: Path, adapter: str) -> None:
        self.folder, self.adapter, self.url = folder, adapter, url
        self.city = City(url, folder / "data")
        self.asked = Asked()
        self.does: Callable[[Call], Mapping[str, Any]] = lambda _call: {"veio": True}
        self.city.house.store.dispose()
        opened = open_house(replace(self.city.settings, dispatcher=adapter))
        probe = {"sonda": Connector(run=self._call)}
        self.city.house = House(opened.settings, opened.store, connectors=probe, queue=opened.queue)
        self.city.settings = opened.settings
        prepare_queue(self.city.house)
        self.city.at = datetime.now(UTC)

    def _call(self, call: Call) -> Mapping[str, Any]:
        began = time.monotonic()
        self.asked.keys.append(call.key)
        try:
            return self.does(call)
        finally:
            self.asked.spans.append((began, time.monotonic()))

    def publish(self, xml: bytes, key: str = "teste") -> None:
        self.city.publish(xml, key=key)

    def start(self, procedure: str = "teste") -> int:
        self.city.at = datetime.now(UTC)
        return self.city.start(procedure=procedure).case_id

    def orders(self) -> list[dict[str, Any]]:
        return self.city.rows(Outbox)

    def jobs(self) -> int:
        """Return how many jobs of orders the queue holds."""
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE 'rito.%' AND args ? 'order'")
        with transaction(self.city.house.store, writes=False) as session:
            return int(session.connection().execute(query).scalar() or 0)

    @contextmanager
    def at_work(self, grace_seconds: float = 5.0) -> Iterator[None]:
        """Let a clock of this process work while the block lasts."""
        clock = Clockwork(self.city.house, period_seconds=0.1, grace_seconds=grace_seconds)
        clock.start()
        try:
            yield
        finally:
            clock.stop()

    @contextmanager
    def worker(self, does: str, **tuning: float) -> Iterator[Worker]:
        """Let a clock of another process work; `does`: what its connector does (see `worker.py`)."""
        told = self.folder / f"told-{time.monotonic_ns()}"
        words = [does, self.url, str(self.city.settings.data_dir), self.adapter, str(told)]
        words += [f"{name}={value}" for name, value in tuning.items()]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])}
        command = [sys.executable, "-m", "tests.dispatch.worker", *words]
        process = subprocess.Popen(command, cwd=_ROOT, env=environ, stderr=subprocess.PIPE)
        try:
            yield Worker(process, told)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


@dataclass
class Worker:
    """A process that carries orders out."""

    process: subprocess.Popen[bytes]
    told: Path

    def calls(self) -> list[str]:
        """Return the keys of the calls that were begun."""
        return self.told.read_text().split() if self.told.exists() else []

    def gone(self) -> bool:
        return self.process.poll() is not None


def until(holds: Callable[[], object], seconds: float = 20.0) -> float:
    """Wait until something holds; return how long that took. Fails when it does not in time."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"it did not hold within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began
