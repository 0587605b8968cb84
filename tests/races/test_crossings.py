"""Acts on one case that cross each other at any statement: none is lost, none waits for ever, all rows agree.

On SQLite a second writer waits before its first statement, so only PostgreSQL has anything to cross.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from engine.acts import cases, deadlines, orders, tasks
from tests.city import MORNING, City
from tests.races.pairs import Act, crossed
from tests.sketches import boundary_timer, end, exclusive, message, on_message, parallel, service, sketch, sub, task

_LATER = MORNING + timedelta(days=15)
_BUSY = sketch(
    [
        task("pedir", "requerente"), parallel("g_abre"), task("conferir", "protocolo"),
        boundary_timer("b_prazo", "conferir", "P10D"), exclusive("g_juntos"),
        service("s_lote", "cadastro.consultar", {"inscricao": '"01.02"'}, {"zona": "resultado.zona"}),
        message("m_pago", "pagamento_confirmado", "processo.numero"), parallel("g_fecha"),
        # The same message is awaited again with the same key: it may come while the case begins to wait.
        message("m_resto", "pagamento_confirmado", "processo.numero"), end("fim", "emitido"),
        sub(
            "sp_desiste",
            [on_message("m_desiste", "desistencia", "processo.numero"), end("fim_desiste", "desistencia")],
            "m_desiste > fim_desiste", on_event=True,
        ),
    ],
    """
    inicio > pedir > g_abre
    g_abre > conferir > g_juntos
    b_prazo > g_juntos
    g_juntos > m_resto > g_fecha
    g_abre > s_lote > g_fecha
    g_abre > m_pago > g_fecha
    g_fecha > fim
    """,
)  # fmt: skip


@dataclass(frozen=True)
class _Case:
    """A case with everything open at once: a task, a timer, two waits, and a job that somebody has claimed."""

    id: int
    number: str
    task_id: Any
    order: orders.Order


def _a_case(city: City) -> _Case:
    started = city.start()
    with city.by("clock") as by:
        order = orders.claim(by)
    assert order is not None
    return _Case(started.case_id, started.number, city.task_id(started.case_id, "conferir"), order)


def _complete(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("protocolo") as by:
            tasks.complete(by, case.task_id, {})

    return act


def _take(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("protocolo") as by:
            tasks.take(by, case.task_id)

    return act


def _take_next(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("protocolo") as by:
            tasks.take_next(by)

    return act


def _pay(case: _Case) -> Act:
    return lambda city: city.tell("pagamento_confirmado", case.number, {"valor": 1}, once=case.number)


def _pay_by_hand(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("fazenda") as by:
            by.roles |= {"gestor"}
            cases.confirm_payment(by, case.id, 100, "extrato 7")

    return act


def _withdraw(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("requerente", case=case.id) as by:
            cases.withdraw(by, case.id, "desisto")

    return act


def _fall_due(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("clock", _LATER) as by:
            deadlines.settle_next(by)

    return act


def _put_off(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("clock", _LATER) as by:
            deadlines.put_off(by, case.id)
            cases.open_incident(by, case.id, "engine", {})

    return act


def _settle(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("clock") as by:
            orders.settle(by, case.order, {"zona": "ZR2"})

    return act


def _give_up(case: _Case) -> Act:
    def act(city: City) -> None:
        with city.by("clock") as by:
            orders.fail(by, case.order, "outlet-failed", {}, retry=False)

    return act


_ACTS: Mapping[str, Callable[[_Case], Act]] = {
    "complete": _complete, "take": _take, "take-next": _take_next, "pay": _pay, "pay-by-hand": _pay_by_hand,
    "withdraw": _withdraw, "fall-due": _fall_due, "put-off": _put_off, "settle": _settle, "give-up": _give_up,
}  # fmt: skip


_USUAL = ("complete", "withdraw", "pay")  # between them they touch every kind of row


@pytest.mark.parametrize(
    "seconds", [_USUAL, pytest.param(tuple(_ACTS), marks=pytest.mark.nightly)], ids=["usual", "all"]
)
@pytest.mark.parametrize("first", _ACTS)
def test_two_acts_on_one_case_may_cross_at_any_statement(city: City, first: str, seconds: tuple[str, ...]) -> None:
    city.publish(_BUSY)

    for second in seconds:
        statement, there = 2, True
        while there:
            case = _a_case(city)
            _, _, there = crossed(city, _ACTS[first](case), _ACTS[second](case), statement)
            assert city.findings(case.id) == [], f"{first} stopped before statement {statement}, {second}"
            statement += 1
            there = there and city.house.store.dialect.name == "postgresql"
