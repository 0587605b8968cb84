"""A message finds its case however it comes: many, each told three times, in every order of message, wait and close."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from engine.acts import cases
from engine.store.cases import MessageWait
from engine.store.trail import AuditEntry, Inbox
from tests.city import City
from tests.races.pairs import at_once
from tests.sketches import end, message, on_message, sketch, sub, task

_PAID = sketch(
    [
        task("pedir", "requerente"), task("cobrar", "fazenda"),
        message("m_pago", "pagamento_confirmado", "processo.numero", {"pago": "mensagem.valor"}),
        task("entregar", "protocolo"), end("fim", "emitido"),
        sub(
            "sp_desiste",
            [on_message("m_desiste", "desistencia", "processo.numero"), end("fim_desiste", "desistencia")],
            "m_desiste > fim_desiste", on_event=True,
        ),
    ],
    "inicio > pedir > cobrar > m_pago > entregar > fim",
)  # fmt: skip


def _pay(city: City, started: cases.Started) -> None:
    for _ in range(3):  # a bank says it more than once
        city.tell("pagamento_confirmado", started.number, {"valor": 10}, once=started.number)


def _wait(city: City, started: cases.Started) -> None:
    if "cobrar" in city.open_elements(started.case_id):
        city.complete(started.case_id, "cobrar")


def _close(city: City, started: cases.Started) -> None:
    with city.by("requerente", case=started.case_id) as by:
        cases.withdraw(by, started.case_id, "desisto")


_STEPS = (_pay, _wait, _close)


def _settle(city: City) -> None:
    while city.tick():
        pass


def _fate(city: City, started: cases.Started) -> tuple[Any, int, Any]:
    """Return what was paid into a case, how often that was delivered, and whom the inbox says that it reached."""
    delivered = len(city.rows(AuditEntry, chain=started.case_id, action="message.deliver"))
    (kept,) = city.rows(Inbox, external_id=started.number)
    return city.case(started.case_id)["data"].get("pago"), delivered, kept["case_id"]


# fifty of each of the six orders are the three hundred that are promised
@pytest.mark.parametrize("each", [2, pytest.param(50, marks=pytest.mark.nightly)])
def test_of_many_payments_in_every_order_none_is_lost_and_none_counts_twice(city: City, each: int) -> None:
    city.publish(_PAID)
    orders = list(itertools.permutations(_STEPS)) * each
    started = [city.start() for _ in orders]

    for turn in range(len(_STEPS)):
        for one, order in zip(started, orders, strict=True):
            order[turn](city, one)
        _settle(city)

    for one, order in zip(started, orders, strict=True):
        reached = set(order[: order.index(_close)]) == {_pay, _wait}
        assert _fate(city, one) == ((10, 1, one.case_id) if reached else (None, 0, None))
    assert city.rows(MessageWait) == []
    assert city.findings() == []


@pytest.mark.parametrize("count", [4, pytest.param(300, marks=pytest.mark.nightly)])
def test_of_payments_told_by_three_at_once_while_their_case_begins_to_wait_each_counts_once(
    city: City, count: int
) -> None:
    city.publish(_PAID)

    for _ in range(count):
        started = city.start()
        told = [lambda city, one=started: _pay(city, one)] * 3
        at_once(city, *told, lambda city, one=started: _wait(city, one))
        _settle(city)

        assert _fate(city, started) == (10, 1, started.case_id)
    assert city.findings() == []
