from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import needs
from tests.postgres import Cluster

_START_AND_WAIT = """
import time
from tests import needs
from tests.postgres import Cluster

cluster = Cluster(needs.postgres_bin())
cluster.start()
print(cluster.folder, flush=True)
time.sleep(60)
"""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    binaries = needs.postgres_bin()
    if binaries is None:
        pytest.skip(needs.missing()["postgresql"])
    made = Cluster(binaries)
    made.start()
    yield made
    made.stop()


def test_the_private_server_writes_to_disk_and_listens_on_no_port(cluster: Cluster) -> None:
    with cluster.connect("postgres") as connection:
        settings = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())

    assert settings["fsync"] == "on"
    assert settings["synchronous_commit"] == "on"
    assert settings["full_page_writes"] == "on"
    assert settings["listen_addresses"] == ""


def test_a_copy_of_a_template_does_not_share_its_rows(cluster: Cluster) -> None:
    cluster.create("model")
    with cluster.connect("model") as connection:
        connection.execute("CREATE TABLE mark (n int)")

    cluster.create("first", template="model")
    cluster.create("second", template="model")
    with cluster.connect("first") as connection:
        connection.execute("INSERT INTO mark VALUES (1)")

    with cluster.connect("second") as connection:
        assert connection.execute("SELECT count(*) FROM mark").fetchone() == (0,)


def test_a_database_is_dropped_while_somebody_is_connected(cluster: Cluster) -> None:
    cluster.create("held")
    holder = cluster.connect("held")

    cluster.drop("held")

    with pytest.raises(psycopg.OperationalError):
        cluster.connect("held")
    holder.close()


def test_two_servers_run_at_once(cluster: Cluster) -> None:
    binaries = needs.postgres_bin()
    assert binaries
    other = Cluster(binaries)
    other.start()

    cluster.create("only_here")

    with pytest.raises(psycopg.OperationalError):
        other.connect("only_here")
    other.stop()


def test_the_server_does_not_outlive_a_killed_run(cluster: Cluster) -> None:
    root = str(Path(__file__).resolve().parents[2])
    run = subprocess.Popen([sys.executable, "-c", _START_AND_WAIT], stdout=subprocess.PIPE, text=True, cwd=root)
    assert run.stdout
    folder = Path(run.stdout.readline().strip())
    assert (folder / "data" / "postmaster.pid").exists()

    os.kill(run.pid, signal.SIGKILL)
    run.wait()

    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
