"""Versions of small procedures between which cases move, and how tests move them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.acts import moving
from engine.acts.moving import Choices
from engine.store.cases import Incident, MessageWait, Task
from engine.store.deadlines import Clock, Timer
from engine.store.moves import CaseMove
from engine.store.trail import Outbox
from tests.city import City
from tests.sketches import (
    FORMS,
    Node,
    boundary_timer,
    end,
    sketch,
    task,
)  # fmt: skip

LONG_AGO = datetime(2000, 1, 3, tzinfo=UTC)
ENDS = [end("fim", "emitido"), end("f_b", "arquivado")]
LINE = "inicio > pedir > analisar > fim"


def one_task(*nodes: Node, flows: str = LINE, role: str = "obras", **words: Any) -> bytes:
    return sketch([task("pedir", "requerente"), task("analisar", role, **words), *nodes, ENDS[0]], flows)


OLD = one_task(due="P5D", warn="P3D")
NEW = sketch(
    [
        task("pedir", "requerente"), Node("userTask", "t2", {"name": "analisar", "camunda:candidateGroups": "fazenda",
        "camunda:formRef": "valor", "camunda:dueDate": "P9D"}), task("assinar", "secretario"),
        boundary_timer("b", "t2", "P20D"), *ENDS,
    ],
    "inicio > pedir > t2 > assinar > fim\nb > f_b",
)  # fmt: skip


def published(city: City, xml: bytes) -> int:
    return city.publish(xml, forms=FORMS).version_id


def ordered(city: City, version: int, cases: list[int] | None = None, **choices: Any) -> int:
    with city.by("gestor") as by:
        return moving.order(by, version, cases, Choices(**choices), "lei nova")


def moved(city: City, version: int, cases: list[int] | None = None, **choices: Any) -> list[str]:
    """Order a move and let the clock make it; return what became of each case."""
    order = ordered(city, version, cases, **choices)
    city.tick()
    return [row["status"] for row in city.rows(CaseMove, moving_id=order)]


def undone(city: City, move_id: int, who: str = "gestor") -> None:
    with city.by(who) as by:
        moving.undo(by, move_id, "engano")


def kept_of(city: City, case_id: int) -> dict[str, Any]:
    """Return every row of a case that a move may touch, and what its state says."""
    tables: dict[Any, tuple[str, ...]] = {
        Task: (), Timer: ("attempts",), MessageWait: (), Clock: (), Outbox: (), Incident: (),
    }  # fmt: skip
    kept = {table.__name__: _without(city.rows(table, case_id=case_id), names) for table, names in tables.items()}
    case = city.case(case_id)
    return kept | {"case": _without([case], ("lock_version", "trail_seq", "trail_seal"))}


def _without(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def clocked(days: int, name: str = "b") -> bytes:
    legal = boundary_timer(name, "analisar", f'prazo({days}, "corridos")', relogio="prazo_legal", norma=f"Lei {days}")
    return one_task(legal, ENDS[1], flows=f"{LINE}\n{name} > f_b")
