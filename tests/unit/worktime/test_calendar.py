"""Which days have service, against holidays by law, the city's rows and those of a sector."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.worktime import Calendar, DayOff, public_holidays

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
IMMACULATE = DayOff(on=date(2026, 12, 8), name="Padroeira", norm="Lei Municipal 1/1950")
INVENTORY = DayOff(on=date(2026, 12, 14), until=date(2026, 12, 16), name="Inventário", sector="fazenda")
EVE = DayOff(on=date(2026, 12, 24), name="Véspera de Natal", closes_at=time(12), norm="Decreto 9/2026")
ASHES = DayOff(on=date(2026, 2, 18), name="Cinzas", opens_at=time(13))
CITY = Calendar(days_off=(IMMACULATE, INVENTORY, EVE, ASHES))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 4, 3), "Sexta-feira Santa"),
        (date(2026, 7, 9), "Revolução Constitucionalista"),
        (date(2026, 11, 20), "Dia Nacional de Zumbi e da Consciência Negra"),
        (date(2026, 12, 25), "Natal"),
    ],
)
def test_national_and_state_holidays_have_no_service_and_say_their_name(day, name):
    assert not CITY.is_working(day)
    assert CITY.day_off(day).name == name


def test_a_state_holiday_is_worked_in_another_state():
    assert Calendar(state="MG").is_working(date(2026, 7, 9))


@pytest.mark.parametrize("day", [date(2026, 2, 17), date(2026, 6, 4), date(2026, 10, 28), date(2026, 12, 31)])
def test_a_ponto_facultativo_is_worked_until_the_city_decrees_it(day):
    decreed = Calendar(days_off=(DayOff(on=day, name="Ponto facultativo", norm="Decreto 2/2026"),))

    assert CITY.is_working(day)
    assert not decreed.is_working(day)


def test_carnival_tuesday_is_a_holiday_where_state_law_made_it_one():
    assert not Calendar(state="RJ").is_working(date(2026, 2, 17))


def test_black_awareness_day_is_national_only_since_2024():
    assert date(2023, 11, 20) not in public_holidays("MG", 2023)
    assert date(2024, 11, 20) in public_holidays("MG", 2024)


def test_a_municipal_holiday_of_this_year_does_not_apply_to_other_years():
    assert not CITY.is_working(date(2026, 12, 8))
    assert CITY.is_working(date(2025, 12, 8))
    assert CITY.is_working(date(2027, 12, 8))


def test_every_day_of_a_range_is_off_both_ends_included():
    treasury = CITY.for_sector("fazenda")

    off = [day for day in range(11, 19) if not treasury.is_working(date(2026, 12, day))]

    assert off == [12, 13, 14, 15, 16]


def test_a_sector_row_binds_that_sector_alone_and_city_rows_bind_all():
    assert CITY.is_working(date(2026, 12, 14))
    assert CITY.for_sector("obras").is_working(date(2026, 12, 14))
    assert not CITY.for_sector("obras").is_working(date(2026, 12, 8))


def test_a_sector_takes_the_rows_of_the_sectors_named_above_it():
    assert not CITY.for_sector("tributos", "fazenda").is_working(date(2026, 12, 14))


def test_early_closing_is_a_working_day_with_a_shorter_day():
    assert CITY.is_working(date(2026, 12, 24))
    assert CITY.closes_early(date(2026, 12, 24))
    assert CITY.hours(date(2026, 12, 24)) == (time(8), time(12))
    assert CITY.closing(date(2026, 12, 24)) == datetime(2026, 12, 24, 15, tzinfo=UTC)


def test_late_opening_is_not_early_closing():
    assert CITY.hours(date(2026, 2, 18)) == (time(13), time(17))
    assert not CITY.closes_early(date(2026, 2, 18))


def test_a_day_whose_hours_leave_nothing_has_no_service():
    day = date(2026, 3, 2)
    calendar = Calendar(
        days_off=(
            DayOff(on=day, name="manhã", opens_at=time(12)),
            DayOff(on=day, name="tarde", closes_at=time(12)),
        )
    )

    assert not calendar.is_working(day)
    assert calendar.day_off(day).name == "tarde"


def test_an_early_closing_on_a_holiday_does_not_open_it():
    calendar = Calendar(days_off=(DayOff(on=date(2026, 12, 25), name="x", closes_at=time(12)),))

    assert not calendar.is_working(date(2026, 12, 25))
    assert not calendar.closes_early(date(2026, 12, 25))
    assert calendar.day_off(date(2026, 12, 25)).name == "Natal"


def test_equal_calendars_are_one_key():
    other = Calendar(days_off=(IMMACULATE, INVENTORY, EVE, ASHES))

    assert {CITY: "kept"}[other] == "kept"
    assert CITY.for_sector("fazenda") is CITY.for_sector("fazenda")
    assert CITY.for_sector("fazenda") != CITY


def test_the_hour_that_comes_twice_closes_at_the_later_one():
    # on 2018-02-17 at 24:00 the clocks of São Paulo went back to 23:00
    late = Calendar(opens=time(8), closes=time(23, 30), weekdays=frozenset(range(7)))

    assert late.closing(date(2018, 2, 17)) == datetime(2018, 2, 18, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"state": "XX"}, "state"),
        ({"state": "São Paulo Capital"}, "state"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"weekdays": frozenset()}, "weekdays"),
        ({"weekdays": frozenset({7})}, "weekdays"),
        ({"opens": time(17), "closes": time(8)}, "closes"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(facts, field):
    with pytest.raises(BadInput) as refused:
        Calendar(**facts)

    assert list(refused.value.facts["errors"]) == [field]


@pytest.mark.parametrize("until", [date(2026, 12, 7), date(2028, 1, 1)])
def test_a_range_that_ends_before_it_begins_or_lasts_years_is_refused(until):
    with pytest.raises(BadInput):
        DayOff(on=date(2026, 12, 8), until=until, name="x")


def test_a_calendar_without_a_working_day_is_refused_when_one_is_sought():
    rows = tuple(DayOff(on=date(y, 1, 1), until=date(y, 12, 31), name="fechado") for y in range(2026, 2070))

    with pytest.raises(BadInput):
        Calendar(days_off=rows).add_working_days(date(2026, 1, 1), 1)
    with pytest.raises(BadInput):
        Calendar(days_off=rows).next_working(date(2026, 1, 1))


@given(DAYS, st.integers(0, 300))
def test_going_n_working_days_on_and_back_counts_n(day, n):
    on = CITY.add_working_days(day, n)

    assert CITY.working_days_between(day, on) == n
    assert CITY.working_days_between(on, day) == -n
    assert CITY.working_days_between(CITY.add_working_days(day, -n) - timedelta(days=1), day - timedelta(days=1)) == n


@given(DAYS, DAYS, DAYS)
def test_working_days_between_add_up(a, b, c):
    assert CITY.working_days_between(a, b) + CITY.working_days_between(b, c) == CITY.working_days_between(a, c)


@given(DAYS, st.integers(0, 400))
def test_working_days_between_is_the_count_of_working_days(day, length):
    end = day + timedelta(days=length)

    one_by_one = sum(CITY.is_working(day + timedelta(days=n)) for n in range(1, length + 1))

    assert CITY.working_days_between(day, end) == one_by_one


@given(DAYS)
def test_the_next_working_day_is_the_first_one_from_the_day_on(day):
    found = CITY.next_working(day)

    assert CITY.is_working(found)
    assert not any(CITY.is_working(day + timedelta(days=n)) for n in range((found - day).days))
