"""The hop budgets: how many rooms and files of ours a flow may enter, and how often it may commit.

Raising one needs an ADR; ADR 0003 says what is counted and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from engine.access import ANALYST, By
from engine.acts import cases, deadlines, procedures, tasks
from engine.house import House
from engine.settings import read_settings
from engine.store.cases import TASK_OPEN, Task
from engine.store.people import Role
from engine.store.session import Session, open_store, transaction
from tests.architecture.hops import Journey, hops

_AT = datetime(2026, 3, 2, 13, tzinfo=UTC)
_FORM = json.dumps(
    {
        "type": "default",
        "id": "conferir",
        "schemaVersion": 18,
        "components": [
            {"type": "textfield", "key": "parecer.texto", "label": "Parecer", "validate": {"required": True}},
            {"type": "number", "key": "parecer.area", "label": "Área", "decimalDigits": 2},
        ],
    }
)
_ANSWERS = {"parecer": {"texto": "de acordo", "area": "12,5"}}
_DIAGRAM = Path(__file__).with_name("two_tasks.bpmn")


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    settings = read_settings({"RITO_DATABASE_URL": database_url, "RITO_DATA_DIR": str(tmp_path)})
    made = House(settings, open_store(database_url))
    with transaction(made.store) as session:
        session.execute(insert(Role), [{"code": code, "name": code} for code in ("obras", "fazenda", ANALYST)])
    yield made
    made.store.dispose()


def test_publishing_enters_at_most_14_rooms_and_commits_once(house: House) -> None:
    journey = _publish(house)

    assert journey.commits == 1
    assert len(journey.rooms) <= 14, journey.rooms


def test_completing_a_task_enters_at_most_12_rooms_and_commits_once(house: House) -> None:
    _publish(house)
    for _ in range(2):  # the second time, what a process reads once per version is read already
        task_id = _started(house)
        with hops(house.store) as journey, transaction(house.store) as session:
            tasks.complete(_by(house, session), task_id, _ANSWERS)

    assert journey.commits == 1
    assert len(journey.rooms) <= 12, journey.rooms


def test_a_due_deadline_enters_at_most_8_rooms_and_commits_once(house: House) -> None:
    _publish(house)
    for _ in range(2):
        task_id = _started(house)
        with transaction(house.store) as session:
            tasks.complete(_by(house, session), task_id, _ANSWERS)

    journeys = [_settled(house), _settled(house)]

    assert [journey.commits for journey in journeys] == [1, 1]
    assert len(journeys[1].rooms) <= 8, journeys[1].rooms


def _settled(house: House) -> Journey:
    with hops(house.store) as journey, transaction(house.store) as session:
        assert deadlines.settle_next(_by(house, session, at=_AT + timedelta(days=3), actor="clock")) is not None
    return journey


def _publish(house: House) -> Journey:
    bundle = procedures.Bundle(
        key="conferencia",
        name="Conferência",
        xml=_DIAGRAM.read_bytes(),
        forms={"conferir": _FORM},
        tables={},
        papers={},
    )
    with hops(house.store) as journey, transaction(house.store) as session:
        procedures.publish(_by(house, session), bundle)
    return journey


def _started(house: House) -> UUID:
    with transaction(house.store) as session:
        started = cases.start(_by(house, session), "conferencia", {}, origin="balcao")
    with transaction(house.store, writes=False) as session:
        query = select(Task.id).where(Task.case_id == started.case_id, Task.status == TASK_OPEN)
        return session.execute(query).scalars().one()


def _by(house: House, session: Session, *, at: datetime = _AT, actor: str = "servant:1") -> By:
    roles = frozenset({"obras", "fazenda", ANALYST, "protocolo"})
    return By(house=house, session=session, at=at, actor=actor, name="Ana", roles=roles)
