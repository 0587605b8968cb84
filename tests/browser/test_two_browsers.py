"""Two people at one task, and one person who presses twice: one act, and nothing that was typed is lost."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.asked import HOUSE, HOUSE_PAPERS
from tests.browser.conftest import Come
from tests.browser.people import Person
from tests.browser.town import Town

pytestmark = pytest.mark.browser
CHECK = "Conferir os documentos"


def test_of_two_who_complete_one_task_one_wins_and_the_other_keeps_what_was_typed(town: Town, come: Come) -> None:
    number = town.ask(HOUSE).number
    winner, loser = come("protocolo"), come("marlene.tavares")
    for person in (winner, loser):
        _open(person, number)
        person.choose(dict.fromkeys(HOUSE_PAPERS, "Em ordem"))
    loser.write({"O que o requerente deve fazer": "Isto custou-me dez minutos a escrever."})
    winner.tick("A instrução está completa")

    winner.finish(CHECK)
    loser.press("Concluir")

    main = loser.page.get_by_role("main")
    expect(main).to_contain_text("Rosângela Medeiros")
    expect(main).to_contain_text("hoje,")
    expect(main).to_contain_text("Isto custou-me dez minutos a escrever.")
    assert _completed(town, number) == ["Rosângela Medeiros"]


def test_a_double_click_sends_once(town: Town, come: Come) -> None:
    number = town.ask(HOUSE).number
    clerk = come("protocolo")
    _open(clerk, number)
    clerk.choose(dict.fromkeys(HOUSE_PAPERS, "Em ordem"))
    clerk.tick("A instrução está completa")
    sent: list[str] = []
    clerk.page.on(
        "request", lambda one: sent.append(one.url) if one.method == "POST" and one.is_navigation_request() else None
    )

    clerk.page.get_by_role("button", name="Concluir", exact=True).dblclick()

    expect(clerk.page.get_by_role("status").first).to_contain_text(f"“{CHECK}” concluída")
    assert len(sent) == 1
    assert _completed(town, number) == ["Rosângela Medeiros"]


def test_a_form_that_is_posted_ten_times_completes_once_and_is_answered_alike(town: Town, come: Come) -> None:
    number = town.ask(HOUSE).number
    clerk = come("protocolo")
    _open(clerk, number)
    clerk.choose(dict.fromkeys(HOUSE_PAPERS, "Em ordem"))
    clerk.tick("A instrução está completa")
    expect(clerk.page.get_by_label("O que o requerente deve fazer")).to_have_count(0)
    form = clerk.page.locator("form#tarefa")
    typed = form.evaluate("each => [...new FormData(each)].map(([name, value]) => [name, String(value)])")
    body = urlencode([tuple(pair) for pair in typed] + [("_acao", "concluir")])

    answers = [
        clerk.page.request.post(
            f"{town.url}{form.get_attribute('action')}", data=body, max_redirects=0,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": clerk.page.url},
        )
        for _ in range(10)
    ]  # fmt: skip

    assert {(one.status, one.headers["location"]) for one in answers} == {(303, "/caixa")}
    assert _completed(town, number) == ["Rosângela Medeiros"]


def _open(person: Person, number: str) -> None:
    row = person.row(CHECK, number)
    person.wait_for(row, "/caixa")
    row.get_by_role("link", name=CHECK).click()
    expect(person.page.get_by_role("heading", level=1)).to_contain_text(CHECK)


def _completed(town: Town, number: str) -> list[str]:
    """Return who completed the clerk's task of a case, once for each time."""
    done = [row for row in town.tasks(number) if row["element"] == "t_conferir" and row["status"] == "done"]
    return [row["closed_by"] for row in done]
