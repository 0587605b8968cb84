from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from werkzeug.datastructures import MultiDict

from engine.errors import AnswersRefused
from engine.forms.answers import check_answers
from engine.forms.definition import read_form
from engine.forms.view import view
from tests.unit.forms.drawing import HOST, PDF, check, field, form, options, rows
from web import forms as web_forms
from web.standing import carried

PAGE = """{% from "_form.html" import render_form -%}
{{ render_form(shown, errors=errors, wrong=wrong, refresh=refresh, enter={"name": "_acao", "value": "concluir"}) }}"""
SHIPPED = sorted(Path(__file__).parents[3].glob("diagrams/**/*.form.json"))
VOID = {"input", "br", "hr", "img"}


@pytest.fixture(scope="module")
def app():
    made = Flask("web", root_path=web_forms.__file__.rpartition("/")[0])
    Babel(made, default_locale="pt_BR")
    made.jinja_env.filters["carried"] = carried
    return made


class Page(HTMLParser):
    """What a browser would make of the page: its elements in order, and whether every one is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.words = [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert len({name for name, _ in attributes}) == len(attributes)
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def all(self, tag, **wanted):
        return [a for t, a in self.elements if t == tag and all(a.get(k) == v for k, v in wanted.items())]

    def posted(self):
        """What a browser would send: inputs as they stand, without files and buttons."""
        inputs = [a for a in self.all("input") if a.get("type") != "file" and "disabled" not in a]
        ticked = [a for a in inputs if a.get("type") not in ("radio", "checkbox") or "checked" in a]
        return MultiDict([(a["name"], a.get("value", "")) for a in ticked])


def render(app, drawn, data=None, context=None, refresh=None):
    errors = {}
    if data is not None:
        try:
            check_answers(drawn, data, context or {}, HOST)
        except AnswersRefused as refused:
            errors = web_forms.sentences(refused.facts["errors"])
    shown = view(drawn, data or {}, context or {}, HOST)
    with app.test_request_context():
        wrong = web_forms.summary(shown, errors)
        return Page(render_template_string(PAGE, shown=shown, errors=errors, wrong=wrong, refresh=refresh))


HOSTILE = '"><script>alert(1)</script>{{7*7}}'


def test_hostile_words_of_a_drawing_and_of_people_stay_words(app):
    label = HOSTILE.replace("{{7*7}}", "")
    drawn = form(
        {"type": "text", "id": "t", "text": f"# {label}\n**{{{{nome}}}}**"},
        field(
            "textfield",
            "nome",
            label=label,
            description=label,
            appearance={"prefixAdorner": label, "suffixAdorner": label},
        ),
        field("textarea", "texto", label=label),
        field("select", "lista", label=label, values=[{"label": label, "value": label}]),
        field("radio", "opcao", label=label, values=[{"label": label, "value": label}]),
        field("filepicker", "anexo", label=label),
        field("textfield", "fixo", label=label, readonly=True),
        rows("itens", field("textfield", "a", label=label), label=label),
        {
            "type": "group",
            "id": "g",
            "label": label,
            "components": [field("checkbox", "c", label=label, required=True)],
        },
    )
    typed = dict.fromkeys(("nome", "texto", "lista", "opcao"), HOSTILE)
    data = {**typed, "anexo": [{**PDF, "name": HOSTILE}], "itens": [{"a": HOSTILE}]}

    page = render(app, drawn, data, {"fixo": HOSTILE})

    assert page.all("script") == []
    assert "<script>alert(1)</script>{{7*7}}" in page.words
    assert not [a for _, a in page.elements if any(name.startswith("on") or name == "style" for name in a)]


def test_an_empty_form_asks_everything_with_a_label_a_hint_and_a_mark(app):
    drawn = form(
        field("textfield", "cpf", required=True, description="Só números", properties={"validador": "cpf"}),
        field("number", "area", required=True, appearance={"suffixAdorner": "m²"}),
        field("number", "vagas", decimalDigits=0),
        field("textfield", "fone", properties={"validador": "fone"}),
        field("datetime", "dia", disallowPassedDates=True),
        field("filepicker", "anexo", accept=".pdf", multiple=True),
    )

    page = render(app, drawn)

    labelled = {a["for"] for a in page.all("label") if "for" in a}
    controls = [a for a in page.all("input") if a.get("type") != "hidden"]
    assert {a["id"] for a in controls} <= labelled
    (cpf,) = page.all("input", name="cpf")
    assert (cpf["inputmode"], cpf["aria-describedby"], "required" in cpf) == ("numeric", "c-cpf-d", True)
    assert page.all("p", id="c-cpf-d")
    assert [a["inputmode"] for a in page.all("input") if a.get("name") in ("area", "vagas")] == ["decimal", "numeric"]
    assert page.all("input", name="fone", type="tel")
    assert page.all("input", name="dia", type="date", min="2026-11-23")
    assert page.all("input", name="anexo", type="file", accept=".pdf")
    assert not page.all("div", id="resumo-erros")


def test_errors_are_summed_up_on_top_with_links_to_their_fields(app):
    drawn = form(
        field("textfield", "nome", required=True),
        field("radio", "tipo", required=True, values=options("a", "b")),
        rows("itens", field("number", "valor"), field("textfield", "nota")),
    )

    page = render(app, drawn, {"itens": [{"valor": "x", "nota": "n"}]})

    assert page.all("div", id="resumo-erros", role="alert", tabindex="-1")
    ids = {a["id"] for _, a in page.elements if "id" in a}
    links = [a["href"] for a in page.all("a")]
    assert links == ["#c-nome", "#c-tipo-1", "#c-itens-0-valor"]
    assert {link[1:] for link in links} <= ids
    (wrong,) = page.all("input", name="itens[0].valor")
    assert (wrong["aria-invalid"], wrong["aria-describedby"], wrong["value"]) == ("true", "c-itens-0-valor-e", "x")
    assert "Há 3 respostas a corrigir" in page.words


def test_ids_are_never_given_twice(app):
    drawn = form(
        *[field(kind, f"{kind}_a", values=options(1, 2)) for kind in ("radio", "select", "checklist", "taglist")],
        *[
            field(kind, f"{kind}_a")
            for kind in ("textfield", "textarea", "number", "datetime", "checkbox", "filepicker")
        ],
        rows("l", field("textfield", "a"), field("checkbox", "b"), defaultRepetitions=3),
    )

    ids = [a["id"] for _, a in render(app, drawn, {}).elements if "id" in a]

    assert len(ids) == len(set(ids))


def test_what_is_stored_can_be_sent_back_unchanged(app):
    drawn = form(
        field("textfield", "r.cpf", properties={"validador": "cpf"}),
        field("number", "area"),
        field("checkbox", "aceito"),
        field("radio", "tipo", values=options(10, 20)),
        field("checklist", "docs", values=options("a", "b")),
        field("datetime", "dia", subtype="datetime", readonly=True),
        field("checklist", "vistos", values=options("a", "b"), readonly=True),
        field("checkbox", "antigo", readonly=True),
        field("filepicker", "anexo"),
        rows("itens", field("textfield", "norma"), field("checkbox", "grave")),
    )
    stored = {
        "r": {"cpf": "52998224725"},
        "area": 1620,
        "aceito": True,
        "tipo": 20,
        "docs": ["b"],
        "dia": "2026-11-23T14:00:30",
        "vistos": ["a"],
        "antigo": True,
        "anexo": [PDF],
        "itens": [{"norma": "LC 1", "grave": True}, {"norma": "LC 2", "grave": False}],
    }

    raw = web_forms.raw_answers(drawn, render(app, drawn, None, stored).posted(), stored)

    assert check(drawn, raw, stored) == stored


def test_a_refresh_is_asked_for_only_where_it_is_wanted(app):
    drawn = form(field("textfield", "a"))

    with_refresh, without = render(app, drawn, refresh={"post": "/x"}), render(app, drawn)

    (around,) = with_refresh.all("div", **{"class": "refresh"})
    assert (around["hx-post"], around["hx-trigger"], around["hx-select"]) == ("/x", "change", "#campos")
    assert not without.all("div", **{"class": "refresh"})


def test_enter_means_what_the_page_says_and_not_removing_a_row(app):
    page = render(app, form(rows("itens", field("textfield", "a"))))

    buttons = page.all("button")

    assert [button.get("name") for button in buttons] == ["_acao", "_remover", "_adicionar"]
    assert all("formnovalidate" in button for button in buttons[1:])


def test_stored_files_can_be_taken_away_and_a_required_one_is_not_asked_again(app):
    drawn = form(field("filepicker", "anexo", required=True))

    page = render(app, drawn, None, {"anexo": [PDF]})

    assert page.all("input", name="_retirar", value=f"anexo:{PDF['sha256']}")
    assert "required" not in page.all("input", name="anexo")[0]


def test_a_form_of_four_hundred_fields_is_shown_whole(app):
    drawn = form(*[field("textfield", f"campo_{n}", required=True) for n in range(400)])

    page = render(app, drawn, {})

    assert len(page.all("input", type="text")) == 400
    assert len(page.all("a")) == 400
    assert len(re.findall("Preencha este campo", page.words)) == 800


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_form_is_shown_and_its_errors_find_their_fields(app, path):
    page = render(app, read_form(path.read_bytes()), {})

    ids = {a["id"] for _, a in page.elements if "id" in a}
    assert {a["href"][1:] for a in page.all("a", rel=None)} <= ids
    assert "%(" not in page.words


ITENS = form(rows("itens", field("textfield", "norma"), field("filepicker", "anexo"), field("checkbox", "grave")))


def post(*pairs):
    return MultiDict(pairs)


def test_a_post_is_read_to_nested_raw_values_and_keeps_what_is_wrong():
    drawn = form(
        field("number", "obra.area"), field("checklist", "docs", values=options("a", "b")), field("checkbox", "ok")
    )

    raw = web_forms.raw_answers(
        drawn, post(("obra.area", " mil "), ("docs", "b"), ("docs", "zzz"), ("_presente", "ok"), ("outro", "x"))
    )

    assert raw == {"obra": {"area": " mil "}, "docs": ["b", "zzz"], "ok": False}


def test_what_the_page_did_not_show_is_not_taken_for_blank():
    drawn = form(field("checkbox", "a"), field("checklist", "b", values=options(1)), rows("c", field("textfield", "d")))

    assert web_forms.raw_answers(drawn, post()) == {}
    assert web_forms.raw_answers(drawn, post(("_presente", "a"), ("_presente", "b"), ("_presente", "c"))) == {
        "a": False,
        "b": [],
        "c": [],
    }


def test_rows_are_added_and_removed_with_their_files():
    other = {**PDF, "sha256": "b" * 64}
    before = {"itens": [{"anexo": [PDF]}, {"anexo": [other]}]}
    shown = [("itens[0].norma", "um"), ("itens[1].norma", "dois"), ("_presente", "itens[1].anexo")]

    added = web_forms.raw_answers(ITENS, post(*shown, ("_adicionar", "itens")), before)
    removed = web_forms.raw_answers(ITENS, post(*shown, ("_remover", "itens:0")), before)

    assert added == {"itens": [{"norma": "um"}, {"norma": "dois", "anexo": [other]}, {}]}
    assert removed == {"itens": [{"norma": "dois", "anexo": [other]}]}
    assert web_forms.rows_changed(post(("_adicionar", "itens")))
    assert not web_forms.rows_changed(post(*shown))


def test_a_fixed_list_neither_grows_nor_shrinks_by_its_buttons():
    drawn = form(rows("f", field("textfield", "a"), allowAddRemove=False))

    raw = web_forms.raw_answers(drawn, post(("f[0].a", "x"), ("_adicionar", "f"), ("_remover", "f:0")))

    assert raw == {"f": [{"a": "x"}]}


def test_files_come_from_the_server_and_never_from_the_browser():
    drawn = form(field("filepicker", "a", multiple=True), field("filepicker", "b"))
    forged = '{"sha256":"' + "c" * 64 + '"}'
    shown = [("_presente", "a"), ("_presente", "b"), ("a", forged), ("a.sha256", "c" * 64)]
    fresh = {**PDF, "sha256": "d" * 64}

    kept = web_forms.raw_answers(drawn, post(*shown), {"a": [PDF]})
    more = web_forms.raw_answers(drawn, post(*shown), {"a": [PDF], "b": [PDF]}, {"a": [fresh, PDF], "b": [fresh]})
    fewer = web_forms.raw_answers(drawn, post(*shown, ("_retirar", f"a:{PDF['sha256']}")), {"a": [PDF]})

    assert kept == {"a": [PDF], "b": []}
    assert more == {"a": [fresh, PDF], "b": [fresh]}
    assert fewer == {"a": [], "b": []}


def test_a_flood_of_rows_is_cut_short():
    pairs = [(f"itens[{n}].norma", "x") for n in range(1500)]

    raw = web_forms.raw_answers(ITENS, post(*pairs))

    assert len(raw["itens"]) == 101
    with pytest.raises(AnswersRefused):
        check(ITENS, raw)


def test_a_nul_can_be_kept_in_a_draft_but_not_in_an_answer():
    raw = web_forms.raw_answers(ITENS, post(("itens[0].norma", "a\x00b")))

    assert "\x00" not in raw["itens"][0]["norma"]
    with pytest.raises(AnswersRefused):
        check(ITENS, raw)


def test_the_file_inputs_of_a_page_are_known_by_name():
    shown = view(ITENS, {"itens": [{}, {}]}, {}, HOST)

    assert [one.name for one in web_forms.file_fields(shown)] == ["itens[0].anexo", "itens[1].anexo"]
