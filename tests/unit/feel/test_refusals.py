"""What is refused: where, what was found, what comes near it; and that nothing else ever comes out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ExpressionRefused
from engine.feel import Budget, compile_expression, compile_tests, jsonable, script


def refusal(source, **scope):
    with pytest.raises(ExpressionRefused) as caught:
        compile_expression(source).evaluate(scope)
    return caught.value.facts


@pytest.mark.parametrize(
    ("source", "line", "column", "found"),
    [
        ("1 +", 1, 4, ""),
        ("area 200", 1, 6, "200"),
        ("a and\n  or b", 2, 3, "or"),
        ("completo e area > 2", 1, 10, "e"),
        ("x == 3", 1, 4, "="),
        ("(1", 1, 3, ""),
        ("[1, 2", 1, 6, ""),
        ('"aberto', 1, 1, '"'),
        ("if a then b", 1, 12, ""),
        ("a $ b", 1, 3, "$"),
        ("", 1, 1, ""),
    ],
)
def test_a_mistake_is_placed_on_its_line_and_column(source, line, column, found):
    facts = refusal(source)

    assert (facts["line"], facts["column"], facts["found"]) == (line, column, found)
    assert facts["source"] == source


def test_a_habit_from_portuguese_is_answered_with_the_word_of_the_language():
    assert refusal("completo e area > 2")["near"] == ["and"]


def test_an_unknown_function_is_named_with_the_nearest_known_ones():
    facts = refusal("uper case(nome)", nome="a")

    assert (facts["reason"], facts["name"]) == ("unknown-function", "uper case")
    assert "upper case" in facts["near"]


def test_a_host_function_with_wrong_arguments_is_refused():
    with pytest.raises(ExpressionRefused) as caught:
        compile_expression("prazo(1)").evaluate({}, {"prazo": lambda dias, tipo: None})

    assert caught.value.facts["reason"] == "arguments"


def test_arguments_by_position_and_by_name_do_not_mix():
    assert refusal('substring("a", length: 1)')["reason"] == "mixed-arguments"


HOSTILE = [
    "for a in 1..10000, b in 1..10000, c in 1..10000 return a",
    "for " + ", ".join(f"x{i} in 1..10" for i in range(10)) + " return 1",
    "{f: function(n) f(n - 1) + f(n - 2), r: f(100)}.r",
    'for i in 1..50 return if i = 1 then "aaaaaaaaaaaaaaaaaaaa" else partial[-1] + partial[-1]',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
    'matches("' + "a" * 3000 + '", "(.*)(.*)(.*)(.*)x")',
    'replace("' + "a" * 3000 + '", "(a|aa)+$b", "x")',
    "string(for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])",
    "flatten(for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])",
    "some x in 1..100000000 satisfies x < 0",
    "for i in 1..10 ** 15 return i",
    "for i in 1..50000 return [1][1e6144]",
    'for i in 1..50000 return substring("a", 1e6144)',
    "for i in 1..10000 return exp(i / 7)",
    "distinct values(for i in 1..20000 return i)",
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_expression_ends_by_its_budget(source):
    assert refusal(source)["reason"] == "budget"


@pytest.mark.parametrize("opening", ["(", "[", "{a:", "not(", "-", "if a then ", "a.", "function(x) "])
def test_nesting_without_end_is_refused_before_it_runs(opening):
    assert refusal(opening * 900 + "1")["reason"] in {"too-deep", "unexpected", "too-long"}


def test_a_tower_of_powers_costs_no_more_than_its_34_digits():
    assert compile_expression("10**10**10").evaluate({}) == Decimal("1E+100")
    assert compile_expression("10**9999999999").evaluate({}) is None


def test_one_budget_counts_over_several_evaluations():
    budget = Budget(steps=30)
    expression = compile_expression("count(for i in 1..5 return i)")
    expression.evaluate({}, budget=budget)

    with pytest.raises(ExpressionRefused):
        expression.evaluate({}, budget=budget)


_LINE = """a area valor 1 2.5 "x" ( ) [ ] { } , . .. : = != < <= > >= + - * / ** and or not if then else for
in return some every satisfies between true false null function instance of number date
@"2026-01-01" ? sum count // /* -> " \\ $ ]1..2["""
_WORDS = st.sampled_from(_LINE.split())


def reason(work):
    """Give why something was refused; "" when it was not. Any other error passes through and fails the test."""
    try:
        work()
    except ExpressionRefused as refused:
        return refused.facts["reason"]
    return ""


@given(st.lists(_WORDS, max_size=25).map(" ".join) | st.text(max_size=60))
def test_whatever_the_text_nothing_but_a_refusal_comes_out(source):
    evaluated = reason(lambda: compile_expression(source).evaluate({"a": 1}))
    tested = reason(lambda: compile_tests(source).matches(1, {"a": 1}))

    assert isinstance(evaluated, str)
    assert isinstance(tested, str)


@given(st.text(alphabet="ab()[]{}|*+?.\\^$-,0123dpLw", max_size=20), st.text(alphabet="ab1-", max_size=20))
def test_whatever_the_pattern_only_its_budget_refuses_it(pattern, text):
    scope = {"t": text, "p": pattern}

    for source in ("matches(t, p)", 'replace(t, p, "$1")', "split(t, p)"):
        assert reason(lambda source=source: compile_expression(source).evaluate(scope)) in {"", "budget"}


@pytest.mark.parametrize("source", ["function(x) x", "[1..2]", "[1, sum]", "{a: (> 3)}"])
def test_a_function_or_range_is_no_data(source):
    with pytest.raises(ExpressionRefused) as caught:
        jsonable(compile_expression(source).evaluate({}))

    assert caught.value.facts["reason"] == "not-data"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb", 2),
        ("a = 1\n\n// x\nif = 2", 4),
        ("a == 1", 1),
        ("a = (1 +\n2", 2),
        ("x = 1\ny = 2 3", 2),
        ("1 = 2", 1),
    ],
)
def test_a_line_that_is_no_assignment_is_refused_with_its_number(text, line):
    with pytest.raises(ExpressionRefused) as caught:
        script(text)

    assert caught.value.facts["line"] == line
