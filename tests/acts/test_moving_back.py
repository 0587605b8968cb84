"""A move taken back: every row as it was, as long as the case has not gone on."""

from __future__ import annotations

import pytest

from engine.acts import tasks
from engine.desk import task as desk
from engine.errors import MoveNotUndone
from engine.store.cases import Case
from engine.store.deadlines import ClockEntry
from engine.store.moves import CaseMove
from engine.store.trail import AuditEntry
from tests.acts.moved import (
    ENDS,
    NEW,
    OLD,
    clocked,
    kept_of,
    moved,
    one_task,
    published,
    undone,
)
from tests.city import City
from tests.sketches import (
    PAYMENT,
    sketch,
    task,
)  # fmt: skip


@pytest.mark.parametrize("old", [OLD, clocked(60), PAYMENT], ids=["task", "clock", "payment"])
def test_undoing_a_move_restores_every_row(city: City, old: bytes) -> None:
    new = NEW if old is OLD else one_task() if old != PAYMENT else PAYMENT.replace(b"confirmado", b"feito")
    published(city, old)
    case_id = city.start().case_id
    if old != PAYMENT:
        with city.by("obras") as by:
            tasks.take(by, city.task_id(case_id, "analisar"))
    before, ledger = kept_of(city, case_id), city.rows(ClockEntry)
    moved(city, published(city, new))
    assert kept_of(city, case_id) != before
    city.pass_time(days=1)

    undone(city, 1)

    assert kept_of(city, case_id) == before
    assert city.rows(ClockEntry) == ledger
    assert city.findings() == []
    assert [row["status"] for row in city.rows(CaseMove)] == ["undone"]
    assert len(city.rows(AuditEntry, chain=case_id, action="case.move-undo")) == 1


def test_a_case_that_has_gone_on_since_is_not_taken_back(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    moved(city, published(city, NEW))
    city.complete(case_id, "t2", {"valor": 7})

    with pytest.raises(MoveNotUndone):
        undone(city, 1)
    assert city.open_elements(case_id) == ["assinar"]


def test_a_move_is_undone_once(city: City) -> None:
    published(city, OLD)
    city.start()
    moved(city, published(city, NEW))
    undone(city, 1)

    with pytest.raises(MoveNotUndone):
        undone(city, 1)


def test_two_moves_are_undone_the_last_first(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    before = kept_of(city, case_id)
    moved(city, published(city, NEW))
    moved(city, published(city, one_task(due="P7D")))
    with pytest.raises(MoveNotUndone):
        undone(city, 1)

    undone(city, 2)
    undone(city, 1)

    assert kept_of(city, case_id) == before
    assert city.findings() == []


def test_a_run_kept_in_memory_is_not_taken_for_the_moved_case(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    moved(city, published(city, NEW))
    undone(city, 1)

    city.complete(case_id, "analisar")

    assert city.rows(Case, id=case_id)[0]["outcome"] == "emitido"


def test_the_page_of_a_task_that_the_new_version_does_not_know_is_that_of_its_own_version(city: City) -> None:
    two = [task("pedir", "requerente"), task("conferir", form="valor"), task("analisar"), ENDS[0]]
    published(city, sketch(two, "inicio > pedir > conferir > analisar > fim"))
    case_id = city.start().case_id
    done = city.task_id(case_id, "conferir")
    city.complete(case_id, "conferir", {"valor": 7})
    city.pass_time(hours=1)
    moved(city, published(city, OLD))

    with city.by("obras", writes=False) as by:
        found = desk.page(by, done)

    assert (found.status, found.form is not None) == ("done", True)
