"""What expressions give: one line per rule of the language, the value on the right written as FEEL writes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.feel import compile_expression

SCOPE = {
    "area": 320,
    "completo": True,
    "uso": "comercial",
    "itens": [{"nome": "a", "valor": 10}, {"nome": "b", "valor": 20}],
    "obra": {"lote": {"zona": "ZR2"}},
    "taxa": Decimal("8.25"),
    "razao": 0.1,
}

HOLDS = [
    "1 + 2 * 3 = 7",
    "(1 + 2) * 3 = 9",
    "2 ** 3 ** 2 = 64",
    "-3 ** 2 = 9",
    "10 - 2 - 3 = 5",
    "0.1 + 0.2 = 0.3",
    "razao + 0.2 = 0.3",
    "1 / 0 = null",
    '"a" + "b" = "ab"',
    '(1 + "a") = null',
    "completo = true and area > 200",
    "not(completo) = false",
    "(null and false) = false",
    "(null or true) = true",
    "(null and true) = null",
    "not(null) = null",
    "null = null",
    "(1 = null) = false",
    '(1 = "1") = null',
    '(1 < "1") = null',
    "area between 320 and 321",
    "area in (200..320]",
    "(area in (200..320)) = false",
    "area in (< 10, > 300)",
    'uso in ("comercial", "misto")',
    "5 in ]4..6[",
    "[1..3] = [1..3]",
    "(5 in (null..10]) = null",
    '(if area > 200 then "grande" else "pequena") = "grande"',
    "(if null then 1 else 2) = 2",
    "[1, 2, 3][2] = 2",
    "[1, 2, 3][-1] = 3",
    "[1, 2, 3][4] = null",
    "[1, 2, 3][item > 1] = [2, 3]",
    'itens[valor > 15].nome = ["b"]',
    "sum(itens.valor) = 30",
    'obra.lote.zona = "ZR2"',
    "obra.lote.zona.nada = null",
    "nada = null",
    "is defined(nada) = false",
    "is defined(area)",
    "(for i in 1..3 return i * i) = [1, 4, 9]",
    "(for i in 3..1 return i) = [3, 2, 1]",
    "(for i in 1..2, j in [10, 20] return i * j) = [10, 20, 20, 40]",
    "(for i in 0..4 return if i = 0 then 1 else i * partial[-1]) = [1, 1, 2, 6, 24]",
    "some x in itens satisfies x.valor > 15",
    "(every x in itens satisfies x.valor > 15) = false",
    "{a: 1, b: a + 1}.b = 2",
    "{valor total: 3, dobro: valor total * 2}.dobro = 6",
    "(function(x, y) x - y)(y: 1, x: 3) = 2",
    "{fat: function(n) if n < 2 then 1 else n * fat(n - 1), r: fat(5)}.r = 120",
    "5 instance of number",
    "[1, 2] instance of list<number>",
    '([1, "a"] instance of list<number>) = false',
    '@"2026-11-23" instance of date',
    '@"2026-11-23" + @"P1D" = @"2026-11-24"',
    'date("2024-02-29") + duration("P1Y") = @"2025-02-28"',
    'date("2024-01-31") + @"P1M" = @"2024-02-29"',
    '@"2026-11-23" - @"2026-11-20" = @"P3D"',
    '@"2026-11-23".month = 11',
    '@"P1DT2H".hours = 2',
    '@"2026-02-15T12:00:00@America/Sao_Paulo" = @"2026-02-15T15:00:00Z"',
    '(@"2026-11-23T10:00:00" < @"2026-11-23T10:00:00Z") = null',
    'years and months duration(@"2024-01-15", @"2025-03-14") = @"P1Y1M"',
    'day of week(@"2026-11-23") = "Monday"',
    'date("2026-02-30") = null',
    "round(8.25 + 0.0160 * 5 * 2500, 2) = 208.25",
    "round half up(2.5, 0) = 3",
    "decimal(2.5, 0) = 2",
    "floor(-1.5) = -2",
    "ceiling(-1.5) = -1",
    "abs(-2) = 2",
    "modulo(-12, 5) = 3",
    "count([]) = 0",
    "min([3, 1, 2]) = 1",
    "max(3, 1, 2) = 3",
    "mean([1, 2, 3]) = 2",
    "sum([]) = null",
    "all([true, null]) = null",
    "any([false, true])",
    'contains("alvará", "var")',
    'starts with("alvará", "al")',
    'upper case("ação") = "AÇÃO"',
    'string length("🐎") = 1',
    'substring("foobar", 3, 2) = "ob"',
    'substring("foobar", -2) = "ar"',
    'string(1.50) = "1.5"',
    'string([1, true, {b: null}]) = "[1, true, {b: null}]"',
    'number("1.234,5", ".", ",") = 1234.5',
    'number("x") = null',
    r'matches("123.456.789-09", "^\\d{3}(\\.\\d{3}){2}-\\d{2}$")',
    'replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") = "[1=ab][2=]cd"',
    'split("a;b;;c", ";") = ["a", "b", "", "c"]',
    'matches("aa", "(a)\\\\1")',
    'matches("a", "[") = null',
    "list contains([1, 2], 2)",
    "append([1], 2, 3) = [1, 2, 3]",
    "concatenate([1], [2, 3]) = [1, 2, 3]",
    "flatten([1, [2, [3]]]) = [1, 2, 3]",
    "distinct values([1, 2, 1]) = [1, 2]",
    "union([1, 2], [2, 3]) = [1, 2, 3]",
    "index of([1, 2, 1], 1) = [1, 3]",
    "sort([3, 1, 2], function(a, b) a > b) = [3, 2, 1]",
    "insert before([1, 3], 2, 2) = [1, 2, 3]",
    "remove([1, 2], 3) = null",
    'get value({a: 1}, "a") = 1',
    'get entries({a: 1}) = [{key: "a", value: 1}]',
    'context put({a: 1}, "b", 2) = {a: 1, b: 2}',
    'context put({a: {b: 1}}, ["a", "b"], 2) = {a: {b: 2}}',
    "before(1, [2..3])",
    "overlaps([1..5], [5..8])",
    'includes(["a".."c"], "b")',
    'range("[1..3]") = [1..3]',
    "sublist(list: [1, 2, 3], start position: 2) = [2, 3]",
    "1 + /* comment */ 2 = 3 // end",
]


@pytest.mark.parametrize("source", HOLDS)
def test_a_rule_of_the_language_holds(source):
    assert compile_expression(source).evaluate(SCOPE) is True


def test_a_name_with_spaces_and_signs_is_read_whole_when_it_is_known():
    names = frozenset({"valor total", "taxa-base", "data e hora"})

    found = compile_expression("valor total - taxa-base", names)

    assert found.evaluate({"valor total": 10, "taxa-base": 4}) == 6
    assert found.names == {"valor total", "taxa-base"}


def test_the_longest_known_name_wins():
    names = frozenset({"valor", "valor total"})

    assert compile_expression("valor total + valor", names).evaluate({"valor total": 10, "valor": 1}) == 11


def test_names_are_the_free_roots_only():
    source = "for i in itens return {a: i.valor, b: a + taxa, c: round(area, casas)}"

    assert compile_expression(source).names == {"itens", "taxa", "area", "casas"}


def test_a_host_function_is_called_by_position_and_by_name():
    host = {"prazo": lambda dias, tipo: f"{dias} {tipo}", "cpf valido": lambda numero: numero == "1"}

    assert compile_expression('prazo(15, "uteis")').evaluate({}, host) == "15 uteis"
    assert compile_expression('prazo(tipo: "uteis", dias: 15)').evaluate({}, host) == "15 uteis"
    assert compile_expression("cpf valido(x)").evaluate({"x": "1"}, host) is True


def test_the_clock_exists_only_where_the_host_lends_it():
    assert compile_expression('today() > @"2026-01-01"').evaluate({}, {"today": lambda: date(2026, 11, 23)}) is True


def test_python_attributes_are_out_of_reach():
    for source in ('"".__class__', "area.real", "f.__globals__", "itens.append", "sum.call"):
        assert compile_expression(source).evaluate({**SCOPE, "f": len}) in (None, [None, None])


def test_the_scope_is_left_as_it_was():
    scope = {"itens": [3, 1, 2], "c": {"a": 1}}

    compile_expression('{s: sort(itens), p: context put(c, "a", 9), a: append(itens, 4)}').evaluate(scope)

    assert scope == {"itens": [3, 1, 2], "c": {"a": 1}}
