"""Unary tests of cells, scripts, and values on their way into case data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from engine.feel import compile_expression, compile_tests, jsonable, script

SCOPE = {"limite": 200, "zonas": ["ZR1", "ZR2"]}


@pytest.mark.parametrize(
    ("tests", "value", "expected"),
    [
        ("-", None, True),
        ("", 5, True),
        ("> 200", 201, True),
        ("> 200", 200, False),
        ("> limite", 201, True),
        ("> 200", None, False),
        ("> 200", "201", False),
        ('"a", "b"', "b", True),
        ('"a", "b"', "c", False),
        ('not("a", "b")', "c", True),
        ('not("a", "b")', "a", False),
        ("[1..5)", 5, False),
        ("[1..5), 5", 5, True),
        ("null", None, True),
        ("null", 1, False),
        ("true", True, True),
        ("false", None, False),
        ("zonas", "ZR2", True),
        ("? > 5 and ? < limite", 7, True),
        ('starts with(?, "ZR")', "ZR9", True),
        ("!= 3", 4, True),
        ("= 3", 3, True),
        ('< @"2026-01-01"', date(2025, 12, 31), True),
        ("limite + 1", 201, True),
        ('not("a") and true', False, False),
    ],
)
def test_a_cell_tests_a_value(tests, value, expected):
    assert compile_tests(tests).matches(value, SCOPE) is expected


def test_a_script_gives_each_path_and_later_lines_see_earlier_ones():
    source = """
    // pareceres
    pendencias.amb = p_amb
    total = soma(
        [1, 2])   // over two lines
    pendencias.obras = not(pendencias.amb) and total = 3
    """

    result = script(source).run({"p_amb": False, "pendencias": {"cad": True}}, {"soma": sum})

    assert result == {("pendencias", "amb"): False, ("total",): 3, ("pendencias", "obras"): True}


def test_a_script_leaves_the_scope_alone():
    scope = {"a": {"b": 1}}

    script("a.b = 2\na.c = a.b").run(scope)

    assert scope == {"a": {"b": 1}}


def test_a_script_names_what_it_reads_and_did_not_set():
    assert script("x = a + 1\ny = x + b").names == {"a", "b"}


def test_brackets_in_a_text_do_not_carry_a_line_over():
    assert script('a = "("\nb = 2').run({}) == {("a",): "(", ("b",): 2}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("3.00"), 3),
        (Decimal("3.10"), Decimal("3.10")),
        (Decimal("1E+40"), Decimal("1E+40")),
        (0.5, Decimal("0.5")),
        (True, True),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00:00Z"),
        (timedelta(days=1, hours=2), "P1DT2H"),
        ({"a": [Decimal(1), None]}, {"a": [1, None]}),
    ],
)
def test_a_value_becomes_data(value, expected):
    found = jsonable(value)

    assert found == expected
    assert type(found) is type(expected)


def test_a_duration_in_months_becomes_its_text():
    assert jsonable(compile_expression('@"P14M"').evaluate({})) == "P1Y2M"
