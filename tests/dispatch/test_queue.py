"""The queue holds nothing that cannot be made anew, and an installation that cannot have it is told so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from engine.acts import orders
from engine.dispatch.readiness import prepare_queue, queue_is_ready, queue_workers
from engine.settings import Settings, UnfitDispatcher, read_settings
from engine.store.session import transaction
from tests.dispatch.site import KINDS, ONE, Site, until

QUEUED = pytest.mark.parametrize("site", [KINDS[2]], indirect=True)


def _run(site: Site, statement: str) -> None:
    with transaction(site.city.house.store) as session:
        session.connection().execute(text(statement))


@QUEUED
def test_an_order_that_lost_its_job_is_found(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.dispatch.queued._STRAY", timedelta(0))
    site.publish(ONE)
    site.start()
    _run(site, "TRUNCATE procrastinate_jobs CASCADE")

    with site.at_work():
        until(lambda: [row["status"] for row in site.orders()] == ["done"])

    assert len(site.asked.keys) == 1


@QUEUED
def test_a_job_too_many_finds_nothing_to_do(site: Site) -> None:
    site.publish(ONE)
    site.start()
    (row,) = site.orders()
    with transaction(site.city.house.store) as session:
        assert site.city.house.queue is not None
        site.city.house.queue.enqueue(session.connection(), [(row["id"], row["case_id"])] * 2)

    with site.at_work():
        until(lambda: site.jobs() == 0)

    assert len(site.asked.keys) == 1
    assert site.city.findings() == []


@QUEUED
def test_tables_of_another_version_are_made_anew_and_those_of_this_one_left_alone(site: Site) -> None:
    site.publish(ONE)
    site.start()
    prepare_queue(site.city.house)
    assert site.jobs() == 1
    _run(site, "COMMENT ON TABLE procrastinate_jobs IS 'rito: procrastinate 2.0'")
    assert not queue_is_ready(site.city.house)
    assert queue_workers(site.city.house) is None

    prepare_queue(site.city.house)

    assert queue_is_ready(site.city.house)
    assert site.jobs() == 0


@QUEUED
def test_a_worker_at_work_is_seen(site: Site) -> None:
    assert queue_workers(site.city.house) == 0

    with site.at_work():
        until(lambda: queue_workers(site.city.house) == 1)

    assert queue_workers(site.city.house) == 0


def test_a_site_without_a_queue_needs_none(site: Site) -> None:
    assert queue_is_ready(site.city.house)


def test_of_one_case_a_second_order_is_not_even_claimed(site: Site) -> None:
    site.publish(ONE)
    site.start()
    site.start()
    _run(site, "UPDATE outbox SET case_id = 1")
    at = datetime.now(UTC)

    with site.city.by("clock", at) as by:
        first = orders.claim(by)
    with site.city.by("clock", at) as by:
        assert orders.claim(by) is None
    with site.city.by("clock", at) as by:
        assert first is not None
        orders.hand_back(by, first)
    with site.city.by("clock", at) as by:
        assert orders.claim(by) is not None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"RITO_DISPATCHER": "celery"}, "unknown"), ({"RITO_DISPATCHER": "procrastinate"}, "database"),
        ({"RITO_DISPATCHER": "procrastinate", "RITO_DATABASE_URL": "sqlite:///x.db"}, "database"),
    ],
)  # fmt: skip
def test_a_dispatcher_that_cannot_be_had_is_refused(words: dict[str, str], why: str) -> None:
    with pytest.raises(UnfitDispatcher, match=why):
        read_settings(words)


def test_embedded_is_what_nobody_has_to_ask_for() -> None:
    settings: Settings = read_settings({})

    assert settings.dispatcher == "embedded"
    assert read_settings({"RITO_DISPATCHER": "procrastinate", "RITO_DATABASE_URL": "postgresql://x/y"}).dispatcher
