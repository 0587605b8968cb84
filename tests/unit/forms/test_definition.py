from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import DiagramRefused
from engine.forms.components import Computed, TextInput
from engine.forms.definition import SIZE_LIMIT, read_form
from engine.forms.patterns import PatternRefused, compile_pattern
from tests.unit.forms.drawing import draw, field, findings, form, options, rows

SHIPPED = sorted(Path(__file__).parents[3].glob("diagrams/**/*.form.json"))


def test_a_drawing_is_the_same_form_as_text_bytes_or_already_parsed():
    drawing = draw(field("textfield", "nome"))

    read = [read_form(drawing), read_form(json.dumps(drawing)), read_form(json.dumps(drawing).encode())]

    assert [one.key for one in read] == ["pedido"] * 3
    assert [one.inputs[0].path for one in read] == [("nome",)] * 3


def test_groups_prefix_their_keys_and_lists_open_a_scope():
    group = {"type": "group", "id": "g", "path": "requerente", "components": [field("textfield", "nome")]}

    read = form(group, rows("itens", field("filepicker", "anexo", properties={"tipo_documento": "art"})))

    assert [slot.name for slot in read.inputs] == ["requerente.nome", "itens.anexo"]
    assert read.file_fields["itens.anexo"].document_type == "art"


def test_our_properties_are_read_and_others_are_left_alone():
    drawn = field(
        "textfield", "cpf", properties={"validador": "cpf", "mascara": "cpf", "finalidade": "x", "outra": "y"}
    )

    component = form(drawn).inputs[0].component

    assert isinstance(component, TextInput)
    assert (component.validator, component.mask, component.purpose) == ("cpf", "cpf", "x")


@pytest.mark.parametrize("kind", ["html", "iframe"])
def test_components_that_bring_foreign_markup_are_refused(kind):
    assert findings(draw({"type": kind, "id": "mau", "content": "<b>"})) == [("mau", "component-forbidden")]


@pytest.mark.parametrize("kind", ["script", "", None, 3, ["textfield"]])
def test_a_type_that_form_js_does_not_have_is_refused(kind):
    assert findings(draw({"type": kind, "id": "mau"})) == [("mau", "component-unknown")]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "key-missing"),
        (None, "key-missing"),
        ("a-b", "key-not-a-name"),
        ("área", "key-not-a-name"),
        ("1a", "key-not-a-name"),
        ("a..b", "key-not-a-name"),
        ("__class__", "key-not-a-name"),
        ("x" * 81, "key-not-a-name"),
        ("if", "key-reserved"),
        ("a.this", "key-reserved"),
        ("csrf_token", "key-reserved"),
    ],
)
def test_a_key_that_cannot_be_a_name_is_refused(key, code):
    assert [("campo", code)] == findings(draw({"type": "textfield", "id": "campo", "key": key, "label": "x"}))


def test_two_fields_of_one_scope_cannot_share_a_key():
    drawing = draw(field("textfield", "nome"), {**field("number", "nome"), "id": "outro"})

    assert findings(drawing) == [("outro", "key-duplicated")]


def test_a_row_may_use_a_key_that_its_form_uses():
    assert len(form(field("textfield", "nome"), rows("socios", field("textfield", "nome"))).inputs) == 2


def test_a_field_cannot_live_inside_another():
    assert findings(draw(field("textfield", "a"), field("textfield", "a.b"))) == [("campo_a.b", "key-inside-another")]


@pytest.mark.parametrize(
    "broken",
    [
        field("textfield", "a", conditional={"hide": "=if a then"}),
        field("number", "a", validate={"max": "=1 +"}),
        field("select", "a", valuesExpression="=[1,"),
        field("textfield", "a", readonly="=("),
        field("textfield", "a", description="valor {{1 +}}"),
        {"type": "expression", "id": "campo_a", "key": "a", "expression": "=)"},
        {"type": "text", "id": "campo_a", "text": "# {{)}}"},
    ],
)
def test_an_expression_that_does_not_compile_names_its_component(broken):
    assert ("campo_a", "bad-expression") in findings(draw(broken))


@pytest.mark.parametrize(
    ("drawn", "code"),
    [
        (field("textfield", "a", properties={"validador": "rg"}), "property-unknown"),
        (field("filepicker", "a", properties={"sigilo": "ultra"}), "property-unknown"),
        (field("textfield", "a", properties={"largura": "17"}), "property-unknown"),
        (field("textfield", "a", label=""), "label-missing"),
        (field("textfield", "a", validate={"pattern": "("}), "bad-pattern"),
        (field("textfield", "a", validate={"pattern": "(a+)+$"}), "bad-pattern"),
        (field("textfield", "a", validate={"minLength": "dez"}), "limit-not-a-number"),
        (field("number", "a", validate={"max": "NaN"}), "limit-not-a-number"),
        (field("radio", "a"), "options-missing"),
        (field("radio", "a", values=[]), "options-missing"),
        (field("radio", "a", values=[{"label": "x"}]), "options-missing"),
        (field("radio", "a", values=options(1, "1")), "options-duplicated"),
        (field("datetime", "a", subtype="year"), "subtype-unknown"),
        (field("textfield", "a", description="{{#if x}}"), "template-block"),
    ],
)
def test_what_a_component_must_not_be_is_found(drawn, code):
    assert [("campo_a", code)] == findings(draw(drawn))


def test_all_faults_are_told_at_once():
    drawing = draw({"type": "html", "id": "um"}, field("textfield", "if"), field("radio", "dois"))

    assert findings(drawing) == [
        ("um", "component-forbidden"),
        ("campo_if", "key-reserved"),
        ("campo_dois", "options-missing"),
    ]


@pytest.mark.parametrize(
    ("drawing", "code"),
    [
        ("", "form-not-json"),
        ("[]", "form-not-json"),
        ("[" * 100_000, "form-not-json"),
        (b"\xff\xfe", "form-not-json"),
        ('{"id":"a","components":' + " " * SIZE_LIMIT + "[]}", "form-too-large"),
        (draw(schemaVersion=20), "form-version-unknown"),
        (draw(id="com espaço"), "form-without-id"),
        (draw(type="wizard"), "form-type-unknown"),
        ({"id": "a"}, "components-missing"),
        (draw(*[field("textfield", f"a{n}") for n in range(501)]), "form-too-many-components"),
        (draw("texto"), "component-unknown"),
    ],
)
def test_a_drawing_that_is_no_form_is_refused(drawing, code):
    assert [("form", code)] == findings(drawing)


def test_nesting_has_a_bottom():
    drawn = field("textfield", "a")
    for depth in range(8):
        drawn = {"type": "group", "id": f"g{depth}", "components": [drawn]}

    assert ("g1", "form-too-deep") in findings(draw(drawn))


def test_a_list_that_grows_cannot_have_a_fixed_field():
    drawn = rows("itens", field("textfield", "norma", readonly=True))

    assert findings(draw(drawn)) == [("campo_norma", "readonly-in-open-list")]
    assert form({**drawn, "allowAddRemove": False}).inputs


def test_a_form_cannot_be_changed_once_read():
    read = form(field("textfield", "a"))

    with pytest.raises(AttributeError):
        read.key = "outro"


def test_computed_fields_are_no_inputs():
    read = form({"type": "expression", "id": "e", "key": "taxa", "expression": "=1 + 1"})

    assert read.inputs == ()
    assert isinstance(read.level.slots[0].component, Computed)


@pytest.mark.parametrize(
    "pattern", [r"^\d{3}\.\d{3}-\d{2}$", r"^[A-Z]{2}\d{4,10}$", r"^\d{1,3}(\.\d{3})*(,\d+)?$", r"x{a}"]
)
def test_patterns_that_people_write_are_accepted(pattern):
    assert compile_pattern(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+", r"(a|a)*$", r"(a?){50}a{50}", r"(.*)*", r"a*a*a*a*b", r"((a{1,9}){1,9}){1,9}", r"[", "a" * 501],
)
def test_patterns_that_could_hang_a_server_are_refused(pattern):
    with pytest.raises(PatternRefused):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\Aa",
        r"a\Z",
        r"\a",
        r"\N{DASH}",
        "a{,3}",
        "a++",
        "a{2}+",
        "[]a]",
        "[^]a]",
        "(?i)a",
        "(?P<n>a)",
        "(?>a)",
        "(?#x)a",
    ],
)
def test_patterns_that_a_browser_reads_otherwise_are_refused(pattern):
    with pytest.raises(PatternRefused, match="syntax"):
        compile_pattern(pattern)


@pytest.mark.parametrize("text", ["{{" * 120_000, "[" * 240_000, "# " + " #" * 120_000, "*_" * 120_000, "**a" * 80_000])
def test_a_text_made_to_be_slow_is_read_all_the_same(text):
    assert form({"type": "text", "id": "t", "text": text}).components


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_form_is_read(path):
    try:
        read_form(path.read_bytes())
    except DiagramRefused as refused:
        pytest.fail(str(refused.facts))
