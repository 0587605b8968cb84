from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from engine.forms.scalars import spoken
from engine.forms.view import Shown, view
from tests.unit.forms.drawing import HOST, PDF, field, form, options, rows


def show(*components, data=None, context=None) -> list[Shown]:
    return view(form(*components), data or {}, context or {}, HOST)


def test_what_was_typed_comes_before_what_is_stored_and_the_default_last():
    drawn = [field("textfield", name, defaultValue="padrão") for name in ("a", "b", "c", "d")]

    shown = show(*drawn, data={"a": "digitado", "d": ""}, context={"a": "guardado", "b": "guardado"})

    assert [one.value for one in shown] == ["digitado", "guardado", "padrão", ""]


@pytest.mark.parametrize(
    ("drawn", "kept", "value"),
    [
        (field("number", "a"), Decimal("1620.5"), "1620,5"),
        (field("number", "a"), "1.620,5x", "1.620,5x"),
        (field("textfield", "a", properties={"validador": "cnpj"}), "12ABC34501DE35", "12.ABC.345/01DE-35"),
        (field("datetime", "a"), "2026-11-23", "2026-11-23"),
        (field("datetime", "a", subtype="time"), "14:30:00", "14:30"),
        (field("datetime", "a", subtype="datetime"), "2026-11-23T14:30:00", "2026-11-23T14:30"),
        (field("textfield", "a"), None, ""),
        (field("textfield", "a"), {"x": 1}, ""),
    ],
)
def test_a_value_is_shown_as_people_write_it(drawn, kept, value):
    assert [one.value for one in show(drawn, context={"a": kept})] == [value]


def test_a_date_typed_wrong_is_shown_again_though_a_date_input_cannot_hold_it():
    (shown,) = show(field("datetime", "a"), data={"a": "31/02/2026"})

    assert (shown.kind, shown.value, shown.native) == ("date", "31/02/2026", False)


def test_hidden_components_are_not_shown_and_shown_ones_follow_the_answers():
    drawn = [field("textfield", "a"), field("textfield", "b", conditional={"hide": '=if a = "x" then false else true'})]

    assert [one.name for one in show(*drawn)] == ["a"]
    assert [one.name for one in show(*drawn, data={"a": "x"})] == ["a", "b"]


def test_options_say_which_are_chosen():
    shown = show(
        field("radio", "a", values=options(10, 20)),
        field("checklist", "b", valuesKey="cidade.bairros"),
        context={"a": 20, "b": ["x"], "cidade": {"bairros": ["x", {"label": "Ípsilon", "value": "y"}]}},
    )

    assert [[(o.label, o.text, o.chosen) for o in one.options] for one in shown] == [
        [("Opção 10", "10", False), ("Opção 20", "20", True)],
        [("x", "x", True), ("Ípsilon", "y", False)],
    ]


def test_limits_and_labels_are_worked_out():
    number = field(
        "number", "a", label="Área até {{limite}} m²", validate={"min": "=limite / 2", "max": 10}, increment="0.5"
    )
    dated = field("datetime", "b", disallowPassedDates=True)

    shown, when = show(number, dated, context={"limite": 5})

    assert (shown.label, shown.minimum, shown.maximum, shown.step) == ("Área até 5 m²", "2,5", "10", "0,5")
    assert when.minimum == "2026-11-23"


def test_stored_files_are_listed_with_what_is_accepted():
    (shown,) = show(field("filepicker", "a", accept=".PDF, dwg", multiple=True), context={"a": [PDF, "lixo"]})

    assert (shown.files, shown.accept, shown.multiple) == ((PDF,), ".pdf,.dwg", True)


def test_a_list_shows_its_rows_with_names_and_error_paths():
    drawn = rows("itens", field("textfield", "norma", defaultValue="LC"), defaultRepetitions=2)

    blank, kept = show(drawn), show(drawn, context={"itens": [{"norma": "Lei 1"}]})

    assert [[one.value for one in row] for row in blank[0].rows] == [["LC"], ["LC"]]
    assert [[(one.name, one.path, one.value) for one in row] for row in kept[0].rows] == [
        [("itens[0].norma", "itens.0.norma", "Lei 1")]
    ]


def test_a_list_emptied_on_the_page_stays_empty():
    (shown,) = show(rows("itens", field("textfield", "norma")), data={"itens": []}, context={"itens": [{"norma": "x"}]})

    assert shown.rows == ()


def test_a_fixed_list_shows_what_is_stored_beside_what_was_typed():
    drawn = rows("f", field("textfield", "doc", readonly=True), field("textfield", "resposta"), allowAddRemove=False)

    (shown,) = show(
        drawn, data={"f": [{"doc": "forjado", "resposta": "sim"}]}, context={"f": [{"doc": "ART"}, {"doc": "PPCI"}]}
    )

    assert [[one.value for one in row] for row in shown.rows] == [["ART", "sim"], ["PPCI", ""]]
    assert (shown.open, shown.full) == (False, True)


def test_a_text_is_plain_structure_and_values_are_never_markdown():
    source = "# De {{nome}}\nlinha *um*\nlinha **{{nome}}**\n\n- item [lei](https://a.br/x)\n- [m](javascript:x)\n1. um"

    (shown,) = show({"type": "text", "id": "t", "text": source}, context={"nome": "# **<b>** [x](https://mau)"})

    heading, paragraph, bullets, numbered = shown.blocks
    assert "".join(span.text for span in heading.lines[0]) == "De # **<b>** [x](https://mau)"
    assert [(span.bold, span.italic) for span in paragraph.lines[0]] == [
        (False, False),
        (False, True),
        (False, False),
        (True, False),
    ]
    assert [[span.href for span in line] for line in bullets.lines] == [["", "https://a.br/x"], [""]]
    assert (heading.kind, bullets.kind, numbered.kind) == ("h1", "ul", "ol")


@pytest.mark.parametrize(
    "href", ["javascript:x", "//mau.br", "/\\mau.br", "data:text/html,x", "JAVASCRIPT:x", "{{nome}}"]
)
def test_a_link_leads_only_where_links_may(href):
    (shown,) = show({"type": "text", "id": "t", "text": f"[x]({href})"}, context={"nome": "javascript:x"})

    assert [span.href for block in shown.blocks for line in block.lines for span in line] == [""] * len(
        shown.blocks[0].lines[0]
    )


def test_a_table_and_a_document_list_are_rows_of_text():
    table = {"type": "table", "id": "t", "label": "T", "dataSource": "=linhas"}
    table["columns"] = [{"label": "Item", "key": "item"}, {"label": "Ok", "key": "ok"}]
    preview = {"type": "documentPreview", "id": "p", "dataSource": "=docs"}

    shown = show(
        table, preview, context={"linhas": [{"item": Decimal("1.5"), "ok": True}, 3], "docs": [{"name": "a.pdf"}]}
    )

    assert (shown[0].table.head, shown[0].table.rows) == (("Item", "Ok"), (("1,5", "sim"),))
    assert shown[1].table.rows == (("a.pdf",),)


@pytest.mark.parametrize("source", ["javascript:x", "//mau.br/x.png", "https://mau.br/x.png", "data:text/html,x"])
def test_a_picture_comes_from_this_site_or_not_at_all(source):
    assert [one.source for one in show({"type": "image", "id": "i", "source": source})] == [""]
    assert [one.source for one in show({"type": "image", "id": "i", "source": "/static/a.png"})] == ["/static/a.png"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 11, 23), "23/11/2026"),
        (datetime(2026, 11, 23, 14, 30), "23/11/2026 14:30"),  # noqa: DTZ001  FEEL's local date and time has no zone
        (time(9, 5), "09:05"),
        ([Decimal("1234.5"), True], "1.234,5, sim"),
        (None, ""),
    ],
)
def test_values_in_sentences_are_spoken(value, words):
    assert spoken(value) == words
