"""The clock's ledger, against an independent reading that walks day by day and knows no arithmetic."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.worktime import Calendar, DayOff, Interval, Term, due_at, due_of_ledger, extrato

ZONE = ZoneInfo("America/Sao_Paulo")
ONE_DAY = timedelta(days=1)
CITY = Calendar(
    days_off=(
        DayOff(on=date(2026, 2, 16), until=date(2026, 2, 17), name="Carnaval", norm="Decreto 1/2026"),
        DayOff(on=date(2026, 12, 8), name="Padroeira", norm="Lei 5/1950"),
        DayOff(on=date(2026, 12, 24), name="Véspera", closes_at=time(12)),
        DayOff(on=date(2026, 9, 14), until=date(2026, 9, 18), name="Inventário", sector="obras"),
    )
).for_sector("obras")
STARTS = st.builds(datetime.combine, st.dates(date(2025, 6, 1), date(2027, 6, 1)), st.times(), st.just(UTC))
TERMS = st.builds(Term, st.integers(1, 70), st.sampled_from(["uteis", "corridos"]))
GAPS = st.integers(0, 40 * 24).map(lambda hours: timedelta(hours=hours))
STATES = st.sampled_from(["corre", "suspenso", "interrompido", "reiniciado"])


def at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def ledger(start: datetime, *rows: tuple[str, timedelta | None]) -> list[Interval]:
    """Intervals one after another: (state, how long it lasted; None for one still open)."""
    intervals = []
    for state, length in rows:
        end = None if length is None else start + length
        intervals.append(Interval(start, end, state))
        start = end
    return intervals


@st.composite
def ledgers(draw):
    rows = draw(st.lists(st.tuples(STATES, GAPS), max_size=6))
    return ledger(draw(STARTS), *rows, (draw(STATES), None))


def slow_due(term: Term, intervals: list[Interval]) -> tuple[datetime | None, int]:
    """The due moment, and what is left when the ledger ends: one stretch after the other, one day after the other."""
    left, due, lapsed = term.amount, None, False
    for interval in intervals:
        if interval.state in ("interrompido", "reiniciado"):
            left, lapsed = term.amount, False
        if lapsed:
            continue
        due = None
        if interval.state in ("corre", "reiniciado"):
            due, left_when_closed = slow_stretch(term, left, interval)
            lapsed = interval.ended_at is not None and due <= interval.ended_at
            left = 0 if lapsed else left_when_closed
    return due, left


def slow_stretch(term: Term, had: int, interval: Interval) -> tuple[datetime, int]:
    """Cross off one day at a time; ask at each whether the term ends there, and whether the stretch does."""
    left, left_when_closed, day = had, had, interval.began_at.astimezone(ZONE).date()
    ended_on = interval.ended_at and interval.ended_at.astimezone(ZONE).date()
    while True:
        if ended_on is None or day <= ended_on:
            left_when_closed = left
        closes = datetime.combine(day, time(17), ZONE).astimezone(UTC)
        serves = CITY.is_working(day) and not CITY.closes_early(day)
        if left == 0 and serves and (had > 0 or closes > interval.began_at):
            return closes, left_when_closed
        day += ONE_DAY
        if left and (term.unit == "corridos" or CITY.is_working(day)):
            left -= 1


@settings(max_examples=400)
@given(TERMS, ledgers())
def test_any_history_ends_when_a_day_by_day_reading_says(term, intervals):
    assert due_of_ledger(term, intervals, CITY) == slow_due(term, intervals)[0]


@settings(max_examples=300)
@given(TERMS, ledgers())
def test_the_days_counted_by_the_statement_add_up_to_the_term(term, intervals):
    due = due_of_ledger(term, intervals, CITY)
    resets = [n for n, one in enumerate(intervals) if one.state in ("interrompido", "reiniciado")]
    before = extrato(term, intervals[: resets[-1]], CITY, intervals[-1].began_at) if resets else []

    lines = extrato(term, intervals, CITY, intervals[-1].began_at + ONE_DAY)

    counted = sum(line.counted for line in lines) - sum(line.counted for line in before)
    assert counted == (term.amount if due else term.amount - slow_due(term, intervals)[1])
    if due:
        assert lines[-1].ended_on == max(CITY.local_day(due), lines[-1].began_on)
        assert lines[-1].left == 0


@given(TERMS, STARTS, GAPS)
def test_stopping_and_starting_in_one_instant_changes_nothing(term, start, ran):
    resumed = ledger(start, ("corre", ran), ("suspenso", timedelta(0)), ("corre", None))

    assert due_of_ledger(term, resumed, CITY) == due_at(start, term, CITY)


@given(st.integers(2, 90), STARTS, st.integers(0, 60), st.integers(0, 60))
def test_a_stop_of_k_days_moves_the_last_day_by_k_days(amount, start, ran, stopped):
    ran = min(ran, amount - 1)
    resumed = ledger(start, ("corre", ran * ONE_DAY), ("suspenso", stopped * ONE_DAY), ("corre", None))

    due = due_of_ledger(Term(amount, "corridos"), resumed, CITY)

    assert due == CITY.closing(CITY.put_off(CITY.local_day(start) + timedelta(days=amount + stopped)))


@given(st.integers(2, 90), STARTS, st.integers(0, 60), st.integers(0, 60))
def test_a_stop_moves_working_days_by_the_working_days_it_took(amount, start, ran, stopped):
    resumed = ledger(start, ("corre", ran * ONE_DAY), ("suspenso", stopped * ONE_DAY), ("corre", None))
    if CITY.working_days_between(CITY.local_day(start), CITY.local_day(start + ran * ONE_DAY)) >= amount:
        return
    took = CITY.working_days_between(
        CITY.local_day(start + ran * ONE_DAY), CITY.local_day(start + (ran + stopped) * ONE_DAY)
    )

    assert due_of_ledger(Term(amount, "uteis"), resumed, CITY) == due_at(start, Term(amount + took, "uteis"), CITY)


@pytest.mark.parametrize("state", ["suspenso", "interrompido"])
def test_a_clock_that_stands_still_has_no_due_moment(state):
    still = ledger(at(date(2026, 3, 2)), ("corre", 5 * ONE_DAY), (state, None))

    assert due_of_ledger(Term(30, "corridos"), still, CITY) is None


def test_a_clock_that_has_not_begun_has_no_due_moment():
    assert due_of_ledger(Term(30, "corridos"), [], CITY) is None
    assert extrato(Term(30, "corridos"), [], CITY, at(date(2026, 3, 2))) == []


def test_an_interruption_gives_the_whole_term_back():
    start = at(date(2026, 3, 2))
    history = ledger(start, ("corre", 20 * ONE_DAY), ("interrompido", 3 * ONE_DAY), ("corre", None))

    due = due_of_ledger(Term(30, "corridos"), history, CITY)

    assert due == due_at(start + 23 * ONE_DAY, Term(30, "corridos"), CITY)


def test_a_restart_gives_the_whole_term_back_at_once():
    start = at(date(2026, 3, 2))
    history = ledger(start, ("corre", 20 * ONE_DAY), ("reiniciado", None))

    assert due_of_ledger(Term(30, "corridos"), history, CITY) == due_at(
        start + 20 * ONE_DAY, Term(30, "corridos"), CITY
    )


def test_a_term_that_lapsed_is_not_brought_back_by_a_later_stop():
    start = at(date(2026, 3, 2))
    history = ledger(start, ("corre", 40 * ONE_DAY), ("suspenso", None))

    assert due_of_ledger(Term(30, "corridos"), history, CITY) == due_at(start, Term(30, "corridos"), CITY)


def test_a_term_that_lapsed_is_brought_back_by_a_restart():
    start = at(date(2026, 3, 2))
    history = ledger(start, ("corre", 40 * ONE_DAY), ("reiniciado", None))

    assert due_of_ledger(Term(30, "corridos"), history, CITY) == due_at(
        start + 40 * ONE_DAY, Term(30, "corridos"), CITY
    )


def test_a_clock_stopped_on_its_last_day_ends_on_the_day_it_resumes():
    monday = at(date(2026, 3, 2))
    history = ledger(monday, ("corre", 4 * ONE_DAY), ("suspenso", 5 * ONE_DAY), ("corre", None))

    assert due_of_ledger(Term(4, "corridos"), history, CITY) == at(date(2026, 3, 11), 17)


def test_a_clock_with_nothing_left_resumed_after_closing_ends_the_next_working_day():
    monday = at(date(2026, 3, 2))
    history = ledger(monday, ("corre", 4 * ONE_DAY), ("suspenso", timedelta(hours=10)), ("corre", None))

    assert due_of_ledger(Term(4, "corridos"), history, CITY) == at(date(2026, 3, 9), 17)


def test_an_extension_follows_on_from_the_last_day_before_it_is_put_off():
    start = at(date(2026, 3, 1))  # thirty days end on Tuesday 31, sixty on Thursday 30 April
    open_clock = ledger(start, ("corre", None))

    due = due_of_ledger(Term(30, "corridos"), open_clock, CITY, extensions=(Term(30, "corridos"),))

    assert due == at(date(2026, 4, 30), 17)


def test_an_extension_in_another_unit_is_counted_from_where_the_term_ends():
    start = at(date(2026, 3, 2))
    history = ledger(start, ("corre", 12 * ONE_DAY), ("suspenso", 2 * ONE_DAY), ("corre", None))

    due = due_of_ledger(Term(10, "corridos"), history, CITY, extensions=(Term(5, "uteis"),))

    # ten days end on Thursday 12; Friday 13 is used before the stop of Saturday, four remain from Monday 16
    assert due == at(date(2026, 3, 20), 17)


def test_months_are_moved_by_the_days_of_the_stop():
    start = at(date(2026, 1, 31))
    history = ledger(start, ("corre", 10 * ONE_DAY), ("suspenso", 5 * ONE_DAY), ("corre", None))

    assert due_of_ledger(Term(2, "meses"), history, CITY) == at(date(2026, 4, 6), 17)  # 5 April is a Sunday


def test_hours_stop_and_resume_to_the_second():
    start = datetime(2026, 3, 7, 3, 4, 5, tzinfo=UTC)
    history = ledger(start, ("corre", timedelta(hours=5)), ("suspenso", timedelta(hours=7)), ("corre", None))

    lines = extrato(Term(24, "horas"), history, CITY, start)

    assert due_of_ledger(Term(24, "horas"), history, CITY) == start + timedelta(hours=31)
    assert [line.counted for line in lines] == [5 * 3600, 0, 19 * 3600]
    assert [line.left for line in lines] == [19 * 3600, 19 * 3600, 0]


def test_hours_may_be_extended_by_hours_but_not_by_days():
    open_clock = ledger(at(date(2026, 3, 2)), ("corre", None))

    due = due_of_ledger(Term(24, "horas"), open_clock, CITY, extensions=(Term(12, "horas"),))

    assert due == at(date(2026, 3, 2)) + timedelta(hours=36)
    with pytest.raises(BadInput):
        due_of_ledger(Term(24, "horas"), open_clock, CITY, extensions=(Term(1, "corridos"),))


def test_a_closed_clock_keeps_the_moment_it_ran_against():
    start = at(date(2026, 3, 2))

    assert due_of_ledger(Term(30, "corridos"), ledger(start, ("corre", 3 * ONE_DAY)), CITY) == due_at(
        start, Term(30, "corridos"), CITY
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((1, None), (2, None)),
        ((1, 3), (2, None)),
        ((1, 2), (3, None)),
        ((3, 1), (1, None)),
    ],
)
def test_a_ledger_that_is_open_overlaps_gapes_or_runs_backwards_is_refused(first, second):
    def day(n):
        return None if n is None else at(date(2026, 3, n))

    rows = [Interval(day(a), day(b), "corre") for a, b in (first, second)]

    with pytest.raises(BadInput) as refused:
        due_of_ledger(Term(30, "corridos"), rows, CITY)

    assert "intervals" in refused.value.facts["errors"]


def test_the_statement_says_why_each_day_counts_or_not():
    start = at(date(2026, 2, 12))
    history = ledger(start, ("corre", 6 * ONE_DAY), ("suspenso", 5 * ONE_DAY), ("corre", None))

    lines = extrato(Term(5, "uteis"), history, CITY, at(date(2026, 2, 24)))

    told = [(str(a.began_on)[5:], str(a.ended_on)[5:], a.state, a.reason, a.counted, a.left, a.elapsed) for a in lines]
    assert told == [
        ("02-12", "02-12", "corre", "first-day", 0, 5, True),
        ("02-13", "02-13", "corre", "counted", 1, 4, True),
        ("02-14", "02-15", "corre", "weekend", 0, 4, True),
        ("02-16", "02-17", "corre", "day-off", 0, 4, True),
        ("02-18", "02-18", "corre", "counted", 1, 3, True),
        ("02-19", "02-23", "suspenso", "stopped", 0, 3, True),
        ("02-24", "02-24", "corre", "counted", 1, 2, True),
        ("02-25", "02-26", "corre", "counted", 2, 0, False),
    ]
    assert lines[3].day_off.norm == "Decreto 1/2026"


def test_the_statement_shows_the_days_by_which_a_term_was_put_off():
    lines = extrato(Term(2, "corridos"), ledger(at(date(2026, 12, 22)), ("corre", None)), CITY, at(date(2026, 12, 22)))

    assert [(line.began_on.day, line.reason, line.day_off and line.day_off.name) for line in lines] == [
        (22, "first-day", None),
        (23, "counted", None),
        (24, "counted", "Véspera"),
        (25, "put-off", "Natal"),
        (26, "put-off", None),
    ]
    assert lines[-1].ended_on == date(2026, 12, 28)


def test_the_statement_of_a_standing_clock_runs_to_the_present_day():
    still = ledger(at(date(2026, 3, 2)), ("corre", 5 * ONE_DAY), ("interrompido", None))

    lines = extrato(Term(30, "corridos"), still, CITY, at(date(2026, 3, 20)))

    assert (lines[-1].reason, lines[-1].ended_on, lines[-1].left) == ("stopped", date(2026, 3, 20), None)
