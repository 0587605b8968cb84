from __future__ import annotations

from decimal import Decimal

import pytest

from engine.forms.answers import merge
from tests.unit.forms.drawing import PDF, check, errors, field, form, options


def test_answers_are_nested_typed_and_free_of_what_was_not_asked():
    drawn = form(field("textfield", "requerente.nome"), field("number", "area"), field("checkbox", "aceito"))

    answers = check(drawn, {"requerente": {"nome": " Ana ", "papel": "secretario"}, "area": "1.620,5", "admin": True})

    assert answers == {"requerente": {"nome": "Ana"}, "area": Decimal("1620.5"), "aceito": False}


def test_what_was_left_blank_is_null_so_that_it_clears_what_was_there():
    drawn = form(
        field("textfield", "a"), field("select", "b", values=options("x")), field("checklist", "c", values=options("x"))
    )

    answers = check(drawn, {"a": "  ", "b": ""}, {"a": "velho"})

    assert answers == {"a": None, "b": None, "c": []}
    assert merge({"a": "velho", "z": {"k": 1}}, answers)["a"] is None


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("textfield", {}, "required"),
        ("textarea", {}, "required"),
        ("number", {}, "required"),
        ("datetime", {}, "required"),
        ("select", {"values": options("x")}, "required"),
        ("radio", {"values": options("x")}, "required"),
        ("checkbox", {}, "accept-needed"),
        ("checklist", {"values": options("x")}, "choose-one"),
        ("taglist", {"values": options("x")}, "choose-one"),
        ("filepicker", {}, "file-needed"),
    ],
)
@pytest.mark.parametrize("raw", [{}, {"a": None}, {"a": ""}, {"a": "   "}])
def test_a_required_field_must_be_answered(kind, more, code, raw):
    assert errors(form(field(kind, "a", required=True, **more)), raw) == {"a": [code]}


@pytest.mark.parametrize(
    ("drawn", "sent", "kept"),
    [
        (field("textfield", "a", properties={"validador": "cpf"}), "529.982.247-25", "52998224725"),
        (field("textfield", "a", properties={"validador": "cnpj"}), "12.abc.345/01de-35", "12ABC34501DE35"),
        (field("textfield", "a", properties={"validador": "cpf_cnpj"}), "12.ABC.345/01DE-35", "12ABC34501DE35"),
        (field("textfield", "a", properties={"validador": "cep"}), "88301-000", "88301000"),
        (field("textfield", "a", properties={"validador": "inscricao"}), "01.02.045", "0102045"),
        (field("textfield", "a", properties={"validador": "fone"}), "(47) 99999-0000", "47999990000"),
        (field("textfield", "a", validate={"validationType": "email"}), "a@b.br", "a@b.br"),
        (field("textfield", "a", validate={"validationType": "phone"}), "4733334444", "4733334444"),
        (field("textfield", "a", validate={"pattern": "^[A-Z]{2}[0-9]+$"}), "SC12", "SC12"),
        (field("textfield", "a"), 42, "42"),
        (field("textarea", "a"), "um\r\ndois", "um\ndois"),
        (field("number", "a", decimalDigits=0), "1.620", 1620),
        (field("number", "a", decimalDigits=2), "3,50", Decimal("3.50")),
        (field("number", "a", increment="0.25"), "0,75", Decimal("0.75")),
        (field("number", "a", increment="1e-12", decimalDigits=12), "99999999999999999999", Decimal(10**20 - 1)),
        (field("datetime", "a"), "28/02/2026", "2026-02-28"),
        (field("datetime", "a", subtype="time"), "14:30", "14:30:00"),
        (field("datetime", "a", subtype="datetime"), "2026-11-23T14:30", "2026-11-23T14:30:00"),
        (field("datetime", "a", disallowPassedDates=True), "2026-11-23", "2026-11-23"),
        (field("checkbox", "a"), "true", True),
        (field("checkbox", "a"), "on", True),
        (field("checkbox", "a"), "false", False),
        (field("radio", "a", values=options(10, 20)), "10", 10),
        (field("select", "a", values=options("x", "y")), "y", "y"),
        (field("select", "a", values=options(Decimal("1.5"))), "1,5", Decimal("1.5")),
        (field("checklist", "a", values=options("x", "y")), ["y", "x", "y"], ["y", "x"]),
        (field("checklist", "a", values=options("x", "y")), "x", ["x"]),
        (field("taglist", "a", values=options(1, 2)), ["2"], [2]),
        (field("filepicker", "a", accept=".pdf,image/*"), [{**PDF, "path": "/etc/passwd"}], [PDF]),
    ],
)
def test_a_right_answer_is_kept(drawn, sent, kept):
    assert check(form(drawn), {"a": sent}) == {"a": kept}


@pytest.mark.parametrize(
    ("drawn", "sent", "fault"),
    [
        (field("textfield", "a", properties={"validador": "cpf"}), "529.982.247-26", "cpf"),
        (field("textfield", "a", properties={"validador": "cnpj"}), "12.ABC.345/01DE-36", "cnpj"),
        (field("textfield", "a", validate={"minLength": 3}), " ab ", {"code": "too-short", "min": 3}),
        (field("textfield", "a", validate={"maxLength": 3}), "abcd", {"code": "too-long", "max": 3}),
        (field("textfield", "a", validate={"pattern": "^[0-9]+$"}), "x", "pattern"),
        (
            field("textfield", "a", validate={"pattern": "^[0-9]+$", "patternErrorMessage": "Só números"}),
            "x",
            {"code": "pattern", "message": "Só números"},
        ),
        (field("textfield", "a"), "a\x00", "bad-characters"),
        (field("textfield", "a"), "\udc80", "bad-characters"),
        (field("textfield", "a"), "x" * 1001, {"code": "too-long", "max": 1000}),
        (field("textfield", "a", validate={"maxLength": 1500}), "x" * 1501, {"code": "too-long", "max": 1500}),
        (field("textfield", "a"), True, "not-text"),
        (field("textfield", "a"), ["x"], "not-text"),
        (field("textarea", "a"), {"x": 1}, "not-text"),
        (field("number", "a"), "mil", "not-a-number"),
        (field("number", "a"), "NaN", "not-a-number"),
        (field("number", "a"), float("inf"), "not-a-number"),
        (field("number", "a", validate={"min": 1}), "0,5", {"code": "below-min", "min": Decimal(1)}),
        (field("number", "a", validate={"max": 1}), "1,5", {"code": "above-max", "max": Decimal(1)}),
        (field("number", "a", decimalDigits=2), "1,555", {"code": "too-many-digits", "max": 2}),
        (field("number", "a", increment="0.25"), "0,3", {"code": "not-a-step", "step": Decimal("0.25")}),
        (field("datetime", "a"), "30/02/2026", "not-a-date"),
        (field("datetime", "a", subtype="time"), "25:00", "not-a-time"),
        (field("datetime", "a", disallowPassedDates=True), "2026-11-22", "past-date"),
        (field("checkbox", "a"), "talvez", "not-yes-or-no"),
        (field("radio", "a", values=options("x")), "z", "not-an-option"),
        (field("radio", "a", values=options("x")), {"x": 1}, "not-an-option"),
        (field("checklist", "a", values=options("x")), ["x", "z"], "not-an-option"),
        (field("checklist", "a", values=options("x")), [["x"]], "not-an-option"),
        (field("filepicker", "a"), "files::1", "file-reference"),
        (field("filepicker", "a"), [{"sha256": "../x", "name": "a", "size": 1, "mime": "x"}], "file-reference"),
        (field("filepicker", "a"), [PDF, PDF], {"code": "too-many-files", "max": 1}),
        (
            field("filepicker", "a", accept=".dwg"),
            [PDF],
            {"code": "file-extension", "name": "planta.pdf", "accept": ".dwg"},
        ),
        (
            field("filepicker", "a", accept=".pdf"),
            [{**PDF, "mime": "text/html"}],
            {"code": "file-content", "name": "planta.pdf", "mime": "text/html"},
        ),
    ],
)
def test_a_wrong_answer_is_refused_with_its_facts(drawn, sent, fault):
    assert errors(form(drawn), {"a": sent}) == {"a": [fault]}


def test_every_wrong_field_is_told_under_its_dotted_path():
    group = {"type": "group", "id": "g", "path": "rt", "components": [field("textfield", "cpf", required=True)]}

    found = errors(form(field("number", "obra.area"), group), {"obra": {"area": "x"}, "rt": "não é objeto"})

    assert found == {"obra.area": ["not-a-number"], "rt.cpf": ["required"]}


def test_a_validator_leaves_the_punctuation_of_the_pattern_to_the_eye():
    drawn = field(
        "textfield", "a", properties={"validador": "cpf"}, validate={"pattern": r"^\d{3}\.\d{3}\.\d{3}-\d{2}$"}
    )

    assert check(form(drawn), {"a": "52998224725"}) == {"a": "52998224725"}


def test_checking_answers_changes_neither_them_nor_the_case():
    drawn = form(
        field("textfield", "r.nome", conditional={"hide": "=r.papel = null"}),
        {"type": "expression", "id": "e", "key": "r.taxa", "expression": "=1"},
    )
    raw, context = {"r": {"nome": "Ana"}}, {"r": {"papel": "dono", "taxa": 9}}

    check(drawn, raw, context)

    assert raw == {"r": {"nome": "Ana"}}
    assert context == {"r": {"papel": "dono", "taxa": 9}}


def test_answers_laid_over_the_case_keep_what_the_form_did_not_ask():
    assert merge({"r": {"nome": "A", "papel": "dono"}, "l": [1, 2]}, {"r": {"nome": "B"}, "l": [3]}) == {
        "r": {"nome": "B", "papel": "dono"},
        "l": [3],
    }


@pytest.mark.parametrize("most", [1500, "=tamanho"])
def test_a_drawing_may_allow_more_text_than_a_field_without_a_maximum_takes(most):
    drawn = form(field("textfield", "a", validate={"maxLength": most}))

    assert check(drawn, {"a": "x" * 1500}, {"tamanho": 1500}) == {"a": "x" * 1500}
    assert errors(drawn, {"a": "x" * 1501}, {"tamanho": 1500}) == {"a": [{"code": "too-long", "max": 1500}]}


def test_a_text_area_is_as_long_as_its_drawing_says():
    drawn = form(field("textarea", "a", validate={"maxLength": 30_000}))

    assert len(check(drawn, {"a": "x" * 30_000})["a"]) == 30_000
