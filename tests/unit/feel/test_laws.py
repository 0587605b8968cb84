"""Laws that hold for all values: three-valued logic, exact arithmetic, order, JSON."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.feel import compile_expression, compile_tests, jsonable

TRUTH = st.sampled_from([True, False, None, 1, "x"])
NUMBER = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6)
EXACT = Context(prec=34, rounding=ROUND_HALF_EVEN)


def value(source, **scope):
    return compile_expression(source).evaluate(scope)


def as_truth(given):
    return given if given in (True, False) and isinstance(given, bool) else None


@given(TRUTH, TRUTH)
def test_and_and_or_commute_and_obey_de_morgan(a, b):
    assert value("a and b", a=a, b=b) is value("b and a", a=a, b=b)
    assert value("a or b", a=a, b=b) is value("b or a", a=a, b=b)
    assert value("not(a and b)", a=a, b=b) is value("not(a) or not(b)", a=a, b=b)


@given(st.lists(TRUTH, min_size=2, max_size=5))
def test_a_chain_of_and_is_false_if_any_is_and_true_only_if_all_are(values):
    scope = {f"v{i}": v for i, v in enumerate(values)}
    truths = [as_truth(v) for v in values]

    expected = False if False in truths else None if None in truths else True

    assert value(" and ".join(scope), **scope) is expected


@given(NUMBER, NUMBER)
def test_arithmetic_is_that_of_34_digit_decimals(a, b):
    assert value("a + b", a=a, b=b) == EXACT.add(a, b)
    assert value("a - b", a=a, b=b) == EXACT.subtract(a, b)
    assert value("a * b", a=a, b=b) == EXACT.multiply(a, b)
    assert value("a / b", a=a, b=b) == (EXACT.divide(a, b) if b else None)


@given(st.integers(-(10**12), 10**12), NUMBER)
def test_an_int_of_case_data_is_the_same_number_as_its_decimal(a, b):
    for operator in ("<", "<=", ">", ">=", "=", "!=", "+", "*"):
        assert value(f"a {operator} b", a=a, b=b) == value(f"a {operator} b", a=Decimal(a), b=b)


@given(NUMBER, NUMBER, NUMBER)
def test_in_between_and_the_operators_agree(a, low, high):
    assume(low <= high)
    within = low <= a <= high

    assert value("a between low and high", a=a, low=low, high=high) is within
    assert value("a in [low..high]", a=a, low=low, high=high) is within
    assert compile_tests("[low..high]").matches(a, {"low": low, "high": high}) is within
    assert compile_tests("not([low..high])").matches(a, {"low": low, "high": high}) is not within


@given(st.lists(NUMBER, min_size=1, max_size=8))
def test_sum_min_max_and_sort_agree_with_python(numbers):
    assert value("sum(x)", x=numbers) == sum(numbers)
    assert value("min(x)", x=numbers) == min(numbers)
    assert value("max(x)", x=numbers) == max(numbers)
    assert value("sort(x, function(a, b) a < b)", x=numbers) == sorted(numbers)


@given(st.text(max_size=30), st.integers(1, 30))
def test_substring_cuts_where_python_cuts(text, start):
    assume(start <= len(text))

    assert value("substring(t, i)", t=text, i=start) == text[start - 1 :]


@given(st.text(alphabet='ab"\\\n\té😀', max_size=20))
def test_a_text_written_as_a_literal_reads_back_the_same(text):
    written = text.replace("\\", "\\\\").replace('"', '\\"')

    assert value(f'"{written}"') == text


@given(st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)))
def test_a_duration_reads_back_from_its_text(span):
    assert value("duration(string(d))", d=span) == span


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_a_moment_reads_back_from_its_text(moment):
    assume(moment.tzinfo is None or re.fullmatch(r"[A-Za-z][\w+/-]*", str(moment.tzinfo)))

    assert value("date and time(string(d))", d=moment.replace(fold=0)) == moment.replace(fold=0)


PATTERNS = ["a*b", "(a|b)+c", "^a?b{1,2}", "[^a]c$", "(ab)*?c", "a.c", "b|ca|", "(a)(b)?\\1", "(a*)*c"]
DATA = st.recursive(st.none() | st.booleans() | NUMBER | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))


@given(st.text(alphabet="abc", max_size=12), st.sampled_from(PATTERNS))
def test_a_pattern_matches_where_python_would(text, pattern):
    assert value("matches(t, p)", t=text, p=pattern) is (re.search(pattern, text) is not None)


@given(DATA)
def test_data_stays_itself_on_the_way_to_json(data):
    assert jsonable(data) == data
    assert jsonable(jsonable(data)) == jsonable(data)
