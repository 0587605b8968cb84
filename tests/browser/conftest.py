"""Browsers and towns: one Chromium for the session, a town for each file of tests, a context for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from engine.demo import city, load
from engine.house import open_house
from tests.browser.people import Person
from tests.browser.town import Ground, Town, settings_of
from tests.browser.trouble import Trouble
from tests.databases import migrate

_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
_LONGEST_WAIT_MS = 15_000
_LONGEST_COMPLAINT = 240
_ROOT = Path(__file__).resolve().parents[2]
_AXE = _ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = _ROOT / "screenshots"

Come = Callable[..., Person]


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Give the town with its people and its procedure, without a case."""
    folder = tmp_path_factory.mktemp("founded")
    migrate(settings_of(folder).database_url)
    house = open_house(settings_of(folder))
    keys = city.found(house, datetime.now(UTC)).keys
    house.store.dispose()
    return Ground(folder, keys)


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Give the whole demonstration: cases in every state."""
    folder = tmp_path_factory.mktemp("lived-in")
    migrate(settings_of(folder).database_url)
    house = open_house(settings_of(folder))
    load.load(house, datetime.now(UTC), lambda _said: None)  # leaves its card, with access codes, in the folder
    house.store.dispose()
    return Ground(folder, {})


@pytest.fixture(scope="module")
def town(founded: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    served = Town(founded, tmp_path_factory.mktemp("town") / "data")
    yield served
    served.close()


@pytest.fixture
def come(browser: Browser, town: Town) -> Iterator[Come]:
    """Give `come(login, width=1280, **context)`: a person at a browser of their own, signed in when a login is named.

    When the test ends, nothing may have gone wrong in any of their browsers.
    """
    opened: list[tuple[BrowserContext, Trouble]] = []

    def arrive(login: str = "", *, width: int = 1280, height: int = 800, script: bool = True) -> Person:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="pt-BR", timezone_id="America/Sao_Paulo",
            java_script_enabled=script, has_touch=width < 500, is_mobile=width < 500, reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(_LONGEST_WAIT_MS)
        opened.append((context, Trouble(context)))
        person = Person(context.new_page(), town.url)
        if login:
            person.sign_in(login)
        return person

    yield arrive
    for context, _ in opened:
        context.close()
    found = {one[:_LONGEST_COMPLAINT] for _, trouble in opened for one in trouble.found}
    assert not found, "\n".join(sorted(found))


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the source of axe-core, which is installed with the browser bundles."""
    if not _AXE.is_file():
        pytest.skip("axe-core is not installed, so accessibility is not measured (`make web` installs it).")
    return _AXE.read_text(encoding="utf-8")


@pytest.fixture
def snap() -> Callable[[Person, str], None]:
    """Give `snap(person, name)`, which keeps a picture of the whole page for whoever looks at the screenshots."""
    SCREENSHOTS.mkdir(exist_ok=True)

    def take(person: Person, name: str) -> None:
        # The caret stays: hiding it would write style attributes into the page, which its policy forbids.
        size = person.page.viewport_size
        assert size
        person.page.screenshot(path=SCREENSHOTS / f"{name}-{size['width']}.png", full_page=True, caret="initial")

    return take
