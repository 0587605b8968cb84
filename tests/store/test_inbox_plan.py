"""The inbox reads no further than its page: its plan goes by the index of open tasks on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, text, update

from bench.counters import traffic
from engine.desk.inbox import FILTERS, After, inbox
from engine.store.cases import Case, Task
from tests.city import MORNING, City
from tests.sketches import Node, sketch

OPEN, EACH = 6000, 6


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[City]:
    made = City(database_url, tmp_path)
    task = Node("userTask", "t", {"camunda:candidateGroups": "obras"})
    made.publish(sketch([task, Node("endEvent", "f")], "inicio > t > f"))
    case_id = made.start(who="obras").case_id
    first = made.case(case_id)
    more = [{**first, "id": case_id + each, "number": f"2026.{each + 1:06d}-0"} for each in range(1, OPEN * 2 // EACH)]
    rows = [
        {
            "id": UUID(int=number + 1), "case_id": case_id + number // EACH, "element": "t", "name": "t", "attempt": 1,
            "role": ("obras", "fazenda", "protocolo")[number % 3], "form": None, "opened_at": MORNING,
            "status": "open" if number < OPEN else "done",
            "due_at": MORNING + timedelta(hours=number) if number % 5 else None,
        }
        for number in range(OPEN * 2)
    ]  # fmt: skip
    with made.by("clock") as by:
        by.connection.execute(insert(Case), more)
        by.connection.execute(insert(Task), rows)
    with made.house.store.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    yield made
    made.close()


def plan(city: City, chosen: str, after: After | None = None) -> str:
    """Return how the database means to read the lines of a page. Counts stop at their cap, whichever way they go."""
    with city.by("obras", writes=False) as by:
        by.roles = frozenset({"obras", "fazenda", "protocolo"})
        inbox(by, chosen, after)  # whatever else it asks for is kept now
        with traffic(city.house.store) as heard:
            inbox(by, chosen, after)
        explain = "EXPLAIN " if by.connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        cursor = by.connection.connection.cursor()
        lines, _counts = zip(heard.statements, heard.values, strict=True)
        cursor.execute(explain + lines[0], lines[1])
        return "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())


@pytest.mark.parametrize("after", [None, After(MORNING + timedelta(days=20), UUID(int=9)), After(None, UUID(int=9))])
def test_a_page_of_the_sector_is_read_in_the_order_of_its_index(city: City, after: After | None) -> None:
    read = plan(city, "setor", after)

    assert read.count("ix_task_inbox") >= 3, read
    assert "SCAN task" not in read, read
    assert "Seq Scan on task" not in read, read


def test_tasks_that_came_back_are_found_without_looking_at_those_that_did_not(city: City) -> None:
    read = plan(city, "devolvidas")

    assert read.count("ix_task_again") >= 3, read
    assert "Seq Scan on task" not in read, read


def test_the_count_of_what_came_back_is_exact_however_many_did_not(city: City) -> None:
    with city.by("clock") as by:
        by.connection.execute(update(Task).where(Task.id == UUID(int=2)).values(attempt=2))
    with city.by("obras", writes=False) as by:
        by.roles = frozenset({"obras", "fazenda", "protocolo"})
        found = inbox(by, "devolvidas")

    assert found.counts["devolvidas"] == 1
    assert [line.attempt for line in found.lines] == [2]


@pytest.mark.parametrize("held", [("obras",), ("obras", "fazenda"), ("obras", "fazenda", "protocolo")])
def test_an_inbox_holds_the_tasks_of_the_roles_asked_for_and_no_others(city: City, held: tuple[str, ...]) -> None:
    names = {"obras": "Obras", "fazenda": "Fazenda", "protocolo": "Protocolo"}
    with city.by("obras", writes=False) as by:
        by.roles = frozenset(held)
        found = inbox(by)

    assert {line.sector for line in found.lines} <= {names[role] for role in held}


@pytest.mark.parametrize("chosen", FILTERS)
def test_every_filter_gives_a_page_and_counts_up_to_the_cap(city: City, chosen: str) -> None:
    with city.by("obras", writes=False) as by:
        by.roles = frozenset({"obras", "fazenda"})
        found = inbox(by, chosen)

    assert len(found.lines) <= 25
    assert found.counts["setor"] == 100
    assert found.counts["minhas"] == 0


def test_the_pages_together_are_every_open_task_once_dated_ones_first(city: City) -> None:
    seen, after = [], None
    with city.by("obras", writes=False) as by:
        by.roles = frozenset({"obras", "fazenda"})
        while True:
            found = inbox(by, "setor", after)
            seen += found.lines
            after = found.after
            if after is None:
                break

    dues = [line.deadline.at if line.deadline else None for line in seen]
    dated = [due for due in dues if due is not None]
    assert len({line.id for line in seen}) == len(seen) == OPEN * 2 // 3
    assert dues == [*sorted(dated), *([None] * (len(dues) - len(dated)))]
