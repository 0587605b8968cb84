"""A private PostgreSQL for one run of the tests: durable as by default, behind a socket of its own.

It must never touch a server that was there before, nor outlive the run that started it, however that run ends.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# The server ends with the run: `read` returns when the pipe to the run closes, even by SIGKILL. INT is a fast shutdown.
_SUPERVISOR = '"$@" & server=$!; read -r _; kill -INT "$server"; wait "$server"; rm -rf "$RITO_CLUSTER"'

# fsync stays on: what the tests prove about durability rests on it. The rest keeps a small machine free for the tests.
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "log_min_messages": "warning",
    "TimeZone": "UTC",
}
_START_SECONDS, _STOP_SECONDS = 30.0, 180.0  # on a busy disk the last checkpoint takes a while


class ClusterFailed(Exception):
    """The server could not be made or started; the message holds the tail of its log."""


class Cluster:
    """One running server. `url` names one of its databases; `create` copies a template, `drop` forgets a database."""

    def __init__(self, binaries: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rito-pg-", dir="/tmp"))  # a socket's path holds 107 bytes at most
        self._binaries = binaries
        self._log = self.folder / "log"
        self._supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster and wait until it answers. Raises: ClusterFailed."""
        owner = _owner()
        if owner:
            os.chown(self.folder, owner["user"], owner["group"])
        initdb = [self._binaries / "initdb", "--pgdata", self.folder / "data", "--username", "rito", "--auth", "trust"]
        initdb += ["--encoding", "UTF8", "--no-locale", "--no-sync"]
        made = subprocess.run(initdb, check=False, capture_output=True, text=True, cwd=self.folder, **owner)
        if made.returncode:
            raise ClusterFailed(made.stderr)
        self._supervisor = self._launch(owner)
        self._wait()

    def stop(self) -> None:
        """Stop the server and remove its folder; harmless when repeated."""
        if self._supervisor:
            assert self._supervisor.stdin
            self._supervisor.stdin.close()
            self._supervisor.wait(timeout=_STOP_SECONDS)
            self._supervisor = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://rito@/{database}?host={self.folder}"

    def create(self, database: str, *, template: str = "template1") -> str:
        """Create `database` as a copy of `template` and return its URL."""
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), database, template)
        return self.url(database)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user="rito", dbname=database, autocommit=True)

    def drop(self, database: str) -> None:
        """Drop `database`, whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), database)

    def _launch(self, owner: dict[str, Any]) -> subprocess.Popen[bytes]:
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        server = [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *options]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                ["/bin/sh", "-c", _SUPERVISOR, "sh", *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "RITO_CLUSTER": str(self.folder)},
                start_new_session=True,  # Ctrl-C is for the tests; the server goes after them
                **owner,
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        log = self._log.read_text(encoding="utf-8", errors="replace")
        self.stop()
        raise ClusterFailed(log[-2000:])

    def _execute(self, statement: sql.SQL, *names: str) -> None:
        with self.connect() as connection:
            connection.execute(statement.format(*(sql.Identifier(name) for name in names)))


def _owner() -> dict[str, Any]:
    """Return what makes a child process run as somebody else: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
