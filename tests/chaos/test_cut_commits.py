"""A COMMIT whose answer is cut off: the act happened, and its repetition gets the answer that was lost."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bench.wire import Relay
from engine.access import By
from engine.acts import cases, tasks
from engine.house import House, open_house
from engine.store.cases import Case, Task
from tests import needs
from tests.city import City, ask
from tests.databases import Databases
from tests.sketches import FIVE_TASKS, FORMS

_COMMIT = b"COMMIT"


class _Cutting(Relay):
    """A relay that, when told to, passes the next COMMIT on and cuts the line once the server has answered it."""

    def __init__(self, folder: Path, to: Path) -> None:
        self.cut_next = False
        self.cut = 0
        self._doomed: Any = None
        super().__init__(folder, to)

    def _forward(self, ready: Any) -> None:
        line, source = ready
        if line is self._doomed and source is line.server:
            self._doomed, self.cut = None, self.cut + 1
            source.recv(1 << 20)
            for end in (line.client, line.server):
                self._listening.unregister(end)
                end.close()
            return
        if self.cut_next and source is line.client and _COMMIT in source.recv(1 << 20, socket.MSG_PEEK):
            self.cut_next, self._doomed = False, line
        super()._forward(ready)


@contextmanager
def _through_a_relay(city: City) -> Iterator[tuple[House, _Cutting]]:
    address = make_url(city.settings.database_url)
    with tempfile.TemporaryDirectory(prefix="rito-cut-", dir="/tmp") as folder:
        relay = _Cutting(Path(folder), Path(str(address.query["host"])))
        far = address.update_query_dict({"host": folder}).render_as_string(hide_password=False)
        settings = type(city.settings)(**{**vars(city.settings), "database_url": far})
        house = open_house(settings)
        try:
            yield house, relay
        finally:
            house.store.dispose()
            relay.close()


def _insist(house: House, relay: _Cutting, who: dict[str, Any], act: Any) -> dict[str, Any]:
    relay.cut_next = True
    with pytest.raises(DBAPIError):
        ask(house, who, act)
    return ask(house, who, act)


@pytest.mark.parametrize("count", [10, pytest.param(250, marks=pytest.mark.nightly)])
def test_an_act_whose_commit_was_not_answered_happened_once(count: int, databases: Databases, tmp_path: Path) -> None:
    if "postgresql" in needs.missing():
        pytest.skip(needs.missing()["postgresql"])
    city = City(databases.new("postgresql"), tmp_path / "data")
    city.publish(FIVE_TASKS, forms=FORMS)

    with _through_a_relay(city) as (house, relay):
        for number in range(count):
            person = {"actor": "servant:1", "name": "Ana", "body_hash": "same"}

            def start(by: By) -> dict[str, Any]:
                started = cases.start(by, "teste", {}, origin="portal")
                return {"case": started.case_id}

            begun = _insist(house, relay, {**person, "key": f"start-{number}"}, start)
            task_id = city.task_id(begun["case"], "conferir")

            def complete(by: By, task_id: Any = task_id) -> dict[str, Any]:
                return {"number": tasks.complete(by, task_id, {"completo": True}).number}

            roles = frozenset({"protocolo"})
            told = _insist(house, relay, {**person, "key": f"complete-{number}", "roles": roles}, complete)
            assert told == {"number": city.case(begun["case"])["number"]}
        assert relay.cut == 2 * count

    assert len(city.rows(Case)) == count
    assert len(city.rows(Task, element="analisar")) == count
    assert city.findings() == []
    city.close()
    databases.drop(city.settings.database_url)
