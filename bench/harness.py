"""Two servers side by side, loaded in turns: the floor and the product, or two requests of the product.

The unit is seconds of CPU per answer, of the server's processes and the database's together. A slice in which others
used the machine is dropped; an answer of the wrong status ends the measuring. It knows no goal: `report` compares.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import floor_app, processes, workloads
from bench.client import Answer, Browser, Load, drive
from bench.data import LOGIN, PASSWORD, Town
from bench.stores import CannotMeasure, Stores

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = 2
WARM_UP_SECONDS, SLICE_SECONDS = 1.5, 1.0
OPEN_TASKS = 1200  # about what a slice completes at most; one that runs out of them ends early
_MOST_DROPPED = 0.3
_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
_START_SECONDS = 30.0

Request = Callable[[Browser], Answer | None]


@dataclass
class Side:
    """One server with its city, the browsers signed in to it, and the tasks that wait to be completed."""

    name: str
    town: Town
    process: subprocess.Popen[str]
    browsers: list[Browser]
    token: str = ""
    waiting: deque[UUID] = field(default_factory=deque)

    def top_up(self) -> None:
        """Start cases until there are open tasks enough, and line them up."""
        found = self.town.open_tasks(OPEN_TASKS)
        found += [task for _ in range(OPEN_TASKS - len(found)) for task in self.town.start(workloads.FIVE_TASKS)]
        self.waiting = deque(found)

    def complete(self, browser: Browser) -> Answer | None:
        """Complete the next task that waits."""
        try:
            task = self.waiting.popleft()
        except IndexError:
            return None
        return browser.post(f"/tarefas/{task}", self._form())

    def start(self, browser: Browser) -> Answer | None:
        """Start a case at the counter."""
        path = "/iniciar" if self.name == "floor" else f"/balcao/{workloads.FIVE_TASKS}"
        return browser.post(path, {**self._form(), "_enviar": "1"})

    def inbox(self, browser: Browser) -> Answer | None:
        """Show the first page of the inbox."""
        return browser.get("/caixa")

    def close(self) -> None:
        for browser in self.browsers:
            browser.close()
        self.town.close()
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def _form(self) -> dict[str, str]:
        return {**workloads.ANSWERS, "csrf_token": self.token, "_key": secrets.token_urlsafe(18)}


@dataclass(frozen=True)
class Slice:
    """What a second of load came to."""

    cpu_per_answer: float
    answers: int
    foreign: float


@dataclass(frozen=True)
class Compared:
    """The ratio of two kinds of slices, pair by pair, with what both sides took in milliseconds of CPU."""

    ratio: float
    quartiles: tuple[float, float]
    pairs: int
    dropped: int
    below_ms: float
    above_ms: float
    foreign: float

    def figure(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        return {
            "ratio": self.ratio, "quartiles": self.quartiles, "pairs": self.pairs, "dropped": self.dropped,
            "below_ms": self.below_ms, "above_ms": self.above_ms, "foreign": self.foreign,
        }  # fmt: skip


@contextmanager
def served(app: str, url: str, folder: Path, *, filler: str = "") -> Iterator[Side]:
    """Start a server of the product or the floor, sign in, and end it when the block ends."""
    order = json.dumps({"app": app, "url": url, "folder": str(folder), "filler": filler})
    with (folder / f"{app}.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603  our own module, with an order that we wrote
            [sys.executable, "-m", "bench.serve", order],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT,
        )  # fmt: skip
    side = Side(app, Town(url, folder), process, [])
    try:
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            raise CannotMeasure((folder / f"{app}.log").read_text()[-2000:])
        _sign_in(side, json.loads(line)["port"])
        yield side
    finally:
        side.close()


def _sign_in(side: Side, port: int) -> None:
    if side.name == "floor":
        session_id = side.town.open_session()
        side.token = floor_app.token(session_id)
        side.browsers = [Browser(port, {"sid": session_id}) for _ in range(BROWSERS)]
        return
    first = Browser(port)
    form = {"login": LOGIN, "senha": PASSWORD, "csrf_token": _token_in(first.get("/entrar"))}
    if first.post("/entrar", form).status != 303:
        raise CannotMeasure("The product did not let us sign in.")
    side.token = _token_in(first.get("/caixa"))
    first.close()
    side.browsers = [Browser(port, first.cookies) for _ in range(BROWSERS)]


def _token_in(answer: Answer) -> str:
    found = _TOKEN.search(answer.body)
    if answer.status != 200 or found is None:
        raise CannotMeasure(f"No form came from the product, but {answer.status}.")
    return found[1].decode()


class Bench:
    """Measures pairs of slices. `most_foreign` is the share of the machine that others may use in a slice."""

    def __init__(self, stores: Stores, *, most_foreign: float, seconds: float = SLICE_SECONDS) -> None:
        self._stores = stores
        self._most_foreign = most_foreign
        self._seconds = seconds

    def compare(self, below: tuple[Side, str], above: tuple[Side, str], *, pairs: int) -> Compared:
        """Return the ratio of `above` to `below`, each a side and the name of its request (complete, start, inbox).

        Slices come in the order below, above, above, below. Raises: CannotMeasure when too many must be dropped.
        """
        for side, request in (below, above):
            self._slice(side, request, WARM_UP_SECONDS)
        kept: list[tuple[Slice, Slice]] = []
        dropped = 0
        for turn in itertools.count():
            if len(kept) >= pairs:
                break
            order = (below, above) if turn % 2 == 0 else (above, below)
            found = [self._slice(side, request, self._seconds) for side, request in order]
            if max(one.foreign for one in found) > self._most_foreign:
                dropped += 1
                if dropped > max(3, _MOST_DROPPED * pairs):
                    raise CannotMeasure(
                        "Others use this machine: too many slices had to be dropped (--foreign allows more)."
                    )
                continue
            kept.append((found[0], found[1]) if turn % 2 == 0 else (found[1], found[0]))
        return _compared(kept, dropped)

    def _slice(self, side: Side, request: str, seconds: float) -> Slice:
        if request == "complete":
            side.top_up()
        roots = (side.process.pid, *self._stores.roots)
        before, own, began = processes.usage(*roots), time.process_time(), time.perf_counter()
        load = drive(side.browsers, getattr(side, request), seconds)
        after, own, spent = processes.usage(*roots), time.process_time() - own, time.perf_counter() - began
        _require_right(load, side, request)
        ours = sum(after.ours) - sum(before.ours)
        foreign = (after.machine - before.machine - ours - own) / (spent * (os.cpu_count() or 1))
        return Slice(ours / load.count, load.count, max(0.0, foreign))


def _require_right(load: Load, side: Side, request: str) -> None:
    right = 200 if request == "inbox" else 303
    if set(load.statuses) != {right}:
        raise CannotMeasure(f"{side.name} answered {request} with {dict(load.statuses)}, not {right}.")


def _compared(pairs: list[tuple[Slice, Slice]], dropped: int) -> Compared:
    ratios = [above.cpu_per_answer / below.cpu_per_answer for below, above in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    return Compared(
        ratio=round(middle, 3),
        quartiles=(round(low, 3), round(high, 3)),
        pairs=len(pairs),
        dropped=dropped,
        below_ms=_median_ms([below for below, _ in pairs]),
        above_ms=_median_ms([above for _, above in pairs]),
        foreign=round(statistics.median(one.foreign for pair in pairs for one in pair), 3),
    )


def _median_ms(slices: list[Slice]) -> float:
    return round(statistics.median(one.cpu_per_answer for one in slices) * 1000, 2)


def filler_for(product: Side, floor_row_bytes: int = 260) -> str:
    """Return what brings each row of the floor's inbox to the size of the product's."""
    size = len(product.inbox(product.browsers[0]).body)  # type: ignore[union-attr]  # an inbox is always answered
    return "x" * max(0, size // floor_app.PAGE - floor_row_bytes)
