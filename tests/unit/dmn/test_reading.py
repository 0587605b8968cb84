"""What is refused of a DMN file, and that each fault names its table, rule and column."""

from __future__ import annotations

import pytest

from engine.dmn import check, read_tables
from engine.errors import DecisionRefused, DiagramRefused
from tests.unit.dmn.drawn import decision, file, one, table


def codes(xml):
    return [finding["code"] for finding in check(xml)]


def test_a_clean_table_has_no_findings():
    assert check(one([("< 10", "1"), (">= 10", "2")])) == []


def test_every_cell_that_does_not_compile_is_found_with_its_place():
    found = check(one([("> 10 x", "1"), ("-", "1 +")]))

    places = [(f["code"], f["table"], f["rule"], f["column"], f["reason"]) for f in found]
    assert places == [("cell-refused", "t", 1, "a", "unexpected"), ("cell-refused", "t", 2, "r", "unexpected")]
    assert found[0]["at"] == 6


def test_a_table_with_findings_is_not_given():
    with pytest.raises(DiagramRefused) as caught:
        read_tables(one([("> 10 x", "1")]))

    assert caught.value.facts["findings"] == check(one([("> 10 x", "1")]))


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (one([("-", "1")], policy="BEST"), "unknown-hit-policy"),
        (one([("-", "1")], policy="COLLECT", aggregation="AVERAGE"), "unknown-aggregation"),
        (one([("-", "1")], aggregation="SUM"), "unknown-aggregation"),
        (one([("-", "1", "2")]), "wrong-number-of-entries"),
        (one([("-",)]), "wrong-number-of-entries"),
        (one([("-", "1")], outputs=()), "no-output"),
        (one([("-", "1", "1")], outputs=("r", "r")), "output-twice"),
        (one([("-", "1", "1")], outputs=("r", "s"), policy="C+"), "aggregation-of-several-outputs"),
        (one([("-", "1")], policy="PRIORITY"), "no-output-values"),
        (one([("-", "1")], inputs=("",)), "no-input-expression"),
        (file(decision("d", "")), "no-logic"),
        (file(decision("d", table([("-", "1")]), "gone")), "required-decision-missing"),
        (file(decision("d", table([("-", "1")])), decision("d", table([("-", "1")]))), "id-twice"),
        (file(decision("d", '<literalExpression expressionLanguage="python"/>')), "unknown-language"),
        (file(decision("d", "<literalExpression><text>1 +</text></literalExpression>")), "cell-refused"),
        (file(namespace="urn:other"), "not-dmn"),
        ("<definitions", "not-xml"),
        ("", "not-xml"),
        ('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>', "doctype"),
        ("<a>" + "x" * 5_000_000 + "</a>", "too-large"),
    ],
)
def test_a_fault_has_its_own_code(xml, code):
    assert code in codes(xml)


def test_a_doctype_hidden_by_its_encoding_is_refused():
    xml = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d [<!ENTITY x "y">]><d>&x;</d>'

    assert codes(xml.encode("utf-16")) == ["doctype"]


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_every_version_of_the_standard_is_read(namespace):
    xml = file(decision("t", table([("-", "1")])), namespace=namespace)

    assert read_tables(xml)["t"].decide({"a": 1}).outputs == {"r": 1}


def test_decisions_that_require_one_another_in_a_circle_are_refused():
    xml = file(decision("a", table([("-", "1")]), "b"), decision("b", table([("-", "1")]), "a"))

    with pytest.raises(DecisionRefused) as caught:
        read_tables(xml)

    assert (caught.value.facts["reason"], caught.value.facts["trail"]) == ("circular", ["a", "b", "a"])


def test_names_with_spaces_in_the_file_are_known_in_its_cells():
    data = '<inputData id="i" name="Tipo de uso"/>'
    xml = file(data, decision("t", table([('"a"', "1")], inputs=("Tipo de uso",))))

    assert read_tables(xml)["t"].decide({"Tipo de uso": "a"}).outputs == {"r": 1}


def test_a_decision_says_what_it_is_made_of():
    found = read_tables(one([("< 10", "1")], policy="FIRST"))["t"]

    assert (found.id, found.name, found.hit_policy) == ("t", "t", "FIRST")
    assert [column.label for column in found.inputs] == ["a"]
    assert [column.name for column in found.outputs] == ["r"]
    assert [rule.number for rule in found.rules] == [1]


def test_what_is_written_beside_a_rule_is_kept():
    note = "<annotationEntry><text>Lei 5.041</text></annotationEntry></rule>"
    xml = one([("-", "1")]).replace("</rule>", note).replace("<rule>", '<annotation name="norma"/><rule>')

    assert read_tables(xml)["t"].rules[0].annotations == {"norma": "Lei 5.041"}
