"""What a person types is there again after a reload: by itself where scripts run, by a button where they do not."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.asked import HOUSE
from tests.browser.conftest import Come
from tests.browser.town import Town

pytestmark = pytest.mark.browser
START = "/solicitar/alvara-construcao"
NAME, OPENING = "Nome completo ou razão social", "O que o requerente deve fazer"


@pytest.mark.parametrize("width", [1280, 390])
def test_what_a_citizen_types_is_saved_by_itself_and_survives_a_reload(width: int, come: Come) -> None:
    citizen = come(width=width)
    citizen.go(START)
    citizen.write({NAME: "Maria José d'Ávila & Filhos", "Área da obra": "1.620,5"})
    expect(citizen.page.get_by_text("Rascunho salvo às")).to_be_visible()

    citizen.page.reload()

    expect(citizen.field(NAME)).to_have_value("Maria José d'Ávila & Filhos")
    expect(citizen.field("Área da obra")).to_have_value("1.620,5")


def test_a_citizen_without_scripts_keeps_a_draft_with_its_file_by_the_button(come: Come) -> None:
    citizen = come(script=False)
    citizen.go(START)
    citizen.write({NAME: "Maria José d'Ávila"})
    citizen.attach({"Matrícula do imóvel": "matricula.pdf"})

    citizen.press("Guardar rascunho")
    citizen.go(START)

    expect(citizen.field(NAME)).to_have_value("Maria José d'Ávila")
    expect(citizen.page.get_by_label("Retirar matricula.pdf")).to_be_visible()


def test_one_persons_draft_is_nobody_elses(come: Come) -> None:
    first, second = come(), come()
    first.go(START)
    first.write({NAME: "Somente meu"})
    first.press("Guardar rascunho")

    second.go(START)

    expect(second.field(NAME)).to_have_value("")


def test_a_servants_draft_survives_a_reload_and_can_be_discarded(town: Town, come: Come) -> None:
    number = town.ask(HOUSE).number
    clerk = come("protocolo")
    clerk.take("Conferir os documentos", number)
    clerk.write({OPENING: "Envie de novo a matrícula."})
    clerk.choose({"Matrícula do imóvel": "Vencido"})
    expect(clerk.page.get_by_text("Rascunho salvo às")).to_be_visible()

    clerk.page.reload()

    expect(clerk.field(OPENING)).to_have_value("Envie de novo a matrícula.")
    group = clerk.page.get_by_role("radiogroup", name="Matrícula do imóvel")
    expect(group.get_by_label("Vencido", exact=True)).to_be_checked()
    clerk.press("Descartar o rascunho")
    expect(clerk.field(OPENING)).to_have_value("")


def test_what_is_typed_while_the_fields_come_back_is_kept(come: Come) -> None:
    citizen = come()
    citizen.go(START)
    citizen.page.get_by_label("Tipo de obra").select_option(label="Reforma")
    citizen.page.get_by_label(NAME).press_sequentially("Digitado enquanto a página mudava", delay=8)
    expect(citizen.page.get_by_label("Área já existente no lote")).to_be_visible()

    expect(citizen.field(NAME)).to_have_value("Digitado enquanto a página mudava")


def test_a_press_that_lasts_while_the_fields_come_back_is_not_lost(come: Come) -> None:
    citizen = come()
    citizen.go(START)
    page = citizen.page
    option = page.get_by_role("radiogroup", name="Conselho profissional").get_by_label("CAU", exact=True)
    option.scroll_into_view_if_needed()

    with page.expect_response("**/campos"):
        option.hover()
        page.get_by_label("Tipo de obra").select_option(label="Reforma")
        page.mouse.down()
    with page.expect_response("**/campos"):
        page.mouse.up()

    expect(option).to_be_checked()
    expect(page.get_by_label("Área já existente no lote")).to_be_visible()


def test_errors_stay_beside_their_fields_while_others_are_put_right(town: Town, come: Come) -> None:
    number = town.ask(HOUSE).number
    clerk = come("protocolo")
    clerk.take("Conferir os documentos", number)
    clerk.press("Concluir")
    errors = clerk.page.locator(".field .error")
    before = errors.count()

    with clerk.page.expect_response("**/campos"):
        clerk.choose({"Matrícula do imóvel": "Em ordem"})

    expect(errors).to_have_count(before - 1)
    group = clerk.page.get_by_role("radiogroup", name="ART ou RRT de projeto")
    expect(group.get_by_text("Preencha este campo.")).to_be_visible()
    expect(clerk.page.get_by_role("radiogroup", name="Matrícula do imóvel").locator(".error")).to_have_count(0)


def test_a_file_that_is_chosen_takes_its_error_away(come: Come) -> None:
    citizen = come()
    citizen.go(START)
    citizen.press("Enviar o pedido")
    errors = citizen.page.locator(".error", has_text="Anexe ao menos um arquivo.")
    before = errors.count()

    with citizen.page.expect_response("**/campos"):
        citizen.attach({"Matrícula do imóvel": "matricula.pdf"})

    expect(errors).to_have_count(before - 1)
