"""The page of a case: who sees it, what each part says, and what may be done to it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import text, update

from engine.store.cases import Case, Comment, Document, Incident, Task
from engine.store.trail import AuditEntry, Inbox
from tests.web.site import Site, permit_form

TABS = ("", "/diagrama", "/documentos", "/dados", "/prazos", "/auditoria")
KEY = "uma-chave-qualquer"


@pytest.mark.parametrize("tab", TABS)
def test_whoever_works_on_the_case_sees_every_part_and_others_see_none(site: Site, tab: str) -> None:
    started = site.started()
    address = f"/processos/{started.number}{tab}"

    assert site.servant("protocolo").get(address).status_code == 200
    assert site.servant("meio_ambiente").get(address).status_code == 404


def test_the_story_names_who_did_what_and_how_long_it_took(site: Site) -> None:
    started = site.started()
    site.city.pass_time(days=2)
    site.city.complete(started.case_id, "t_conferir", site.answers("t_conferir"))

    page = site.servant("protocolo").get(f"/processos/{started.number}").text

    assert "<b>protocolo</b> concluiu <b>Conferir os documentos</b>" in page
    assert "2 d.u. de 5" in page
    assert "O prazo legal começou a correr" in page


def test_the_story_names_the_requester_where_the_record_knew_no_name_yet(site: Site) -> None:
    site.browser().post("/solicitar/alvara-construcao", permit_form())
    site.city.tick()
    (case,) = site.city.rows(Case)

    pages = [site.servant("protocolo").get(f"/processos/{case['number']}{tab}").text for tab in ("", "/documentos")]

    assert "<b>Marina Hoffmann</b> concluiu <b>Preencher e protocolar o pedido</b>" in pages[0]
    assert "Marina Hoffmann</small>" in pages[1]
    assert not [page for page in pages if "visitante" in page or "pelo portal" in page]


def test_who_filled_in_a_request_at_the_counter_stays_named(site: Site) -> None:
    clerk = site.servant("protocolo")
    clerk.post("/balcao/alvara-construcao", permit_form())
    (case,) = site.city.rows(Case)

    page = clerk.get(f"/processos/{case['number']}").text

    assert "<b>Protocolo</b> concluiu <b>Preencher e protocolar o pedido</b>" in page


def test_what_followed_at_the_same_instant_stands_above_its_cause(site: Site) -> None:
    started = site.started()
    site.city.pass_time(minutes=1)
    site.city.complete(started.case_id, "t_conferir", site.answers("t_conferir"))
    browser = site.servant("protocolo")

    running = lines_of(browser.get(f"/processos/{started.number}").text)
    site.city.pass_time(minutes=5)
    browser.post(f"/processos/{started.number}/desistencia", {"motivo": "vendeu o lote", "_key": KEY})
    ended = lines_of(browser.get(f"/processos/{started.number}").text)

    assert [line.split()[0] for line in running] == ["Aguarda", "Aguarda", "O", "protocolo", "requerente"]
    assert ended[0].startswith("Processo encerrado: desistência")
    assert ended[1].startswith("Encerrada pelo andamento:")


def lines_of(page: str) -> list[str]:
    """Return the lines of the story in words, from the top."""
    (story,) = re.findall(r'<ol class="line">(.*?)</ol>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", line).split()) for line in re.findall(r"<li.*?</li>", story, re.DOTALL)]


def test_that_attachments_are_restricted_is_said_once_and_only_what_differs_carries_a_tag(site: Site) -> None:
    started = site.started()
    browser = site.servant("protocolo")
    address = f"/processos/{started.number}/documentos"

    usual = browser.get(address).text
    with site.city.by("clock") as by:
        by.connection.execute(update(Document).values(secrecy="restrito"))
    restricted = browser.get(address).text
    with site.city.by("clock") as by:
        by.connection.execute(update(Document).values(secrecy="publico"))
    public = browser.get(address).text

    tag = re.compile(r'<span class="tag">([^<]+)</span>')
    assert tag.findall(usual) == []
    assert usual.count("Os anexos são restritos: cada abertura fica registrada.") == 1
    assert tag.findall(restricted) == ["restrito"]  # the receipt that the city issued
    assert tag.findall(public) == ["público"] * 6  # what was attached
    assert "restrit" not in public


def test_the_diagram_shows_where_it_stands_and_where_it_has_been_and_its_list_says_the_same(site: Site) -> None:
    started = site.started()

    page = site.servant("protocolo").get(f"/processos/{started.number}/diagrama").text

    assert "Conferir os documentos: em andamento" in page
    assert "Preencher e protocolar o pedido: concluída" in page
    assert '<li class="now">Conferir os documentos' in page
    assert "style=" not in page


def test_a_task_past_its_time_is_late_in_the_diagram(site: Site) -> None:
    started = site.started()
    site.city.pass_time(days=30)

    page = site.servant("protocolo").get(f"/processos/{started.number}/diagrama").text

    assert "Conferir os documentos: em atraso" in page


def test_the_data_stand_under_the_labels_that_asked_for_them(site: Site) -> None:
    started = site.started()

    page = site.servant("protocolo").get(f"/processos/{started.number}/dados").text

    assert "<h3>Preencher e protocolar o pedido</h3>" in page
    assert "529.982.247-25" in page
    assert "Construção nova" in page


def test_numbers_among_the_data_are_written_as_people_read_them(site: Site) -> None:
    started = site.started(area_construir=Decimal("1620.50"), arvores_suprimir=1000)

    page = site.servant("protocolo").get(f"/processos/{started.number}/dados").text

    assert "<dd>1.620,50 m²</dd>" in page
    assert "<dd>1.000</dd>" in page
    assert "<dd>01.02.033.0450.001</dd>" in page
    assert "01020330450001" not in page


def test_the_trail_says_with_what_a_fee_was_worked_out_and_that_its_chain_holds(site: Site) -> None:
    started = site.charged()

    page = site.servant("fazenda").get(f"/processos/{started.number}/auditoria").text

    assert "A cadeia de registros confere" in page
    assert "tabela taxa_alvara" in page
    assert "linhas que valeram" in page


def test_an_altered_record_is_told_by_its_number(site: Site) -> None:
    started = site.started()
    with site.city.by("clock") as by:
        changed = update(AuditEntry).where(AuditEntry.chain == started.case_id, AuditEntry.seq == 1)
        by.connection.execute(changed.values(actor="outra pessoa"))

    page = site.servant("protocolo").get(f"/processos/{started.number}/auditoria").text

    assert "não confere a partir do registro 1" in page


def test_the_statement_of_the_legal_clock_counts_its_days(site: Site) -> None:
    started = site.charged()

    page = site.servant("fazenda").get(f"/processos/{started.number}/prazos").text

    assert "60 dias corridos" in page
    assert "dia do começo, que não conta" in page


def test_a_remark_is_seen_by_servants_and_only_a_public_one_by_the_requester(site: Site) -> None:
    started = site.started()
    browser = site.servant("protocolo")
    browser.post(f"/processos/{started.number}/observacoes", {"texto": "só nós", "_key": KEY})
    browser.post(f"/processos/{started.number}/observacoes", {"texto": "todos", "publica": "sim", "_key": KEY + "2"})

    page = browser.get(f"/processos/{started.number}").text
    citizen = site.browser().follow(started).get("/acompanhar/processo").text

    assert "só nós" in page
    assert "todos" in page
    assert "só nós" not in citizen
    assert "todos" in citizen


def test_an_empty_remark_is_not_kept(site: Site) -> None:
    started = site.started()

    site.servant("protocolo").post(f"/processos/{started.number}/observacoes", {"texto": "  ", "_key": KEY})

    assert site.city.rows(Comment) == []


def test_fazenda_enters_a_payment_once_and_the_case_goes_on(site: Site) -> None:
    started = site.charged()
    browser = site.servant("fazenda")
    value = str(site.city.case(started.case_id)["data"]["cobranca"]["valor"]).replace(".", ",")
    body = {"valor": value, "referencia": "extrato 12", "_key": KEY}

    page = browser.get(f"/processos/{started.number}").text
    answers = [browser.post(f"/processos/{started.number}/pagamento", body) for _ in range(2)]

    assert "Registrar pagamento" in page
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(site.city.rows(Inbox)) == 1
    assert site.city.rows(Task, element="t_assinar", status="open")


@pytest.mark.parametrize("value", ["", "abc", "0", "-5", "1,234"])
def test_what_is_no_amount_is_no_payment(site: Site, value: str) -> None:
    started = site.charged()

    site.servant("fazenda").post(
        f"/processos/{started.number}/pagamento", {"valor": value, "referencia": "x", "_key": KEY}
    )

    assert site.city.rows(Inbox) == []


def test_nobody_but_fazenda_enters_a_payment(site: Site) -> None:
    started = site.charged()
    browser = site.servant("protocolo")

    answer = browser.post(f"/processos/{started.number}/pagamento", {"valor": "10", "referencia": "x", "_key": KEY})

    assert answer.status_code == 403
    assert "Registrar pagamento" not in browser.get(f"/processos/{started.number}").text


def test_the_counter_enters_a_withdrawal_with_its_reason(site: Site) -> None:
    started = site.started()
    browser = site.servant("protocolo")

    refused = browser.post(f"/processos/{started.number}/desistencia", {"motivo": "", "_key": KEY})
    browser.post(f"/processos/{started.number}/desistencia", {"motivo": "vendeu o lote", "_key": KEY + "2"})

    assert refused.status_code == 303
    assert site.city.case(started.case_id)["outcome"] == "desistencia"
    assert "Processo encerrado" in browser.get(f"/processos/{started.number}").text


def failed(site: Site) -> str:
    """Return the number of a case in which something failed."""
    started = site.started()
    with site.city.by("clock") as by:
        row = {"case": started.case_id, "at": site.city.at.isoformat(sep=" ", timespec="microseconds")}
        by.connection.execute(
            text(
                "INSERT INTO incident (case_id, element, code, facts, status, opened_at) "
                "VALUES (:case, 'r_taxa', 'expression-refused', '{\"source\": \"area * 2\"}', 'open', :at)"
            ),
            row,
        )
    return started.number


def test_a_failure_is_shown_with_its_cause_and_only_an_operator_retries_it(site: Site) -> None:
    number = failed(site)
    (incident,) = site.city.rows(Incident)

    page = site.servant("protocolo").get(f"/processos/{number}").text
    path, sent = f"/processos/{number}/falhas/{incident['id']}/repetir", {"_key": KEY, "motivo": "Tabela corrigida."}
    refused = site.servant("protocolo").post(path, sent)

    assert "falhou e o processo espera por um operador" in page
    assert "area * 2" in page
    assert "Tentar de novo" not in page
    assert refused.status_code == 403


def test_an_operator_retries_what_failed(site: Site) -> None:
    number = failed(site)
    (incident,) = site.city.rows(Incident)
    browser = site.servant("operador")

    path = f"/processos/{number}/falhas/{incident['id']}/repetir"

    browser.post(path, {"_key": KEY, "motivo": " "})
    untouched = site.city.rows(Incident)[0]["status"]
    browser.post(path, {"_key": "outra-chave-0001", "motivo": "Tabela corrigida."})

    assert untouched == "open"
    assert site.city.rows(Incident)[0]["status"] == "closed"
    (entry,) = [row for row in site.city.rows(AuditEntry) if row["action"] == "incident.retry"]
    assert entry["facts"]["reason"] == "Tabela corrigida."


@pytest.mark.parametrize("sought", ["2026.000001", "Marina", "hoffmann", "529.982.247-25", "52998224725"])
def test_a_case_is_found_by_number_name_and_document(site: Site, sought: str) -> None:
    started = site.started()

    page = site.servant("protocolo").get("/processos/", query_string={"q": sought}).text

    assert started.number in page


@pytest.mark.parametrize("sought", ["2025.000001", "Fulano", "%", "_", "111.444.777-35", "\x00", "x" * 5000])
def test_what_names_no_case_finds_none(site: Site, sought: str) -> None:
    started = site.started()

    answer = site.servant("protocolo").get("/processos/", query_string={"q": sought})

    assert answer.status_code == 200
    assert started.number not in answer.text


def test_the_search_shows_no_case_of_other_sectors_nor_a_secret_one(site: Site) -> None:
    started = site.started()
    with site.city.by("clock") as by:
        by.connection.execute(update(Case).values(secrecy="sigiloso"))

    assert started.number not in site.servant("obras").get("/processos/").text
    assert started.number not in site.servant("gestor").get("/processos/").text
    assert started.number in site.servant("protocolo").get("/processos/").text
