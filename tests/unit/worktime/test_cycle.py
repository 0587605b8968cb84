"""Repeating intervals: when their instants fall, and what an interruption leaves of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.errors import BadInput
from engine.worktime import parse_cycle
from engine.worktime.cycle import MOST_TIMES, Round, begin, passed

ZONE = "America/Sao_Paulo"


def instants(text: str, at: datetime, most: int = 5) -> list[str]:
    """Return the first instants of a cycle, in the city's time, each fired in time."""
    standing: Round | None = begin(parse_cycle(text), at, ZONE)
    found: list[str] = []
    while standing is not None and len(found) < most:
        due = standing.due(ZONE)
        found.append(due.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M:%S"))
        _, standing = passed(standing, due, ZONE)
    return found


def test_a_cycle_falls_due_so_often_a_period_apart():
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)

    assert instants("R3/PT10S", at) == ["2026-03-02T09:00:10", "2026-03-02T09:00:20", "2026-03-02T09:00:30"]
    assert len(instants("R/P1D", at)) == 5
    assert len(instants("R-1/P1D", at)) == 5


def test_months_are_counted_from_the_beginning_and_do_not_drift():
    found = instants("R4/2026-01-31T08:00:00-03:00/P1M", datetime(2026, 1, 1, tzinfo=UTC))

    assert [one[:10] for one in found] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_days_keep_the_hour_of_the_wall_clock_over_a_change_of_time():
    found = instants("R3/2018-11-03T08:00/P1D", datetime(2018, 11, 1, tzinfo=UTC))  # summer time began on the 4th

    assert found == ["2018-11-03T08:00:00", "2018-11-04T08:00:00", "2018-11-05T08:00:00"]


def test_a_start_in_the_past_leaves_what_is_still_to_come():
    assert instants("R5/2026-03-01T08:00/P1D", datetime(2026, 3, 3, 12, tzinfo=UTC)) == [
        "2026-03-04T08:00:00", "2026-03-05T08:00:00",
    ]  # fmt: skip
    assert instants("R2/2020-01-01T08:00/P1D", datetime(2026, 3, 3, tzinfo=UTC)) == ["2020-01-02T08:00:00"]


def test_after_an_interruption_it_fires_once_and_counts_what_it_missed():
    at = datetime(2026, 3, 2, tzinfo=UTC)
    first = begin(parse_cycle("R10/PT1H"), at, ZONE)

    missed, left = passed(first, at + timedelta(hours=4, minutes=30), ZONE)

    assert missed == 3
    assert left is not None
    assert left.due(ZONE) == at + timedelta(hours=5)
    assert passed(first, at + timedelta(days=3), ZONE) == (9, None)


def test_a_long_interruption_of_a_short_cycle_is_counted_at_once():
    at = datetime(2026, 3, 2, tzinfo=UTC)

    missed, left = passed(begin(parse_cycle("R/PT1S"), at, ZONE), at + timedelta(days=3_000), ZONE)

    assert missed == 3_000 * 86_400 - 1
    assert left is not None


def test_a_round_survives_being_kept():
    standing = begin(parse_cycle("R5/2026-03-01T08:00/P1D"), datetime(2026, 3, 3, tzinfo=UTC), ZONE)

    assert Round.of(standing.kept) == standing


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("R3", "not-a-cycle"), ("PT10S", "not-a-cycle"), ("R3/P", "not-a-cycle"), ("R3/PT", "not-a-cycle"),
        ("R3/P1DT", "not-a-cycle"), ("R3/P1D/2026-01-01", "not-a-cycle"), ("0 0 9 * * MON", "not-a-cycle"),
        ("R0/P1D", "times"), (f"R{MOST_TIMES + 1}/P1D", "times"), ("R3/P11Y", "too-long"),
        ("R3/P99999999D", "too-long"), ("R3/PT59S", "too-often"), ("R3/PT0S", "too-often"),
        ("R3/2026-02-30/P1D", "not-a-moment"),
    ],
)  # fmt: skip
def test_what_is_no_cycle_or_out_of_bounds_is_refused(text: str, reason: str):
    with pytest.raises(BadInput) as refused:
        parse_cycle(text, shortest=timedelta(minutes=1))

    assert refused.value.facts["errors"] == {"cycle": [reason]}
