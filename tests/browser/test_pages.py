"""Every page of everybody, at 1280 and 390 px: accessible, within the screen, no error, no breach of policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.browser import sights
from tests.browser.conftest import SCREENSHOTS, Come
from tests.browser.holding import WIDTHS, faults
from tests.browser.people import Person
from tests.browser.town import Ground, Town
from web import create_app

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town(lived_in: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    served = Town(lived_in, tmp_path_factory.mktemp("town") / "data")
    yield served
    served.close()


def test_every_page_of_the_application_is_looked_at_here(town: Town) -> None:
    rules = create_app(town.house).url_map.iter_rules()
    pages = {rule.endpoint for rule in rules if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")}

    looked_at = {endpoint for pages in sights.PAGES.values() for endpoint in pages} | sights.SEEN_OTHERWISE

    assert pages - sights.NOT_PAGES == looked_at - {"api_docs.page"}


@pytest.mark.parametrize("login", sights.PAGES)
def test_pages_hold(login: str, town: Town, come: Come, axe: str) -> None:
    person = come(login)
    found = {}
    filled = sights.places(town.house)
    for endpoint, address in sights.PAGES[login].items():
        wrong = _look(person, address.format(**filled), f"{login or 'publico'}-{endpoint}", axe)
        found.update({endpoint: wrong} if wrong else {})

    assert not found


def test_the_pages_of_tasks_hold(town: Town, come: Come, axe: str) -> None:
    found, desks = {}, {}
    for (login, name), address in sorted(sights.open_tasks(town.house).items()):
        desks.setdefault(login, come(login) if login not in desks else None)
        wrong = _look(desks[login], address, f"tarefa-{name}", axe)
        found.update({name: wrong} if wrong else {})

    assert not found


def test_the_pages_of_citizens_hold(town: Town, lived_in: Ground, come: Come, axe: str) -> None:
    citizen = come()
    found = {}
    for number, code in sights.codes(lived_in.folder / "demo.txt"):
        citizen.go("/acompanhar")
        citizen.write({"Número do protocolo": number, "Código de acesso": code})
        citizen.press("Acompanhar")
        for place in ("processo", "caminho"):
            wrong = _look(citizen, f"/acompanhar/{place}", f"acompanhar-{number}-{place}", axe)
            found.update({number: wrong} if wrong else {})

    assert not found


def test_a_page_that_is_not_there_holds(town: Town, come: Come, axe: str) -> None:
    person = come("protocolo")

    assert not _look(person, "/processos/2026.999999-9", "nao-encontrado", axe)


def test_high_contrast_holds(town: Town, come: Come, axe: str) -> None:
    person = come("planejamento")
    person.press("Alto contraste")

    found = [
        one for address in ("/caixa", "/processos/") for one in _look(person, address, f"contraste{address[:4]}", axe)
    ]

    assert person.page.locator("html").get_attribute("data-contrast") == "high"
    assert not found


def _look(person: Person, address: str, name: str, axe: str) -> list[str]:
    """Open a page, keep a picture of it at each width, and return what does not hold."""
    page = person.page
    person.go(address)
    page.get_by_role("heading", level=1).first.wait_for()
    SCREENSHOTS.mkdir(exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        stem = re.sub(r"\W+", "-", name).strip("-")
        page.screenshot(path=SCREENSHOTS / f"p-{stem}-{width}.png", full_page=True, caret="initial")
    return list(faults(page, axe))
