"""Real processes of Rito over one PostgreSQL: web and clock, killed at random and started again.

It starts what `rito serve` and `rito clock` start, on 127.0.0.1, and ends every process it started.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.settings import Settings

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 120.0  # seconds after which an act that is tried again and again counts as lost
_UP = 60.0
_NOT_NOW = frozenset({429, 500, 502, 503})


class Fleet:
    """Web processes, each at a port of its own, and clocks. Every process answers alike: they share one database."""

    def __init__(self, settings: Settings, *, webs: int, clocks: int) -> None:
        self._environment = {
            **os.environ, "RITO_DATABASE_URL": settings.database_url, "RITO_DATA_DIR": str(settings.data_dir),
            "RITO_SECRET_KEY": settings.secret_key, "RITO_SEAL_KEY": settings.seal_key, "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        self.ports = [_free_port() for _ in range(webs)]
        words = [["serve", "--no-clock", "--port", str(port)] for port in self.ports] + [["clock"]] * clocks
        self._words = dict(enumerate(words))
        self._running = {number: self._start(number) for number in self._words}
        self.kills = 0

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "engine.cli", *self._words[number]]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=_ROOT, env=self._environment, stdout=quiet, stderr=quiet)

    def wait(self) -> None:
        """Wait until every web process answers."""
        end = time.monotonic() + _UP
        for port in self.ports:
            while True:
                try:
                    status, _ = ask(port, "GET", "/health/live")
                    if status == 200:
                        break
                except OSError:
                    assert time.monotonic() < end, "a web process does not come up"
                    time.sleep(0.2)

    def kill_one(self, chance: random.Random) -> None:
        """Kill one process as a power cut would, and start it again."""
        number = chance.choice(sorted(self._running))
        self._running[number].kill()
        self._running[number].wait()
        self.kills += 1
        self._running[number] = self._start(number)

    def close(self) -> None:
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Client:
    """An integration that does not give up: an act has one key, and is tried here and there until it is answered."""

    def __init__(self, fleet: Fleet, token: str, seed: int) -> None:
        self._fleet, self._token, self._chance = fleet, token, random.Random(seed)

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do an act and return its answer. The same key goes with every try."""
        return self._insist("POST", path, {"Idempotency-Key": secrets.token_urlsafe(18)}, body)

    def get(self, path: str) -> Mapping[str, Any]:
        return self._insist("GET", path, {}, None)

    def _insist(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> Mapping[str, Any]:
        end = time.monotonic() + _PATIENCE
        last: object = None
        while time.monotonic() < end:
            try:
                own = {"Authorization": f"Bearer {self._token}", **headers}
                status, answer = ask(self._chance.choice(self._fleet.ports), method, f"/api/v1{path}", own, body)
            except (OSError, http.client.HTTPException) as gone:
                last = gone
            else:
                if status not in _NOT_NOW:
                    assert status in {200, 201}, (method, path, status, answer)
                    return answer
                last = (status, answer)
            time.sleep(0.05)
        raise AssertionError(f"{method} {path} was not answered in {_PATIENCE} s: {last}")


def ask(
    port: int, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None
) -> tuple[int, dict[str, Any]]:
    """Ask one process; return status and body. Raises: OSError, HTTPException when it is not there or dies of it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        kind = {} if body is None else {"Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {**(headers or {}), **kind})
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    found = json.loads(text) if response.headers.get_content_type().endswith("json") else {}
    return response.status, found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
