"""A citizen at his own case: what is said, what is asked, what is paid, and what is nobody else's."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from html import unescape

import pytest
from werkzeug.datastructures import MultiDict

from engine.acts import cases
from engine.store.cases import Case, Document, Draft, Task
from engine.store.people import LoginFailure
from engine.store.trail import AuditEntry
from tests.web.hostile import HOSTILE, dangers
from tests.web.site import Browser, Site, part

PAGE = "/acompanhar/processo"


def sentence(browser: Browser) -> str:
    """Return the sentence on top of the page as it is read."""
    found = re.search(r'<section class="card answer.*?<p>(.*?)</p>', browser.get(PAGE).text, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split())


def correction(**other: object) -> MultiDict[str, object]:
    fields: MultiDict[str, object] = MultiDict({
        "correcoes[0].documento": "art_projeto", "correcoes[0].motivo": "ilegivel",
        "correcoes[0].orientacao": "Envie a ART legível.", "correcoes[0].resposta": "Segue a ART.", "_enviar": "1",
    })  # fmt: skip
    for name in ("correcoes", "correcoes[0]", "correcoes[0].documento", "correcoes[0].motivo", "correcoes[0].arquivos"):
        fields.add("_presente", name)
    fields["correcoes[0].arquivos"] = part("art.pdf")
    for name, value in other.items():
        fields[name] = value
    return fields


def test_the_sentence_says_that_nothing_is_to_be_done(site: Site) -> None:
    browser = site.browser().follow(site.started())

    assert sentence(browser).startswith("Seu pedido está em “Conferência dos documentos” desde 02/03/2026")
    assert sentence(browser).endswith("Você não precisa fazer nada agora.")


def test_the_sentence_owns_up_to_a_deadline_that_passed(site: Site) -> None:
    started = site.started()
    site.city.pass_time(days=20)
    browser = site.browser().follow(started)

    assert "e passou" in sentence(browser)


def test_five_to_seven_stages_and_the_present_one_is_marked(site: Site) -> None:
    page = site.browser().follow(site.charged()).get(PAGE).text

    stages = re.findall(r'<li class="(done|now|late|next)"', page)
    assert stages == ["done", "done", "done", "now", "next", "next"]
    assert page.count('aria-current="step"') == 1


def test_no_servants_name_is_on_the_page(site: Site) -> None:
    page = site.browser().follow(site.issued()).get(PAGE).text

    assert not [name for name in ("secretario", "planejamento", "fazenda", "protocolo ", "motor") if name in page]


@pytest.mark.parametrize("state", [Site.started, Site.demanded, Site.charged, Site.issued])
def test_the_page_is_light(site: Site, state: Callable[[Site], cases.Started]) -> None:
    page = site.browser().follow(state(site)).get(PAGE)

    assert len(gzip.compress(page.data)) < 8_000
    assert len(page.data) < 25_000


# -- coming in --------------------------------------------------------------------------------------------------------


def test_a_number_typed_without_its_signs_opens_the_case(site: Site) -> None:
    started = site.started()
    typed = {"numero": re.sub(r"\D", "", started.number), "codigo": started.access_code.lower()}

    assert site.browser().post("/acompanhar/", typed).status_code == 303


def test_wrong_codes_open_nothing_and_soon_have_to_wait(site: Site) -> None:
    started, browser = site.started(), site.browser()

    tried = [browser.post("/acompanhar/", {"numero": started.number, "codigo": "A" * 10}).status_code for _ in range(6)]

    assert tried == [401] * 5 + [429]
    right = {"numero": started.number, "codigo": started.access_code}
    waiting = browser.post("/acompanhar/", right)
    assert waiting.status_code == 429
    assert int(waiting.headers["Retry-After"]) >= 1
    site.city.pass_time(minutes=20)
    assert browser.post("/acompanhar/", right).status_code == 303
    assert not [row for row in site.city.rows(LoginFailure) if row["subject"].startswith("protocol:")]


def test_a_number_that_is_not_there_is_told_apart_in_nothing(site: Site) -> None:
    started = site.started()
    browser = site.browser()

    wrong = browser.post("/acompanhar/", {"numero": started.number, "codigo": "B" * 10})
    missing = browser.post("/acompanhar/", {"numero": "2026.999999-0", "codigo": "B" * 10})

    assert wrong.status_code == missing.status_code == 401
    fault = re.compile(r'role="alert".*?</div></div>', re.DOTALL)
    assert fault.findall(wrong.text) == fault.findall(missing.text)


def test_a_code_of_one_case_does_not_open_another(site: Site) -> None:
    mine, other = site.started(), site.started()

    answer = site.browser().post("/acompanhar/", {"numero": other.number, "codigo": mine.access_code})

    assert answer.status_code == 401


@pytest.mark.parametrize("address", [PAGE, "/acompanhar/caminho", "/acompanhar/documentos/1"])
def test_without_a_code_one_is_led_to_the_door(site: Site, address: str) -> None:
    site.started()

    assert site.browser().get(address).headers["Location"] == "/acompanhar"


def test_whoever_leaves_is_out(site: Site) -> None:
    browser = site.browser().follow(site.started())

    browser.post("/acompanhar/sair")

    assert browser.get(PAGE).status_code == 303


def test_a_citizen_reaches_no_page_of_the_house(site: Site) -> None:
    started = site.started()
    browser = site.browser().follow(started)

    for address in ("/caixa", "/balcao/", "/pessoas/", "/administracao/parametros", "/documentos/1"):
        assert browser.get(address).headers["Location"].startswith("/entrar"), address


def test_a_citizen_cannot_answer_anothers_demand_nor_a_sectors_task(site: Site) -> None:
    mine, other = site.demanded(), site.demanded()
    third = site.started()
    browser = site.browser().follow(mine)
    theirs = site.city.task_id(other.case_id, "t_corrigir")
    sectors = site.city.task_id(third.case_id, "t_conferir")

    for task_id in (theirs, sectors):
        for end in ("", "/rascunho", "/campos"):
            assert browser.post(f"/acompanhar/tarefas/{task_id}{end}", correction()).status_code == 404
    assert not site.city.rows(Draft)


def test_a_citizen_cannot_do_the_sectors_task_of_his_own_case(site: Site) -> None:
    started = site.started()
    browser = site.browser().follow(started)

    answer = browser.post(
        f"/acompanhar/tarefas/{site.city.task_id(started.case_id, 't_conferir')}", {"completo": "true"}
    )

    assert answer.status_code == 404
    assert site.city.open_elements(started.case_id) == ["t_conferir"]


# -- answering --------------------------------------------------------------------------------------------------------


def test_a_demand_is_answered_on_the_page_with_its_file(site: Site) -> None:
    started = site.demanded()
    browser = site.browser().follow(started)
    task_id = site.city.task_id(started.case_id, "t_corrigir")
    assert "Agora é com você: corrigir os documentos, até" in sentence(browser)

    answer = browser.post(f"/acompanhar/tarefas/{task_id}", correction())

    assert answer.headers["Location"] == PAGE
    assert site.city.open_elements(started.case_id) == ["t_conferir"]
    assert "art.pdf" in [row["name"] for row in site.city.rows(Document, case_id=started.case_id)]
    assert not site.city.rows(Draft, owner=f"citizen:{started.number}")


def test_an_empty_answer_is_shown_again_and_keeps_its_file(site: Site) -> None:
    started = site.demanded()
    browser = site.browser().follow(started)
    task_id = site.city.task_id(started.case_id, "t_corrigir")

    refused = browser.post(f"/acompanhar/tarefas/{task_id}", correction(**{"correcoes[0].resposta": ""}))

    assert refused.status_code == 422
    assert "resumo-erros" in refused.text
    assert "art.pdf" in browser.get(PAGE).text
    assert site.city.open_elements(started.case_id) == ["t_corrigir"]


def test_an_error_stays_beside_its_field_until_it_changes(site: Site) -> None:
    started = site.demanded()
    browser = site.browser().follow(started)
    address = f"/acompanhar/tarefas/{site.city.task_id(started.case_id, 't_corrigir')}"
    refused = browser.post(address, correction(**{"correcoes[0].resposta": ""})).text
    (told,) = re.findall(r'name="_erro" value="([^"]+)"', refused)

    still = browser.post(f"{address}/campos", correction(**{"correcoes[0].resposta": "", "_erro": unescape(told)})).text
    changed = browser.post(f"{address}/campos", correction(_erro=unescape(told))).text

    assert 'id="c-correcoes-0-resposta-e"' in still
    assert 'class="error"' not in changed


def test_an_answer_sent_ten_times_completes_once(site: Site) -> None:
    started = site.demanded()
    browser = site.browser().follow(started)
    address = f"/acompanhar/tarefas/{site.city.task_id(started.case_id, 't_corrigir')}"

    answers = [browser.post(address, correction(_key="one-and-the-same-key")) for _time in range(10)]

    assert {answer.headers.get("Location") for answer in answers} == {PAGE}
    assert len(site.city.rows(Task, case_id=started.case_id, element="t_conferir")) == 2


def test_a_demand_that_is_gone_is_said_to_be(site: Site) -> None:
    started = site.demanded()
    browser = site.browser().follow(started)
    address = f"/acompanhar/tarefas/{site.city.task_id(started.case_id, 't_corrigir')}"
    browser.post(address, correction())

    assert browser.post(address, correction()).status_code == 409


def test_hostile_words_of_either_side_are_shown_harmless(site: Site) -> None:
    started = site.demanded()
    browser = site.browser().follow(started)
    address = f"/acompanhar/tarefas/{site.city.task_id(started.case_id, 't_corrigir')}/rascunho"

    for words in HOSTILE:
        with site.city.by("protocolo") as by:
            cases.remark(by, started.case_id, words, public=True)
        browser.post(address, correction(**{"correcoes[0].resposta": words}))
        assert dangers(browser.get(PAGE).text) == [], words


# -- paying, withdrawing ----------------------------------------------------------------------------------------------


def test_the_charge_is_there_to_copy_to_scan_and_to_print(site: Site) -> None:
    started = site.charged()
    page = site.browser().follow(started).get(PAGE).text
    charge = site.city.case(started.case_id)["data"]["cobranca"]

    assert re.search(rf'<textarea id="pix"[^>]* readonly [^>]*>{re.escape(charge["copia_e_cola"])}</textarea>', page)
    assert re.search(r'<button type="button"[^>]* data-copy="pix" hidden>', page)
    assert "R$ 32,25" in page
    assert "<svg" in page
    assert "style=" not in page
    assert "Baixar o DAM em PDF" in page


def test_a_paid_charge_is_no_longer_asked_for(site: Site) -> None:
    page = site.browser().follow(site.issued()).get(PAGE).text

    assert "copia e cola" not in page
    assert "Seu pedido foi atendido em" in page


def test_withdrawing_needs_a_reason_and_a_confirmation(site: Site) -> None:
    started = site.started()
    browser = site.browser().follow(started)

    for lacking in ({"motivo": "Vendi o lote"}, {"confirmo": "sim"}, {"motivo": "  ", "confirmo": "sim"}):
        assert browser.post("/acompanhar/desistir", lacking).status_code == 422
    assert site.city.case(started.case_id)["status"] == "open"


def test_a_withdrawal_ends_the_case_and_is_on_record_with_its_reason(site: Site) -> None:
    started = site.started()
    browser = site.browser().follow(started)

    browser.post("/acompanhar/desistir", {"motivo": "Vendi o lote", "confirmo": "sim"})

    assert site.city.case(started.case_id)["outcome"] == "desistencia"
    assert "Você desistiu deste pedido em 02/03/2026" in sentence(browser)
    entries = site.city.rows(AuditEntry, chain=started.case_id, action="case.withdraw")
    assert [entry["facts"]["reason"] for entry in entries] == ["Vendi o lote"]
    assert browser.post("/acompanhar/desistir", {"motivo": "De novo", "confirmo": "sim"}).status_code == 409


def test_a_remark_that_is_not_public_is_not_shown(site: Site) -> None:
    started = site.started()
    with site.city.by("protocolo") as by:
        cases.remark(by, started.case_id, "Conferir com o jurídico.", public=False)
        cases.remark(by, started.case_id, "O balcão abre às oito.", public=True)

    page = site.browser().follow(started).get(PAGE).text

    assert "O balcão abre às oito." in page
    assert "jurídico" not in page


def test_opening_a_case_by_its_code_is_on_its_record(site: Site) -> None:
    started = site.started()

    site.browser().follow(started)

    assert site.city.rows(AuditEntry, chain=started.case_id, action="case.open-by-code")
    assert [row["number"] for row in site.city.rows(Case)] == [started.number]


def test_a_stage_that_was_broken_off_is_not_called_done(site: Site) -> None:
    started = site.started()
    browser = site.browser().follow(started)
    browser.post("/acompanhar/desistir", {"motivo": "Vendi o lote", "confirmo": "sim"})

    stages = re.findall(r'<li class="done"><span>([^<]+)', browser.get(PAGE).text)

    assert stages == ["Pedido enviado", "Encerrado por desistência"]
