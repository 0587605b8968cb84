"""The page of a task: what is shown, what is kept, what completes it, and what never happens twice."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import select, update
from werkzeug.datastructures import MultiDict

from engine.access import By
from engine.store.cases import Document, Draft, Signature, Task
from engine.store.people import LoginFailure, Servant
from tests.web.site import PASSWORD, Browser, Site

KEY = "uma-chave-qualquer"
CHECKED = ("matricula", "art_projeto", "art_execucao", "projeto_pdf", "projeto_dwg", "memorial")


def task_of(site: Site, element: str):
    (row,) = site.city.rows(Task, element=element, status="open")
    return row


def checking(**other: str) -> MultiDict[str, str]:
    """Return the answers with which the clerk finds the request complete."""
    fields = MultiDict({f"conferencia.{name}": "ok" for name in CHECKED})
    fields.update({"completo": "true", "_presente": "completo", "_key": KEY, **other})
    return fields


def at_work(site: Site, login: str = "protocolo") -> tuple[Browser, str]:
    site.started()
    return site.servant(login), f"/tarefas/{task_of(site, 't_conferir')['id']}"


def test_the_page_says_what_follows_before_anything_is_pressed(site: Site) -> None:
    browser, page = at_work(site)

    text = browser.get(page).text

    assert "Ao concluir:" in text
    assert "Analisar parâmetros urbanísticos" in text
    assert 'data-draft-url="' in text


def test_completing_leads_to_the_inbox_and_moves_the_case(site: Site) -> None:
    browser, page = at_work(site)

    answer = browser.post(page, checking())

    assert answer.headers["Location"] == "/caixa"
    assert "concluída" in browser.get("/caixa").text
    assert site.city.rows(Task, element="t_urb", status="open")


def test_a_press_repeated_ten_times_completes_once_and_reads_the_same(site: Site) -> None:
    browser, page = at_work(site)

    answers = [browser.post(page, checking()) for _ in range(10)]

    assert {answer.headers["Location"] for answer in answers} == {"/caixa"}
    assert len(site.city.rows(Task, element="t_conferir")) == 1
    assert site.city.findings() == []


def test_the_same_key_with_other_answers_is_refused(site: Site) -> None:
    browser, page = at_work(site)
    browser.post(page, checking())

    answer = browser.post(page, checking(**{"conferencia.matricula": "ilegivel"}))

    assert answer.status_code == 422
    assert "já foi enviado com outras respostas" in answer.text


def test_of_two_people_one_wins_and_the_other_reads_who_and_keeps_what_he_typed(site: Site) -> None:
    winner, page = at_work(site)
    loser = site.browser().sign_in("protocolo")
    winner.post(page, checking())

    answer = loser.post(page, checking(_key="outra-chave-qualquer"))

    assert answer.status_code == 409
    assert "Esta tarefa já foi concluída por Protocolo (hoje, 9:00)." in answer.text
    assert "O que você digitou" in answer.text
    assert "Em ordem" in answer.text
    assert site.city.rows(Draft)[0]["answers"]["completo"] is True


def test_answers_that_do_not_hold_are_shown_again_with_what_is_wrong(site: Site) -> None:
    browser, page = at_work(site)
    fields = checking()
    del fields["conferencia.matricula"]

    answer = browser.post(page, fields)

    assert answer.status_code == 422
    assert 'id="resumo-erros"' in answer.text
    assert task_of(site, "t_conferir")["status"] == "open"
    assert site.city.rows(Draft)[0]["answers"]["conferencia"]["art_projeto"] == "ok"


def test_a_draft_is_kept_as_one_types_comes_back_and_is_nobodys_data(site: Site) -> None:
    browser, page = at_work(site)
    before = site.city.case(1)["data"]

    saved = browser.post(f"{page}/rascunho", {"conferencia.memorial": "ilegivel"})

    assert re.fullmatch(r"\d\d:\d\d", saved.json["saved"])
    assert site.city.case(1)["data"] == before
    memorial = re.search(r'name="conferencia.memorial"[^>]*value="ilegivel"[^>]*checked', browser.get(page).text)
    assert memorial


def test_the_draft_of_one_is_not_seen_by_another(site: Site) -> None:
    browser, page = at_work(site)
    browser.post(f"{page}/rascunho", {"conferencia.memorial": "ilegivel"})

    assert "checked" not in site.servant("gestor").get(page).text


def test_a_draft_goes_when_the_task_is_completed(site: Site) -> None:
    browser, page = at_work(site)
    browser.post(f"{page}/rascunho", {"conferencia.memorial": "ilegivel"})

    browser.post(page, checking())

    assert site.city.rows(Draft) == []


def test_keeping_the_draft_by_its_button_works_without_javascript(site: Site) -> None:
    browser, page = at_work(site)

    answer = browser.post(page, {"conferencia.memorial": "ilegivel", "_guardar": "sim", "_key": KEY})

    assert answer.status_code == 200
    assert "Rascunho guardado" in answer.text
    assert task_of(site, "t_conferir")["status"] == "open"


def test_a_draft_that_is_discarded_is_gone(site: Site) -> None:
    browser, page = at_work(site)
    browser.post(f"{page}/rascunho", {"conferencia.memorial": "ilegivel"})

    browser.post(f"{page}/descartar", {"_key": KEY})

    assert site.city.rows(Draft) == []


def test_a_list_grows_by_its_own_button_and_nothing_is_completed(site: Site) -> None:
    browser, page = at_work(site)
    lacking = {"completo": "false", "conferencia.memorial": "ilegivel", "_presente": "faltas", "_adicionar": "faltas"}

    answer = browser.post(page, {**lacking, "_key": KEY})

    assert answer.status_code == 200
    assert task_of(site, "t_conferir")["status"] == "open"


def test_the_fields_come_back_as_the_answers_make_them(site: Site) -> None:
    browser, page = at_work(site)

    complete = browser.post(f"{page}/campos", {"completo": "true", "_presente": "completo"}).text
    lacking = browser.post(f"{page}/campos", {"_presente": "completo"}).text

    assert complete != lacking
    assert 'id="campos"' in lacking
    assert site.city.rows(Draft) == []


def refused_without(browser: Browser, page: str, *names: str) -> MultiDict[str, str]:
    """Send the answers without these fields; return what the page that comes back carries, beside them."""
    answers = checking()
    for name in names:
        del answers[name]
        answers.add("_presente", name)
    answer = browser.post(page, answers)
    assert answer.status_code == 422
    for told in re.findall(r'name="_erro" value="([^"]+)"', answer.text):
        answers.add("_erro", unescape(told))
    return answers


def errors_beside(text: str) -> list[str]:
    """Return the ids of the fields that have an error beside them."""
    return re.findall(r'class="error" id="c-conferencia-([a-z-]+)-e"', text)


def test_errors_stay_beside_their_fields_until_these_change(site: Site) -> None:
    browser, page = at_work(site)
    carried = refused_without(browser, page, "conferencia.matricula", "conferencia.memorial")

    other = browser.post(f"{page}/campos", MultiDict([*carried.items(multi=True), ("conferencia.art_projeto", "ok")]))
    own = browser.post(f"{page}/campos", MultiDict([*carried.items(multi=True), ("conferencia.memorial", "ok")]))

    assert errors_beside(other.text) == ["matricula", "memorial"]
    assert errors_beside(own.text) == ["matricula"]
    assert own.text.count('name="_erro"') == 1
    assert 'id="resumo-erros"' not in own.text


def test_errors_stay_when_a_row_is_added(site: Site) -> None:
    browser, page = at_work(site)
    carried = refused_without(browser, page, "conferencia.matricula")

    answer = browser.post(page, MultiDict([*carried.items(multi=True), ("_adicionar", "faltas")]))

    assert answer.status_code == 200
    assert errors_beside(answer.text) == ["matricula"]


@pytest.mark.parametrize("told", ["", "[]", "{}", '["x"]', '["conferencia.memorial", "0", ["<script>"]]', "[" * 3000])
def test_what_no_page_of_ours_carried_is_no_error(site: Site, told: str) -> None:
    browser, page = at_work(site)

    answer = browser.post(f"{page}/campos", {"_erro": told, "conferencia.memorial": "ok"})

    assert answer.status_code == 200
    assert "_erro" not in answer.text


def test_a_question_has_its_document_beside_it_and_it_opens_in_another_tab(site: Site) -> None:
    browser, page = at_work(site)
    (matricula,) = site.city.rows(Document, title="Matrícula do imóvel")
    (drawing,) = site.city.rows(Document, title="Projeto arquitetônico em DWG")

    shown = browser.get(page).text
    refreshed = browser.post(f"{page}/campos", checking()).text

    opens = (
        f'<a href="/documentos/{matricula["id"]}?ver=1" target="_blank" rel="noopener">matricula.pdf'
        '<span class="visually-hidden"> (abre em outra aba)</span></a>'
    )
    for text in (shown, refreshed):
        group = text[text.index("Matrícula do imóvel <span") : text.index("ART ou RRT de projeto <span")]
        assert opens in group
        assert f'<a href="/documentos/{drawing["id"]}">projeto.dwg<span' in text
    listed = re.findall(rf'<a href="/documentos/{matricula["id"]}\?ver=1"([^>]*)>ver<span[^>]*>([^<]*)', shown)
    assert listed == [(' target="_blank" rel="noopener"', " Matrícula do imóvel (abre em outra aba)")]


def test_a_corrected_document_stands_beside_its_question_too(site: Site) -> None:
    started = site.demanded()
    corrected = {
        "documento": "art_projeto", "motivo": "ilegivel", "orientacao": "Envie a ART legível.",
        "resposta": "Segue.", "arquivos": site.files(["art-nova.pdf"]),
    }  # fmt: skip
    site.city.complete(started.case_id, "t_corrigir", {"correcoes": [corrected]})
    site.city.tick()

    text = site.servant("protocolo").get(f"/tarefas/{task_of(site, 't_conferir')['id']}").text

    about = text[text.index("ART ou RRT de projeto <span") : text.index("ART ou RRT de execução <span")]
    assert re.findall(r">([a-z-]+\.pdf)<span", about) == ["art-nova.pdf", "art-projeto.pdf"]


def test_numbers_in_the_words_of_a_form_are_written_as_people_read_them(site: Site) -> None:
    started = site.started(area_construir=Decimal("1620.50"))
    page = site.servant("protocolo").get(f"/tarefas/{task_of(site, 't_conferir')['id']}").text
    site.city.complete(started.case_id, "t_conferir", site.answers("t_conferir"))
    (asked,) = site.city.rows(Task, element="t_protocolar")

    answered = site.servant("protocolo").get(f"/tarefas/{asked['id']}").text

    assert "inscrição 01.02.033.0450.001" in page
    assert "Construção nova, uso unifamiliar, 1.620,5 m²" in page
    assert "1.620,50 m², 2 pavimento(s)" in page
    assert "<dd>1.620,50 m²</dd>" in answered
    assert "<dd>01.02.033.0450.001</dd>" in answered
    assert "01020330450001" not in page + answered


def test_whoever_may_not_work_on_a_task_sees_it_but_no_form(site: Site) -> None:
    _browser, page = at_work(site)

    text = site.servant("gestor").get(page).text

    assert "Você a vê, mas não a conclui" in text
    assert "Concluir</button>" not in text


@pytest.mark.parametrize("way", ["", "/rascunho", "/campos"])
def test_a_task_of_a_case_one_may_not_see_does_not_exist(site: Site, way: str) -> None:
    _browser, page = at_work(site)
    other = site.servant("meio_ambiente")

    answer = other.post(page + way, {"_key": KEY}) if way else other.get(page)

    assert answer.status_code == 404


def test_a_task_in_the_hands_of_another_cannot_be_completed_and_it_is_said_whose_they_are(site: Site) -> None:
    browser, page = at_work(site)
    with site.city.by("protocolo") as by:
        hand_to(by, task_of(site, "t_conferir")["id"], "obras2")

    shown, refused = browser.get(page).text, browser.post(page, checking())

    assert "Esta tarefa está com Obras2." in shown
    assert refused.status_code == 409
    assert "Esta tarefa está com Obras2." in refused.text


def hand_to(by: By, task_id: object, login: str) -> None:
    """Leave the row as the other servant's own act would."""
    other = by.connection.execute(select(Servant.id).where(Servant.login == login)).scalar_one()
    by.connection.execute(update(Task).where(Task.id == task_id).values(assignee_id=other))


def to_sign(site: Site) -> str:
    started = site.charged()
    charge = site.city.case(started.case_id)["data"]["cobranca"]
    paid = {"valor": charge["valor"], "pago_em": site.city.at.isoformat(), "origem": "banco"}
    site.city.tell("pagamento_confirmado", charge["txid"], paid)
    site.city.tick()
    return f"/tarefas/{task_of(site, 't_assinar')['id']}"


def fields_of(site: Site) -> dict[str, str]:
    """Return the signing form as a browser posts it."""
    found: dict[str, str] = {"_key": KEY}
    for name, value in site.answers("t_assinar").items():
        nested = value.items() if isinstance(value, dict) else [(None, value)]
        for inner, each in nested:
            found[f"{name}.{inner}" if inner else name] = "true" if each is True else str(each)
    return found


def test_signing_shows_the_document_and_its_hash_before_it_asks_for_the_password(site: Site) -> None:
    text = site.servant("secretario").get(to_sign(site)).text

    assert "Você assina este documento" in text
    assert re.search(r"[0-9a-f]{64}", text)
    assert 'name="senha"' in text


def test_without_the_password_nothing_is_signed_and_nothing_typed_is_lost(site: Site) -> None:
    page = to_sign(site)

    answer = site.servant("secretario").post(page, fields_of(site))

    assert answer.status_code == 422
    assert "a senha não confere" in answer.text
    assert site.city.rows(Signature) == []
    assert len(site.city.rows(Draft)) == 1


def test_a_wrong_password_does_not_sign_and_counts_as_a_failed_attempt(site: Site) -> None:
    page = to_sign(site)

    answer = site.servant("secretario").post(page, {**fields_of(site), "senha": "outra"})

    assert answer.status_code == 422
    assert [row["failures"] for row in site.city.rows(LoginFailure, subject="login:secretario")] == [1]


def test_with_the_password_the_document_is_signed_once_however_often_it_is_sent(site: Site) -> None:
    page = to_sign(site)
    browser = site.servant("secretario")

    answers = [browser.post(page, {**fields_of(site), "senha": PASSWORD}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len(site.city.rows(Signature)) == 1
