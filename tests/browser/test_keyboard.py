"""A servant's day by the keyboard alone: sign in, walk the inbox, fill in a task; and where the focus goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.demo.city import PASSWORD
from tests.browser.asked import HOUSE
from tests.browser.conftest import Come
from tests.browser.people import Person
from tests.browser.town import Town

pytestmark = pytest.mark.browser
CHECK, FURTHEST = "Conferir os documentos", 60


def test_signing_in_walking_the_inbox_and_taking_a_task_need_no_mouse(town: Town, come: Come) -> None:
    asked = [town.ask(HOUSE).number for _ in range(2)]
    clerk = come()
    _sign_in(clerk)
    for number in asked:
        clerk.wait_for(clerk.row(CHECK, number), "/caixa")
    page = clerk.page
    rows = page.locator("tbody tr")

    page.keyboard.press("j")
    expect(rows.nth(0).get_by_role("link", name=CHECK)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1).get_by_role("link", name=CHECK)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0).get_by_role("link", name=CHECK)).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(CHECK)
    page.go_back()
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Devolver ao setor")).to_be_visible()


def test_a_task_is_completed_by_the_keyboard_alone_and_a_wrong_one_leads_to_the_summary(town: Town, come: Come) -> None:
    number = town.ask(HOUSE).number
    clerk = come("protocolo")
    clerk.take(CHECK, number)
    page = clerk.page

    _tab_to(page, "Concluir")
    page.keyboard.press("Enter")
    summary = page.get_by_role("alert").filter(has=page.get_by_role("heading"))
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    group = page.get_by_role("radiogroup", name="Matrícula do imóvel")
    expect(group.get_by_label("Em ordem", exact=True)).to_be_focused()

    for _ in range(5):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")  # the document of the next question
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("O que o requerente deve fazer")).to_have_count(0)
    _tab_to(page, "Concluir")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").first).to_contain_text(f"“{CHECK}” concluída")


def test_the_first_tab_of_a_page_offers_to_skip_to_its_content(come: Come) -> None:
    clerk = come("protocolo")

    clerk.page.keyboard.press("Tab")

    expect(clerk.page.get_by_role("link", name="Ir para o conteúdo [1]")).to_be_focused()
    clerk.page.keyboard.press("Enter")
    expect(clerk.page.locator("main")).to_be_focused()


def test_keys_are_left_alone_while_one_writes(come: Come) -> None:
    clerk = come("protocolo")
    search = clerk.page.get_by_role("searchbox")

    clerk.page.keyboard.press("Tab")
    search.press_sequentially("jaka")

    expect(search).to_have_value("jaka")


def _sign_in(person: Person) -> None:
    person.go("/entrar")
    expect(person.page.get_by_label("Usuário")).to_be_focused()
    person.page.keyboard.type("protocolo")
    person.page.keyboard.press("Tab")
    person.page.keyboard.type(PASSWORD)
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("link", name="Minha caixa")).to_be_visible()


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the button of this name has the focus."""
    for _ in range(FURTHEST):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == name:
            return
    raise AssertionError(f"{name} is not within {FURTHEST} tabs")
