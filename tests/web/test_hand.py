"""The pages of acts by hand: shown before they are done, with a reason, for those who may; returns by servants."""

from __future__ import annotations

import re

import pytest

from engine.acts import suspension
from engine.acts.operator import Why
from engine.store.cases import Task
from engine.store.hand import HandAct
from tests.sketches import end, sketch, task
from tests.web.site import Site

KEY = "uma-chave-qualquer"


def _version(page: str) -> str:
    found = re.search(r'name="visto" value="(\d+)"', page)
    assert found, page
    return found[1]


def test_only_operators_and_managers_see_the_acts_of_a_case(site: Site) -> None:
    started = site.started()
    address = f"/processos/{started.number}/atos"

    assert site.servant("operador").get(address).status_code == 200
    assert "Atos sobre o processo" in site.servant("gestor").get(f"/processos/{started.number}").text
    assert "Atos sobre o processo" not in site.servant("protocolo").get(f"/processos/{started.number}").text
    assert site.servant("protocolo").get(address).status_code == 403
    assert site.servant("meio_ambiente").get(address).status_code == 404


def test_an_act_shows_what_it_does_and_is_done_with_its_reason(site: Site) -> None:
    started = site.started()
    browser = site.servant("operador")
    token = site.city.task_id(started.case_id, "t_conferir")
    address = f"/processos/{started.number}/atos"
    page = browser.get(f"{address}/skip?ponto={token}").text

    answer = browser.post(
        f"{address}/skip", {"ponto": str(token), "visto": _version(page), "motivo": "já conferido", "_key": KEY}
    )

    assert "Encerra a tarefa “Conferir os documentos”, sem que seja feita." in page
    assert answer.headers["Location"] == address
    assert "já conferido" in browser.get(address).text
    assert site.city.rows(Task, id=token)[0]["closed_by"] not in (None, "motor")
    assert site.city.findings(started.case_id) == []


def test_without_a_reason_or_on_a_case_that_moved_nothing_is_done(site: Site) -> None:
    started = site.started()
    browser = site.servant("operador")
    token = str(site.city.task_id(started.case_id, "t_conferir"))
    address = f"/processos/{started.number}/atos/skip"
    page = browser.get(f"{address}?ponto={token}").text

    empty = browser.post(address, {"ponto": token, "visto": _version(page), "motivo": " ", "_key": KEY})
    late = browser.post(address, {"ponto": token, "visto": "0", "motivo": "x", "_key": KEY + "2"})

    assert (empty.status_code, late.status_code) == (303, 409)
    assert site.city.rows(HandAct) == []


def test_an_act_that_is_refused_says_why_in_the_words_of_the_diagram(site: Site) -> None:
    started = site.started()
    browser = site.servant("operador")
    token = site.city.task_id(started.case_id, "t_conferir")

    answer = browser.get(f"/processos/{started.number}/atos/remove?ponto={token}")

    assert answer.status_code == 409
    assert "Nada mais está aberto ali além de “Conferir os documentos”" in answer.text


@pytest.mark.parametrize("kind", ["return", "nada"])
def test_an_act_that_there_is_not_is_not_found(site: Site, kind: str) -> None:
    started = site.started()

    assert site.servant("operador").get(f"/processos/{started.number}/atos/{kind}").status_code == 404


def test_a_case_is_suspended_shown_so_and_resumed(site: Site) -> None:
    started = site.started()
    browser, clerk = site.servant("gestor"), site.servant("protocolo")
    address = f"/processos/{started.number}/atos"
    browser.get(f"{address}/suspend")

    browser.post(f"{address}/suspend", {"motivo": "ordem judicial", "fundamento": "", "_key": KEY})

    task = f"/tarefas/{site.city.task_id(started.case_id, 't_conferir')}"
    assert "suspenso" in browser.get(f"/processos/{started.number}").text
    assert "suspenso" in clerk.get("/caixa").text
    assert "O processo está suspenso desde" in clerk.get(task).text
    assert clerk.post(task, {"_key": KEY}).status_code == 409
    browser.post(f"{address}/resume", {"motivo": "decidido", "_key": KEY + "2"})
    assert "suspenso" not in clerk.get("/caixa").text


def test_an_act_is_undone_from_the_list(site: Site) -> None:
    started = site.started()
    browser = site.servant("operador")
    address = f"/processos/{started.number}/atos"
    browser.get(f"{address}/end?desfecho=anulado")
    browser.post(f"{address}/end", {"desfecho": "anulado", "motivo": "engano", "_key": KEY})
    (done,) = site.city.rows(HandAct)

    browser.post(f"{address}/{done['id']}/desfazer", {"motivo": "era outro", "_key": KEY + "2"})

    assert site.city.case(started.case_id)["status"] == "open"
    assert "desfeito por" in browser.get(address).text
    assert site.city.findings(started.case_id) == []


def test_a_finished_case_offers_to_be_reopened_and_data_is_corrected(site: Site) -> None:
    started = site.started()
    browser = site.servant("operador")
    address = f"/processos/{started.number}/atos"
    browser.get(f"{address}/correct?caminho=nota&valor=3")
    browser.post(f"{address}/correct", {"caminho": "nota", "valor": "3", "motivo": "x", "_key": KEY})
    assert site.city.case(started.case_id)["data"]["nota"] == 3
    browser.post(f"{address}/end", {"motivo": "x", "_key": KEY + "2"})

    page = browser.get(address).text

    assert "Reabrir o processo" in page
    assert "Pular etapa" not in page


def test_a_servant_returns_a_case_and_the_earlier_task_says_who_and_why(site: Site) -> None:
    nodes = [task("pedir", "requerente"), task("conferir", "protocolo"), task("analisar", "obras"), end("fim")]
    site.city.publish(sketch(nodes, "inicio > pedir > conferir > analisar > fim"), key="simples")
    case_id = site.city.start(procedure="simples").case_id
    site.city.complete(case_id, "conferir")
    row = site.city.open_task(case_id, "analisar")
    browser = site.servant(row["role"])
    address = f"/tarefas/{row['id']}/devolver"
    chosen = browser.get(address).text
    page = browser.get(f"{address}?para=conferir").text

    refused = browser.post(address, {"para": "conferir", "motivo": "x", "_key": KEY})
    answer = browser.post(
        address,
        {
            "para": "conferir", "motivo_lista": "documento-faltante", "motivo": "Falta a ART.",
            "visto": _version(page), "_key": KEY + "2",
        },
    )  # fmt: skip

    assert "conferir" in chosen
    assert "Abre a tarefa “conferir”." in page
    assert (refused.status_code, answer.headers["Location"]) == (303, "/caixa")
    again = site.servant("protocolo").get(f"/tarefas/{site.city.task_id(case_id, 'conferir')}").text
    assert "Devolvida por" in again
    assert "falta documento" in again
    assert "Falta a ART." in again
    assert site.city.findings(case_id) == []


def test_nothing_is_returned_out_of_what_a_legal_clock_runs_on(site: Site) -> None:
    started = site.started()
    site.city.complete(started.case_id, "t_conferir", site.answers("t_conferir"))
    row = next(one for one in site.city.rows(Task, case_id=started.case_id, status="open"))

    answer = site.servant(row["role"]).get(f"/tarefas/{row['id']}/devolver?para=t_conferir")

    assert answer.status_code == 409
    assert "corre agora um prazo legal" in answer.text


def test_a_task_with_nothing_before_it_says_that_it_cannot_be_returned(site: Site) -> None:
    started = site.started()
    address = f"/tarefas/{site.city.task_id(started.case_id, 't_conferir')}"

    assert "não pode ser devolvido daqui" in site.servant("protocolo").get(f"{address}/devolver").text
    with site.city.by("gestor") as by:
        suspension.suspend(by, started.case_id, Why(reason="x"))
    assert site.servant("protocolo").get(f"{address}/devolver").status_code == 409
