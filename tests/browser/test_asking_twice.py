"""A citizen who presses twice, or goes back and sends again: one case. And the counter's receipt, by axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from engine.store.cases import Case
from engine.store.session import transaction
from tests.browser.conftest import Come
from tests.browser.holding import faults
from tests.browser.people import Person
from tests.browser.test_without_javascript import FILES, TEXTS
from tests.browser.town import Town

pytestmark = pytest.mark.browser
START, RECEIPT = "/solicitar/alvara-construcao", "Pedido enviado"


def test_a_double_click_on_send_makes_one_case(town: Town, come: Come) -> None:
    citizen = come()
    before = _cases(town)
    _fill_in(citizen, START)

    citizen.page.get_by_role("button", name="Enviar o pedido").dblclick()

    expect(citizen.page.get_by_role("heading", level=1)).to_have_text(RECEIPT)
    assert _cases(town) == before + 1


@pytest.mark.parametrize("script", [True, False])
def test_going_back_finds_the_form_empty_and_sending_it_again_makes_no_other_case(
    script: bool, town: Town, come: Come
) -> None:
    citizen = come(script=script)
    page = citizen.page
    before = _cases(town)
    _fill_in(citizen, START)
    citizen.press("Enviar o pedido")
    expect(page.get_by_role("heading", level=1)).to_have_text(RECEIPT)
    receipt = page.url

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Solicitar")
    citizen.press("Enviar o pedido")

    expect(page.get_by_role("alert").first).to_contain_text("respostas a corrigir")
    assert _cases(town) == before + 1
    page.goto(receipt)
    expect(page.get_by_role("heading", level=1)).to_have_text(RECEIPT)


def test_the_receipt_of_the_counter_holds(
    town: Town, come: Come, axe: str, snap: Callable[[Person, str], None]
) -> None:
    clerk = come("protocolo")
    _fill_in(clerk, "/balcao/alvara-construcao")
    clerk.press("Enviar o pedido")
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text(RECEIPT)
    snap(clerk, "balcao-comprovante")

    assert not list(faults(clerk.page, axe))


def _fill_in(person: Person, address: str) -> None:
    person.go(address)
    person.write(TEXTS)
    person.choose({"Conselho profissional": "CAU"})
    person.tick("O requerente é o proprietário do imóvel", "Declaro que as informações")
    person.attach(FILES)


def _cases(town: Town) -> int:
    with transaction(town.house.store, writes=False) as session:
        found: int = session.connection().execute(select(func.count()).select_from(Case)).scalar_one()
    return found
