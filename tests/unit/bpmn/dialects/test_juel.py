"""JUEL is translated where FEEL says the same, and refused, naming the part, where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from engine import feel
from engine.bpmn.dialects.juel import is_juel, translate
from engine.errors import ExpressionRefused

DATA: dict[str, Any] = {
    "n": 5, "minus": -7, "ok": True, "nothing": None, "blank": "", "name": "Ana", "letters": ["a", "b"], "none": [],
    "order": {"total": 12.5, "lines": [{"price": 3}], "place": {}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("juel", "value"),
    [
        ("${n > 3 && !ok}", False),
        ("#{n == 5 or ok}", True),
        ("${n eq 5 and n ne 4 and n lt 6 and n le 5 and n gt 4 and n ge 5}", True),
        ("${ok ? (n > 9 ? 1 : 2) : 3}", 2),
        ("${2 + 3 * 4 - 1 - 1}", 12),
        ("${(2 + 3) * 4}", 20),
        ("${-n + 1}", -4),
        ("${10 div 4}", 2.5),
        ("${7 % 3}", 1),
        ("${minus mod 3}", -1),
        ("${empty nothing && empty blank && empty none && empty order.place}", True),
        ("${empty n || empty letters || empty name || empty order}", False),
        ("${not empty name}", True),
        ("${order.total >= 12.5}", True),
        ("${order['total'] == order.total}", True),
        ("${order.lines[0].price}", 3),
        ("${letters.get(1)}", "b"),
        ("${letters.contains('b') && !name.contains('x')}", True),
        ("${letters.size() == 2 && name.length() == 3 && none.isEmpty()}", True),
        ("${name.equals('Ana') && !name.equals('ana') && name.equalsIgnoreCase('ana')}", True),
        ("${name.startsWith('A') && name.endsWith('a') && name.toUpperCase() == 'ANA'}", True),
        ("${name.matches('A.*')}", True),
        ("${name.matches('n')}", False),
        ("${name.substring(1, 3)}", "na"),
        ("${order.containsKey('total') && !order.containsKey('tax')}", True),
        ("${n > 1 == true}", True),
        ("${'it\\'s'}", "it's"),
        ("Olá, ${name}: #{n + 1}!", "Olá, Ana: 6!"),
        ("${'}'}", "}"),
        ("${null == nothing}", True),
    ],
)
def test_what_feel_can_say_gives_the_value_that_juel_gives(juel: str, value: object) -> None:
    said = feel.compile_expression(translate(juel)).evaluate(DATA, {})

    assert said == value


@pytest.mark.parametrize(
    ("juel", "part"),
    [
        ("${execution.getVariable('x')}", "execution.getVariable('x')"),
        ("${judge.decide(n)}", ".decide(n)"),
        ("${order.getTotal()}", ".getTotal()"),
        ("${n = 3}", "= 3"),
        ("${n; ok}", "; ok"),
        ("${now()}", "now()"),
        ("${letters[n]}", "[n]"),
        ("${n", "${n"),
        ("${}", ""),
        ("${x -> x}", "-> x"),
        ("${a$b}", "a$b"),
        ("${n > }", "n >"),
        ("${" + "(" * 100 + "n" + ")" * 100 + "}", "("),
    ],
)
def test_what_feel_cannot_say_is_refused_with_the_part_that_it_cannot(juel: str, part: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        translate(juel)

    assert refused.value.facts["reason"] == "juel"
    assert refused.value.facts["source"] == juel
    assert part in str(refused.value.facts["found"])


def test_a_feel_text_with_a_dollar_and_a_brace_in_it_is_not_taken_for_juel() -> None:
    texts = ['"custa R${valor}"', "${valor}", "valor > 3", "Olá ${nome}"]

    assert [is_juel(text) for text in texts] == [False, True, False, True]
