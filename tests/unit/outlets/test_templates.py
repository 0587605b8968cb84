"""Document templates fill in values and do nothing else."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.outlets.templates import Block, Words, fill, written


def text(template, values):
    """The blocks as (kind, text of each cell), without the weights."""
    return [
        (block.kind, *("".join(run.text for run in cell) for cell in block.cells)) for block in fill(template, values)
    ]


def refused(template, values=None):
    with pytest.raises(BadInput) as error:
        fill(template, values or {})
    return error.value.facts["errors"]["template"]


def test_fields_are_filled_from_the_case_by_dotted_names():
    values = {"requerente": {"nome": "Maria"}, "numero": 7}

    assert text("Nº {numero}: {requerente.nome}", values) == [("text", "Nº 7: Maria")]


@pytest.mark.parametrize("field", ["{ausente}", "{dono.cpf}", "{dono.nome.x}", "{vazio}", "{nulo}", "{dono}"])
def test_what_the_case_does_not_hold_is_a_dash(field):
    values = {"dono": {"nome": "Maria"}, "vazio": "", "nulo": None}

    assert text(f"a {field} b", values) == [("text", "a — b")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "sim"),
        (False, "não"),
        (0, "0"),
        (Decimal("1234567.5"), "1.234.567,50"),
        (Decimal("0.0155"), "0,0155"),
        (Decimal(150), "150"),
        (8000, "8.000"),
        (Decimal("1E+3"), "1.000"),
        (Decimal("NaN"), "—"),
        ("2026-12-01", "01/12/2026"),
        ("2026-02-30", "2026-02-30"),
        (date(2026, 12, 1), "01/12/2026"),
        (datetime(2026, 12, 1, 9, 5, tzinfo=UTC), "01/12/2026 09:05"),
        (["a", None, Decimal("1.5")], "a, —, 1,50"),
        ([], "—"),
    ],
)
def test_values_are_written_as_in_brazil(value, shown):
    assert written(value) == shown


def test_a_section_repeats_its_lines_with_the_fields_of_each_item_before_those_of_the_case():
    template = "{#exigencias}\n- {texto} ({prazo}) {cidade}\n{/exigencias}\nfim"
    values = {
        "cidade": "Vila",
        "texto": "do caso",
        "exigencias": [{"texto": "ART", "prazo": "2026-12-01"}, {"prazo": None}],
    }

    assert text(template, values) == [("item", "ART (01/12/2026) Vila"), ("item", "do caso (—) Vila"), ("text", "fim")]


def test_a_section_over_plain_values_shows_each_as_a_dot():
    assert text("{#nomes}\n- {.}\n{/nomes}", {"nomes": ["Ana", "Rui"]}) == [("item", "Ana"), ("item", "Rui")]


@pytest.mark.parametrize("values", [{}, {"nomes": []}, {"nomes": "texto"}, {"nomes": {"a": 1}}])
def test_a_section_over_what_is_no_list_leaves_nothing(values):
    assert text("{#nomes}\n- {.}\n{/nomes}", values) == []


def test_rows_make_a_table_and_the_ruled_line_is_not_one():
    template = "| Taxa | Valor |\n|---|:-:|\n{#t}\n| {nome} | {valor} |\n{/t}"

    assert text(template, {"t": [{"nome": "ISS", "valor": "1,00"}]}) == [
        ("row", "Taxa", "Valor"),
        ("row", "ISS", "1,00"),
    ]


def test_lines_run_on_until_an_empty_one():
    assert text("# T\num\ndois\n\ntrês\n## S", {}) == [
        ("title", "T"),
        ("text", "um dois"),
        ("text", "três"),
        ("heading", "S"),
    ]


def test_bold_of_the_template_is_bold_with_its_value():
    assert fill("o **{nome}** é", {"nome": "a**b**c"}) == [
        Block("text", ((Words("o "), Words("a**b**c", bold=True), Words(" é")),))
    ]


@pytest.mark.parametrize(
    "value", ["# título", "- item", "| a | b |", "**negrito**", "{outro}", "{#lista}", "a\n- b\n# c", "{{7*7}}", "${x}"]
)
def test_a_value_never_becomes_markup_or_a_field(value):
    assert text("{valor}", {"valor": value, "outro": "segredo", "lista": [1]}) == [("text", value)]
    assert len(fill("| {valor} | x |", {"valor": value})[0].cells) == 2


@pytest.mark.parametrize("code", ["{a.__class__}", "{a[0]}", "{a()}", "{a|upper}", "{ a }", "{% if a %}", "{1a}", "{}"])
def test_an_expression_is_not_run(code):
    shown = text(f"x {code}", {"a": "valor"})[0][1]

    assert shown in (f"x {code}", "x —")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{#a}\nx", "section-open"),
        ("{/a}", "section-closed"),
        ("{#a}\n{/b}", "section-closed"),
        ("{#a}\n{#b}\n{/b}\n{/a}", "section-nested"),
        ("x" * 100_001, "too-long"),
    ],
)
def test_a_template_whose_sections_do_not_close_is_refused(template, reason):
    assert refused(template) == [reason]


def test_a_list_that_would_fill_thousands_of_lines_is_refused():
    assert refused("{#a}\nx\ny\n{/a}", {"a": [1] * 3000}) == ["too-long"]


@given(
    st.text(max_size=300), st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=20) | st.lists(st.integers()))
)
def test_any_template_is_filled_or_refused(template, values):
    try:
        blocks = fill(template, values)
    except BadInput:
        return

    assert all(block.cells for block in blocks)
