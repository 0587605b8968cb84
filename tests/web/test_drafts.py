"""The pages of a procedure published as a draft: which way on is a button, and everybody sees that it is a draft."""

from __future__ import annotations

import json
import re

from engine.store.cases import Task
from tests.sketches import FORMS, Node, end, exclusive, sketch, task
from tests.web.site import Browser, Site

FLOWS = "inicio > receber > analisar > g > emitir > fim\ng > negar > fim"
NODES = [task("receber", "requerente"), exclusive("g"), Node("task", "emitir"), Node("task", "negar"), end("fim")]
KEY = "uma-chave-qualquer"


def at_work(site: Site, analysing: Node, *nodes: Node) -> tuple[Browser, str]:
    site.city.publish(sketch([*NODES, analysing, *nodes], FLOWS), forms=FORMS, draft="protocolo")
    site.city.start({})
    (row,) = site.city.rows(Task, element="analisar", status="open")
    return site.servant("protocolo"), f"/tarefas/{row['id']}"


def buttons(text: str) -> list[str]:
    return re.findall(r'<button class="btn[^"]*" id="[^"]*" name="caminho" value="([^"]*)"', text)


def test_a_task_before_a_parting_has_a_button_for_each_way_and_no_other_that_completes_it(site: Site) -> None:
    browser, page = at_work(site, Node("task", "analisar"))

    text = browser.get(page).text

    assert "Por qual caminho segue?" in text
    assert buttons(text) == ["emitir", "negar"]
    assert ">Concluir</button>" not in text
    assert ">procedimento em rascunho</span>" in text


def test_pressing_one_completes_the_task_along_that_way(site: Site) -> None:
    browser, page = at_work(site, Node("task", "analisar"))

    answer = browser.post(
        page, {"caminho": "negar", "observacoes.analisar": "Fora da zona.", "_presente": "caminho", "_key": KEY}
    )

    assert answer.headers["Location"] == "/caixa"
    assert [one["element"] for one in site.city.rows(Task, status="open")] == ["negar"]
    assert site.city.rows(Task, element="analisar")[0]["answers"]["caminho"] == "negar"


def test_enter_in_a_field_chooses_nothing_and_the_page_says_what_is_missing(site: Site) -> None:
    browser, page = at_work(site, Node("task", "analisar"))

    answer = browser.post(
        page, {"_acao": "concluir", "observacoes.analisar": "Fora da zona.", "_presente": "caminho", "_key": KEY}
    )

    assert answer.status_code == 422
    assert 'href="#' in answer.text
    assert "Fora da zona." in answer.text
    assert buttons(answer.text) == ["emitir", "negar"]


def test_of_an_inclusive_parting_the_ways_are_ticked_and_the_task_completed_as_any_other(site: Site) -> None:
    nodes = [Node("inclusiveGateway" if one.id == "g" else one.tag, one.id, one.attributes) for one in NODES]
    site.city.publish(sketch([*nodes, Node("task", "analisar")], FLOWS), draft="protocolo")
    site.city.start({})
    browser = site.servant("protocolo")
    page = f"/tarefas/{site.city.rows(Task, element='analisar', status='open')[0]['id']}"

    text = browser.get(page).text

    assert "Por quais caminhos segue?" in text
    assert ">Concluir</button>" in text
    assert buttons(text) == []


def test_the_citizens_own_request_may_be_followed_by_a_parting(site: Site) -> None:
    nodes = [task("receber", "requerente"), *NODES[1:]]
    site.city.publish(
        sketch(nodes, "inicio > receber > g > emitir > fim\ng > negar > fim"), draft="protocolo", key="livre"
    )
    browser = site.browser()

    text = browser.get("/solicitar/livre").text
    answer = browser.post("/solicitar/livre", {"caminho": "emitir", "_presente": "caminho", "_key": KEY})

    assert buttons(text) == ["emitir", "negar"]
    assert answer.status_code == 303
    assert [one["element"] for one in site.city.rows(Task, status="open")] == ["emitir"]


def test_the_case_says_that_it_runs_on_a_draft_and_the_api_says_it_of_the_procedure(site: Site) -> None:
    browser, _page = at_work(site, Node("task", "analisar"))
    number = site.city.rows(Task, element="analisar")[0]["case_id"]
    case = site.city.case(number)["number"]

    assert ">procedimento em rascunho</span>" in browser.get(f"/processos/{case}").text


def test_a_form_of_its_own_comes_before_the_buttons(site: Site) -> None:
    browser, page = at_work(site, task("analisar", "protocolo", form="conferir"))

    text = browser.get(page).text
    own = json.loads(FORMS["conferir"])["components"][0]["label"]

    assert text.index(own) < text.index("Por qual caminho segue?")
