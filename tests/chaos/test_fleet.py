"""Four web processes and two clocks on one PostgreSQL, one of them killed again and again: nothing answered is lost."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.store.cases import Case, Task
from tests import needs
from tests.chaos.fleet import Client, Fleet
from tests.city import City
from tests.databases import Databases
from tests.sketches import end, service, sketch, task, timer
from tests.web.api.caller import issue

_PROCESS = sketch(
    [
        task("pedir", "requerente"), timer("tm_espera", "PT1S"), task("conferir", "protocolo", due="P5D"),
        service("s_lote", "cadastro.consultar", {"inscricao": '"01.02"'}, {"zona": "resultado.zona"}),
        task("analisar", "obras", due="P5D"), end("fim", "emitido"),
    ],
    "inicio > pedir > tm_espera > conferir > s_lote > analisar > fim",
)  # fmt: skip
_PACE = 2.0  # seconds between two kills: enough for the one before to be up again, mostly
_CLIENTS = 4


def _live_a_case(client: Client, done: Counter[str], lock: threading.Lock) -> None:
    number = str(client.post("/procedures/teste/cases", {"answers": {}})["number"])
    for element in ("conferir", "analisar"):
        while True:
            open_now = [one for one in client.get(f"/cases/{number}")["tasks"] if one["element"] == element]
            if open_now:
                break
            time.sleep(0.1)
        client.post(f"/tasks/{open_now[0]['id']}/complete", {"answers": {}})
    with lock:
        done["cases"] += 1


def _storm(city: City, seconds: float) -> tuple[Counter[str], int]:
    fleet, done, lock = Fleet(city.settings, webs=4, clocks=2), Counter[str](), threading.Lock()
    token = issue(city, "protocolo", "obras", "requerente").plain
    try:
        fleet.wait()
        end = time.monotonic() + seconds

        def live(seed: int) -> None:
            client = Client(fleet, token, seed)
            while time.monotonic() < end:
                _live_a_case(client, done, lock)

        with ThreadPoolExecutor(_CLIENTS) as clients:
            living = [clients.submit(live, seed) for seed in range(_CLIENTS)]
            chance = random.Random(1)
            while time.monotonic() < end:
                time.sleep(_PACE)
                fleet.kill_one(chance)
            for one in living:
                one.result()
    finally:
        fleet.close()
    return done, fleet.kills


@pytest.mark.parametrize("seconds", [12.0, pytest.param(300.0, marks=pytest.mark.nightly)])
def test_no_answered_act_is_missing_or_doubled_though_processes_are_killed(
    seconds: float, databases: Databases, tmp_path: Path
) -> None:
    if "postgresql" in needs.missing():
        pytest.skip(needs.missing()["postgresql"])
    city = City(databases.new("postgresql"), tmp_path / "data")
    city.publish(_PROCESS)

    done, kills = _storm(city, seconds)

    assert kills >= seconds / _PACE / 2
    assert done["cases"] > 0
    from_rows = Counter(row["status"] for row in city.rows(Case))
    assert from_rows == Counter(done=done["cases"])
    finished = Counter(row["element"] for row in city.rows(Task) if row["status"] == "done")
    assert finished == Counter(pedir=done["cases"], conferir=done["cases"], analisar=done["cases"])
    assert city.findings() == []
    city.close()
    databases.drop(city.settings.database_url)
