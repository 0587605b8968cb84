"""The inbox: what stands in it, in which order, and what taking and giving back do."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from sqlalchemy import event

from engine.store.cases import Task
from tests.web.hostile import HOSTILE, dangers
from tests.web.site import Site


def open_tasks(site: Site, element: str = "t_conferir"):
    return site.city.rows(Task, element=element, status="open")


def numbers(page: str) -> list[str]:
    return re.findall(r'<td class="case">.*?(\d{4}\.\d{6}-\d)', page)


def count_of(page: str, label: str) -> str:
    found = re.search(rf'{label}<span class="count">([^<]+)</span>', page)
    assert found
    return found[1]


def test_the_sector_sees_its_tasks_and_no_other_sector_does(site: Site) -> None:
    started = site.started()

    assert numbers(site.servant("protocolo").get("/caixa").text) == [started.number]
    assert numbers(site.servant("obras").get("/caixa").text) == []


def test_the_most_pressing_task_comes_first(site: Site) -> None:
    late = site.started()
    site.city.pass_time(days=3)
    early = site.started()

    assert numbers(site.servant("protocolo").get("/caixa").text) == [late.number, early.number]


def test_an_empty_inbox_says_so(site: Site) -> None:
    page = site.servant("obras").get("/caixa").text

    assert "Caixa vazia" in page
    assert "Nenhuma tarefa atrasada" in site.servant("obras").get("/caixa?filtro=atrasadas").text


def test_a_task_past_its_time_stands_under_overdue(site: Site) -> None:
    site.started()
    site.city.pass_time(days=30)
    browser = site.servant("protocolo")

    assert count_of(browser.get("/caixa").text, "Atrasadas") == "1"
    assert len(numbers(browser.get("/caixa?filtro=atrasadas").text)) == 1


def test_taking_opens_the_task_and_shows_it_under_mine(site: Site) -> None:
    site.started()
    (task,) = open_tasks(site)
    browser = site.servant("protocolo")

    answer = browser.post("/caixa/assumir", {"tarefa": str(task["id"]), "_key": "k" * 12})

    assert answer.headers["Location"] == f"/tarefas/{task['id']}"
    assert open_tasks(site)[0]["assignee_id"] == site.city.servants["protocolo"]
    assert count_of(browser.get("/caixa").text, "Minhas") == "1"


def test_one_press_takes_the_next_and_opens_it(site: Site) -> None:
    first = site.started()
    site.city.pass_time(days=3)
    site.started()
    browser = site.servant("protocolo")

    answer = browser.post("/caixa/proxima", {"_key": "k" * 12})

    task_id = UUID(answer.headers["Location"].removeprefix("/tarefas/"))
    (taken,) = site.city.rows(Task, id=task_id)
    assert taken["case_id"] == first.case_id


def test_a_double_press_on_take_the_next_takes_one(site: Site) -> None:
    site.started()
    site.started()
    browser = site.servant("protocolo")

    answers = [browser.post("/caixa/proxima", {"_key": "k" * 12}).headers["Location"] for _ in range(3)]

    assert len(set(answers)) == 1
    assert len([task for task in open_tasks(site) if task["assignee_id"]]) == 1


def test_with_nothing_free_taking_the_next_says_so(site: Site) -> None:
    browser = site.servant("obras")

    browser.post("/caixa/proxima", {"_key": "k" * 12})

    assert "Não há tarefa livre" in browser.get("/caixa").text


def test_a_task_of_another_sector_cannot_be_taken(site: Site) -> None:
    site.started()
    (task,) = open_tasks(site)

    refused = site.servant("obras").post("/caixa/assumir", {"tarefa": str(task["id"])})

    assert refused.status_code == 403
    assert "não cabe ao seu papel" in refused.text


def test_given_back_a_task_is_free_again(site: Site) -> None:
    site.started()
    (task,) = open_tasks(site)
    browser = site.servant("protocolo")
    browser.post("/caixa/assumir", {"tarefa": str(task["id"]), "_key": "k" * 12})

    browser.post(f"/caixa/devolver/{task['id']}", {"_key": "l" * 12})

    assert open_tasks(site)[0]["assignee_id"] is None


@pytest.mark.parametrize("mark", ["", "x", "~", "2026-13-01~y", "2026-01-01T00:00:00~" + "0" * 32, "~" + "f" * 32])
def test_whatever_mark_of_a_page_comes_the_inbox_answers(site: Site, mark: str) -> None:
    site.started()

    assert site.servant("protocolo").get("/caixa", query_string={"depois": mark}).status_code == 200


def test_pages_follow_one_another_without_gap_or_repetition(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.desk.inbox.PAGE", 2)
    wanted = [site.started().number for _ in range(5)]
    browser = site.servant("protocolo")

    seen, address = [], "/caixa"
    while address:
        page = browser.get(address).text
        seen += numbers(page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""

    assert sorted(seen) == sorted(wanted)
    assert len(seen) == len(set(seen))


def test_an_inbox_page_takes_three_statements_whatever_stands_in_it(site: Site) -> None:
    browser = site.servant("protocolo")
    for _ in range(3):
        site.started()
    browser.get("/caixa")
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    event.listen(site.city.house.store, "before_cursor_execute", note)
    browser.get("/caixa")
    event.remove(site.city.house.store, "before_cursor_execute", note)

    assert len([one for one in statements if not one.startswith("BEGIN")]) == 3, statements


def test_a_row_shows_who_took_its_task_to_him_and_to_others_at_once(site: Site) -> None:
    site.started()
    (task,) = open_tasks(site)
    first, second = site.servant("protocolo"), site.browser().sign_in("protocolo")
    before = [browser.get("/caixa").text for browser in (first, second)]

    first.post("/caixa/assumir", {"tarefa": str(task["id"]), "_key": "k" * 12})

    assert all("data-take>" in page and "com você" not in page for page in before)
    assert all("com você" in browser.get("/caixa").text for browser in (first, second))


def test_a_row_is_said_in_the_language_of_whoever_reads_it(site: Site) -> None:
    site.started()
    browser = site.servant("protocolo")

    pages = [browser.get(f"/caixa?lang={language}").text for language in ("pt", "en", "pt")]

    assert [f'aria-label="{mark} ' in page for page, mark in zip(pages, ("Marcar", "Mark", "Marcar"), strict=True)] == [
        True, True, True,
    ]  # fmt: skip


def test_each_free_row_has_a_form_of_its_own_with_a_key_of_its_own(site: Site) -> None:
    for _ in range(3):
        site.started()
    page = site.servant("protocolo").get("/caixa").text

    form = r'<form id="um-([0-9a-f-]{36})".*?name="_key" value="([^"]+)".*?name="tarefa" value="([^"]+)"'
    forms = re.findall(form, page)
    buttons = re.findall(r'form="um-([0-9a-f-]{36})" data-take', page)
    assert [form for form, _key, _task in forms] == [task for _form, _key, task in forms] == buttons
    assert len(set(re.findall(r'name="_key" value="([^"]+)"', page))) == 3 + 2


TABS = ("", "/diagrama", "/documentos", "/dados", "/prazos", "/auditoria")


def test_hostile_words_stay_words_in_the_inbox_the_task_and_the_case(site: Site) -> None:
    usual = {"cpf_cnpj": "529.982.247-25", "email": "a@example.org", "fone": "(48) 99912-3456"}
    named = [words for words in HOSTILE if "\u202e" not in words]
    started = [site.started(requerente={**usual, "nome": words}) for words in named]
    browser = site.servant("protocolo")

    pages = ["/caixa", "/processos/", *(f"/tarefas/{task['id']}" for task in open_tasks(site))]
    pages += [f"/processos/{one.number}{tab}" for one in started for tab in TABS]
    assert [found for page in pages for found in dangers(browser.get(page).text)] == []
