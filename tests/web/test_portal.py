"""Asking for a permit from the portal and at the counter: what is kept, what is refused, what is shown once."""

from __future__ import annotations

import re

import pytest

from engine.store.cases import Case, Document, Draft
from tests.web.hostile import HOSTILE, dangers
from tests.web.site import PERMIT, Browser, Site, part, permit_form

ASK = f"/solicitar/{PERMIT}"


def browser_at_the_form(site: Site) -> Browser:
    browser = site.browser()
    browser.get(ASK)
    return browser


def test_the_home_page_offers_what_is_published(site: Site) -> None:
    page = site.browser().get("/").text

    assert "Alvará de construção" in page
    assert f'href="{ASK}"' in page


def test_the_service_page_tells_term_stages_and_documents(site: Site) -> None:
    page = site.browser().get(f"/servicos/{PERMIT}").text

    assert "60 dias corridos" in page
    assert "Conferência dos documentos" in page
    assert "Matrícula do imóvel" in page


@pytest.mark.parametrize("address", ["/servicos/nada", "/solicitar/nada", "/solicitado/2026.000001-3"])
def test_what_is_not_offered_is_not_found(site: Site, address: str) -> None:
    assert site.browser().get(address).status_code == 404


def test_a_whole_form_becomes_one_case_and_shows_number_and_code(site: Site) -> None:
    browser = browser_at_the_form(site)

    answer = browser.post(ASK, permit_form())

    (case,) = site.city.rows(Case)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/solicitado/{case['number']}")
    receipt = browser.get(answer.headers["Location"]).text
    code = re.findall(r'name="codigo" value="([A-Z2-9]{10})"', receipt)
    assert case["number"] in receipt
    assert browser.post("/acompanhar/", {"numero": case["number"], "codigo": code[0]}).status_code == 303
    assert len(site.city.rows(Document, origin="anexado")) == 6


def test_the_code_is_shown_to_nobody_else_and_no_longer_than_an_hour(site: Site) -> None:
    browser = browser_at_the_form(site)
    receipt = browser.post(ASK, permit_form()).headers["Location"]

    assert site.browser().get(receipt).status_code == 404
    site.city.pass_time(hours=2)
    assert "já entregue" in browser.get(receipt).text


def test_the_code_lies_nowhere_in_the_clear(site: Site) -> None:
    browser = browser_at_the_form(site)
    receipt = browser.get(browser.post(ASK, permit_form()).headers["Location"]).text
    code = re.findall(r'name="codigo" value="([A-Z2-9]{10})"', receipt)[0]

    kept = [str(row) for table in (Case, Draft) for row in site.city.rows(table)]

    assert not [row for row in kept if code in row]


def test_a_form_sent_ten_times_is_one_case(site: Site) -> None:
    browser = browser_at_the_form(site)

    answers = [browser.post(ASK, permit_form() | {"_key": "a-form-that-was-shown"}) for _time in range(10)]

    assert len(site.city.rows(Case)) == 1
    assert {answer.headers["Location"] for answer in answers} == {f"/solicitado/{site.city.rows(Case)[0]['number']}"}


def test_a_refused_form_keeps_what_was_typed_and_every_file(site: Site) -> None:
    browser = browser_at_the_form(site)
    wrong = permit_form()
    wrong["requerente.cpf_cnpj"] = "111.111.111-11"

    refused = browser.post(ASK, wrong)

    assert refused.status_code == 422
    assert "Este CPF ou CNPJ não é válido" in refused.text
    again = browser.get(ASK).text
    assert "111.111.111-11" in again
    assert "matricula.pdf" in again
    right = permit_form()
    for field in [name for name in right if name.startswith("documentos.")]:
        right.poplist(field)
        right.add("_presente", field)
    assert browser.post(ASK, right).status_code == 303


def test_a_file_that_is_not_what_it_says_is_refused_by_name(site: Site) -> None:
    browser = browser_at_the_form(site)
    wrong = permit_form()
    wrong["documentos.matricula"] = part("matricula.pdf", b"MZ\x90\x00 not a pdf at all")

    refused = browser.post(ASK, wrong)

    assert refused.status_code == 422
    assert "O arquivo matricula.pdf não pode ser aceito" in refused.text
    assert not site.city.rows(Case)


def test_a_draft_is_kept_and_comes_back_and_is_nobody_elses(site: Site) -> None:
    browser = browser_at_the_form(site)

    saved = browser.post(f"{ASK}/rascunho", {"requerente.nome": "Marina Hoffmann"})

    assert saved.json == {"saved": "09:00"}
    assert "Marina Hoffmann" in browser.get(ASK).text
    assert "Marina Hoffmann" not in site.browser().get(ASK).text
    browser.post(f"{ASK}/descartar")
    assert "Marina Hoffmann" not in browser.get(ASK).text


def test_a_condition_shows_its_field_at_the_next_round_trip(site: Site) -> None:
    browser = browser_at_the_form(site)

    assert "Área já existente no lote" not in browser.get(ASK).text
    assert "Área já existente no lote" in browser.post(f"{ASK}/campos", {"tipo_obra": "ampliacao"}).text


def test_a_draft_button_starts_nothing(site: Site) -> None:
    browser = browser_at_the_form(site)
    fields = permit_form()
    fields.pop("_enviar")
    fields["_guardar"] = "1"

    assert browser.post(ASK, fields).status_code == 200
    assert not site.city.rows(Case)


def test_once_the_form_is_sent_the_draft_that_it_was_is_gone(site: Site) -> None:
    browser = browser_at_the_form(site)
    browser.post(f"{ASK}/rascunho", {"requerente.nome": "Marina Hoffmann"})
    assert [row["subject"] for row in site.city.rows(Draft)] == ["start:alvara-construcao"]

    assert browser.post(ASK, permit_form()).status_code == 303

    assert all(row["subject"].startswith("started:") for row in site.city.rows(Draft))


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    answer = site.app.test_client().post(ASK, data=permit_form())

    assert answer.status_code == 400
    assert not site.city.rows(Case)


def test_hostile_words_and_file_names_are_shown_harmless(site: Site) -> None:
    browser = browser_at_the_form(site)

    for words in HOSTILE:
        fields = permit_form()
        for name in ("requerente.nome", "rt.art_rrt", "inscricao_imobiliaria"):
            fields[name] = words
        fields.pop("declaracao")
        fields["documentos.memorial"] = part(f"{words}.pdf", b"%PDF-1.4\n%%EOF\n")
        page = browser.post(ASK, fields)
        assert page.status_code == 422
        assert dangers(page.text) == [], words


# -- the counter ------------------------------------------------------------------------------------------------------


def test_a_clerk_starts_a_case_for_somebody_and_hands_over_the_code(site: Site) -> None:
    clerk = site.servant("protocolo")
    clerk.get(f"/balcao/{PERMIT}")

    answer = clerk.post(f"/balcao/{PERMIT}", permit_form())

    (case,) = site.city.rows(Case)
    assert answer.headers["Location"] == f"/balcao/protocolado/{case['number']}"
    assert (case["origin"], case["requester_name"]) == ("balcao", "Marina Hoffmann")
    assert re.search(r'name="codigo" value="[A-Z2-9]{10}"', clerk.get(answer.headers["Location"]).text)
    clerk.post("/balcao/entregue", {"numero": case["number"]})
    assert clerk.get(answer.headers["Location"]).status_code == 404


@pytest.mark.parametrize("login", ["fazenda", "administrador"])
def test_the_counter_is_the_protocolos_alone(site: Site, login: str) -> None:
    servant = site.servant(login)

    assert servant.get("/balcao/").status_code == 403
    assert servant.post(f"/balcao/{PERMIT}", permit_form()).status_code == 403
    assert not site.city.rows(Case)


def test_a_visitor_is_led_from_the_counter_to_the_sign_in(site: Site) -> None:
    assert site.browser().get("/balcao/").headers["Location"].startswith("/entrar")


@pytest.mark.parametrize(
    "address", ["/", "/acompanhar", "/verificar", "/acessibilidade", "/mapa", "/ajuda/", "/ajuda/portal"]
)
def test_every_public_page_opens_without_an_account(site: Site, address: str) -> None:
    assert site.browser().get(address).status_code == 200


def test_a_page_of_the_manual_that_is_not_there_is_not_found(site: Site) -> None:
    assert site.browser().get("/ajuda/..%2Fbase").status_code == 404
    assert site.browser().get("/ajuda/_frame").status_code == 404


def test_a_refused_file_does_not_hide_what_else_is_wrong(site: Site) -> None:
    browser = browser_at_the_form(site)
    wrong = permit_form()
    wrong["documentos.matricula"] = part("matricula.pdf", b"")
    wrong["rt.cpf"] = "1"

    page = browser.post(ASK, wrong).text

    assert "O arquivo matricula.pdf não pode ser aceito: está vazio" in page
    assert "Este CPF não é válido" in page
