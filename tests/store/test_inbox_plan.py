"""The inbox reads no further than its page: its plan goes by the index of open tasks on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql, sqlite

from engine.desk.inbox import FILTERS, After, _page, inbox
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


def plan(city: City, chosen: str, after: After | None) -> str:
    """Return how the database means to read a page."""
    with city.by("obras", writes=False) as by:
        by.roles = frozenset({"obras", "fazenda", "protocolo"})
        of_postgres = by.connection.dialect.name == "postgresql"
        dialect = postgresql.dialect() if of_postgres else sqlite.dialect()
        query = _page(by, chosen, after).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN " if of_postgres else "EXPLAIN QUERY PLAN "
        rows = by.connection.exec_driver_sql(explain + str(query).replace("%", "%%" if of_postgres else "%"))
        return "\n".join(" ".join(map(str, row)) for row in rows)


@pytest.mark.parametrize("after", [None, After(MORNING + timedelta(days=20), UUID(int=9)), After(None, UUID(int=9))])
def test_a_page_of_the_sector_is_read_in_the_order_of_its_index(city: City, after: After | None) -> None:
    read = plan(city, "setor", after)

    assert read.count("ix_task_inbox") >= 3, read
    assert "SCAN task" not in read, read
    assert "Seq Scan on task" not in read, read


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
