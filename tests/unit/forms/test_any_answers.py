"""Whatever is sent, the answers are kept whole or refused with codes: nothing else ever happens."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import AnswersRefused, DiagramRefused
from engine.forms.answers import check_answers
from engine.forms.definition import read_form
from engine.forms.view import view
from tests.unit.forms.drawing import HOST, draw, field, form, options, rows
from web.form_messages import FINDINGS, sentence

EVERYTHING = form(
    field("textfield", "texto", required=True, validate={"minLength": 2, "maxLength": "=5"}),
    field("textfield", "documento", properties={"validador": "cpf_cnpj"}),
    field("textarea", "area", conditional={"hide": "=texto = null"}),
    field("number", "numero", decimalDigits=2, validate={"min": 0, "max": "=numero + 1"}),
    field("datetime", "dia", disallowPassedDates=True),
    field("datetime", "hora", subtype="time"),
    field("datetime", "momento", subtype="datetime"),
    field("checkbox", "aceito"),
    field("radio", "tipo", values=options("a", 1)),
    field("select", "bairro", valuesKey="lista"),
    field("checklist", "itens", values=options("x", "y")),
    field("filepicker", "anexos", multiple=True, accept=".pdf"),
    field("textfield", "fixo", readonly=True),
    field("textfield", "morto", disabled=True),
    {"type": "expression", "id": "e", "key": "conta", "expression": "=sum(linhas.valor) + numero"},
    {
        "type": "group",
        "id": "g",
        "path": "r",
        "components": [field("textfield", "cep", properties={"validador": "cep"})],
    },
    rows(
        "linhas",
        field("number", "valor", required=True),
        field("textfield", "nota", conditional={"hide": "=valor > 1"}),
    ),
    rows("fixas", field("textfield", "resposta"), allowAddRemove=False),
)
NAMES = [
    "texto",
    "documento",
    "area",
    "numero",
    "dia",
    "hora",
    "momento",
    "aceito",
    "tipo",
    "bairro",
    "itens",
    "anexos",
]
NAMES += ["fixo", "morto", "conta", "r", "linhas", "fixas", "cep", "valor", "nota", "resposta", "sha256", "lista"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(st.characters())
TYPED = st.sampled_from(
    ["1.620,5", "12.ABC.345/01DE-35", "2026-11-23", "14:30", "a", "x", "on", "1", "\x00", "\ud800", "ab"]
)
ANYTHING = st.recursive(
    SCALARS | TYPED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
)
STORED_JSON = msgspec.json.Decoder(float_hook=Decimal)
DOCUMENTS = st.dictionaries(st.sampled_from(NAMES), ANYTHING)


def kept_or_refused(raw, context):
    try:
        return check_answers(EVERYTHING, raw, context, HOST), {}
    except AnswersRefused as refused:
        return {}, refused.facts["errors"]


@settings(max_examples=200, deadline=None)
@given(raw=DOCUMENTS, context=DOCUMENTS)
def test_any_json_is_kept_or_refused_and_every_refusal_has_a_sentence(raw, context):
    answers, errors = kept_or_refused(raw, context)

    assert all(sentence(fault) for faults in errors.values() for fault in faults)
    assert errors or {"texto", "numero", "linhas", "conta"} <= answers.keys()
    assert "morto" not in answers


AMOUNTS = st.decimals(0, 10**9, places=2, allow_nan=False)
RIGHT = st.fixed_dictionaries(
    {"texto": st.sampled_from(["ab", "ação", "A-1"]), "numero": AMOUNTS},
    optional={
        "documento": st.sampled_from(["12.ABC.345/01DE-35", "529.982.247-25"]),
        "aceito": st.booleans(),
        "tipo": st.sampled_from(["a", "1", 1]),
        "dia": st.dates(date(2026, 11, 23), date(2100, 1, 1)).map(date.isoformat),
        "hora": st.times().map(lambda moment: moment.isoformat("minutes")),
        "itens": st.lists(st.sampled_from(["x", "y"])),
        "linhas": st.lists(st.fixed_dictionaries({"valor": AMOUNTS, "nota": st.just("n")}), max_size=3),
    },
)


@settings(max_examples=100, deadline=None)
@given(raw=RIGHT)
def test_right_answers_are_kept_and_are_right_again_once_stored(raw):
    answers = check_answers(EVERYTHING, raw, {}, HOST)

    stored = STORED_JSON.decode(msgspec.json.Encoder(decimal_format="number").encode(answers))

    assert stored == answers
    assert check_answers(EVERYTHING, stored, {}, HOST) == answers
    assert answers["numero"] == raw["numero"]


@settings(max_examples=100, deadline=None)
@given(raw=DOCUMENTS, context=DOCUMENTS)
def test_any_json_can_be_shown(raw, context):
    shown = view(EVERYTHING, raw, context, HOST)

    assert all(isinstance(one.value, str) for one in shown)


COMPONENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["textfield", "number", "select", "group", "dynamiclist", "text", "expression", "filepicker"]
        )
    },
    optional={
        "id": ANYTHING,
        "key": ANYTHING | st.sampled_from(["a", "b.c"]),
        "path": ANYTHING | st.sampled_from(["p"]),
        "label": ANYTHING,
        "text": ANYTHING | st.sampled_from(["# {{a}}", "{{", "=a"]),
        "validate": ANYTHING | st.dictionaries(st.sampled_from(["min", "maxLength", "pattern", "required"]), ANYTHING),
        "values": ANYTHING,
        "valuesExpression": ANYTHING,
        "conditional": ANYTHING | st.dictionaries(st.just("hide"), ANYTHING | st.sampled_from(["=a", "=("])),
        "properties": ANYTHING | st.dictionaries(st.sampled_from(["largura", "validador", "minimo"]), ANYTHING),
        "expression": ANYTHING | st.sampled_from(["=a + 1"]),
        "components": ANYTHING,
        "appearance": ANYTHING,
        "layout": ANYTHING,
        "accept": ANYTHING,
        "multiple": ANYTHING,
        "readonly": ANYTHING,
    },
)


@settings(max_examples=80, deadline=None)
@given(st.lists(COMPONENT, max_size=5), DOCUMENTS)
def test_any_drawing_is_read_whole_or_refused_with_sentences(components, raw):
    findings = []
    try:
        drawn = read_form(draw(*components))
    except DiagramRefused as refused:
        drawn, findings = EVERYTHING, refused.facts["findings"]

    with suppress(AnswersRefused):
        check_answers(drawn, raw, {}, HOST)
    assert isinstance(view(drawn, raw, {}, HOST), list)
    assert all(sentence(finding, FINDINGS) for finding in findings)
