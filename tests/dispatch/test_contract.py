"""What every dispatcher keeps: at least once with one key, never two of a case at once, nothing lost with a process."""

from __future__ import annotations

import signal
import threading
import time
from datetime import timedelta
from itertools import pairwise

import pytest

from engine.acts import cases, orders
from engine.outlets import OutletFailed
from engine.store.cases import Incident
from engine.store.trail import AuditEntry, Outbox
from tests.dispatch.site import ONE, TWO_AT_ONCE, Site, until


def _done(site: Site, count: int = 1) -> bool:
    return [row["status"] for row in site.orders()] == ["done"] * count


def test_a_result_is_delivered_into_the_case_in_one_step(site: Site) -> None:
    site.publish(ONE)
    case_id = site.start()

    with site.at_work():
        until(lambda: _done(site))

    assert site.city.case(case_id)["data"] == {"veio": True}
    assert site.city.open_elements(case_id) == ["depois"]
    assert len(site.city.rows(AuditEntry, chain=case_id, action="service.result")) == 1
    assert site.city.findings() == []


def test_a_rollback_leaves_no_order_and_no_job(site: Site) -> None:
    site.publish(ONE)

    def start_and_break() -> None:
        with site.city.by("requerente") as by:
            cases.start(by, "teste", {}, origin="portal")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        start_and_break()

    assert site.orders() == []
    assert site.adapter != "procrastinate" or site.jobs() == 0
    with site.at_work():
        time.sleep(1)
    assert site.asked.keys == []


def test_a_commit_leaves_an_order_that_is_carried_out_without_a_word_more(site: Site) -> None:
    site.publish(ONE)
    site.start()

    assert [row["status"] for row in site.orders()] == ["pending"]
    assert site.adapter != "procrastinate" or site.jobs() == 1


def test_attempts_carry_one_key_and_come_further_apart_and_the_last_is_an_incident(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "FIRST_PAUSE", timedelta(milliseconds=50))

    def fail(_call: object) -> dict[str, object]:
        raise OutletFailed("busy", retry=True)

    site.publish(ONE)
    site.does = fail
    case_id = site.start()

    with site.at_work():
        until(lambda: site.city.rows(Incident), 60)

    begun = [began for began, _ in site.asked.spans]
    pauses = [later - earlier for earlier, later in pairwise(begun)]
    assert (len(begun), len(set(site.asked.keys))) == (orders.MAX_ATTEMPTS, 1)
    for pause, least in zip(pauses, (0.04, 0.12, 0.36, 1.08), strict=True):
        assert pause >= least
    (incident,) = site.city.rows(Incident)
    assert (incident["case_id"], incident["facts"]["kind"], incident["facts"]["attempt"]) == (case_id, "busy", 5)
    assert site.city.findings() == []


def test_two_orders_of_one_case_are_never_carried_out_at_once(site: Site) -> None:
    site.publish(TWO_AT_ONCE)
    site.does = lambda _call: time.sleep(0.5) or {}
    case_id = site.start()

    with site.at_work():
        until(lambda: _done(site, 2))

    (one, other) = sorted(site.asked.spans)
    assert one[1] <= other[0]
    assert site.city.open_elements(case_id) == ["depois"]
    assert site.city.findings() == []


def test_orders_of_two_cases_are_carried_out_at_once(site: Site) -> None:
    both = threading.Barrier(2)
    site.publish(ONE)
    site.does = lambda _call: {"veio": both.wait(15)}
    site.start()
    site.start()

    with site.at_work():
        until(lambda: _done(site, 2))

    assert site.city.findings() == []


def test_what_waits_for_its_next_attempt_holds_up_no_other_order_of_its_case(site: Site) -> None:
    failed: list[str] = []

    def fail_first(call: object) -> dict[str, object]:
        if not failed:
            failed.append("once")
            raise OutletFailed("busy", retry=True)
        return {}

    site.publish(TWO_AT_ONCE)
    site.does = fail_first
    site.start()

    with site.at_work():
        until(lambda: sorted(row["status"] for row in site.orders()) == ["done", "pending"])

    assert len(site.asked.keys) == 2


# -- processes that end -----------------------------------------------------------------------------------------------


def test_the_order_of_a_killed_worker_is_taken_over_within_half_a_minute_and_counts_once(site: Site) -> None:
    site.publish(ONE)
    case_id = site.start()
    with site.worker("sleep") as killed:
        until(killed.calls, 30)
        key = killed.calls()
        with site.at_work():
            killed.process.kill()

            took = until(lambda: _done(site), 45)

    assert took < 30
    assert site.asked.keys == key
    assert len(site.city.rows(AuditEntry, chain=case_id, action="service.result")) == 1
    assert site.city.rows(Incident) == []
    assert site.city.findings() == []


def test_work_that_goes_on_is_nobody_elses_however_long_it_takes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr("engine.dispatch.carrier.RENEWED_EVERY", 0.25)
    site.publish(ONE)
    site.does = lambda _call: time.sleep(3) or {"veio": True}
    site.start()

    with site.at_work(), site.at_work():
        until(lambda: _done(site))

    assert len(site.asked.keys) == 1


def test_a_process_that_is_told_to_stop_ends_what_it_began(site: Site) -> None:
    site.publish(ONE)
    case_id = site.start()
    with site.worker("slow") as worker:
        until(worker.calls, 30)

        worker.process.send_signal(signal.SIGTERM)
        took = until(worker.gone, 30)

    assert (worker.process.returncode, took < 25) == (0, True)
    assert _done(site)
    assert site.city.open_elements(case_id) == ["depois"]


def test_a_process_that_is_told_to_stop_hands_back_what_does_not_end(site: Site) -> None:
    site.publish(ONE)
    site.start()
    with site.worker("sleep", grace=1) as worker:
        until(worker.calls, 30)

        worker.process.send_signal(signal.SIGTERM)
        took = until(worker.gone, 30)

    (row,) = site.orders()
    assert (worker.process.returncode, took < 25) == (0, True)
    assert (row["status"], row["attempts"], row["losses"]) == ("pending", 0, 0)
    with site.at_work():
        until(lambda: _done(site))
    assert site.asked.keys == worker.calls()


def test_an_order_that_ends_its_process_three_times_is_an_incident_and_others_go_on(site: Site) -> None:
    site.publish(ONE)
    case_id = site.start()
    deaths = 0
    for _ in range(orders.MAX_LOSSES):
        with site.worker("die", lease=1.5) as worker:
            until(worker.gone, 40)
            deaths += len(worker.calls())
    innocent = site.start()

    with site.worker("ok", lease=1.5) as worker:
        until(lambda: site.city.rows(Incident), 40)
        until(lambda: site.city.rows(Outbox, case_id=innocent, status="done"))
        assert len(worker.calls()) == 1

    (incident,) = site.city.rows(Incident)
    assert (deaths, incident["case_id"], incident["code"]) == (3, case_id, "worker-lost")
    assert site.city.findings() == []
