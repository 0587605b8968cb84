"""Orders of the outbox: leased, carried out outside, settled once; failures are put off, and shown when they last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from engine.acts import cases, orders
from engine.house import House
from engine.store.cases import Case, Document, Incident
from engine.store.session import transaction
from engine.store.trail import AuditEntry, Outbox
from tests.city import City
from tests.sketches import SERVICE, boundary_timer, end, message, service, sketch, task


def _charge(value: str) -> bytes:
    charge = service("s_cobrar", "pix.cobrar", {"valor": value}, {"txid": "resultado.txid"})
    return sketch([task("pedir", "requerente"), charge, end("fim")], "inicio > pedir > s_cobrar > fim")


def _claim(city: City, at: datetime | None = None) -> orders.Order:
    with city.by("clock", at) as by:
        order = orders.claim(by)
    assert order is not None
    return order


def _settle(city: City, order: orders.Order, result: dict[str, Any]) -> bool:
    with city.by("clock") as by:
        return orders.settle(by, order, result)


def _fail(city: City, order: orders.Order, at: datetime, *, retry: bool = True) -> None:
    with city.by("clock", at) as by:
        orders.fail(by, order, "outlet-failed", {"kind": "timeout"}, retry=retry)


def test_a_service_answers_into_its_case_and_the_case_goes_on(city: City) -> None:
    city.publish(SERVICE)
    case_id = city.start().case_id

    assert city.tick() == 1

    (row,) = city.rows(Outbox)
    assert (row["status"], row["attempts"], row["settled_at"]) == ("done", 1, city.at)
    assert city.case(case_id)["data"]["zona"] == "ZR2"
    assert city.open_elements(case_id) == ["conferir"]
    assert [row["action"] for row in city.rows(AuditEntry, chain=case_id)][-1] == "service.result"
    assert city.findings() == []


def test_whoever_is_called_gets_the_same_key_at_every_attempt_and_another_for_every_order(city: City) -> None:
    city.publish(SERVICE)
    city.start()
    first = _claim(city)
    city.start()

    other = _claim(city)
    again = _claim(city, city.at + orders.LEASE)

    assert (again.id, again.attempt, again.key) == (first.id, 2, first.key)
    assert other.key != first.key


def test_a_leased_order_is_nobodys_until_the_lease_has_run_out(city: City) -> None:
    city.publish(SERVICE)
    city.start()
    _claim(city)

    with city.by("clock", city.at + orders.LEASE - timedelta(seconds=1)) as by:
        assert orders.claim(by) is None
    with city.by("clock", city.at + orders.LEASE) as by:
        assert orders.claim(by) is not None


def test_an_order_whose_every_lease_ran_out_is_set_aside_and_not_tried_once_more(city: City) -> None:
    city.publish(SERVICE)
    case_id = city.start().case_id
    for _ in range(orders.MAX_LOSSES):
        _claim(city)
        city.at += orders.LEASE

    city.tick()

    (row,) = city.rows(Outbox)
    (incident,) = city.rows(Incident)
    assert (row["status"], row["error"]) == ("failed", "worker-lost")
    assert (incident["case_id"], incident["code"]) == (case_id, "worker-lost")
    assert city.findings() == []


def test_whoever_lost_his_lease_settles_nothing_and_fails_nothing(city: City) -> None:
    city.publish(SERVICE)
    case_id = city.start().case_id
    slow = _claim(city)
    quick = _claim(city, city.at + orders.LEASE)

    assert not _settle(city, slow, {"zona": "errada"})
    _fail(city, slow, city.at, retry=False)
    assert _settle(city, quick, {"zona": "ZR2"})
    assert not _settle(city, quick, {"zona": "outra vez"})

    assert city.case(case_id)["data"]["zona"] == "ZR2"
    assert city.rows(Incident) == []
    assert city.findings() == []


def test_a_failed_attempt_is_put_off_three_times_as_long_each_time_and_the_fifth_is_an_incident(city: City) -> None:
    city.publish(SERVICE)
    case_id = city.start().case_id
    pauses = []
    for _ in range(orders.MAX_ATTEMPTS):
        order = _claim(city)
        _fail(city, order, city.at)
        (row,) = city.rows(Outbox)
        pauses.append((row["next_at"] - city.at).total_seconds())
        city.at = row["next_at"]

    for pause, usual in zip(pauses, (10, 30, 90, 270), strict=False):
        assert 0.8 * usual <= pause <= 1.2 * usual
    (row,) = city.rows(Outbox)
    (incident,) = city.rows(Incident)
    assert (row["status"], row["attempts"], row["error"]) == ("failed", 5, "outlet-failed")
    assert (incident["case_id"], incident["element"], incident["status"]) == (case_id, "s_lote", "open")
    assert incident["facts"]["kind"] == "timeout"
    assert city.tick(city.at + timedelta(days=9)) == 0
    assert city.findings() == []


def test_an_operator_orders_again_what_was_given_up(city: City) -> None:
    city.publish(SERVICE)
    case_id = city.start().case_id
    _fail(city, _claim(city), city.at, retry=False)
    (incident,) = city.rows(Incident)

    with city.by("operador") as by:
        cases.retry(by, incident["id"], "a causa foi afastada")
    city.tick()

    assert city.open_elements(case_id) == ["conferir"]
    assert city.rows(Incident, status="open") == []
    assert city.findings() == []


def test_a_retry_orders_again_only_what_its_own_incident_is_about(city: City) -> None:
    city.publish(SERVICE)
    mine, other = city.start().case_id, city.start().case_id
    for _ in range(2):
        _fail(city, _claim(city), city.at, retry=False)

    with city.by("operador") as by:
        cases.retry(by, city.rows(Incident, case_id=mine)[0]["id"], "a causa foi afastada")

    assert [row["status"] for row in city.rows(Outbox, case_id=mine)] == ["pending"]
    assert [row["status"] for row in city.rows(Outbox, case_id=other)] == ["failed"]


def test_a_connector_that_says_no_for_good_is_not_asked_again(city: City) -> None:
    city.publish(_charge("10.005"))
    city.start()

    city.tick()

    (row,) = city.rows(Outbox)
    assert (row["status"], row["attempts"], row["error"]) == ("failed", 1, "outlet-failed")
    assert city.rows(Incident)[0]["facts"]["kind"] == "value-not-in-cents"
    assert city.findings() == []


def test_a_result_that_the_diagram_cannot_read_is_an_incident_and_nothing_of_it_is_kept(city: City) -> None:
    xml = sketch(
        [
            task("pedir", "requerente"), service("s", "cadastro.consultar", {}, {"n": 'prazo(1, "luas")'}), end("fim"),
        ],
        "inicio > pedir > s > fim",
    )  # fmt: skip
    city.publish(xml)
    case_id = city.start().case_id

    city.tick()

    assert [row["status"] for row in city.rows(Outbox)] == ["failed"]
    assert len(city.rows(Incident, status="open")) == 1
    assert city.case(case_id)["data"] == {}
    assert city.findings() == []


def test_the_order_of_a_job_that_is_no_longer_awaited_is_dropped(city: City) -> None:
    xml = sketch(
        [
            task("pedir", "requerente"), service("s", "cadastro.consultar", {}, {}), boundary_timer("b", "s", "P1D"),
            end("fim"), end("fim_b"),
        ],
        "inicio > pedir > s > fim\nb > fim_b",
    )  # fmt: skip
    city.publish(xml)
    city.start()
    order = _claim(city)
    city.at += timedelta(days=5)

    with city.by("clock") as by:
        while orders.claim(by):
            pass
    city.tick()

    assert not _settle(city, order, {})
    assert [row["status"] for row in city.rows(Outbox)] == ["dropped"]
    assert city.findings() == []


def test_a_document_is_issued_with_its_code_and_a_draft_gives_way_to_the_next(city: City) -> None:
    xml = sketch(
        [task("pedir", "requerente", documento="recibo"), task("assinar", "secretario", minuta="alvara"), end("fim")],
        "inicio > pedir > assinar > fim",
    )
    city.publish(xml, papers={"recibo": "# Recibo\n\n{processo.numero}\n", "alvara": "# Alvará\n\nTexto.\n"})
    case_id = city.start().case_id

    city.tick()

    found = {row["type"]: row for row in city.rows(Document, case_id=case_id)}
    assert {name: (row["status"], row["origin"], row["title"]) for name, row in found.items()} == {
        "recibo": ("valido", "emitido", "Recibo"), "alvara": ("minuta", "emitido", "Alvará"),
    }  # fmt: skip
    assert len({row["code"] for row in found.values()}) == 2
    assert city.findings() == []


def test_without_an_outlet_mails_stay_as_what_would_have_been_said(city: City) -> None:
    xml = sketch([task("pedir", "requerente", form="pedir"), task("responder", "requerente"), end("fim")],
                 "inicio > pedir > responder > fim")  # fmt: skip
    form = '{"type": "default", "id": "pedir", "schemaVersion": 19, "components": [' \
        '{"type": "textfield", "id": "b", "key": "requerente.email", "label": "E-mail"}]}'  # fmt: skip
    city.publish(xml, forms={"pedir": form})
    started = city.start({"requerente": {"email": "marina@exemplo.com.br"}})

    city.tick()

    assert [row["status"] for row in city.rows(Outbox)] == ["done"]
    assert city.notices()[0]["number"] == started.number


def test_an_outlet_that_cannot_be_reached_is_tried_again(city: City) -> None:
    city.house = House(replace(city.settings, mail_url="smtp://127.0.0.1:1"), city.house.store)
    test_form = '{"type": "default", "id": "pedir", "schemaVersion": 19, "components": [' \
        '{"type": "textfield", "id": "b", "key": "requerente.email", "label": "E-mail"}]}'  # fmt: skip
    xml = sketch([task("pedir", "requerente", form="pedir"), task("responder", "requerente"), end("fim")],
                 "inicio > pedir > responder > fim")  # fmt: skip
    city.publish(xml, forms={"pedir": test_form})
    city.start({"requerente": {"email": "marina@exemplo.com.br"}})

    city.tick()

    (row,) = city.rows(Outbox)
    assert (row["status"], row["attempts"]) == ("pending", 1)
    assert row["next_at"] > city.at


# -- messages that were kept ------------------------------------------------------------------------------------------


@pytest.fixture
def stuck(city: City) -> tuple[City, int, str]:
    """Give a case whose payment came early and whose state cannot be read when it is delivered, and that state."""
    xml = sketch(
        [task("pedir", "requerente"), task("a"), message("m", "pago", "processo.numero"), task("b"), end("fim")],
        "inicio > pedir > a > m > b > fim",
    )
    city.publish(xml)
    started = city.start()
    city.tell("pago", started.number)
    city.complete(started.case_id, "a")
    state = city.case(started.case_id)["state"]
    _put(city, started.case_id, '{"v": 99}')
    return city, started.case_id, state


def _put(city: City, case_id: int, state: str) -> None:
    with transaction(city.house.store) as session:
        session.connection().execute(update(Case).where(Case.id == case_id).values(state=state))
    city.forget()


def test_a_kept_message_that_cannot_be_delivered_is_an_incident_of_its_case(stuck: tuple[City, int, str]) -> None:
    city, case_id, state = stuck

    city.tick()

    assert [row["status"] for row in city.rows(Outbox, kind="deliver")] == ["failed"]
    assert [(row["case_id"], row["code"]) for row in city.rows(Incident)] == [(case_id, "case-stuck")]
    _put(city, case_id, state)
    assert city.findings() == []


def test_it_is_delivered_when_the_operator_retries(stuck: tuple[City, int, str]) -> None:
    city, case_id, state = stuck
    city.tick()
    _put(city, case_id, state)

    with city.by("operador") as by:
        cases.retry(by, city.rows(Incident)[0]["id"], "a causa foi afastada")
    city.tick()

    assert city.open_elements(case_id) == ["b"]
    assert city.findings() == []
