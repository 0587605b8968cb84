from __future__ import annotations

from decimal import Decimal

import pytest

from engine.forms.answers import check_answers
from engine.forms.view import view
from tests.unit.forms.drawing import HOST, check, errors, field, form, options, rows

IMPACTO = field(
    "textarea", "impacto", required=True, conditional={"hide": '=if tipo = "industrial" then false else true'}
)
TIPO = field("textfield", "tipo")


def test_what_is_sent_for_a_hidden_field_is_dropped():
    assert check(form(TIPO, IMPACTO), {"tipo": "casa", "impacto": "forjado"}) == {"tipo": "casa"}


def test_a_shown_field_is_asked():
    assert errors(form(TIPO, IMPACTO), {"tipo": "industrial"}) == {"impacto": ["required"]}


def test_a_condition_may_look_at_the_case():
    assert check(form(IMPACTO), {"impacto": "ruído"}, {"tipo": "industrial"}) == {"impacto": "ruído"}


def test_a_condition_may_look_at_a_field_that_comes_later():
    assert check(form(IMPACTO, TIPO), {"tipo": "casa", "impacto": "x"}) == {"tipo": "casa"}


def test_a_condition_sees_a_hidden_field_as_null():
    third = field("textfield", "plano", required=True, conditional={"hide": "=impacto = null"})

    assert check(form(TIPO, IMPACTO, third), {"tipo": "casa", "impacto": "x", "plano": "y"}) == {"tipo": "casa"}


def test_two_fields_that_hide_each_other_end_somewhere():
    first = field("textfield", "a", conditional={"hide": "=b != null"})
    second = field("textfield", "b", conditional={"hide": "=a != null"})

    assert set(check(form(first, second), {"a": "1", "b": "2"})) <= {"a", "b"}


def test_a_hidden_group_hides_what_is_in_it():
    group = {"type": "group", "id": "g", "path": "rt", "conditional": {"hide": "=proprio"}, "components": [TIPO]}

    answers = check(form(field("checkbox", "proprio"), group), {"proprio": True, "rt": {"tipo": "x"}})

    assert answers == {"proprio": True}


@pytest.mark.parametrize("disabled", [True, '=tipo = "casa"'])
def test_a_disabled_field_is_left_out(disabled):
    assert check(form(TIPO, field("textfield", "a", disabled=disabled)), {"tipo": "casa", "a": "x"}) == {"tipo": "casa"}


@pytest.mark.parametrize("readonly", [True, "=true"])
@pytest.mark.parametrize(
    ("drawn", "stored", "shown"),
    [
        (field("textfield", "a"), "valor", "valor"),
        (field("textfield", "a", properties={"validador": "cpf"}), "52998224725", "529.982.247-25"),
        (field("textfield", "a"), Decimal("1620.5"), "1620,5"),
        (field("textarea", "a"), "um\ndois", "um\r\ndois"),
        (field("number", "a"), Decimal("1620.50"), "1.620,5"),
        (field("datetime", "a"), "2026-11-23", "23/11/2026"),
        (field("datetime", "a", subtype="datetime"), "2026-11-23T14:00:30", "2026-11-23T14:00:30"),
        (field("checkbox", "a"), True, "true"),
        (field("radio", "a", values=options(10)), 10, "10"),
        (field("checklist", "a", values=options(1, 2)), [1, 2], ["1", "2"]),
    ],
)
def test_a_readonly_field_keeps_what_is_stored_and_cannot_be_changed(readonly, drawn, stored, shown):
    drawn = form({**drawn, "readonly": readonly})

    kept = [check(drawn, raw, {"a": stored}) for raw in ({}, {"a": shown}, {"a": stored})]

    assert kept == [{"a": stored}] * 3
    assert errors(drawn, {"a": "forjado"}, {"a": stored}) == {"a": ["readonly-changed"]}


def test_what_a_page_shows_of_a_readonly_field_is_accepted_back():
    drawn = form(field("number", "a", readonly=True), field("datetime", "b", subtype="datetime", readonly=True))
    context = {"a": Decimal("0.50"), "b": "2026-11-23T14:00:30"}

    shown = {one.name: one.value for one in view(drawn, {}, context, HOST)}

    assert check(drawn, shown, context) == context


def test_a_readonly_field_without_a_stored_value_accepts_none():
    drawn = form(field("textfield", "a", readonly=True))

    assert check(drawn, {"a": ""}) == {}
    assert errors(drawn, {"a": "novo"}) == {"a": ["readonly-changed"]}


def test_a_computed_field_is_worked_out_here_and_never_accepted():
    taxa = {"type": "expression", "id": "e", "key": "taxa", "expression": "=if area = null then 0 else area * 3.5"}

    answers = check(form(field("number", "area"), taxa), {"area": "10", "taxa": "0,01"})

    assert answers == {"area": Decimal(10), "taxa": 35}


def test_a_computed_date_is_kept_as_text():
    drawn = form({"type": "expression", "id": "e", "key": "hoje_iso", "expression": "=hoje()"})

    assert check(drawn, {}) == {"hoje_iso": "2026-11-23"}


def test_an_expression_that_goes_over_its_bounds_is_told_and_kills_nothing():
    endless = "=count(for x in 1..1000, y in 1..1000 return x * y)"
    drawn = form({"type": "expression", "id": "conta", "key": "a", "expression": endless})

    (fault,) = errors(drawn, {})["conta"]

    assert fault["code"] == "expression-failed"
    assert [one.value for one in view(drawn, {}, {}, HOST)] == [""]


def test_limits_may_depend_on_other_answers():
    drawn = form(
        field("number", "area"),
        field("number", "parte", validate={"max": "=area", "min": "=area / 10"}),
        field("textfield", "sigla", validate={"maxLength": "=3"}),
    )

    assert check(drawn, {"area": "100", "parte": "50", "sigla": "abc"})["parte"] == 50
    assert errors(drawn, {"area": "100", "parte": "101", "sigla": "abcd"}) == {
        "parte": [{"code": "above-max", "max": Decimal(100)}],
        "sigla": [{"code": "too-long", "max": 3}],
    }
    assert check(drawn, {"parte": "101"})["parte"] == 101


def test_options_may_come_from_the_case_or_an_expression():
    drawn = form(
        field("select", "bairro", valuesKey="cidade.bairros"),
        field("checklist", "faixas", valuesExpression='=if bairro = "centro" then [1, 2] else [3]'),
    )
    context = {"cidade": {"bairros": ["centro", {"label": "Praia", "value": "praia"}, {"sem": "valor"}, None]}}

    assert check(drawn, {"bairro": "centro", "faixas": ["1", 2]}, context) == {"bairro": "centro", "faixas": [1, 2]}
    assert errors(drawn, {"bairro": "praia", "faixas": ["1"]}, context) == {"faixas": ["not-an-option"]}
    assert errors(drawn, {"bairro": "norte"}, {}) == {"bairro": ["not-an-option"]}


ITENS = rows("itens", field("textfield", "norma", required=True), field("number", "prazo"))


def test_each_row_is_checked_and_named_by_its_place():
    raw = {"itens": [{"norma": "LC 1", "prazo": "5"}, {"norma": "", "prazo": "x"}]}

    assert errors(form(ITENS), raw) == {"itens.1.norma": ["required"], "itens.1.prazo": ["not-a-number"]}
    assert check(form(ITENS), {"itens": raw["itens"][:1]}) == {"itens": [{"norma": "LC 1", "prazo": Decimal(5)}]}


def test_blank_rows_of_an_open_list_are_not_kept():
    assert check(form(ITENS), {"itens": [{}, {"norma": " "}, {"norma": "a"}, "lixo"]}) == {
        "itens": [{"norma": "a", "prazo": None}]
    }


@pytest.mark.parametrize(
    ("sent", "fault"),
    [("x", "not-a-list"), ({"0": {}}, "not-a-list"), ([{}] * 101, {"code": "too-many-rows", "max": 100})],
)
def test_what_is_no_list_of_rows_is_refused(sent, fault):
    assert errors(form(ITENS), {"itens": sent}) == {"itens": [fault]}


def test_a_list_may_ask_for_a_number_of_rows():
    drawn = form({**ITENS, "properties": {"minimo": "1"}})

    assert errors(drawn, {}) == {"itens": [{"code": "too-few-rows", "min": 1}]}


def test_conditions_in_a_row_see_the_row_its_place_and_the_form():
    drawn = form(
        TIPO,
        rows(
            "itens",
            field("textfield", "norma"),
            field("textfield", "motivo", conditional={"hide": '=norma != "outra" or parent.tipo = null or i > 1'}),
        ),
    )
    raw = {"tipo": "x", "itens": [{"norma": "outra", "motivo": "a"}, {"norma": "outra", "motivo": "b"}]}

    assert check(drawn, raw)["itens"] == [{"norma": "outra", "motivo": "a"}, {"norma": "outra"}]


def test_a_computed_field_may_sum_the_rows():
    total = {"type": "expression", "id": "e", "key": "total", "expression": "=sum(itens.prazo)"}

    assert (
        check(form(ITENS, total), {"itens": [{"norma": "a", "prazo": "2"}, {"norma": "b", "prazo": "3"}]})["total"] == 5
    )


FIXED = rows(
    "faltas",
    field("textfield", "documento", readonly=True),
    field("textfield", "resposta", required=True),
    allowAddRemove=False,
)
STORED = {"faltas": [{"documento": "ART", "setor": "obras"}, {"documento": "PPCI", "setor": "amb"}]}


def test_the_rows_of_a_fixed_list_keep_what_the_form_does_not_ask():
    raw = {"faltas": [{"documento": "ART", "resposta": "sim", "setor": "forjado"}, {"resposta": "não"}]}

    assert check(form(FIXED), raw, STORED) == {
        "faltas": [
            {"documento": "ART", "setor": "obras", "resposta": "sim"},
            {"documento": "PPCI", "setor": "amb", "resposta": "não"},
        ]
    }


def test_the_rows_of_a_fixed_list_cannot_be_added_dropped_or_changed():
    one = {"resposta": "sim"}

    assert errors(form(FIXED), {"faltas": [one]}, STORED) == {"faltas": [{"code": "rows-fixed", "count": 2}]}
    assert errors(form(FIXED), {"faltas": [one] * 3}, STORED) == {"faltas": [{"code": "rows-fixed", "count": 2}]}
    assert errors(form(FIXED), {"faltas": [{**one, "documento": "x"}, one]}, STORED) == {
        "faltas.0.documento": ["readonly-changed"]
    }
    assert errors(form(FIXED), {}, STORED) == {"faltas.0.resposta": ["required"], "faltas.1.resposta": ["required"]}


def test_lists_stand_in_lists():
    drawn = form(rows("a", rows("b", field("textfield", "c", required=True), field("textfield", "d"))))

    assert errors(drawn, {"a": [{"b": [{"c": "1"}, {"d": "x"}]}]}) == {"a.0.b.1.c": ["required"]}
    assert check_answers(drawn, {"a": [{"b": [{"c": "1"}]}]}, {}) == {"a": [{"b": [{"c": "1", "d": None}]}]}


def test_a_condition_sees_a_number_with_more_digits_than_are_allowed():
    drawn = form(
        field("number", "area", decimalDigits=1),
        field("number", "vagas", required=True, conditional={"hide": "=area > 10"}),
    )

    assert errors(drawn, {"area": "10,01"}) == {"area": [{"code": "too-many-digits", "max": 1}]}


@pytest.mark.parametrize("source", [{"valuesKey": "lotes"}, {"valuesExpression": "=lotes"}])
@pytest.mark.parametrize(
    ("kind", "sent", "hide"), [("select", "3", "=a = 3"), ("taglist", ["3"], "=list contains(a, 3)")]
)
def test_a_condition_sees_the_value_of_an_option_that_the_data_offer(source, kind, sent, hide):
    drawn = form(field(kind, "a", **source), field("textfield", "b", required=True, conditional={"hide": hide}))

    answers = check(drawn, {"a": sent}, {"lotes": [{"label": "Lote 3", "value": 3}, "outro"]})

    assert "b" not in answers


@pytest.mark.parametrize(
    ("kind", "sent", "hide"), [("select", "9", "=a = null"), ("taglist", ["3", "9"], "=count(a) = 0")]
)
def test_a_condition_does_not_see_what_the_data_do_not_offer(kind, sent, hide):
    drawn = form(
        field(kind, "a", valuesKey="lotes"), field("textfield", "b", required=True, conditional={"hide": hide})
    )

    assert errors(drawn, {"a": sent}, {"lotes": [3]}) == {"a": ["not-an-option"]}
