"""The citizen's way and a servant's task with scripts switched off: slower, and whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.asked import HOUSE, HOUSE_PAPERS
from tests.browser.conftest import Come
from tests.browser.people import Person
from tests.browser.town import Town

pytestmark = pytest.mark.browser
TEXTS = {
    "Inscrição imobiliária": "01.01.011.0081.001", "CPF ou CNPJ": "910.510.690-76",
    "Nome completo ou razão social": "Marina Hoffmann", "CPF do responsável técnico": "966.169.926-75",
    "Número da ART, RRT ou TRT": "8012345-6", "Tipo de obra": "Reforma",
    "Uso da edificação": "Residencial unifamiliar (uma casa)", "Área da obra": "120", "Número de pavimentos": "1",
    "Taxa de ocupação": "38", "Coeficiente de aproveitamento": "0,4", "Taxa de permeabilidade": "32",
}  # fmt: skip
FILES = {
    "Matrícula do imóvel": "matricula.pdf", "ART ou RRT de projeto": "art-projeto.pdf",
    "ART ou RRT de execução": "art-execucao.pdf", "Projeto arquitetônico em PDF": "projeto.pdf",
    "Projeto arquitetônico em DWG": "projeto.dwg", "Memorial descritivo": "memorial.pdf",
}  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
def test_a_citizen_asks_and_follows_without_scripts(width: int, come: Come) -> None:
    citizen = come(width=width, script=False)
    citizen.go("/solicitar/alvara-construcao")
    citizen.write(TEXTS)
    citizen.choose({"Conselho profissional": "CAU"})
    citizen.tick("O requerente é o proprietário do imóvel", "Declaro que as informações")
    citizen.attach(FILES)
    citizen.press("Enviar o pedido")

    expect(citizen.page.get_by_role("heading", level=1)).to_have_text("Pedido enviado")
    citizen.press("Já anotei; acompanhar o pedido")

    expect(citizen.page.get_by_role("main")).to_contain_text("Você não precisa fazer nada agora")
    citizen.page.get_by_role("link", name="Ver o caminho completo").click()
    expect(citizen.page.locator("svg.bpmn")).to_be_visible()


def test_a_clerk_returns_and_the_citizen_answers_without_scripts(town: Town, come: Come) -> None:
    started = town.ask(HOUSE)
    clerk = come("protocolo", script=False)
    clerk.take("Conferir os documentos", started.number)
    _return(clerk)
    clerk.press("Concluir")
    expect(clerk.page.get_by_role("alert")).to_contain_text("O que o requerente deve fazer")
    clerk.write({"O que o requerente deve fazer": "Peça outra certidão."})
    clerk.finish("Conferir os documentos")

    citizen = come(width=390, script=False)
    citizen.go("/acompanhar")
    citizen.write({"Número do protocolo": started.number, "Código de acesso": started.access_code})
    citizen.press("Acompanhar")
    citizen.write({"Sua resposta": "Segue a certidão de hoje."})
    citizen.attach({"Arquivo corrigido": "matricula-nova.pdf"})
    citizen.press("Enviar a resposta")

    expect(citizen.page.get_by_role("status").first).to_contain_text("Resposta enviada")
    row = clerk.row("Conferir os documentos", started.number)
    clerk.wait_for(row, "/caixa")
    expect(row).to_contain_text("2ª vez")


def _return(clerk: Person) -> None:
    clerk.choose(dict.fromkeys(HOUSE_PAPERS, "Em ordem") | {"Matrícula do imóvel": "Vencido"})
    clerk.write({"Documento (obrigatório)": "Matrícula do imóvel"})
    clerk.page.get_by_role("radiogroup", name="Motivo").get_by_label("Vencido", exact=True).check()
