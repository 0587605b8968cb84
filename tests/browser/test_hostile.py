"""What somebody writes to do harm is shown as the words that it is: in every free-text field, file name and diagram."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from playwright.sync_api import expect

from engine.acts.procedures import Bundle
from engine.library import ROOT, read_bundle
from tests.browser.asked import HOUSE, HOUSE_PAPERS
from tests.browser.conftest import Come
from tests.browser.people import PDF, Person
from tests.browser.town import PROCEDURE, Town

pytestmark = pytest.mark.browser
PAYLOADS = (
    "<script>window.hurt=1</script>",
    "<img src=x onerror=window.hurt=1>",
    "<svg/onload=window.hurt=1>",
    "\"><script>window.hurt=1</script>",
    "' autofocus onfocus=window.hurt=1 x='",
    "</textarea><script>window.hurt=1</script>",
    "</title></style><script>window.hurt=1</script>",
    "javascript:window.hurt=1",
    "[x](javascript:window.hurt=1)",
    "{{ 7*7 }}{% include 'x' %}${window.hurt=1}",
    "<a href=\"jav&#x0A;ascript:window.hurt=1\" hx-on:click=\"window.hurt=1\">x</a>",
    "<iframe srcdoc=\"<script>parent.hurt=1</script>\"></iframe>",
)  # fmt: skip
LONG = " ".join(PAYLOADS)
NAMES = [
    " ".join(PAYLOADS[start:end]) for start, end in ((0, 4), (4, 7), (7, 10), (10, 12))
]  # what a name has room for
LABELS = ("Nome completo ou razão social", "Número da ART, RRT ou TRT")


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_shown_as_it_was_typed_everywhere(name: str, town: Town, come: Come) -> None:
    started = town.ask(_asked(name))
    clerk = come("protocolo")

    clerk.take("Conferir os documentos", started.number)
    addresses = [clerk.page.url.removeprefix(town.url), "/caixa?filtro=minhas", f"/processos/?q={started.number}"]
    addresses += [
        f"/processos/{started.number}{tab}" for tab in ("", "/dados", "/auditoria", "/documentos", "/diagrama")
    ]
    for address in addresses:
        clerk.go(address)
        _expect_harmless(clerk)
    expect(clerk.page.get_by_role("main")).to_contain_text(name)


def test_hostile_words_typed_into_the_start_form_come_back_as_words(come: Come) -> None:
    citizen = come()
    citizen.go("/solicitar/alvara-construcao")
    citizen.write(
        {LABELS[0]: PAYLOADS[3], LABELS[1]: PAYLOADS[4], "E-mail": PAYLOADS[1], "Inscrição imobiliária": PAYLOADS[2]}
    )
    names = ["<img src=x onerror=window.hurt=1>.pdf", '../../etc/"><script>window.hurt=1</script>.pdf']
    for label, name in zip(("Matrícula do imóvel", "Memorial descritivo"), names, strict=True):
        citizen.page.get_by_label(label).set_input_files({"name": name, "mimeType": "application/pdf", "buffer": PDF})
    citizen.press("Enviar o pedido")

    expect(citizen.page.get_by_role("alert").first).to_be_visible()
    expect(citizen.field(LABELS[0])).to_have_value(PAYLOADS[3])
    expect(citizen.field(LABELS[1])).to_have_value(PAYLOADS[4])
    expect(citizen.page.get_by_role("checkbox", name="Retirar")).to_have_count(2)
    _expect_harmless(citizen)


def test_hostile_words_between_servants_and_citizens_are_words(town: Town, come: Come) -> None:
    started = town.ask(HOUSE)
    clerk = come("protocolo")
    clerk.wait_for(clerk.page.get_by_text("Observar", exact=True), f"/processos/{started.number}")
    clerk.page.get_by_text("Observar", exact=True).click()
    clerk.write({"Observação": LONG})
    clerk.tick("O requerente também vê")
    clerk.press("Registrar")
    _expect_harmless(clerk)

    clerk.take("Conferir os documentos", started.number)
    clerk.choose(dict.fromkeys(HOUSE_PAPERS, "Em ordem") | {HOUSE_PAPERS[0]: "Vencido"})
    clerk.write({"Documento (obrigatório)": HOUSE_PAPERS[0], "O que o requerente deve fazer": LONG})
    clerk.page.get_by_role("radiogroup", name="Motivo").get_by_label("Vencido", exact=True).check()
    clerk.finish("Conferir os documentos")

    citizen = come()
    citizen.go("/acompanhar")
    citizen.write({"Número do protocolo": started.number, "Código de acesso": started.access_code})
    citizen.press("Acompanhar")
    expect(citizen.page.get_by_text(LONG)).to_have_count(2)
    _expect_harmless(citizen)
    citizen.write({"Sua resposta": LONG})
    citizen.press("Enviar a resposta")

    clerk.take("Conferir os documentos", started.number)
    answered = clerk.page.get_by_role("row").nth(1).get_by_role("cell")
    expect(answered).to_have_text([HOUSE_PAPERS[0], LONG, LONG])
    _expect_harmless(clerk)


def test_hostile_searches_and_addresses_are_words(come: Come) -> None:
    clerk = come("protocolo")

    for payload in PAYLOADS:
        clerk.page.get_by_role("searchbox").first.fill(payload)
        clerk.page.get_by_role("searchbox").first.press("Enter")
        clerk.page.wait_for_url("**/processos/?q=*")
        _expect_harmless(clerk)
    for address in (
        "/verificar/<script>window.hurt=1</script>",
        "/entrar?next=javascript:window.hurt=1",
        "/entrar?next=//evil.example",
    ):
        clerk.go(address)
        _expect_harmless(clerk)
        assert "evil" not in clerk.page.url


def test_a_diagram_with_scripts_in_its_labels_is_drawn_harmless(town: Town, come: Come) -> None:
    number = town.ask(HOUSE, procedure=town.publish(_with_hostile_labels())).number
    clerk = come("protocolo")

    for tab in ("/diagrama", ""):
        clerk.go(f"/processos/{number}{tab}")
        expect(clerk.page.get_by_role("main")).to_contain_text("window.hurt=1")
        _expect_harmless(clerk)
    clerk.take(PAYLOADS[0], number)
    _expect_harmless(clerk)


def _asked(name: str) -> dict[str, Any]:
    return HOUSE | {
        "requerente": HOUSE["requerente"] | {"nome": name},
        "rt": HOUSE["rt"] | {"art_rrt": name[:40]},
    }


def _with_hostile_labels() -> Bundle:
    """Return the permit with what hurts in the names of its lane, its tasks and its gateways."""
    permit = read_bundle(ROOT / "obras" / PROCEDURE)
    xml = permit.xml.decode()
    for name, payload in (
        ("Conferir os documentos", PAYLOADS[0]), ("Protocolo", PAYLOADS[6]), ("Instrução completa?", PAYLOADS[1]),
        ("Consultar o cadastro imobiliário", PAYLOADS[3]), ("Análise técnica: corre o prazo legal", PAYLOADS[5]),
    ):  # fmt: skip
        xml = xml.replace(f'name="{name}"', f"name={quoteattr(payload)}")
    return replace(permit, key="alvara-hostil", name=PAYLOADS[2], xml=xml.encode())


def _expect_harmless(person: Person) -> None:
    """Expect that no script of the payloads ran and none of their elements came to be."""
    assert person.page.evaluate("window.hurt") is None
    for made in (
        "script:not([src]):not([type='application/json'])",
        "main iframe",
        "main img[src='x']",
        "[onerror], [onload], [onfocus]",
    ):
        expect(person.page.locator(made)).to_have_count(0)
