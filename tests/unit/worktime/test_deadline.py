"""The six rules of Lei 9.784/1999 art. 66, over ten years, against a slow reading of the calendar day by day."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.worktime import Calendar, DayOff, Interval, Term, due_at, due_of_ledger, left, parse_term

ZONE = ZoneInfo("America/Sao_Paulo")
ONE_DAY = timedelta(days=1)
MOMENTS = st.builds(datetime.combine, st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.times(), st.just(UTC))
ROWS = st.builds(
    lambda on, length, closes_at, sector: DayOff(
        on=on, until=on + timedelta(days=length), name="x", closes_at=closes_at, sector=sector
    ),
    st.dates(date(2020, 1, 1), date(2031, 12, 31)),
    st.integers(0, 12),
    st.none() | st.just(time(12)),
    st.sampled_from([None, "obras", "fazenda"]),
)
CALENDARS = st.builds(
    lambda state, rows, sector: Calendar(state=state, days_off=tuple(rows)).for_sector(sector),
    st.sampled_from(["SP", "RJ", "MG", "AC"]),
    st.lists(ROWS, max_size=40),
    st.sampled_from(["obras", "fazenda", "saude"]),
)
PLAIN = Calendar()
EVE = DayOff(on=date(2026, 12, 24), name="Véspera", closes_at=time(12))


def at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def last_day(start: datetime, term: Term, calendar: Calendar) -> date:
    return calendar.local_day(due_at(start, term, calendar))


def serves_whole(day: date, calendar: Calendar) -> bool:
    return calendar.is_working(day) and not calendar.closes_early(day)


def rolled(day: date, calendar: Calendar) -> date:
    while not serves_whole(day, calendar):
        day += ONE_DAY
    return day


@given(MOMENTS, CALENDARS)
def test_rule_1_the_first_day_is_excluded(start, calendar):
    assert last_day(start, Term(1, "corridos"), calendar) > calendar.local_day(start)
    assert last_day(start, Term(1, "uteis"), calendar) > calendar.local_day(start)


@given(MOMENTS, st.integers(1, 400), CALENDARS)
def test_rule_2_the_last_day_is_included_to_its_close(start, amount, calendar):
    due = due_at(start, Term(amount, "corridos"), calendar)

    day = calendar.local_day(start) + timedelta(days=amount)

    assert due == at(rolled(day, calendar), 17)


@given(MOMENTS, st.integers(1, 400), st.sampled_from(["corridos", "uteis"]), CALENDARS)
def test_rule_3_no_term_ends_without_service_or_on_a_day_that_closes_early(start, amount, unit, calendar):
    assert serves_whole(last_day(start, Term(amount, unit), calendar), calendar)


@given(MOMENTS, st.integers(1, 400), CALENDARS)
def test_rule_4_days_run_without_a_break(start, amount, calendar):
    shifted = [last_day(start + n * ONE_DAY, Term(amount, "corridos"), calendar) for n in range(3)]
    plain = [rolled(calendar.local_day(start) + timedelta(days=amount + n), calendar) for n in range(3)]

    assert shifted == plain


@given(MOMENTS, st.integers(1, 120), CALENDARS)
def test_rules_5_and_6_months_run_from_date_to_date_or_to_the_last_day(start, amount, calendar):
    day = calendar.local_day(start)
    year, month = day.year, day.month
    for _ in range(amount):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    nominal = date(year, month, min(day.day, monthrange(year, month)[1]))

    assert last_day(start, Term(amount, "meses"), calendar) == rolled(nominal, calendar)


@given(MOMENTS, st.integers(1, 10), CALENDARS)
def test_a_year_is_twelve_months(start, amount, calendar):
    assert due_at(start, Term(amount, "anos"), calendar) == due_at(start, Term(12 * amount, "meses"), calendar)


@given(MOMENTS, st.integers(1, 250), CALENDARS)
def test_working_days_are_counted_one_by_one(start, amount, calendar):
    day = calendar.local_day(start)
    counted = 0
    while counted < amount:
        day += ONE_DAY
        counted += calendar.is_working(day)

    assert last_day(start, Term(amount, "uteis"), calendar) == rolled(day, calendar)


@given(MOMENTS, st.integers(1, 87840), CALENDARS)
def test_hours_are_clock_hours_and_are_never_put_off(start, amount, calendar):
    assert due_at(start, Term(amount, "horas"), calendar) - start == timedelta(hours=amount)


@given(MOMENTS, st.integers(1, 300), st.sampled_from(["corridos", "uteis", "horas"]), CALENDARS)
def test_a_longer_term_never_ends_sooner(start, amount, unit, calendar):
    assert due_at(start, Term(amount, unit), calendar) <= due_at(start, Term(amount + 1, unit), calendar)


@given(MOMENTS, st.integers(1, 90), st.sampled_from(["corridos", "uteis", "meses", "horas"]), CALENDARS)
def test_a_clock_that_never_stopped_ends_when_its_term_does(start, amount, unit, calendar):
    term = Term(amount, unit)

    assert due_of_ledger(term, [Interval(start, None, "corre")], calendar) == due_at(start, term, calendar)


def test_five_working_days_are_days_and_not_forty_hours():
    friday = date(2026, 3, 6)

    assert last_day(at(friday, 8), Term(5, "uteis"), PLAIN) == date(2026, 3, 13)
    assert last_day(at(friday, 16), Term(5, "uteis"), PLAIN) == date(2026, 3, 13)


def test_a_term_across_the_year_end_skips_both_holidays():
    assert last_day(at(date(2026, 12, 23)), Term(7, "uteis"), PLAIN) == date(2027, 1, 5)


def test_a_term_that_ends_on_an_early_closing_goes_past_christmas():
    assert last_day(at(date(2026, 12, 22)), Term(2, "corridos"), PLAIN) == date(2026, 12, 24)
    assert last_day(at(date(2026, 12, 22)), Term(2, "corridos"), Calendar(days_off=(EVE,))) == date(2026, 12, 28)


def test_an_early_closing_inside_a_term_counts_as_a_working_day():
    assert last_day(at(date(2026, 12, 22)), Term(3, "uteis"), Calendar(days_off=(EVE,))) == date(2026, 12, 28)


def test_carnival_counts_until_it_is_decreed():
    decreed = Calendar(days_off=(DayOff(on=date(2026, 2, 16), until=date(2026, 2, 17), name="Carnaval"),))

    assert last_day(at(date(2026, 2, 13)), Term(1, "uteis"), PLAIN) == date(2026, 2, 16)
    assert last_day(at(date(2026, 2, 13)), Term(1, "uteis"), decreed) == date(2026, 2, 18)


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        (date(2024, 2, 29), Term(1, "anos"), date(2025, 2, 28)),
        (date(2024, 1, 31), Term(1, "meses"), date(2024, 2, 29)),
        (date(2025, 1, 31), Term(1, "meses"), date(2025, 2, 28)),
        (date(2024, 2, 28), Term(1, "corridos"), date(2024, 2, 29)),
        (date(2025, 12, 31), Term(2, "meses"), date(2026, 3, 2)),  # 28 February 2026 is a Saturday
    ],
)
def test_a_missing_day_is_the_last_of_its_month(start, term, end):
    assert last_day(at(start), term, PLAIN) == end


def test_a_notice_given_on_a_sunday_is_counted_from_the_monday():
    assert last_day(at(date(2026, 3, 1)), Term(5, "corridos"), PLAIN) == date(2026, 3, 6)


def test_the_day_of_the_notice_is_the_one_of_the_city_not_of_greenwich():
    late_on_monday = datetime(2026, 3, 3, 2, 30, tzinfo=UTC)

    assert last_day(late_on_monday, Term(1, "uteis"), PLAIN) == date(2026, 3, 3)


def test_summer_time_of_the_past_moves_the_hour_of_closing():
    assert due_at(datetime(2018, 10, 31, 12, tzinfo=UTC), Term(1, "uteis"), PLAIN).hour == 20
    assert due_at(datetime(2018, 11, 5, 12, tzinfo=UTC), Term(1, "uteis"), PLAIN).hour == 19
    assert due_at(datetime(2019, 11, 5, 12, tzinfo=UTC), Term(1, "uteis"), PLAIN).hour == 20


def test_hours_across_a_change_of_the_clocks_are_still_hours():
    before = datetime(2018, 11, 3, 15, tzinfo=UTC)

    assert due_at(before, Term(24, "horas"), PLAIN) == datetime(2018, 11, 4, 15, tzinfo=UTC)


def test_a_decree_that_makes_yesterday_a_holiday_moves_the_term_that_ended_then():
    decreed = Calendar(days_off=(DayOff(on=date(2026, 3, 6), name="Luto", norm="Decreto 77/2026"),))

    assert last_day(at(date(2026, 3, 1)), Term(5, "corridos"), decreed) == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("text", "days", "term"),
    [
        ("P5D", "uteis", Term(5, "uteis")),
        ("P30D", "corridos", Term(30, "corridos")),
        ("P1W", "uteis", Term(7, "corridos")),
        ("P2M", "uteis", Term(2, "meses")),
        ("P10Y", "corridos", Term(10, "anos")),
        ("PT24H", "corridos", Term(24, "horas")),
    ],
)
def test_a_duration_is_read_with_its_unit(text, days, term):
    assert parse_term(text, days=days) == term


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "5D",
        "P5",
        "PD",
        "P-5D",
        "P1.5D",
        "P1M5D",
        "P1DT2H",
        "PT5M",
        "PT",
        "p5d",
        "P5D\n",
        "P\u0665D",
        "P5D" * 99,
    ],
)
def test_what_is_not_one_duration_in_one_unit_is_refused(text):
    with pytest.raises(BadInput) as refused:
        parse_term(text, days="uteis")

    assert refused.value.facts["errors"] == {"duration": ["not-a-duration"]}


@pytest.mark.parametrize("text", ["P0D", "PT0H", "P11Y", "P121M", "P99999D", "P3661D", "P523W", "PT87841H"])
def test_a_term_of_nothing_or_over_ten_years_is_refused(text):
    with pytest.raises(BadInput) as refused:
        parse_term(text, days="corridos")

    assert refused.value.facts["errors"] == {"amount": ["out-of-range"]}


def test_a_unit_nobody_knows_is_refused():
    with pytest.raises(BadInput):
        Term(5, "semanas")


@pytest.mark.parametrize(
    ("now", "days", "overdue", "used"),
    [
        (at(date(2026, 3, 2)), 10, False, 0),
        (at(date(2026, 3, 9), 10), 5, False, 48),
        (at(date(2026, 3, 16), 16), 0, False, 99),
        (at(date(2026, 3, 16), 18), 0, True, 100),
        (at(date(2026, 3, 20)), -4, True, 100),
        (at(date(2026, 2, 27)), 11, False, 0),
    ],
)
def test_what_is_left_is_told_in_working_days_negative_when_overdue(now, days, overdue, used):
    start = at(date(2026, 3, 2))

    standing = left(due_at(start, Term(10, "uteis"), PLAIN), now, PLAIN, since=start)

    assert (standing.working_days, standing.overdue, standing.used_percent) == (days, overdue, used)


def test_without_its_beginning_no_share_of_a_deadline_is_told():
    assert left(at(date(2026, 3, 16)), at(date(2026, 3, 2)), PLAIN).used_percent is None
