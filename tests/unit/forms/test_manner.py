"""How values read in a form's sentences and in papers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.forms.manner import PLAIN, Manner, shaped, shapes_of
from engine.forms.view import view
from tests.unit.forms.drawing import HOST, field, form

REGISTRATION = field("textfield", "lote.inscricao", properties={"validador": "inscricao", "mascara": "99.99.999"})
TAXPAYER = field("textfield", "cpf", properties={"validador": "cpf"})
SHAPES = shapes_of([form(REGISTRATION, TAXPAYER, field("textfield", "nome"))])


@pytest.mark.parametrize(
    ("value", "before", "said"),
    [
        (Decimal("20.4"), "Pago: R$ ", "20,40"),
        (10, "Pago: R$ ", "10,00"),
        (Decimal("0.125"), "UFM a R$ ", "0,125"),
        (10, "Pavimentos: ", "10"),
        (Decimal("NaN"), "R$ ", "NaN"),
        (True, "R$ ", "sim"),
        ("2026-11-23", "em ", "23/11/2026"),
        ("2026-11-23T15:00:00Z", "em ", "23/11/2026 12:00"),
        ("2026-02-30", "", "2026-02-30"),
        ("2026-11-23 foi o dia", "", "2026-11-23 foi o dia"),
        (["2026-11-23", 8000], "", "23/11/2026, 8.000"),
        (date(2026, 11, 23), "", "23/11/2026"),
        (None, "R$ ", ""),
    ],
)
def test_a_value_reads_as_people_write_it(value, before, said):
    assert PLAIN.said(value, before=before) == said


def test_what_another_form_asked_for_in_a_shape_reads_in_it_and_its_namesakes_do_not():
    drawn = {"type": "text", "id": "t", "text": "Lote {{lote.inscricao}} de {{cpf}}, {{nome}}; {{outro.cpf}}"}
    data = {"lote": {"inscricao": "0102033"}, "cpf": "52998224725", "nome": "Ana", "outro": {"cpf": "52998224725"}}

    (shown,) = view(form(drawn), {}, data, HOST, Manner(shapes=SHAPES))

    said = "".join(span.text for block in shown.blocks for line in block.lines for span in line)
    assert said == "Lote 01.02.033 de 529.982.247-25, Ana; 52998224725"


def test_a_document_is_shaped_in_a_copy_and_nothing_is_added_to_it():
    data = {"lote": {"inscricao": "0102033", "area": 5}, "cpf": 7}

    written = shaped(data, SHAPES)

    assert written == {"lote": {"inscricao": "01.02.033", "area": 5}, "cpf": 7}
    assert data["lote"]["inscricao"] == "0102033"
    assert shaped({}, SHAPES) == {}


def test_a_number_that_can_only_be_read_has_its_points_and_travels_bare():
    (shown,) = view(form(field("number", "a", readonly=True)), {}, {"a": Decimal("8000.50")}, HOST)

    assert (shown.value, shown.said) == ("8000,50", "8.000,50")
