"""Each hit policy: what it answers, and when it refuses to answer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import read_tables
from engine.errors import DecisionRefused, ExpressionRefused
from tests.unit.dmn.drawn import decision, file, one, table

SIZES = [("< 10", '"small"'), ("[10..100)", '"middle"'), (">= 100", '"large"')]
OVERLAP = [("> 0", '"x"'), ("> 5", '"y"'), ("> 7", '"x"')]


def decide(xml, identity="t", **scope):
    return read_tables(xml)[identity].decide(scope)


def refused(xml, **scope):
    with pytest.raises(DecisionRefused) as caught:
        decide(xml, **scope)
    return caught.value.facts


def test_unique_gives_the_row_that_matches_and_what_it_saw():
    verdict = decide(one(SIZES), a=50)

    assert verdict.outputs == {"r": "middle"}
    assert verdict.matched == (2,)
    assert verdict.inputs == {"a": 50}


def test_unique_refuses_two_rows_and_names_them():
    facts = refused(one(OVERLAP), a=6)

    assert (facts["table"], facts["reason"], facts["rows"]) == ("t", "several-match", [1, 2])


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "ANY", "PRIORITY"])
def test_a_policy_of_one_answer_refuses_when_no_row_matches(policy):
    facts = refused(one(SIZES, policy=policy, values=('"small","middle","large"',)), a=None)

    assert (facts["table"], facts["reason"], facts["rows"]) == ("t", "no-match", [])


def test_the_default_output_answers_where_no_row_matches():
    verdict = decide(one(OVERLAP, default=('"none"',)), a=-1)

    assert (verdict.outputs, verdict.matched) == ({"r": "none"}, ())


def test_first_takes_the_row_that_stands_first():
    assert decide(one(OVERLAP, policy="FIRST"), a=9).matched == (1,)


def test_any_accepts_rows_that_agree_and_refuses_those_that_do_not():
    agreeing = [("> 0", '"x"'), ("> 5", '"x"')]

    assert decide(one(agreeing, policy="ANY"), a=6).matched == (1, 2)
    facts = refused(one(OVERLAP, policy="ANY"), a=6)
    assert (facts["reason"], facts["rows"]) == ("outputs-differ", [1, 2])


def test_priority_follows_the_order_of_the_output_values():
    verdict = decide(one(OVERLAP, policy="PRIORITY", values=('"y","x"',)), a=9)

    assert (verdict.outputs, verdict.matched) == ({"r": "y"}, (2,))


def test_output_order_sorts_rows_by_the_output_values():
    verdict = decide(one(OVERLAP, policy="OUTPUT ORDER", values=('"y","x"',)), a=9)

    assert verdict.outputs == [{"r": "y"}, {"r": "x"}, {"r": "x"}]
    assert verdict.matched == (2, 1, 3)


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_rule_order_and_collect_give_every_row_in_order(policy):
    verdict = decide(one(OVERLAP, policy=policy), a=9)

    assert verdict.outputs == [{"r": "x"}, {"r": "y"}, {"r": "x"}]
    assert verdict.value == ["x", "y", "x"]


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_a_collecting_table_without_a_match_is_empty(policy):
    assert decide(one(OVERLAP, policy=policy), a=-1).outputs == []


@pytest.mark.parametrize(("sign", "expected"), [("SUM", 9), ("MIN", 2), ("MAX", 4), ("COUNT", 3)])
def test_collect_aggregates(sign, expected):
    rows = [("> 0", "2"), ("> 5", "3"), ("> 7", "4")]

    verdict = decide(one(rows, policy="COLLECT", aggregation=sign), a=9)

    assert verdict.outputs == {"r": expected}
    assert verdict.matched == (1, 2, 3)


def test_collect_refuses_to_add_what_cannot_be_added():
    facts = refused(one([("> 0", "2"), ("> 5", "true")], policy="COLLECT", aggregation="SUM"), a=9)

    assert facts["reason"] == "not-aggregable"


def test_merged_joins_booleans_with_or_and_lists_the_rest():
    rows = [("> 0", "true", "false", '"x"'), ("> 5", "", "false", '"y"'), ("> 99", "false", "true", '"z"')]

    verdict = decide(one(rows, outputs=("p_amb", "p_obras", "nota"), policy="COLLECT"), a=9)

    assert verdict.merged() == {"p_amb": True, "p_obras": False, "nota": ["x", "y"]}


def test_merged_of_one_row_is_that_row_and_of_none_is_empty():
    assert decide(one(SIZES), a=5).merged() == {"r": "small"}
    assert decide(one(OVERLAP, policy="COLLECT"), a=-1).merged() == {}


def test_a_decision_reads_the_decisions_that_it_requires():
    ufm = "<literalExpression><text>area * 2</text></literalExpression>"
    fee = table([("> 100", "base + 1"), ("<= 100", "base")], inputs=("base",), outputs=("taxa",))
    xml = file(decision("d_fee", fee, "d_base"), decision("d_base", ufm, name="base"))

    verdict = decide(xml, "d_fee", area=60)

    assert verdict.outputs == {"taxa": Decimal(121)}
    assert verdict.inputs == {"base": 120}


def test_a_knowledge_model_is_called_by_its_name():
    bkm = (
        '<businessKnowledgeModel id="k" name="dobro de"><encapsulatedLogic><formalParameter name="n"/>'
        "<literalExpression><text>n * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
    )
    need = '<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    xml = file(bkm, decision("t", need + "<literalExpression><text>dobro de(a) + 1</text></literalExpression>"))

    assert decide(xml, a=5).outputs == {"t": 11}


def test_an_input_outside_of_its_allowed_values_is_refused():
    allowed = '<inputValues><text>"a","b"</text></inputValues></input>'
    xml = one([("-", "1")]).replace("</input>", allowed)

    assert decide(xml, a="b").outputs == {"r": 1}
    facts = refused(xml, a="c")
    assert (facts["reason"], facts["input"], facts["value"]) == ("input-not-allowed", "a", "c")


def test_a_date_kept_as_text_is_read_where_the_column_says_so():
    xml = one([('< @"2026-01-01"', "1"), ('>= @"2026-01-01"', "2")])
    xml = xml.replace("<inputExpression ", '<inputExpression typeRef="date" ')

    assert decide(xml, a="2026-11-23").outputs == {"r": 2}


def test_a_cell_that_fails_while_deciding_names_its_table():
    with pytest.raises(ExpressionRefused) as caught:
        decide(one([("-", "nada(1)")]), a=1)

    assert (caught.value.facts["table"], caught.value.facts["reason"]) == ("t", "unknown-function")


def test_host_functions_are_known_in_cells():
    xml = one([("-", 'parametro("UFM") * 2')])

    assert read_tables(xml)["t"].decide({"a": 1}, {"parametro": lambda name: Decimal(5)}).outputs == {"r": 10}


def test_the_scope_is_left_as_it_was():
    scope = {"a": 1}

    read_tables(one(SIZES))["t"].decide(scope)

    assert scope == {"a": 1}


OPINIONS = [
    ("-", "-", "true", "-", "-", "true", "", "", "", ""),
    ("-", "-", "-", "> 0", "-", "true", "", "", "", ""),
    ('"comercial", "industrial", "misto"', "> 2000", "-", "-", "false", "true", "true", "", "", ""),
    ('"comercial", "industrial", "misto"', "> 7500", "-", "-", "-", "", "", "true", "true", ""),
    ('not("unifamiliar")', "> 200", "-", "-", "-", "", "", "", "", "true"),
]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"uso": "unifamiliar", "area": 150}, set()),
        ({"uso": "unifamiliar", "area": 150, "arvores": 2}, {"p_amb"}),
        ({"uso": "comercial", "area": 2500}, {"p_amb", "exige_la", "exige_ppci"}),
        ({"uso": "misto", "area": 8000, "rede_esgoto": True}, {"exige_eiv", "p_obras", "exige_ppci"}),
    ],
)
def test_the_opinions_of_a_building_permit_are_collected_and_joined(case, expected):
    inputs = ("uso", "area", "toca_app", "arvores", "rede_esgoto")
    outputs = ("p_amb", "exige_la", "exige_eiv", "p_obras", "exige_ppci")
    xml = one(OPINIONS, inputs=inputs, outputs=outputs, policy="COLLECT")
    scope = {"toca_app": False, "arvores": 0, "rede_esgoto": False, **case}

    merged = decide(xml, **scope).merged()

    assert {name for name, needed in merged.items() if needed} == expected
